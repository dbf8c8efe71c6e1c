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
	schedulers(b, "lifecycle", small, 1)
	buildbot, err := lifecycle.Spec(latent.Preset(latent.BuildbotHEAD))
	if err != nil {
		b.Fatal(err)
	}
	schedulers(b, "latent", buildbot, 1)
	// Two workers, three builds and faults, and people who ask for things: runs
	// rarely meet the same state again.
	large := latent.Preset(latent.BuildbotHEAD)
	large.Workers, large.Builds, large.Faults = 2, 3, 3
	large.Request[latent.AskStop] = 0
	for _, r := range []latent.Request{latent.AskCancel, latent.AskGraceful, latent.AskPause, latent.AskKill} {
		large.Request[r] = 1
	}
	two, err := lifecycle.SpecOf[[2]latent.Worker](large)
	if err != nil {
		b.Fatal(err)
	}
	schedulers(b, "latent-large", two, 32)
	// Without claims: what the model costs by itself.
	buildbot.Properties = nil
	schedulers(b, "latent-bare", buildbot, 1)
}

const short, long = 1 << 12, 1 << 18 // runs; where they are long, a part of that

func schedulers[S, A comparable](b *testing.B, name string, spec properties.Spec[S, A], part uint64) {
	delays := sched.DefaultDelays()
	timed := func() sim.Scheduler[S, A] { return sched.Timed[S, A](&delays) }
	for _, c := range []struct {
		name string
		by   func() sim.Scheduler[S, A]
		opt  sim.Options
	}{
		{"uniform-forgets", sched.Uniform[S, A], sim.Options{Runs: short, Memo: -1}},
		{"uniform", sched.Uniform[S, A], sim.Options{Runs: short}},
		{"uniform-long", sched.Uniform[S, A], sim.Options{Runs: long}},
		{"uniform-coverage", sched.Uniform[S, A], sim.Options{Runs: short, States: 1 << 20}},
		{"timed-forgets", timed, sim.Options{Runs: short, Memo: -1}},
		{"timed", timed, sim.Options{Runs: short}},
		{"timed-long", timed, sim.Options{Runs: long}},
		{"pct", func() sim.Scheduler[S, A] { return sched.PCT[S, A](3, 60) }, sim.Options{Runs: short}},
		{"pos", sched.POS[S, A], sim.Options{Runs: short}},
	} {
		b.Run(name+"/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			c.opt.Workers = 1
			c.opt.Runs /= part
			steps, runs, before := uint64(0), uint64(0), used(b)
			for b.Loop() {
				rep, err := sim.Run(b.Context(), spec, c.by, c.opt)
				if err != nil {
					b.Fatal(err)
				}
				steps += rep.Steps
				runs += rep.Runs
			}
			b.ReportMetric(float64(steps)/float64(runs), "steps/run")
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
