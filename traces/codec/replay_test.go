package codec_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

func TestReplayFindsTheTrace(t *testing.T) {
	want := run(t, 2, action{ask, 0}, action{lose, 0}, action{giveUp, -1}, action{ask, 0}, action{lose, 0})
	d := read(t, written(t, documents(t)["lasso"]))
	got, err := codec.Replay(relaySpec(), d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again := codec.Of(relaySpec(), d.Header, got)
	if diff := cmp.Diff(d, again, content...); diff != "" {
		t.Error(diff)
	}
}

func TestReplayTakesAllSorts(t *testing.T) {
	for name, d := range documents(t) {
		for _, d := range []*codec.Document{d, read(t, written(t, d))} {
			var err error
			if name == "scalar" {
				_, err = codec.Replay(clockSpec(), d)
			} else {
				_, err = codec.Replay(relaySpec(), d)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// broken replays src with the first old replaced by new and returns the
// divergence, which must stand on the first line that changed.
func broken(t *testing.T, src []byte, old, new string) *codec.Divergence {
	t.Helper()
	bad := []byte(strings.Replace(string(src), old, new, 1))
	line := 1
	for i := 0; src[i] == bad[i]; i++ {
		if src[i] == '\n' {
			line++
		}
	}
	d := read(t, bad)
	tr, err := codec.Replay(relaySpec(), d)
	div, is := errors.AsType[*codec.Divergence](err)
	if !is || tr == nil {
		t.Fatalf("%s for %s: got %v, want a divergence", new, old, err)
	}
	if div.At.Line != line || div.File != "trace.json" {
		t.Errorf("%s for %s: reported at %s:%s, is in line %d", new, old, div.File, div.At, line)
	}
	if div.Step >= 0 && tr.Len() != div.Step {
		t.Errorf("%s for %s: diverged at step %d and followed %d", new, old, div.Step, tr.Len())
	}
	return div
}

func TestBrokenByHand(t *testing.T) {
	src := written(t, documents(t)["finite"])
	for _, c := range []struct {
		old, new string
		step     int
		reason   string
	}{
		{`"Client": "Idle",
      "Seen": {"#set": []}`, `"Client": "Waiting",
      "Seen": {"#set": []}`, -1, "this is no initial state of the model: Client is Idle, not Waiting"},
		{`{"name": "Arrive", "parameters": {"Verb": "Arrive", "Line": {"#bigint": "0"}}}`,
			`{"name": "Arrive", "parameters": {"Verb": "Arrive", "Line": {"#bigint": "1"}}}`,
			1, "the model does not allow Arrive {Verb: Arrive, Line: 1} here"},
		{`{"name": "Rest", `, `{"name": "Sleep", `, 2, `the model has no action "Sleep"; it has Ask, Arrive, Lose, GiveUp, Rest`},
		{`"sentence": "asks on line 1"
      },
      "Client": "Waiting"`, `"sentence": "asks on line 1"
      },
      "Client":                  "Answered"`, 3, "Ask {Verb: Ask, Line: 1} leads to another state: Client is Waiting, not Answered"},
		{`"Seen": {"#set": [{"#bigint": "0"}, {"#bigint": "1"}]}`, `"Seen": {"#set": [{"#bigint": "0"}]}`,
			4, "leads to another state: Seen is {0, 1}, not {0}"},
		{`"peer": "server",
        "kind": "request",
        "sentence": "asks on line 1"`, `"peer": "nobody",
        "kind": "request",
        "sentence": "asks on line 1"`, 3, `the step is another than the file says: peer is "server", not "nobody"`},
		{`"mbt::actionTaken": "Rest"`, `"mbt::actionTaken": "Ask"`, 2, "mbt::actionTaken and mbt::nondetPicks do not say the same as the action under #meta"},
		{`"Verb": {"tag": "Some", "value": "Rest"}`, `"Verb": {"tag": "Some", "value": "Ask"}`, 2, "do not say the same as the action under #meta"},
		{`"name": "only one line is used"`, `"name": "only one line"`, 5,
			`the model has no property "only one line"; it has "every question is answered", "only one line is used", "an answer"`},
		{`"form": "always"`, `"form": "eventually"`, 5, `has form "always" in the model, not "eventually"`},
		{`"outcome": "violated"`, `"outcome": "holds"`, 5, `no trace can show that a property of form "always" holds`},
	} {
		div := broken(t, src, c.old, c.new)
		if div.Step != c.step || !strings.Contains(div.Reason, c.reason) {
			t.Errorf("%s:\ngot  step %d: %s\nwant step %d: %s", c.new, div.Step, div.Reason, c.step, c.reason)
		}
	}
}

func TestDivergenceSaysAll(t *testing.T) {
	src := written(t, documents(t)["finite"])
	div := broken(t, src, `"Seen": {"#set": [{"#bigint": "0"}, {"#bigint": "1"}]}`, `"Seen": {"#set": []}`)
	golden(t, "divergence.field.txt", []byte(div.Explain()))
	if want := []model.Change{{Path: "Seen", From: "{}", To: "{0, 1}"}}; !slices.Equal(div.Fields, want) {
		t.Errorf("fields %v, want %v", div.Fields, want)
	}
	div = broken(t, src, `{"name": "Rest", "parameters": {"Verb": "Rest", `, `{"name": "Lose", "parameters": {"Verb": "Lose", `)
	golden(t, "divergence.action.txt", []byte(div.Explain()))
	if len(div.Enabled) != 1 || div.Enabled[0].Name != "Rest" || div.Want.Name != "Lose" {
		t.Errorf("enabled %v, want only Rest; recorded %s, want Lose", div.Enabled, div.Want.Name)
	}
	div = broken(t, src, `"outcome": "violated"`, `"outcome": "holds"`)
	golden(t, "divergence.claim.txt", []byte(div.Explain()))
}

func TestReplayDecidesTheClaim(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *codec.Document)
		reason string
	}{
		{"lasso", func(d *codec.Document) { d.Loop = traces.Finite }, "is refuted by infinite traces, this one ends"},
		{"lasso", func(d *codec.Document) { d.Loop = 1 }, "the loop does not close"},
		{"lasso", func(d *codec.Document) { d.Loop = 9 }, "the loop starts at step 10 of 5"},
		{"finite", func(d *codec.Document) { d.Steps = d.Steps[:3] }, `"only one line is used" holds in the last state`},
		{"witness", func(d *codec.Document) { d.Steps = d.Steps[:1] }, `does not reach "an answer"`},
	} {
		d := documents(t)[c.name]
		c.change(d)
		_, err := codec.Replay(relaySpec(), d)
		if err == nil || !strings.Contains(err.Error(), "the trace as a whole: ") || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want …%s", c.name, err, c.reason)
		}
	}
	quiet := documents(t)["finite"]
	quiet.Claim.Outcome = ""
	if _, err := codec.Replay(relaySpec(), quiet); err != nil {
		t.Errorf("no outcome claimed, and yet: %v", err)
	}
}

// TestUnfairTracesAreNotEvidence changes the model's assumptions, not the file.
func TestUnfairTracesAreNotEvidence(t *testing.T) {
	spec := relaySpec()
	spec.Fairness = []properties.Fairness[action]{properties.Strong("lines", func(a action) bool { return a.Verb == arrive })}
	_, err := codec.Replay(spec, documents(t)["lasso"])
	if err == nil || !strings.Contains(err.Error(), "SF(lines) is not met") {
		t.Errorf("got %v", err)
	}
}

// hidden is a model that shows less than it knows: two initial states look the
// same. Replay takes the first, and must say so when it was the wrong one.
type secret struct{ Shown, Kept bool }

func (s secret) View() any { return struct{ Shown bool }{s.Shown} }

type hidden struct{}

func (hidden) Init() []secret { return []secret{{}, {Kept: true}} }

func (hidden) Next(s *secret, out *model.Steps[secret, tick]) {
	if s.Kept && !s.Shown {
		out.Add(1).Shown = true
	}
}

func TestStatesAreKnownByTheirViews(t *testing.T) {
	spec := &properties.Spec[secret, tick]{Model: hidden{}, About: func(tick) model.About { return model.About{Name: "Tick"} }}
	tr := traces.Trace[secret, tick]{Start: secret{Kept: true}, Loop: traces.Finite,
		Steps: []model.Step[secret, tick]{{Action: 1, State: secret{true, true}}}}
	_, err := codec.Replay(spec, codec.Of(spec, codec.Header{}, &tr))
	if err == nil || !strings.Contains(err.Error(), "step 1: the model does not allow Tick 1 here") {
		t.Errorf("got %v", err)
	}
}
