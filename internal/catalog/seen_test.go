package catalog

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// What TestReal does with 3.7.0, with a newer version: every finding on the tree
// that QUIESCE_TREE names, and those that 3.7.0 does not have on the one that
// .ci/newer has unpacked. The code does what the model does.
func TestFindingsAreSeenOnANewerTree(t *testing.T) {
	tree := os.Getenv("QUIESCE_TREE")
	named := tree != ""
	if cache, err := os.UserCacheDir(); tree == "" && err == nil {
		tree = filepath.Join(cache, "quiesce", "buildbot-newer")
	}
	if _, err := os.Stat(tree); err != nil {
		t.Skipf("NOT RUN: there is no newer Buildbot: %v; .ci/newer fetches one, or QUIESCE_TREE names one", err)
	}
	b, err := buildbot.Open(t.Context(), buildbot.Config{Unit: true}, buildbot.Options{Tree: tree, Processes: 1})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	version, note, err := buildbot.ModelOf(b.Versions.Buildbot)
	if err != nil || note != "" {
		t.Fatalf("%s: %s, %v", tree, note, err)
	}
	replayFindings(t, version, tree, func(f *lifecycle.Finding) bool { return named || f.Since[0] != latent.Buildbot370 })
}

func replayFindings(t *testing.T, version latent.Version, tree string, which func(*lifecycle.Finding) bool) {
	for _, f := range lifecycle.Findings() {
		if !slices.Contains(f.Since, version) || !which(&f) {
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			c, trace := counterexample(t, version, &f)
			got, err := buildbot.ReplayLatent(t.Context(), c, trace, buildbot.Options{Tree: tree})
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != buildbot.Reproduced {
				t.Error(got)
			}
		})
	}
}

// counterexample decides the claim of f, and returns the trace as one of the
// version itself: repairs that keep other causes out of the way, and a provider
// that does less than it may, have only chosen the trace.
func counterexample(t *testing.T, version latent.Version, f *lifecycle.Finding) (latent.Config, *traces.Trace[latent.State, latent.Action]) {
	t.Helper()
	c, err := lifecycle.Apply(lifecycle.Plain(version), f.Scope)
	if err != nil {
		t.Fatal(err)
	}
	s, err := lifecycle.Spec(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Properties = slices.DeleteFunc(s.Properties, func(p properties.Property[latent.State]) bool { return p.Name != f.Claim })
	report, err := check.Run(t.Context(), s, check.Options{Workers: 1, MaxStates: 1_000_000})
	if err != nil || len(report.Verdicts) != 1 || report.Verdicts[0].Trace == nil {
		t.Fatalf("%s: no counterexample, %v", f.Claim, err)
	}
	found := report.Verdicts[0].Trace
	plain := c
	preset := latent.Preset(version)
	plain.Rule = preset.Rule
	if plain == c {
		return c, found
	}
	own, err := lifecycle.Spec(plain)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := traces.Replay(own.Model, own.Model.Init()[0], found.Actions())
	if err != nil {
		t.Fatalf("without %s: %v", f.Scope, err)
	}
	if found.Infinite() {
		taken.Loop = found.Loop
	}
	return plain, &taken
}
