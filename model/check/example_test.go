package check_test

import (
	"context"
	"fmt"
	"os"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
)

func Example() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	report, err := check.Run(context.Background(), spec, check.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Printf("%d states, %d steps deep\n", report.Distinct, report.Depth)
	for _, v := range report.Verdicts {
		fmt.Printf("%s: %s\n", v.Outcome, v.Property)
		if v.Trace != nil {
			for _, a := range v.Trace.Actions() {
				fmt.Printf("  %s\n", spec.About(a).Sentence)
			}
		}
	}
	// Output:
	// 571 states, 18 steps deep
	// violated: no connection accepted outside substantiating
	//   a user asks for a build
	//   the master gives worker 0 a build and tells it to start
	//   a user asks the master to stop for good
	//   worker 0 receives the start message
	//   worker 0 has booted and asks to be attached
	//   the master is to stop and tells worker 0 to stop
	//   the master receives the attach message of worker 0
	// holds: stop leads to every worker stopped
	// holds: no unexpected deadlock
}
