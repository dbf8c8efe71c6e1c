package catalog

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

func TestOnlyTheModelOfBuildbotIsReal(t *testing.T) {
	for _, e := range Specs() {
		if real := build(t, e).Real; (real != nil) != (e.Name == modelOfBuildbot) {
			t.Errorf("%s: real %t", e.Name, real != nil)
		}
	}
}

func TestConformRefusesParameters(t *testing.T) {
	latent := latentWorkers()
	_, err := build(t, latent, "builds=1", "no_lock=true", "version=HEAD").Real.Conform(t.Context(), buildbot.ConformOptions{})
	if _, ok := errors.AsType[*check.OptionError](err); !ok || !strings.HasSuffix(err.Error(), "; builds=1, no_lock=true cannot") {
		t.Errorf("error is %v", err)
	}
	// The version alone may be set; nothing is compared, and nothing started.
	found, err := build(t, latent, "version=HEAD").Real.Conform(t.Context(), buildbot.ConformOptions{})
	if err != nil || found.Model.String() != "HEAD" || found.Traces != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// Every scope in which a finding can be has a spec that describes its trace.
func TestFindingsAreDocumented(t *testing.T) {
	for _, v := range latent.Versions() {
		for _, scope := range buildbot.Scopes(v) {
			spec, err := latent.Spec(scope.Config)
			if err != nil {
				t.Fatal(err)
			}
			f := &buildbot.Finding{Scope: scope.Name}
			f.Trace.Start = spec.Model.Init()[0]
			if d, err := documented(f, v); err != nil || d.Spec != modelOfBuildbot {
				t.Errorf("%s: %+v, %v", scope.Name, d, err)
			}
		}
	}
	if _, err := documented(&buildbot.Finding{Scope: "elsewhere"}, latent.Buildbot370); err == nil {
		t.Error("a scope that there is not has a description")
	}
}

// refused returns the shortest trace to a connection that is refused.
func refused(t *testing.T, assignments ...string) (*Instance, *codec.Document) {
	t.Helper()
	i := build(t, latentWorkers(), append([]string{"builds=1", "faults=0"}, assignments...)...)
	r, _ := found(t, i, Options{Only: []string{"no reconnection refused"}})
	if r.Worst() != properties.Violated {
		t.Fatal("no connection is refused")
	}
	return i, r.Verdicts[0].Trace
}

func TestReplayIsNotApplicable(t *testing.T) {
	i, d := refused(t)
	for _, c := range []struct {
		assignment, want string
	}{
		{"no_lock=true", "not applicable at step 1 because no_lock: the real code has no such switch"},
		{"workers=2", "not applicable at step 1 because workers: 2, the bridge drives one"},
	} {
		other := build(t, latentWorkers(), "builds=1", "faults=0", c.assignment)
		v, err := other.Real.Replay(t.Context(), d, buildbot.Options{Python: "/nowhere"})
		if err != nil || v.String() != c.want {
			t.Errorf("%s: %v, %v", c.assignment, v, err)
		}
	}
	// What the model does not do says nothing about the code; nor is it tried.
	last := d.Len() - 1
	d.Steps[last].Action = d.Steps[0].Action
	v, err := i.Real.Replay(t.Context(), d, buildbot.Options{Python: "/nowhere"})
	if err != nil || v.Outcome != buildbot.NotApplicable || v.At != last || !strings.HasPrefix(v.Why, "the model does not do it") {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = i.Real.Export(t.Context(), d, "name", buildbot.Trial, buildbot.Options{Python: "/nowhere"})
	if _, ok := errors.AsType[*NotApplicable](err); !ok {
		t.Errorf("error of the export is %v", err)
	}
}

func TestExportNeedsAStop(t *testing.T) {
	i, d := refused(t, "ask_stop=0")
	_, err := i.Real.Export(t.Context(), d, "name", buildbot.Trial, buildbot.Options{Python: "/nowhere"})
	if err == nil || !strings.HasPrefix(err.Error(), "nobody asks a worker or the master to stop in it") {
		t.Errorf("error is %v", err)
	}
}

func TestWrapped(t *testing.T) {
	long := strings.Repeat("word ", 30)
	lines := wrapped(" 1. ", long)
	if len(lines) != 2 || !strings.HasPrefix(lines[0], " 1. word word") || !strings.HasPrefix(lines[1], "    word") {
		t.Errorf("lines are %q", lines)
	}
	for _, l := range lines {
		if len(l) > 88 {
			t.Errorf("%d columns: %q", len(l), l)
		}
	}
	if back := strings.Join(lines, " "); strings.Join(strings.Fields(back), " ") != "1. "+strings.TrimSpace(long) {
		t.Errorf("words were lost: %q", lines)
	}
	if got := wrapped("x: ", ""); len(got) != 1 || got[0] != "x: " {
		t.Errorf("nothing becomes %q", got)
	}
}

// TestHistoryOfTheRealMaster: what the real Buildbot does in the steps of a trace
// is, as a history, what the model does, to the byte; of what it cannot be
// brought to do the part is written that it did.
func TestHistoryOfTheRealMaster(t *testing.T) {
	whole := map[string]bool{"F05": true, "F07": true, "F11": true, "F24": false}
	for _, f := range lifecycle.Findings() {
		whole, asked := whole[f.ID]
		if !asked {
			continue
		}
		c, err := lifecycle.Apply(lifecycle.Plain(f.Since[0]), f.Scope)
		if err != nil {
			t.Fatal(err)
		}
		d := traceOf(t, &f, c)
		i, err := Recorded(d, "", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		model, err := i.History(d)
		if err != nil {
			t.Fatal(err)
		}
		code, stopped, err := i.Real.History(t.Context(), d, buildbot.Options{})
		if !whole {
			// Its model is of another version, or the bridge has no step for it.
			if err == nil && stopped == "" {
				t.Errorf("%s: all steps were taken", f.ID)
			}
			continue
		}
		if err != nil || stopped != "" {
			t.Errorf("%s: %v, %s", f.ID, err, stopped)
			continue
		}
		var a, b bytes.Buffer
		if err := errors.Join(model.Write(&a), code.Write(&b)); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() || a.Len() == 0 {
			t.Errorf("%s: in the model\n%son the code\n%s", f.ID, &a, &b)
		}
	}
}
