package stats_test

import (
	"math"
	"testing"

	"github.com/quiesce/quiesce/sim/stats"
)

// TestReplicas compares with a textbook example worked by hand: mean 5, standard
// deviation 1.58, t of four degrees 2.776.
func TestReplicas(t *testing.T) {
	mean, in, relative, err := stats.Replicas([]float64{0.3, 0.4, 0.5, 0.6, 0.7}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(mean-0.5) > 1e-12 || math.Abs(in.Low-0.3037) > 1e-4 || math.Abs(in.High-0.6963) > 1e-4 || math.Abs(relative-0.1414) > 1e-4 {
		t.Errorf("mean %v, %+v, relative error %v", mean, in, relative)
	}
	if _, in, _, _ := stats.Replicas([]float64{0, 0.5}, 0.95); in.Low != 0 || in.High != 1 {
		t.Errorf("an interval of probabilities is %+v", in)
	}
	if _, _, relative, _ := stats.Replicas([]float64{0, 0}, 0.95); !math.IsNaN(relative) && !math.IsInf(relative, 1) {
		t.Errorf("of nothing the relative error is %v", relative)
	}
	for _, bad := range []func() error{
		func() error { _, _, _, err := stats.Replicas([]float64{1}, 0.95); return err },
		func() error { _, _, _, err := stats.Replicas([]float64{1, 1}, 1); return err },
	} {
		if bad() == nil {
			t.Error("one repetition, or a confidence of 1, was accepted")
		}
	}
}

// TestWithin compares with what is known of the symmetric walk between 0 and 4,
// and in the limit with the linear system.
func TestWithin(t *testing.T) {
	walk := stats.Chain{nil, {{0, 0.5}, {2, 0.5}}, {{1, 0.5}, {3, 0.5}}, {{2, 0.5}, {4, 0.5}}, nil}
	goal := func(s int) bool { return s == 4 }
	for steps, want := range map[int]float64{0: 0, 1: 0, 2: 0.25, 3: 0.25, 4: 0.375, 200: 0.5} {
		p, err := walk.Within(goal, steps)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p[2]-want) > 1e-12 || p[4] != 1 {
			t.Errorf("from the middle within %d steps: %v, want %v", steps, p[2], want)
		}
	}
	late, _ := walk.Within(goal, 500)
	ever, err := walk.Absorbed(goal)
	if err != nil {
		t.Fatal(err)
	}
	for s := range walk {
		if math.Abs(late[s]-ever[s]) > 1e-12 {
			t.Errorf("state %d: %v in 500 steps, %v ever", s, late[s], ever[s])
		}
	}
	if _, err := (stats.Chain{{{1, 0.5}}, nil}).Within(goal, 1); err == nil {
		t.Error("half a chain was solved")
	}
	if _, err := (stats.Chain{{{7, 1}}}).Within(goal, 1); err == nil {
		t.Error("a move to nowhere was solved")
	}
}
