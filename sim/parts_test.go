package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// TestJusticeAgreesWithRefute takes random loops of random runs: bits collected
// once must say of fairness what properties.Refute says of the whole lasso. The
// claim is one that is false on every behaviour, so that only fairness decides.
func TestJusticeAgreesWithRefute(t *testing.T) {
	r := rng.New(5, 0)
	fair, unfair := 0, 0
	for range 4000 {
		spec := randomSpec(&r)
		p := properties.Eventually("never", func(*node) bool { return false })
		if r.Chance(1, 3) && len(spec.Fairness) > 0 {
			p = p.Assuming(spec.Fairness[0].Name)
		}
		spec.Properties, spec.Final = []properties.Property[node]{p}, nil
		opt := Options{Seed: r.Uint64(), Steps: 12, Settle: 0}
		w := naiveRun(&spec, opt, 0)
		again := newRunner(newMemo(&spec, 1<<20), newAnyStep[node, edge](), opt)
		again.record = &traces.Trace[node, edge]{}
		if _, err := again.make(t.Context(), 0); err != nil || !slices.Equal(again.record.Steps, w.trace.Steps) {
			t.Fatalf("the run is %+v, %v, want %+v", again.record, err, w.trace)
		}
		j := &again.fair
		for from := range w.trace.Len() + 1 {
			for till := from; till <= w.trace.Len(); till++ {
				if *w.trace.At(from) != *w.trace.At(till) {
					continue
				}
				lasso := traces.Trace[node, edge]{Start: w.trace.Start, Steps: w.trace.Steps[:till], Loop: from}
				want := properties.Refute(&spec, &p, &lasso) == nil
				if got := j.unfair(loop{from, till})&assumed(&spec, &p) == 0; got != want {
					t.Fatalf("loop %d to %d of %+v: fair %v, Refute says %v", from, till, w.trace, got, want)
				}
				if want {
					fair++
				} else {
					unfair++
				}
			}
		}
	}
	if fair < 1000 || unfair < 1000 {
		t.Errorf("%d fair loops, %d unfair: the test saw too little", fair, unfair)
	}
}

// TestLabelsAreThoseOfTheActions: whatever order actions come in, each has one
// label, with what its spec says.
func TestLabelsAreThoseOfTheActions(t *testing.T) {
	r := rng.New(6, 0)
	spec := randomSpec(&r)
	asked := 0
	about := spec.About
	spec.About = func(a edge) model.About { asked++; return about(a) }
	l := newLabels(&spec)
	first := make(map[edge]*Label)
	for range 5000 {
		steps := make([]model.Step[node, edge], r.Below(12))
		for i := range steps {
			steps[i].Action = edge{uint8(r.Below(5)), uint8(r.Below(9))}
		}
		list, err := l.of(steps)
		if err != nil {
			t.Fatal(err)
		}
		for i, label := range list {
			a := steps[i].Action
			if first[a] == nil {
				first[a] = label
			}
			if label != first[a] || label.About.Name != edgeNames[a.Name] || label.Name != int(a.Name) {
				t.Fatalf("%v has label %+v", a, label)
			}
			if label.External() != (a.Name >= 3) {
				t.Fatalf("%v: external is %v", a, label.External())
			}
			for _, other := range first {
				if (label.Who == other.Who) != (label.Actor == other.Actor) {
					t.Fatalf("actors %q and %q have numbers %d and %d", label.Actor, other.Actor, label.Who, other.Who)
				}
			}
		}
	}
	if asked != len(first) {
		t.Errorf("About was called %d times for %d actions", asked, len(first))
	}
}

// TestWaitsAgreeWithTheTrace computes each wait again from the states of the
// run: from the first that triggers the claim to the first after it that answers.
func TestWaitsAgreeWithTheTrace(t *testing.T) {
	r := rng.New(7, 0)
	seen := 0
	for range 500 {
		spec := randomSpec(&r)
		opt := Options{Seed: r.Uint64(), Runs: 6, Steps: 8, Settle: 8, Waits: true}
		rep, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		for k, p := range spec.Claims() {
			var want []Wait
			for n := range opt.Runs {
				w := naiveRun(&spec, opt, n)
				if p.Form.Live() {
					want = append(want, naiveWait(&p, &w.trace, n)...)
				}
			}
			got := slices.Clone(rep.Waits[k])
			for i := range got {
				got[i].Never = false // that is the business of another test
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %+v, want %+v", p.Name, got, want)
			}
			seen += len(want)
		}
	}
	if seen < 1000 {
		t.Errorf("%d waits: the test saw too little", seen)
	}
}

func naiveWait(p *properties.Property[node], run *traces.Trace[node, edge], number uint64) []Wait {
	from := 0
	for p.Form == properties.FormLeadsTo && from <= run.Len() && !p.P(run.At(from)) {
		from++
	}
	if from > run.Len() {
		return nil
	}
	to := from
	for to <= run.Len() && !p.Q(run.At(to)) {
		to++
	}
	w := Wait{Run: number, Steps: min(to, run.Len()) - from, Censored: to > run.Len()}
	w.Time = time.Duration(w.Steps) * time.Second // anyStep lets a second pass for each
	return []Wait{w}
}

// TestRacesAgreeWithTryingBothOrders looks at every state of the graph instead
// of those that runs meet first. Runs examine one meeting of each pair in each
// run, so they find a part of these, and nothing else.
func TestRacesAgreeWithTryingBothOrders(t *testing.T) {
	r := rng.New(8, 0)
	found, all := 0, 0
	for range 200 {
		spec := randomSpec(&r)
		want := make(map[[2]string]bool)
		g := spec.Model.(*graph)
		for s := range g.next {
			for _, a := range g.next[s] {
				for _, b := range g.next[s] {
					if aboutEdge(a.Action).Actor == aboutEdge(b.Action).Actor {
						continue
					}
					if !meetAgain(g, a, b) {
						names := [2]string{edgeNames[a.Action.Name], edgeNames[b.Action.Name]}
						slices.Sort(names[:])
						want[names] = true
					}
				}
			}
		}
		rep, err := Run(t.Context(), spec, newAnyStep[node, edge], Options{Runs: 1024, Steps: 30, States: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, race := range rep.Coverage.Races {
			if !want[race] {
				t.Fatalf("%v is called a race, and no state has one", race)
			}
		}
		found += len(rep.Coverage.Races)
		all += len(want)
	}
	// Not every state of a random graph can be reached.
	if found*2 < all || all < 200 {
		t.Errorf("%d races found of %d", found, all)
	}
}

// meetAgain reports whether b after a and a after b have a state in common.
func meetAgain(g *graph, a, b model.Step[node, edge]) bool {
	after := func(first, second model.Step[node, edge]) (out []node) {
		for _, s := range g.next[first.State] {
			if s.Action == second.Action {
				out = append(out, s.State)
			}
		}
		return out
	}
	ba := after(b, a)
	return slices.ContainsFunc(after(a, b), func(s node) bool { return slices.Contains(ba, s) })
}

func TestFullCoverageSaysSo(t *testing.T) {
	r := rng.New(9, 0)
	spec := randomSpec(&r)
	for len(spec.Model.(*graph).next) < 6 {
		spec = randomSpec(&r)
	}
	exact, err := Run(t.Context(), spec, newAnyStep[node, edge], Options{Runs: 512, States: 100})
	if err != nil {
		t.Fatal(err)
	}
	n := exact.Coverage.States
	for limit, full := range map[int]bool{n: false, n - 1: true} {
		for _, workers := range []int{1, 3} {
			rep, err := Run(t.Context(), spec, newAnyStep[node, edge], Options{Runs: 512, States: limit, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Coverage.Full != full || rep.Coverage.States != limit {
				t.Errorf("limit %d of %d states, %d workers: %+v", limit, n, workers, rep.Coverage)
			}
		}
	}
}

func TestEndsHaveNames(t *testing.T) {
	for e := range ends {
		if e.String() == "" || e.String()[0] == 'E' {
			t.Errorf("end %d is called %q", uint8(e), e)
		}
	}
	if got := End(99).String(); got != "End(99)" {
		t.Error(got)
	}
}
