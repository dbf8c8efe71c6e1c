package contract_test

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/bridge/contract"
)

// A worker whose stop_instance does nothing breaks the contract in the calm
// schedule already.
func ExampleTest() {
	path, err := filepath.Abs("testdata/clauses.py")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := contract.Test(context.Background(), contract.Options{
		Worker: buildbot.UserWorker{File: path, Class: "StopNothing", Builds: 1},
		Bridge: buildbot.Options{Processes: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range report.Verdicts {
		if v.Shown == nil {
			continue
		}
		fmt.Println(v.Name+":", v.Outcome)
		for i, line := range v.Shown.Lines() {
			if i < len(v.Shown.Moves) {
				fmt.Println(" ", line.Text)
			}
		}
	}
	// Output:
	// stop_instance returns when its instance is gone: violated
	//   user: somebody asks for a build
	//   provider: boot w b0 comes back with exit status 0
	//   time: 60 s pass
}
