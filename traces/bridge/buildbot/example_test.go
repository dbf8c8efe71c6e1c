package buildbot_test

import (
	"context"
	"fmt"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// One connection is refused; then the master is asked to stop.
func ExampleBridge_Run() {
	ctx := context.Background()
	b, err := buildbot.Open(ctx, buildbot.Config{}, buildbot.Options{Processes: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	results, err := b.Run(ctx, [][]buildbot.Step{{
		buildbot.Attach(), buildbot.Build(0), buildbot.StartDone(buildbot.OK), buildbot.Attach(),
		buildbot.CommandDone(1, 0), buildbot.Shutdown(), buildbot.StopDone(buildbot.OK), buildbot.Advance(1e9),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	last := results[0].Observations[7]
	fmt.Println(last.State, "shutdown", last.Calls["shutdown"], "background operations", last.DeferWaiter)
	// Output: NOT_SUBSTANTIATED shutdown pending background operations 1
}

func ExampleStep_String() {
	fmt.Println(buildbot.Attach("print"))
	fmt.Println(buildbot.StartDone(buildbot.Error))
	fmt.Println(buildbot.OpenGate("recorded 0"))
	// Output:
	// attach hold=[print]
	// start_done result=error
	// open gate=recorded 0
}
