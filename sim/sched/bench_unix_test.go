//go:build unix

package sched_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

// BenchmarkSteps is the figure that matters: simulated steps per second of one
// core's time, so that other work on the machine does not count, with every
// claim of the spec checked in every state.
func BenchmarkSteps(b *testing.B) {
	small, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 3, Requests: 200, Losses: 50, Capacity: 2})
	if err != nil {
		b.Fatal(err)
	}
	schedulers(b, "lifecycle", small)
	buildbot, err := lifecycle.Spec(latent.Preset(latent.BuildbotHEAD))
	if err != nil {
		b.Fatal(err)
	}
	schedulers(b, "latent", buildbot)
	// The same without claims: what the model costs by itself.
	buildbot.Properties = nil
	schedulers(b, "latent-bare", buildbot)
}

func schedulers[S, A comparable](b *testing.B, name string, spec properties.Spec[S, A]) {
	delays := sched.DefaultDelays()
	for _, c := range []struct {
		name   string
		by     func() sim.Scheduler[S, A]
		states int
	}{
		{"uniform", sched.Uniform[S, A], 0},
		{"uniform-coverage", sched.Uniform[S, A], 1 << 20},
		{"timed", func() sim.Scheduler[S, A] { return sched.Timed[S, A](&delays) }, 0},
		{"pct", func() sim.Scheduler[S, A] { return sched.PCT[S, A](3, 60) }, 0},
		{"pos", sched.POS[S, A], 0},
	} {
		b.Run(name+"/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			steps, before := uint64(0), used(b)
			for b.Loop() {
				rep, err := sim.Run(b.Context(), spec, c.by, sim.Options{Runs: 4096, Workers: 1, States: c.states})
				if err != nil {
					b.Fatal(err)
				}
				steps += rep.Steps
			}
			b.ReportMetric(float64(steps)/(used(b)-before).Seconds()/1e6, "Msteps/cpu-s")
		})
	}
}

// used is the processor time of this process so far, collector included.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
