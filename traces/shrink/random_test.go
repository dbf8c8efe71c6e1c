package shrink_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/shrink"
)

// graph is a model given as a table.
type graph [][]model.Step[uint8, uint8]

func (g graph) Init() []uint8 { return []uint8{0} }

func (g graph) Next(s *uint8, out *model.Steps[uint8, uint8]) {
	for _, step := range g[*s] {
		*out.Add(step.Action) = step.State
	}
}

// randomSpec draws a graph in which every third action is a fault, fairness that
// may cover faults too, and claims of every form.
func randomSpec(r *rng.Source) properties.Spec[uint8, uint8] {
	n := 2 + r.Below(9)
	g := make(graph, n)
	for i := range g {
		for range r.Below(4) {
			g[i] = append(g[i], model.Step[uint8, uint8]{Action: uint8(r.Below(6)), State: uint8(r.Below(n))})
		}
	}
	set := func(num uint64) properties.Predicate[uint8] {
		in := make([]bool, n)
		for i := range in {
			in[i] = r.Chance(num, 8)
		}
		return func(s *uint8) bool { return in[*s] }
	}
	spec := properties.Spec[uint8, uint8]{Model: g, Final: set(6), About: func(a uint8) model.About {
		about := model.About{Name: fmt.Sprint("do ", a), Actor: fmt.Sprint("p", a%2)}
		if a%3 == 2 {
			about.Kind = model.Fault
		}
		return about
	}}
	for i := range 1 + r.Below(4) {
		covered := r.Uint64()
		if r.Chance(2, 3) {
			covered &^= 1<<2 | 1<<5 // no fault
		}
		f := properties.Weak(fmt.Sprint("f", i), func(a uint8) bool { return covered>>a&1 == 1 })
		f.Strong = r.Chance(1, 2)
		spec.Fairness = append(spec.Fairness, f)
	}
	bad := set(2)
	spec.Properties = []properties.Property[uint8]{
		properties.Always("always", set(7)),
		properties.AlwaysStep("step", func(a, b *uint8) bool { return *a == *b || !bad(b) }),
		properties.LeadsTo("leads to", set(3), set(2)),
		properties.LeadsTo("leads to, assuming one", set(3), set(2)).Assuming("f0"),
		properties.Eventually("eventually", set(2)),
		properties.AlwaysPossible("possible", set(2)),
	}
	return spec
}

// TestAllAgreesWithTheChecker: whichever means finds a counterexample, it is the
// checker's, and a claim has the same one alone and among others.
func TestAllAgreesWithTheChecker(t *testing.T) {
	r := rng.New(21, 0)
	compared := make(map[properties.Form]int)
	for range 4000 {
		spec := randomSpec(&r)
		want, err := check.Run(t.Context(), spec, check.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		var found []shrink.Found[uint8, uint8]
		var traces []*properties.Verdict[uint8, uint8]
		for k := range want.Verdicts {
			if v := &want.Verdicts[k]; v.Outcome == properties.Violated {
				found = append(found, shrink.Found[uint8, uint8]{Property: v.Property, Trace: v.Trace})
				traces = append(traces, v)
			}
		}
		// Not in the order of the claims, and at times one alone.
		for range r.Below(3) {
			if len(found) > 1 {
				i := r.Below(uint64(len(found)))
				found[0], found[i] = found[i], found[0]
				traces[0], traces[i] = traces[i], traces[0]
			}
		}
		if r.Chance(1, 4) && len(found) > 0 {
			found, traces = found[:1], traces[:1]
		}
		got, err := shrink.All(t.Context(), spec, found, shrink.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range traces {
			if compared[v.Form]++; !got[i].Canonical || !reflect.DeepEqual(got[i].Trace, v.Trace) {
				t.Fatalf("%q: %+v, canonical %v, the checker has %+v", v.Property, got[i].Trace, got[i].Canonical, v.Trace)
			}
		}
	}
	for _, f := range []properties.Form{properties.FormAlways, properties.FormAlwaysStep, properties.FormLeadsTo,
		properties.FormEventually, properties.FormAlwaysPossible, properties.FormNoDeadlock} {
		if compared[f] < 500 {
			t.Errorf("%v: %d traces compared, want at least 500", f, compared[f])
		}
	}
}

// TestLittleRoom: a search that is too small gives a counterexample of the same
// property, never a wrong one that it calls canonical.
func TestLittleRoom(t *testing.T) {
	r := rng.New(22, 0)
	minimal := 0
	for range 500 {
		spec := randomSpec(&r)
		want, err := check.Run(t.Context(), spec, check.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range want.Verdicts {
			if v.Outcome != properties.Violated {
				continue
			}
			opt := shrink.Options{States: 1 + int(r.Below(4)), Near: 10, Workers: 1}
			got, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, opt)
			if err != nil {
				t.Fatal(err)
			}
			refuted(t, &spec, v.Property, got.Trace)
			if got.Canonical && !reflect.DeepEqual(got.Trace, v.Trace) {
				t.Fatalf("%q: %+v is called canonical, the checker has %+v", v.Property, got.Trace, v.Trace)
			}
			if !got.Canonical {
				minimal++
			}
		}
	}
	if minimal < 100 {
		t.Errorf("%d searches were too small: the test saw too little", minimal)
	}
}
