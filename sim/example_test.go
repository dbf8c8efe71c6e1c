package sim_test

import (
	"context"
	"fmt"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

// The master of the lifecycle model accepts a connection at any time, a bug of
// real masters. A thousand random runs show how often that is seen.
func Example() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := sim.Run(context.Background(), spec, sched.Uniform[zoo.LifecycleState, zoo.LifecycleAction],
		sim.Options{Seed: 7, Runs: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range report.Verdicts {
		fmt.Printf("%v: %s (%s)\n", v.Outcome, v.Property, v.Reason)
	}
	// Output:
	// violated: no connection accepted outside substantiating (90 of 1000 runs, first run 1)
	// inconclusive: stop leads to every worker stopped (0 of 1000 runs; runs are a sample)
	// inconclusive: no unexpected deadlock (0 of 1000 runs; runs are a sample)
}
