package rapidtest_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties/rapidtest"
	"pgregory.net/rapid"
)

// A test of a spec that is wrong. In a test file t is the test's own; here it
// only keeps what it is told, and the part that rapid does not write is shown.
func ExampleCheck() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := failing(func(t rapid.TB) {
		rapidtest.Check(t, spec, rapidtest.Options{Spec: "lifecycle"})
	})
	for line := range strings.Lines(log) {
		if strings.Contains(line, ". ") {
			fmt.Print(strings.TrimSpace(line), "\n")
		}
	}
	// Output:
	// 1. user: a user asks for a build [request]
	// 2. master: the master gives worker 0 a build and tells it to start
	// 3. user: a user asks the master to stop for good [request]
	// 4. worker 0: worker 0 receives the start message [deliver]
	// 5. worker 0: worker 0 has booted and asks to be attached
	// 6. master: the master is to stop and tells worker 0 to stop
	// 7. master: the master receives the attach message of worker 0 [deliver]
}

// failing runs a test that fails, in a folder that is removed afterwards, and
// returns what the package says after rapid.
func failing(test func(t rapid.TB)) string {
	home, err := os.Getwd()
	if err != nil {
		return err.Error()
	}
	dir, err := os.MkdirTemp("", "rapidtest")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(dir)
	if err := os.Chdir(dir); err != nil {
		return err.Error()
	}
	defer os.Chdir(home)
	r := &recorder{}
	for !r.failed { // rapid draws a new seed each time
		r = &recorder{name: "TestLifecycle"}
		done := make(chan struct{})
		go func() {
			defer close(done)
			test(r)
		}()
		<-done
	}
	log := r.log.String()
	return log[strings.LastIndex(log, "is violated"):]
}
