package sim

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// walked is a run made by the dumb second implementation: everything kept,
// nothing incremental.
type walked struct {
	trace traces.Trace[node, edge]
	taken []int // by step: its place among all steps of its state
	end   End
}

func naiveRun(spec *properties.Spec[node, edge], opt Options, number uint64) walked {
	pick := rng.New(opt.Seed, number)
	start := rng.New(^opt.Seed, number)
	inits := spec.Model.Init()
	w := walked{trace: traces.Trace[node, edge]{Start: inits[start.Below(uint64(len(inits)))], Loop: traces.Finite}}
	for {
		var out model.Steps[node, edge]
		here := *w.trace.Last()
		steps := slices.Clone(out.From(spec.Model, here))
		if len(steps) == 0 {
			w.end = Stuck
			return w
		}
		if w.trace.Len() >= opt.Steps {
			steps = slices.DeleteFunc(steps, func(s model.Step[node, edge]) bool {
				k := spec.About(s.Action).Kind
				return k == model.Fault || k == model.Request
			})
			if !slices.ContainsFunc(steps, func(s model.Step[node, edge]) bool { return s.State != here }) {
				w.end = Quiet
				return w
			}
			if w.trace.Len() >= opt.Steps+opt.Settle {
				w.end = Restless
				return w
			}
		}
		i := int(pick.Below(uint64(len(steps))))
		w.trace.Steps = append(w.trace.Steps, steps[i])
		w.taken = append(w.taken, naivePlace(spec, here, i, w.trace.Len() > opt.Steps))
	}
}

// naivePlace returns the place among all steps of s of the i-th that is allowed.
func naivePlace(spec *properties.Spec[node, edge], s node, i int, settling bool) int {
	var out model.Steps[node, edge]
	for k, step := range out.From(spec.Model, s) {
		kind := spec.About(step.Action).Kind
		if settling && (kind == model.Fault || kind == model.Request) {
			continue
		}
		if i == 0 {
			return k
		}
		i--
	}
	panic("there is no such step")
}

// TestTransitionsAreThoseOfTheRuns: a step counts as itself also when a run
// settles and is shown a part of the steps only.
func TestTransitionsAreThoseOfTheRuns(t *testing.T) {
	r := rng.New(13, 0)
	for range 300 {
		spec := randomSpec(&r)
		opt := Options{Seed: r.Uint64(), Runs: 20, Steps: 2, Settle: 10, States: 100}
		type move struct {
			from node
			nth  int
		}
		want := make(map[move]bool)
		for n := range opt.Runs {
			w := naiveRun(&spec, opt, n)
			for i, nth := range w.taken {
				want[move{*w.trace.At(i), nth}] = true
			}
		}
		rep, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Coverage.Transitions != len(want) {
			t.Fatalf("%d transitions, want %d", rep.Coverage.Transitions, len(want))
		}
	}
}

// refuted reports whether some beginning of the run refutes a claim that is not
// live, or whether some lasso refutes one that is: staying in a state for ever,
// or a loop after which the run was not answered any more. It tries them all, so it may find a lasso where the engine, which tries some, does not.
func (w *walked) refuted(spec *properties.Spec[node, edge], p *properties.Property[node]) bool {
	for till := range w.trace.Len() + 1 {
		t := traces.Trace[node, edge]{Start: w.trace.Start, Steps: w.trace.Steps[:till], Loop: traces.Finite}
		if !p.Form.Live() {
			possible := p.Form == properties.FormAlwaysPossible && (till < w.trace.Len() || w.end != Stuck)
			if !possible && p.Form != properties.FormReachable && properties.Refute(spec, p, &t) == nil {
				return true
			}
			continue
		}
		for from := range till + 1 {
			t.Loop = from
			for i := from; from < till && i <= w.trace.Len() && t.Loop == from; i++ {
				if p.Q(w.trace.At(i)) {
					t.Loop = traces.Finite // answered later on
				}
			}
			if t.Loop == from && *t.At(from) == *t.Last() && properties.Refute(spec, p, &t) == nil {
				return true
			}
		}
	}
	return false
}

func TestRunsAgreeWithNaiveRuns(t *testing.T) {
	r := rng.New(1, 0)
	refuted, missed := 0, 0
	for range 3000 {
		spec := randomSpec(&r)
		opt := Options{Seed: r.Uint64(), Runs: 4, Steps: int(1 + r.Below(6)), Settle: int(1 + r.Below(12)), Workers: 1}
		c := newCampaign(t.Context(), &spec, newAnyStep[node, edge], opt)
		for n := range opt.Runs {
			w := naiveRun(&spec, opt, n)
			c.one(c.workers[0], &c.places[0], n)
			p := &c.places[0]
			if p.err != nil || p.end != w.end || p.steps != w.trace.Len() {
				t.Fatalf("%v after %d steps (%v), want %v after %d", p.end, p.steps, p.err, w.end, w.trace.Len())
			}
			for k := range c.claims {
				want, live := w.refuted(&spec, &c.claims[k]), c.claims[k].Form.Live()
				got := p.stand[k].failed
				if got && !want || want && !got && !live {
					t.Fatalf("%s: failed %v, want %v; run %+v ended %v", c.claims[k].Name, got, want, w.trace, w.end)
				}
				if want && live {
					refuted++
					if !got {
						missed++
					}
				}
			}
		}
	}
	// Both trying all lassos and trying the longest are samples of what the
	// graph allows; the engine's sample must not be much worse.
	if refuted < 500 || missed*100 > refuted {
		t.Errorf("%d live claims refuted, the engine missed %d of them", refuted, missed)
	}
}

func TestCoverageAgreesWithNaiveSearch(t *testing.T) {
	r := rng.New(2, 0)
	for range 300 {
		spec := randomSpec(&r)
		seen := make(map[node]bool)
		type move struct {
			from node
			nth  int
		}
		moves := make(map[move]bool)
		for queue := slices.Clone(spec.Model.Init()); len(queue) > 0; queue = queue[1:] {
			if seen[queue[0]] {
				continue
			}
			seen[queue[0]] = true
			var out model.Steps[node, edge]
			for i, s := range out.From(spec.Model, queue[0]) {
				moves[move{queue[0], i}] = true
				queue = append(queue, s.State)
			}
		}
		rep, err := Run(t.Context(), spec, newAnyStep[node, edge], Options{Runs: 1024, Steps: 30, States: 100})
		if err != nil {
			t.Fatal(err)
		}
		got := rep.Coverage
		if got.Full || got.States != len(seen) || got.Transitions != len(moves) {
			t.Fatalf("%d states, %d transitions, want %d and %d", got.States, got.Transitions, len(seen), len(moves))
		}
	}
}

func TestReportIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	r := rng.New(3, 0)
	for range 40 {
		spec := randomSpec(&r)
		opt := Options{Seed: r.Uint64(), Runs: 700, Steps: 9, States: 5, Waits: true, Workers: 1}
		one, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{2, 5} {
			opt.Workers = workers
			many, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(one, many) {
				t.Fatalf("1 worker:\n%+v\n%d workers:\n%+v", one, workers, many)
			}
		}
	}
}

func TestRunsDoNotAllocate(t *testing.T) {
	r := rng.New(4, 0)
	spec := randomSpec(&r)
	for len(spec.Model.(*graph).next) < 6 {
		spec = randomSpec(&r)
	}
	run := newRunner(newMemo(&spec, 1<<20), newAnyStep[node, edge](), Options{Steps: 50, Settle: 50})
	number := uint64(0)
	if got := testing.AllocsPerRun(100, func() {
		number++
		if _, err := run.make(context.Background(), number%10); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations per run, want none", got)
	}
}
