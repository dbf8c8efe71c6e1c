package sim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
)

// within is the dumb way to an exact answer: to follow every behaviour of up to
// so many steps, each step being equally likely.
func within[S, A comparable](m model.Model[S, A], s S, steps int, bad func(from, to *S) bool, dead func(s *S) bool) float64 {
	var out model.Steps[S, A]
	next := append([]model.Step[S, A]{}, out.From(m, s)...)
	if len(next) == 0 && dead(&s) {
		return 1
	}
	sum := 0.0
	for i := range next {
		switch {
		case steps == 0:
		case bad(&s, &next[i].State):
			sum++
		default:
			sum += within(m, next[i].State, steps-1, bad, dead)
		}
	}
	return sum / math.Max(1, float64(len(next)))
}

// exact solves the model of Toward on its graph.
func exact[S, A comparable](t *testing.T, m model.Model[sim.Course[S], A], steps int) (float64, *sim.Graph[S]) {
	t.Helper()
	g, err := sim.Unfold(t.Context(), m, 10_000)
	if err != nil || g == nil {
		t.Fatalf("not unfolded: %v", err)
	}
	chain := make(stats.Chain, len(g.Next))
	for i, next := range g.Next {
		for _, to := range next {
			chain[i] = append(chain[i], stats.Move{To: to, P: 1 / float64(len(next))})
		}
	}
	p, err := chain.Within(func(i int) bool { return g.Violated[i] }, steps)
	if err != nil {
		t.Fatal(err)
	}
	return p[0], g
}

// TestTowardEveryForm compares graph and chain with following every behaviour,
// for each form of property and for models drawn at random.
func TestTowardEveryForm(t *testing.T) {
	never := func(_, _ *uint8) bool { return false }
	alive := func(*uint8) bool { return false }
	seen := make(map[string]int)
	for seed := range uint64(150) {
		m := chance{seed}
		spec := properties.Spec[uint8, uint8]{Model: m, Actions: []string{"a", "b", "c"},
			About: func(a uint8) model.About { return model.About{Name: string('a' + rune(a))} },
			Properties: []properties.Property[uint8]{
				properties.Always("state", func(s *uint8) bool { return *s != 5 }),
				properties.AlwaysStep("step", func(from, to *uint8) bool { return *from+*to != 7 }),
			},
			Final: func(s *uint8) bool { return *s%2 == 0 },
		}
		for _, c := range []struct {
			name string
			bad  func(from, to *uint8) bool
			dead func(s *uint8) bool
			more int
		}{
			{"state", func(_, to *uint8) bool { return *to == 5 }, alive, 0},
			{"step", func(from, to *uint8) bool { return *from+*to == 7 }, alive, 0},
			{properties.DeadlockName, never, func(s *uint8) bool { return *s%2 == 1 }, 1},
		} {
			const steps = 6
			toward, err := sim.Toward(spec, c.name, []string{"b", "a"})
			if err != nil {
				t.Fatal(err)
			}
			p, _ := exact(t, toward, steps+c.more)
			want := within[uint8, uint8](m, 0, steps, c.bad, c.dead)
			if math.Abs(p-want) > 1e-12 {
				t.Fatalf("model %d, %q: the graph gives %v, every behaviour followed %v", seed, c.name, p, want)
			}
			if p > 0 {
				seen[c.name]++
			}
		}
	}
	if len(seen) < 3 || seen["state"] < 20 || seen["step"] < 20 {
		t.Errorf("the test saw too little: %v", seen)
	}
}

// chance is a random graph of eight states, each with up to three steps; 0 is the
// only initial one.
type chance struct{ seed uint64 }

func (c chance) Init() []uint8 { return []uint8{0} }

func (c chance) Next(s *uint8, out *model.Steps[uint8, uint8]) {
	bits := rng.New(c.seed, uint64(*s))
	for range bits.Below(4) {
		*out.Add(uint8(bits.Below(3))) = uint8(bits.Below(8))
	}
}

// TestLevelsDoNotBias: whatever the levels are, the mean of many estimates is the
// exact answer of the model; what splitting comes to is a counterexample.
func TestLevelsDoNotBias(t *testing.T) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		t.Fatal(err)
	}
	claim := spec.Claims()[0]
	plain, err := sim.Toward(spec, claim.Name, nil)
	if err != nil {
		t.Fatal(err)
	}
	const steps = 60
	want, graph := exact(t, plain, steps)
	for _, names := range [][]string{nil, {"Submit", "Substantiate", "MasterStop", "RecvAttach"}, {"RecvAttach", "RecvAttach"}, {"LoseStart"}} {
		m, err := sim.Toward(spec, claim.Name, names)
		if err != nil {
			t.Fatal(err)
		}
		level, last := sim.StepLevels[zoo.LifecycleState](names)
		if names == nil {
			level, last = graph.Levels()
		}
		var estimates []float64
		for seed := range uint64(20) {
			split, err := sim.Splitting(t.Context(), m, level, last, sim.SplitOptions{Seed: seed, Runs: 500, Steps: steps})
			if err != nil {
				t.Fatal(err)
			}
			p, _, err := stats.Splitting(splitLevels(split.Levels), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			estimates = append(estimates, p)
			if split.Trace == nil {
				continue
			}
			found := sim.Uncourse(split.Trace)
			if err := properties.Refute(&spec, &claim, found); err != nil {
				t.Fatalf("levels %q: %v", names, err)
			}
		}
		_, in, relative, err := stats.Replicas(estimates, 0.999)
		if err != nil {
			t.Fatal(err)
		}
		if want < in.Low || want > in.High || relative > 0.1 {
			t.Errorf("levels %q: exactly %.5f, estimated %.5f to %.5f, relative error %.3f", names, want, in.Low, in.High, relative)
		}
	}
}

func TestUncourseOfADeadlock(t *testing.T) {
	spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: 2, Order: "same"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := sim.Toward(spec, properties.DeadlockName, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, graph := exact(t, m, 10)
	level, last := graph.Levels()
	if last != 3 { // two forks are taken, and then nothing
		t.Errorf("a deadlock is %d steps away, want 3", last)
	}
	split, err := sim.Splitting(t.Context(), m, level, last, sim.SplitOptions{Seed: 1, Runs: 100})
	if err != nil {
		t.Fatal(err)
	}
	found, claim := sim.Uncourse(split.Trace), spec.Claims()[2]
	if found.Len() != split.Trace.Len()-1 {
		t.Errorf("%d steps of %d are left", found.Len(), split.Trace.Len())
	}
	if err := properties.Refute(&spec, &claim, found); err != nil {
		t.Error(err)
	}
}

func TestTowardWhatCannotBe(t *testing.T) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"stop leads to every worker stopped": "has the form leads to", "no such": `no property is called "no such"`} {
		if _, err := sim.Toward(spec, name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
	m, err := sim.Toward(spec, properties.DeadlockName, nil)
	if err != nil {
		t.Fatal(err)
	}
	if g, err := sim.Unfold(t.Context(), m, 10); g != nil || err != nil {
		t.Errorf("more than ten states were unfolded: %v, %v", g, err)
	}
	g, err := sim.Unfold(t.Context(), m, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, last := g.Levels(); last != -1 {
		t.Errorf("a deadlock that there is not has distance %d", last)
	}
	spec.Within = func(s *zoo.LifecycleState) bool { return s.Requests > 0 }
	m, err = sim.Toward(spec, properties.DeadlockName, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out model.Steps[sim.Course[zoo.LifecycleState], zoo.LifecycleAction]
	at := m.Init()[0]
	at.State.Requests = 0
	if n := len(out.From(m, at)); n != 0 {
		t.Errorf("%d steps outside of Within", n)
	}
}
