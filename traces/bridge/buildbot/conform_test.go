package buildbot

import (
	"os"
	"strconv"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
)

// traceCount is how many walks the test compares; QUIESCE_TRACES asks for more.
func traceCount(t *testing.T, usual int) int {
	if text := os.Getenv("QUIESCE_TRACES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return usual
}

func TestModelAndCodeAgree(t *testing.T) {
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, 600), Seed: 1, Version: latent.Buildbot370})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d traces, %d steps, on Buildbot %s", got.Traces, got.Steps, got.Versions.Buildbot)
	for i, f := range got.Findings {
		t.Errorf("%d. %s, %d walks such as %d: %v\n%v", i+1, f.Scope, f.Walks, f.Index, f.Divergence, f.Trace.Actions())
	}
	for _, a := range got.Taken {
		if a.Steps == 0 {
			t.Logf("never taken: %s", a.Name)
		}
	}
}

// outside are lines of latent.py of 3.7.0 at which branches begin that are not
// of the lifecycle the bridge drives in these walks.
var outside = map[int]string{179: "random password", 190: "random password", 191: "random password",
	280: "latent machine", 287: "latent machine", 388: "latent machine", 407: "latent machine",
	368: "mail about a missing worker"}

// Random walks of the model take at least nine of ten lifecycle branches of
// latent.py.
func TestCoverageOfLatent(t *testing.T) {
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, 600), Seed: 2, Version: latent.Buildbot370,
		Bridge: Options{Cover: []string{"worker/latent.py"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) > 0 {
		t.Errorf("%d differences while coverage was measured", len(got.Findings))
	}
	if len(got.Covered) != 1 {
		t.Fatalf("coverage of %d files, want 1", len(got.Covered))
	}
	c := got.Covered[0]
	missed := 0
	for _, b := range c.MissedBranches {
		if outside[b[0]] == "" {
			missed++
		}
	}
	t.Logf("%s\nlines never run: %v\nbranches never taken: %v", c, c.MissedLines, c.MissedBranches)
	if all := c.Branches - 11; c.Branches < 90 || 10*missed > all {
		t.Errorf("%s: %d of %d lifecycle branches never taken", c, missed, all)
	}
}
