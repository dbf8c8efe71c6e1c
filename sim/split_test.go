package sim_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
	"github.com/quiesce/quiesce/traces"
)

// drunk walks up one step in three and down else, from 1, until 0 or the top.
type drunk uint8

func (d drunk) Init() []uint8 { return []uint8{1} }

func (d drunk) Next(s *uint8, out *model.Steps[uint8, uint8]) {
	if *s > 0 && *s < uint8(d) {
		*out.Add(0)++
		*out.Add(1)--
		*out.Add(2)--
	}
}

func splitLevels(s []sim.SplitLevel) (out []stats.Level) {
	for _, l := range s {
		out = append(out, stats.Level(l))
	}
	return out
}

// chainOf solves a model under the uniform choice of steps, exactly: states of
// goal absorb, and the chance to end in one of them is a linear system. dist is
// the least number of steps to goal, or -1.
func chainOf[S, A comparable](t *testing.T, m model.Model[S, A], goal func(s *S) bool) (p float64, dist map[S]int) {
	t.Helper()
	at := make(map[S]int)
	var states []S
	add := func(s S) int {
		if _, ok := at[s]; !ok {
			at[s] = len(states)
			states = append(states, s)
		}
		return at[s]
	}
	start := add(m.Init()[0])
	var chain stats.Chain
	var out model.Steps[S, A]
	back := make(map[int][]int)
	for i := 0; i < len(states); i++ {
		chain = append(chain, nil)
		if goal(&states[i]) {
			continue
		}
		next := out.From(m, states[i])
		for _, s := range next {
			to := add(s.State)
			chain[i] = append(chain[i], stats.Move{To: to, P: 1 / float64(len(next))})
			back[to] = append(back[to], i)
		}
	}
	ends, err := chain.Absorbed(func(i int) bool { return goal(&states[i]) })
	if err != nil {
		t.Fatal(err)
	}
	dist = make(map[S]int)
	var queue []int
	for i := range states {
		dist[states[i]] = -1
		if goal(&states[i]) {
			dist[states[i]] = 0
			queue = append(queue, i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, i := range back[queue[0]] {
			if dist[states[i]] < 0 {
				dist[states[i]] = dist[states[queue[0]]] + 1
				queue = append(queue, i)
			}
		}
	}
	return ends[start], dist
}

// TestSplittingOfARareEvent compares with the closed form: 1/(2^15-1), for
// which 15,000 plain runs would see nothing or one.
func TestSplittingOfARareEvent(t *testing.T) {
	const top = 15
	exact := 1 / (math.Pow(2, top) - 1)
	solved, _ := chainOf(t, model.Model[uint8, uint8](drunk(top)), func(s *uint8) bool { return *s == top })
	if math.Abs(solved/exact-1) > 1e-9 {
		t.Fatalf("the chain gives %g, the closed form %g", solved, exact)
	}
	level := func(s *uint8) int { return int(*s) - 1 }
	inside := 0
	sum := 0.0
	const times = 40
	for seed := range uint64(times) {
		split, err := sim.Splitting(t.Context(), model.Model[uint8, uint8](drunk(top)), level, top-1, sim.SplitOptions{Seed: seed, Runs: 1000})
		if err != nil {
			t.Fatal(err)
		}
		p, in, err := stats.Splitting(splitLevels(split.Levels), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		sum += p
		if in.Low <= exact && exact <= in.High {
			inside++
		}
		if err := traces.Check(model.Model[uint8, uint8](drunk(top)), split.Trace); err != nil || *split.Trace.Last() != top {
			t.Fatalf("the behaviour that is shown: %v", err)
		}
	}
	if mean := sum / times; math.Abs(mean/exact-1) > 0.1 {
		t.Errorf("the mean of %d estimates is %g, exactly it is %g", times, mean, exact)
	}
	if inside < 33 { // of 40, 38 are expected
		t.Errorf("%d of %d intervals hold the exact value", inside, times)
	}
}

// TestEstimatesMeetTheExactAnswer: plain runs and splitting of the lifecycle
// with its defect, both against the solved chain.
func TestEstimatesMeetTheExactAnswer(t *testing.T) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		t.Fatal(err)
	}
	wrong := func(s *zoo.LifecycleState) bool { return s.Wrong }
	exact, dist := chainOf(t, spec.Model, wrong)
	rep := run(t, spec, sim.Options{Seed: 7, Runs: 20_000, Steps: 2000, Settle: -1})
	in, err := stats.ClopperPearson(rep.Claims[0].Failed, rep.Runs, 0.999, stats.TwoSided)
	if err != nil {
		t.Fatal(err)
	}
	if exact < in.Low || exact > in.High {
		t.Errorf("exactly %.5f, plain runs say %.5f to %.5f", exact, in.Low, in.High)
	}
	far := dist[spec.Model.Init()[0]]
	level := func(s *zoo.LifecycleState) int {
		if dist[*s] < 0 {
			return 0
		}
		return max(far-dist[*s], 0)
	}
	split, err := sim.Splitting(t.Context(), spec.Model, level, far, sim.SplitOptions{Seed: 7, Runs: 4000})
	if err != nil {
		t.Fatal(err)
	}
	p, in, err := stats.Splitting(splitLevels(split.Levels), 0.999)
	if err != nil {
		t.Fatal(err)
	}
	if exact < in.Low || exact > in.High {
		t.Errorf("exactly %.5f, splitting says %.5f (%.5f to %.5f) by %+v", exact, p, in.Low, in.High, split.Levels)
	}
}

func TestSplittingIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	level := func(s *uint8) int { return int(*s) - 1 }
	var first *sim.Split[uint8, uint8]
	for _, workers := range []int{1, 2, 7} {
		split, err := sim.Splitting(t.Context(), model.Model[uint8, uint8](drunk(9)), level, 8, sim.SplitOptions{Seed: 1, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = split
		}
		if !reflect.DeepEqual(first, split) {
			t.Errorf("%d workers: %+v, one: %+v", workers, split.Levels, first.Levels)
		}
	}
}

func TestSplittingThatCannot(t *testing.T) {
	m := model.Model[uint8, uint8](drunk(9))
	none, err := sim.Splitting(t.Context(), m, func(*uint8) int { return 0 }, 3, sim.SplitOptions{})
	if err != nil || none.Trace != nil || len(none.Levels) != 1 || none.Levels[0].Reached != 0 {
		t.Errorf("a level that is never reached: %+v, %v", none, err)
	}
	if _, err := sim.Splitting(t.Context(), m, func(*uint8) int { return 0 }, 0, sim.SplitOptions{}); err == nil {
		t.Error("splitting to level 0 was done")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sim.Splitting(ctx, m, func(*uint8) int { return 0 }, 1, sim.SplitOptions{}); err == nil {
		t.Error("an interrupted search has no error")
	}
}
