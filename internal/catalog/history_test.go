package catalog

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/traces/codec"
)

// repaired are the changes that a scope needs in which nothing goes wrong.
var repaired = []string{"arm_at_login=true", "stop_before_close=true", "cancel_any_time=true", "attach_checked=true", "own_notifier=true",
	"force_kept=true", "stop_only_own=true", "idle_rechecked=true", "recheck_substantiation=true", "kill_before_reconnect=true"}

// TestHistoriesOfRuns: what a worker goes through is linearisable unless there is
// a defect that makes it otherwise, and then it is that defect which is blamed.
func TestHistoriesOfRuns(t *testing.T) {
	for _, c := range []struct {
		scope string
		blame string // what cannot come next; empty: nothing is wrong
	}{
		{"builds=2 faults=0 ask_stop=0", ""},
		{"builds=2 faults=0 version=HEAD", ""},
		{"builds=2 faults=1 machine=true " + strings.Join(repaired, " "), ""},
		{"builds=1 faults=1 machine=true fault_impatient=1 ask_stop=0", "start (ok)"},                   // F26
		{"builds=1 faults=1 machine=true fault_impatient=1 ask_stop=0 recheck_substantiation=true", ""}, // F26 repaired
		{"builds=2 faults=1 attach_sets_state=true", "stop (ok)"},
		{"builds=2 faults=1", "attach (refused)"}, // a lost connection may not come again
	} {
		bad, seen := 0, make(map[linear.Op]int)
		hear := func(run uint64, h *linear.History) error {
			for _, o := range h.Operations() {
				seen[o.Op]++
			}
			r := h.Check(0)
			switch r.Outcome {
			case properties.Violated:
				bad++
				if c.blame == "" || bad == 1 && !strings.Contains(r.Reason, c.blame+", called") {
					t.Errorf("%s, run %d: %s", c.scope, run, r.Reason)
				}
			case properties.Inconclusive:
				t.Errorf("%s, run %d: %s", c.scope, run, r.Reason)
			}
			return nil
		}
		simulation(t, instanceOf(t, "latent", strings.Fields(c.scope)...),
			SimOptions{Options: sim.Options{Seed: 1, Runs: 700, Steps: 100}, Scheduler: "pos", Unsolved: true, History: hear})
		if (bad > 0) != (c.blame != "") {
			t.Errorf("%s: %d histories are not linearisable", c.scope, bad)
		}
		for op := linear.Start; op <= linear.Stop; op++ {
			if seen[op] == 0 {
				t.Errorf("%s: no %v in any run", c.scope, op)
			}
		}
	}
}

// TestHistoriesOfTraces: that of every trace of a finding can be told, and read
// back; other models have none.
func TestHistoriesOfTraces(t *testing.T) {
	files, err := filepath.Glob("../../model/latent/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, file := range files {
		d, err := codec.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		i, err := Recorded(d, "", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		h, err := i.History(d)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var b bytes.Buffer
		if err := h.Write(&b); err != nil {
			t.Fatal(err)
		}
		if again, err := linear.Read(&b, file); err != nil || len(again.Operations()) != len(h.Operations()) {
			t.Errorf("%s: read again: %v", file, err)
		}
		if len(h.Operations()) > 0 {
			told++
		}
	}
	if told < 20 {
		t.Errorf("%d of %d traces have operations", told, len(files))
	}
	for _, name := range []string{"lifecycle", "latent"} {
		i := instanceOf(t, name, map[string][]string{"latent": {"workers=2"}}[name]...)
		_, err := i.Simulate(t.Context(), SimOptions{Options: sim.Options{Runs: 1}, Scheduler: "uniform", Confidence: 0.9,
			History: func(uint64, *linear.History) error { return nil }})
		if err == nil || !strings.Contains(err.Error(), "only behaviours of latent with workers=1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestChronicleOfNonsense: a return of what was not called is a defect, and said.
func TestChronicleOfNonsense(t *testing.T) {
	c := newChronicle("w")
	c.answered(0, false, linear.OK)
	if _, err := c.finish(); err == nil {
		t.Error("a start returned that was not called")
	}
}
