package zoo_test

import (
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
)

// BenchmarkNext measures the model alone: all steps of all states, without a
// store. Engines cannot be faster than this.
func BenchmarkNext(b *testing.B) {
	b.Run("twophase=7", func(b *testing.B) {
		spec, err := zoo.TwoPhase(zoo.TwoPhaseParams{Managers: 7})
		benchmarkNext(b, spec.Model, err, 2_744_706)
	})
	b.Run("lifecycle=2,3,1,1", func(b *testing.B) {
		spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 3, Losses: 1, Capacity: 1})
		benchmarkNext(b, spec.Model, err, 1_005_864)
	})
	b.Run("grid=5,10", func(b *testing.B) {
		spec, err := zoo.Grid(zoo.GridParams{Counters: 5, Modulus: 10})
		benchmarkNext(b, spec.Model, err, 500_001)
	})
}

func benchmarkNext[S, A comparable](b *testing.B, m model.Model[S, A], err error, generated int) {
	if err != nil {
		b.Fatal(err)
	}
	var states []S
	shortest(m, func(s *S) bool { states = append(states, *s); return false })
	b.ReportAllocs()
	var out model.Steps[S, A]
	var steps int
	for b.Loop() {
		steps = 0
		for i := range states {
			out.Reset()
			steps += out.Extend(m, &states[i])
		}
	}
	if got := steps + len(m.Init()); got != generated {
		b.Errorf("%d generated, want %d", got, generated)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(steps), "ns/step")
}

// The steps of a state are added without a single allocation.
func TestNextDoesNotAllocate(t *testing.T) {
	two, err := zoo.TwoPhase(zoo.TwoPhaseParams{Managers: 9})
	noAllocations(t, checked(t, two, err).Model)
	life, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 4, Requests: 2, Losses: 1, Capacity: 1})
	noAllocations(t, checked(t, life, err).Model)
	bit, err := zoo.AlternatingBit(zoo.AlternatingBitParams{Messages: 3, Capacity: 2})
	noAllocations(t, checked(t, bit, err).Model)
	ring, err := zoo.TokenRing(zoo.TokenRingParams{Nodes: 3})
	noAllocations(t, checked(t, ring, err).Model)
	table, err := zoo.Philosophers(zoo.PhilosophersParams{N: 3})
	noAllocations(t, checked(t, table, err).Model)
}

func noAllocations[S, A comparable](t *testing.T, m model.Model[S, A]) {
	t.Helper()
	s := m.Init()[0]
	var out model.Steps[S, A]
	for range 3 { // some way in, where there is more to do
		s = out.From(m, s)[0].State
	}
	if n := testing.AllocsPerRun(100, func() { out.Reset(); out.Extend(m, &s) }); n != 0 {
		t.Errorf("%T: %v allocations for each state", m, n)
	}
}
