package sched_test

import (
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

// TestMemoChangesNothing runs real models under every sort of scheduler, with
// all, some and nothing kept, and with one worker or two: one report.
func TestMemoChangesNothing(t *testing.T) {
	buildbot, err := lifecycle.Spec(latent.Preset(latent.Buildbot370))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "latent", buildbot)
	small, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: "hang"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "lifecycle", small)
	ring, err := zoo.TokenRing(zoo.TokenRingParams{Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "token ring", ring)
}

func same[S, A comparable](t *testing.T, name string, spec properties.Spec[S, A]) {
	t.Helper()
	delays := sched.DefaultDelays()
	m, err := sched.Look(t.Context(), spec, 1, 50, 100)
	if err != nil {
		t.Fatal(err)
	}
	for by, make := range map[string]func() sim.Scheduler[S, A]{
		"uniform":  sched.Uniform[S, A],
		"timed":    func() sim.Scheduler[S, A] { return sched.Timed[S, A](&delays) },
		"pct":      func() sim.Scheduler[S, A] { return sched.PCT[S, A](3, 60) },
		"pos":      sched.POS[S, A],
		"weighted": func() sim.Scheduler[S, A] { return sched.Weighted[S, A](m) },
		"swarm": func() sim.Scheduler[S, A] {
			return sched.Swarm(sched.Uniform[S, A](), len(spec.Actions), sched.Faults)
		},
	} {
		opt := sim.Options{Seed: 5, Runs: 300, Steps: 60, States: 1 << 16, Waits: true, Workers: 1, Memo: -1}
		want, err := sim.Run(t.Context(), spec, make, opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, bytes := range []int64{20_000, 200_000, 0} {
			opt.Memo, opt.Workers = bytes, 3-opt.Workers
			got, err := sim.Run(t.Context(), spec, make, opt)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: the report with %d bytes kept is another", name, by, bytes)
			}
		}
	}
}
