//go:build unix

package sched_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

// BenchmarkSteps is the figure that matters: simulated steps per second of one
// core's time, so that other work on the machine does not count, with every claim of the spec checked in every state.
func BenchmarkSteps(b *testing.B) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 3, Requests: 200, Losses: 50, Capacity: 2})
	if err != nil {
		b.Fatal(err)
	}
	delays := sched.DefaultDelays()
	type by = sim.Scheduler[zoo.LifecycleState, zoo.LifecycleAction]
	cases := []struct {
		name   string
		by     func() by
		states int
	}{
		{"uniform", sched.Uniform[zoo.LifecycleState, zoo.LifecycleAction], 0},
		{"uniform-coverage", sched.Uniform[zoo.LifecycleState, zoo.LifecycleAction], 1 << 20},
		{"pct", func() by { return sched.PCT[zoo.LifecycleState, zoo.LifecycleAction](3, 60) }, 0},
		{"timed", func() by { return sched.Timed[zoo.LifecycleState, zoo.LifecycleAction](&delays) }, 0},
		{"pos", sched.POS[zoo.LifecycleState, zoo.LifecycleAction], 0},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
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
