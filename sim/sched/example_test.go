package sched_test

import (
	"context"
	"fmt"
	"time"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

// PCT needs to know how long runs are, so some runs are made first to see. What
// it then promises is a number.
func ExamplePCT() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := sched.Look(context.Background(), spec, 1, 100, 50)
	if err != nil {
		fmt.Println(err)
		return
	}
	const depth = 2
	fmt.Printf("at most %d chains of %d events: a bug of depth %d is met with probability at least %v in each run\n",
		m.Chains, m.Events, depth, sched.Guarantee(m.Chains, m.Events, depth))
	pct := func() sim.Scheduler[zoo.LifecycleState, zoo.LifecycleAction] {
		return sched.PCT[zoo.LifecycleState, zoo.LifecycleAction](depth, m.Events)
	}
	report, err := sim.Run(context.Background(), spec, pct, sim.Options{Seed: 7, Runs: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdicts[0].Outcome, report.Verdicts[0].Reason)
	// Output:
	// at most 8 chains of 23 events: a bug of depth 2 is met with probability at least 1/184 in each run
	// violated 105 of 1000 runs, first run 0
}

// Time is a scheduler: it says how long what is enabled takes.
func ExampleTimed() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 0, Capacity: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	delays := sched.DefaultDelays()
	boot, err := sched.ParseDelay("lognormal(40s, 0.5)", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if delays.Kinds[model.Request], err = sched.Exponential(30 * time.Second); err != nil {
		fmt.Println(err)
		return
	}
	delays.Names = map[string]sched.Delay{zoo.BootDone.String(): boot}
	report, err := sim.Run(context.Background(), spec, func() sim.Scheduler[zoo.LifecycleState, zoo.LifecycleAction] {
		return sched.Timed[zoo.LifecycleState, zoo.LifecycleAction](&delays)
	}, sim.Options{Seed: 7, Runs: 1000, Waits: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	longest := report.Waits[1][0]
	for _, w := range report.Waits[1] {
		if w.Time > longest.Time {
			longest = w
		}
	}
	fmt.Printf("%s: at most %v, in run %d\n", report.Claims[1].Name, longest.Time, longest.Run)
	// Output:
	// stop leads to every worker stopped: at most 119.435056ms, in run 364
}
