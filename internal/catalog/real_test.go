package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// replays is what docs/museum.md and docs/findings.md say of the real code. They
// are written by package lifecycle, which must not know of the bridge.
const replays = "../../properties/lifecycle/testdata/real-3.7.0.txt"

// TestReal replays the museum and the findings on the installed 3.7.0, and
// keeps what the documents say of it. Every finding of 3.7.0 must be reproduced.
func TestReal(t *testing.T) {
	if testing.Short() {
		t.Skip("no goroutines but those of model/check and traces/bridge, which are raced there")
	}
	var got strings.Builder
	r := &replayer{t: t, open: make(map[string]*buildbot.Latent)}
	for _, e := range lifecycle.Museum() {
		fmt.Fprintf(&got, "%s %s\n", e.ID, r.exhibit(&e))
	}
	for _, f := range lifecycle.Findings() {
		said := r.finding(&f)
		if slices.Contains(f.Since, latent.Buildbot370) && !strings.HasPrefix(said, "reproduced") {
			t.Errorf("%s: %s: a finding that the code does not reproduce is an error of the model", f.ID, said)
		}
		fmt.Fprintf(&got, "%s %s\n", f.ID, said)
	}
	if n := strings.Count(got.String(), " reproduced"); n < 25 {
		t.Errorf("%d reproduced; there were at least 25", n)
	}
	if *update {
		if err := os.WriteFile(replays, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(replays)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got.String() {
		t.Errorf("%s is out of date: run go test ./internal/catalog -run Real -update, and then ./properties/lifecycle -update\n%s", replays, &got)
	}
}

// A replayer shares bridges among scopes that need the same master.
type replayer struct {
	t    *testing.T
	open map[string]*buildbot.Latent
}

// on takes t on the real code, and says what came of it.
func (r *replayer) on(c latent.Config, t *trace) string {
	config, err := buildbot.ConfigFor(c)
	if err != nil {
		return "not applicable: " + err.Error()
	}
	text, err := json.Marshal(config)
	if err != nil {
		r.t.Fatal(err)
	}
	key := string(text)
	if r.open[key] == nil {
		opened, err := buildbot.OpenLatent(r.t.Context(), c, buildbot.Options{Processes: 1})
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(opened.Close)
		r.open[key] = opened
	}
	system, err := r.open[key].With(c)
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := system.Judge(r.t.Context(), t)
	if err != nil {
		r.t.Fatal(err)
	}
	if v.Outcome == buildbot.Reproduced {
		return fmt.Sprintf("reproduced, all %d steps", t.Len())
	}
	if v.Outcome == buildbot.Fixed { // by the book; here nobody has repaired anything
		return "the steps are taken, and the end differs: " + strings.Join(strings.Fields(v.Why), " ")
	}
	return v.String()
}

// exhibit replays the shortest trace of an exhibit, if 3.7.0 as it is does the
// same: what the exhibit switches off elsewhere can lie on the way to it.
func (r *replayer) exhibit(e *lifecycle.Exhibit) string {
	broken, err := e.Broken()
	if err != nil {
		r.t.Fatal(err)
	}
	plain, gone := released(broken)
	if len(gone) > 0 {
		return "not applicable: nothing real has the switch " + strings.Join(gone, " ")
	}
	found := r.counterexample(broken, e.Finds)
	if found == nil {
		r.t.Fatalf("%s: %q is not violated", e.ID, e.Finds)
	}
	if same, err := again(plain, e.Finds, found); err == nil {
		return r.on(plain, same)
	}
	// The same claim, in the same scope, by a trace of its own.
	if found = r.counterexample(plain, e.Finds); found == nil {
		return "not applicable: in this scope 3.7.0 does not do it"
	}
	return r.on(plain, found) + ", by another trace"
}

// finding replays the trace of a finding that is kept.
func (r *replayer) finding(f *lifecycle.Finding) string {
	if !slices.Contains(f.Since, latent.Buildbot370) {
		return "not applicable: 3.7.0 does not do it"
	}
	c, err := lifecycle.Apply(lifecycle.Plain(latent.Buildbot370), f.Scope)
	if err != nil {
		r.t.Fatal(err)
	}
	plain, _ := released(c)
	d := traceOf(r.t, f, c)
	spec, err := lifecycle.Spec(c)
	if err != nil {
		r.t.Fatal(err)
	}
	kept, err := codec.Replay(&spec, d)
	if err != nil {
		r.t.Fatalf("%s: %v", f.ID, err)
	}
	same, err := again(plain, f.Claim, kept)
	if err != nil {
		return "not applicable: 3.7.0 does not get there by these steps"
	}
	return r.on(plain, same)
}

// traceOf returns the trace file of a finding.
func traceOf(t *testing.T, f *lifecycle.Finding, c latent.Config) *codec.Document {
	files, err := filepath.Glob("../../model/latent/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		d, err := codec.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if d.Claim.Name != f.Claim {
			continue
		}
		here := true
		for _, s := range latent.Switches() {
			i := slices.IndexFunc(d.Params, func(p codec.Param) bool { return p.Name == s.Name })
			here = here && i >= 0 && (d.Params[i].Value == s.Get(&c) || d.Params[i].Value == "version")
		}
		if here {
			return d
		}
	}
	t.Fatalf("%s has no trace", f.ID)
	return nil
}

// ofTheNetwork is the switch by which a close takes its time. On the bridge a
// close does when a trace says so.
const ofTheNetwork = "polite_close"

// released returns c with the rules that are Buildbot's as 3.7.0 has them, and
// the names of those that only older versions had.
func released(c latent.Config) (plain latent.Config, gone []string) {
	preset := latent.Preset(latent.Buildbot370)
	for r, on := range c.Rule {
		alone := preset
		alone.Rule[r] = on
		if _, err := buildbot.ConfigFor(alone); err == nil {
			continue
		}
		c.Rule[r] = preset.Rule[r]
		name := latent.Rule(r).String()
		for _, s := range latent.Switches() {
			if s.Name == name && s.Group == "museum" && on && name != ofTheNetwork {
				gone = append(gone, name)
			}
		}
	}
	return c, gone
}

// again takes the steps of t in another scope. The error says that it is no
// counterexample there.
func again(c latent.Config, claim string, t *trace) (*trace, error) {
	spec, err := lifecycle.Spec(c)
	if err != nil {
		return nil, err
	}
	p := claimOf(&spec, claim)
	if p == nil {
		return nil, errors.New("nothing is claimed")
	}
	same, err := traces.Replay(spec.Model, t.Start, t.Actions())
	if err != nil {
		return nil, err
	}
	same.Loop = t.Loop
	return &same, properties.Refute(&spec, p, &same)
}

// counterexample returns the shortest trace that violates a claim, or nil.
func (r *replayer) counterexample(c latent.Config, claim string) *trace {
	spec, err := lifecycle.Spec(c)
	if err != nil {
		r.t.Fatal(err)
	}
	spec.Properties = slices.DeleteFunc(spec.Properties, func(p properties.Property[latent.State]) bool { return p.Name != claim })
	report, err := check.Run(r.t.Context(), spec, check.Options{Workers: 2, MaxStates: 1_000_000})
	if err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(report.Verdicts, func(v properties.Verdict[latent.State, latent.Action]) bool { return v.Property == claim })
	if i < 0 {
		r.t.Fatalf("nothing is said of %q", claim)
	}
	return report.Verdicts[i].Trace
}
