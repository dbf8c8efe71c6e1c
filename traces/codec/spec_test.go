package codec_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The protocol of these tests: a client asks a server over one of two lines,
// each of which may lose the question; a client that has asked in vain gives
// up and may ask again. It has what files must be able to hold: enums, a set
// that is a mask, negative numbers, an array of structs, every kind of action.
type phase uint8

const (
	idle phase = iota
	waiting
	answered
)

func (p phase) String() string { return [...]string{"Idle", "Waiting", "Answered"}[p] }

// lines is a set of lines; its View is unsorted on purpose.
type lines uint8

func (l lines) View() any {
	out := []int8{}
	for i := int8(1); i >= 0; i-- {
		if l>>i&1 == 1 {
			out = append(out, i)
		}
	}
	return out
}

type line struct {
	Busy bool
	Luck int8 // -1 after a loss
}

type state struct {
	Client phase
	Seen   lines
	Lines  [2]line
}

type verb uint8

const (
	ask verb = iota
	arrive
	lose
	giveUp
	rest
)

var verbs = []string{"Ask", "Arrive", "Lose", "GiveUp", "Rest"}

func (v verb) String() string { return verbs[v] }

type action struct {
	Verb verb
	Line int8
}

type relay struct{}

func (relay) Init() []state { return []state{{}} }

func (relay) Next(s *state, out *model.Steps[state, action]) {
	for i := range int8(2) {
		if s.Client == idle {
			t := out.Add(action{ask, i})
			t.Client, t.Lines[i].Busy = waiting, true
		}
		if s.Lines[i].Busy {
			t := out.Add(action{arrive, i})
			t.Client, t.Seen, t.Lines[i] = answered, s.Seen|1<<i, line{}
			t = out.Add(action{lose, i})
			t.Lines[i] = line{Luck: -1}
		}
	}
	if s.Client == waiting && !s.Lines[0].Busy && !s.Lines[1].Busy {
		out.Add(action{giveUp, -1}).Client = idle
	}
	if s.Client == answered {
		out.Add(action{rest, -1}).Client = idle
	}
}

func about(a action) model.About {
	about := model.About{Name: a.Verb.String(), Actor: "client", Peer: "server"}
	switch a.Verb {
	case ask:
		about.Kind, about.Sentence = model.Request, fmt.Sprintf("asks on line %d", a.Line)
	case arrive:
		about.Kind, about.Sentence = model.Deliver, fmt.Sprintf("answers what came on line %d", a.Line)
		about.Actor, about.Peer = "server", "client"
	case lose:
		about.Kind, about.Sentence = model.Fault, fmt.Sprintf("line %d loses the question; nobody notices", a.Line)
	case giveUp:
		about.Kind, about.Sentence, about.Peer = model.Timer, "gives up", ""
	case rest:
		about.Sentence, about.Peer = "is content", ""
	}
	return about
}

func relaySpec() *properties.Spec[state, action] {
	is := func(p phase) properties.Predicate[state] { return func(s *state) bool { return s.Client == p } }
	return &properties.Spec[state, action]{
		Model:   relay{},
		About:   about,
		Actions: verbs,
		Properties: []properties.Property[state]{
			properties.LeadsTo("every question is answered", is(waiting), is(answered)).
				Says("who asks gets an answer in the end"),
			properties.Always("only one line is used", func(s *state) bool { return s.Seen != 3 }),
			properties.Reachable("an answer", is(answered)),
		},
	}
}

// run returns the trace of actions from the start.
func run(t testing.TB, loop int, actions ...action) *traces.Trace[state, action] {
	t.Helper()
	tr, err := traces.Replay(relay{}, state{}, actions)
	if err != nil {
		t.Fatal(err)
	}
	tr.Loop = loop
	if err := traces.Check(relay{}, &tr); err != nil {
		t.Fatal(err)
	}
	return &tr
}

func header(claim, form, outcome string) codec.Header {
	return codec.Header{
		Spec: "relay", Params: []codec.Param{{Name: "lines", Value: "2"}, {Name: "bug", Value: "none"}},
		Claim: codec.Claim{Name: claim, Form: form, Outcome: outcome}, Tool: "quiesce", Version: "1.0",
	}
}

// documents are one trace of each sort: finite, with a loop, with a loop after
// a stem, stuttering for ever, a witness, and one that claims nothing.
func documents(t testing.TB) map[string]*codec.Document {
	live := header("every question is answered", "leads to", "violated")
	live.Claim.Sentence = "who asks gets an answer in the end"
	of := func(h codec.Header, tr *traces.Trace[state, action]) *codec.Document {
		return codec.Of(relaySpec(), h, tr)
	}
	return map[string]*codec.Document{
		"finite": of(header("only one line is used", "always", "violated"), run(t, traces.Finite,
			action{ask, 0}, action{arrive, 0}, action{rest, -1}, action{ask, 1}, action{arrive, 1})),
		"lasso": of(live, run(t, 2,
			action{ask, 0}, action{lose, 0}, action{giveUp, -1}, action{ask, 0}, action{lose, 0})),
		"stutter": of(live, run(t, 1, action{ask, 1})),
		"witness": of(header("an answer", "reachable", "holds"), run(t, traces.Finite,
			action{ask, 1}, action{arrive, 1})),
		"start":  of(codec.Header{Spec: "relay"}, run(t, traces.Finite)),
		"scalar": codec.Of(clockSpec(), codec.Header{Spec: "clock"}, &traces.Trace[hour, tick]{Steps: []model.Step[hour, tick]{{State: 1}, {Action: 1, State: 2}}, Loop: traces.Finite}),
	}
}

// The clock is a model whose states and actions are not records.
type hour uint8

type tick uint8

type clock struct{}

func (clock) Init() []hour { return []hour{0} }

func (clock) Next(s *hour, out *model.Steps[hour, tick]) { *out.Add(tick(*s)) = (*s + 1) % 3 }

func clockSpec() *properties.Spec[hour, tick] {
	return &properties.Spec[hour, tick]{Model: clock{}, About: func(tick) model.About { return model.About{Name: "Tick"} }}
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func written(t testing.TB, d *codec.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := codec.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, src []byte) *codec.Document {
	t.Helper()
	d, err := codec.Read(bytes.NewReader(src), "trace.json")
	if err != nil {
		t.Fatal(err)
	}
	return d
}
