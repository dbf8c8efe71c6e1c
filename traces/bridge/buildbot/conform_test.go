package buildbot

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
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
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, 2000), Seed: 1, Version: latent.Buildbot370})
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

// newerTree returns the tree of a newer Buildbot: the one that QUIESCE_TREE
// names, or the one that .ci/newer has unpacked.
func newerTree(t *testing.T) string {
	t.Helper()
	tree := os.Getenv("QUIESCE_TREE")
	if cache, err := os.UserCacheDir(); tree == "" && err == nil {
		tree = filepath.Join(cache, "quiesce", "buildbot-newer")
	}
	if _, err := os.Stat(tree); err != nil {
		t.Skipf("NOT RUN: there is no newer Buildbot: %v; .ci/newer fetches one, or QUIESCE_TREE names one", err)
	}
	return tree
}

// The same of a newer version, whatever it is: the model is that of the version.
func TestModelAndNewerCodeAgree(t *testing.T) {
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, 300), Seed: 1, AsFound: true,
		Bridge: Options{Tree: newerTree(t)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d traces, %d steps, on Buildbot %s, model %s", got.Traces, got.Steps, got.Versions.Buildbot, got.Model)
	if got.Model == latent.Buildbot370 || got.Note != "" {
		t.Errorf("compared with the model of %s: %s", got.Model, got.Note)
	}
	for i, f := range got.Findings {
		t.Errorf("%d. %s, %d walks such as %d: %v\n%v", i+1, f.Scope, f.Walks, f.Index, f.Divergence, f.Trace.Actions())
	}
}

// Which connection the model has forgotten is worked out; these walks, found by
// twenty thousand others, are those in which it is hardest.
func TestForgottenConnectionsAreTold(t *testing.T) {
	for _, actions := range [][]latent.Action{
		{{Op: latent.ImpostorConnects, N: 0}, {Op: latent.ImpostorConnects, N: 1}, {Op: latent.Connects, N: 1},
			{Op: latent.Connects, N: 0}, {Op: latent.InfoAnswered, N: 1}, {Op: latent.InfoAnswered, N: 0}, {Op: latent.Crash, N: 1}},
		{{Op: latent.ImpostorConnects, N: 0}, {Op: latent.Connects, N: 0}, {Op: latent.InfoAnswered, N: 0},
			{Op: latent.ImpostorConnects, N: 1}, {Op: latent.Connects, N: 1}, {Op: latent.InfoAnswered, N: 1}, {Op: latent.Crash, N: 0}},
	} {
		scope := Scopes(latent.Buildbot370)[0]
		spec, err := latent.Spec(scope.Config)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := traces.Replay(spec.Model, spec.Model.Init()[0], actions)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReplayLatent(t.Context(), scope.Config, &trace, Options{})
		if err != nil || got.Outcome != Reproduced {
			t.Errorf("%v: %v, %v", actions, got, err)
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
