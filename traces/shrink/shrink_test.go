package shrink_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
	"github.com/quiesce/quiesce/traces/shrink"
)

func lifecycle(t testing.TB, bug string) properties.Spec[zoo.LifecycleState, zoo.LifecycleAction] {
	t.Helper()
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: bug})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// failures simulates one seed and returns the violated verdicts.
func failures[S, A comparable](t testing.TB, spec properties.Spec[S, A], seed uint64) []properties.Verdict[S, A] {
	t.Helper()
	rep, err := sim.Run(t.Context(), spec, sched.Uniform[S, A], sim.Options{Seed: seed, Runs: 2000})
	if err != nil {
		t.Fatal(err)
	}
	var out []properties.Verdict[S, A]
	for _, v := range rep.Verdicts {
		if v.Outcome == properties.Violated {
			out = append(out, v)
		}
	}
	return out
}

func file[S, A comparable](t testing.TB, spec *properties.Spec[S, A], property string, tr *traces.Trace[S, A]) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := codec.Write(&b, codec.Of(spec, codec.Header{Claim: codec.Claim{Name: property}}, tr)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameBytesFromEverySeed is the promise of the package: whatever finds a
// bug, the trace file is the one that the checker writes.
func TestSameBytesFromEverySeed(t *testing.T) {
	for _, bug := range []string{"reconnect", "hang"} {
		spec := lifecycle(t, bug)
		want, err := check.Run(t.Context(), spec, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		checked := make(map[string][]byte)
		for _, v := range want.Verdicts {
			if v.Outcome == properties.Violated {
				checked[v.Property] = file(t, &spec, v.Property, v.Trace)
			}
		}
		seeds := uint64(50)
		if testing.Short() {
			seeds = 5
		}
		found := make(map[string]int)
		for seed := range seeds {
			for _, v := range failures(t, spec, seed) {
				r, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, shrink.Options{})
				if err != nil {
					t.Fatal(err)
				}
				found[v.Property]++
				if !r.Canonical || !bytes.Equal(file(t, &spec, v.Property, r.Trace), checked[v.Property]) {
					t.Fatalf("bug %s, seed %d: %q differs from the checker's trace", bug, seed, v.Property)
				}
			}
		}
		for property := range checked {
			if found[property] < int(seeds)*9/10 {
				t.Errorf("bug %s: %q was found from %d of %d seeds", bug, property, found[property], seeds)
			}
		}
	}
}

// TestDeadlocks takes the claim that Spec.Final adds.
func TestDeadlocks(t *testing.T) {
	spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: 4})
	if err != nil {
		t.Fatal(err)
	}
	want, err := check.Run(t.Context(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := want.Verdicts[len(want.Verdicts)-1]
	for _, v := range failures(t, spec, 1) {
		if v.Property != properties.DeadlockName {
			continue
		}
		for _, opt := range []shrink.Options{{}, {States: 5}} {
			r, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, opt)
			if err != nil {
				t.Fatal(err)
			}
			if r.Canonical != (opt.States == 0) || r.Trace.Len() != last.Trace.Len() {
				t.Errorf("%+v: %d steps, canonical %v; the checker's has %d", opt, r.Trace.Len(), r.Canonical, last.Trace.Len())
			}
			if r.Canonical && !bytes.Equal(file(t, &spec, v.Property, r.Trace), file(t, &spec, v.Property, last.Trace)) {
				t.Error("differs from the checker's trace")
			}
		}
		return
	}
	t.Error("the deadlock was not found")
}

// TestTooLargeIsLocallyMinimal gives a budget that is too small for the graph.
func TestTooLargeIsLocallyMinimal(t *testing.T) {
	for _, bug := range []string{"reconnect", "hang"} {
		spec := lifecycle(t, bug)
		for seed := range uint64(8) {
			for _, v := range failures(t, spec, seed) {
				best, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, shrink.Options{})
				if err != nil {
					t.Fatal(err)
				}
				r, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, shrink.Options{States: 20, Near: 50})
				if err != nil {
					t.Fatal(err)
				}
				if r.Canonical || !strings.Contains(r.How(), "locally minimal") {
					t.Fatalf("a search of %d states says %q", r.States, r.How())
				}
				refuted(t, &spec, v.Property, r.Trace)
				locallyMinimal(t, &spec, v.Property, r.Trace)
				if r.Trace.Len() > v.Trace.Len() || r.Trace.Len() < best.Trace.Len() && !r.Trace.Infinite() {
					t.Errorf("%q: %d steps became %d; the canonical trace has %d", v.Property,
						v.Trace.Len(), r.Trace.Len(), best.Trace.Len())
				}
			}
		}
	}
}

func refuted[S, A comparable](t *testing.T, spec *properties.Spec[S, A], property string, tr *traces.Trace[S, A]) {
	t.Helper()
	for _, p := range spec.Claims() {
		if p.Name == property {
			if err := properties.Refute(spec, &p, tr); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// locallyMinimal leaves out each step of a finite trace in turn, keeping all
// others as they are: none may still be a counterexample.
func locallyMinimal[S, A comparable](t *testing.T, spec *properties.Spec[S, A], property string, tr *traces.Trace[S, A]) {
	t.Helper()
	if tr.Infinite() {
		return
	}
	for i := range tr.Steps {
		actions := append(tr.Actions()[:i:i], tr.Actions()[i+1:]...)
		next, err := traces.Replay(spec.Model, tr.Start, actions)
		if err != nil {
			continue
		}
		for _, p := range spec.Claims() {
			if p.Name == property && properties.Refute(spec, &p, &next) == nil {
				t.Errorf("%q: step %d of %d can be left out", property, i+1, tr.Len())
			}
		}
	}
}

func TestWhatIsNotACounterexample(t *testing.T) {
	spec := lifecycle(t, "reconnect")
	empty := &traces.Trace[zoo.LifecycleState, zoo.LifecycleAction]{Start: spec.Model.Init()[0], Loop: traces.Finite}
	for name, want := range map[string]string{
		spec.Properties[0].Name: "not a counterexample",
		"no such thing":         "has no property",
	} {
		if _, err := shrink.Counterexample(t.Context(), spec, name, empty, shrink.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	found := failures(t, spec, 7)[0]
	cancel()
	if _, err := shrink.Counterexample(ctx, spec, found.Property, found.Trace, shrink.Options{}); err == nil {
		t.Error("an interrupted search has a result")
	}
}

func Example() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := sim.Run(context.Background(), spec, sched.Uniform[zoo.LifecycleState, zoo.LifecycleAction],
		sim.Options{Seed: 7, Runs: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	random := report.Verdicts[0]
	small, err := shrink.Counterexample(context.Background(), spec, random.Property, random.Trace, shrink.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d steps became %d, %s\n", random.Trace.Len(), small.Trace.Len(), small.How())
	// Output:
	// 17 steps became 7, canonical: no shorter one has as few faults
}
