package codec_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// foreign returns the traces of other tools in testdata, by file name.
func foreign(t testing.TB) map[string]*codec.Document {
	t.Helper()
	paths, err := filepath.Glob("testdata/foreign/*.itf.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no foreign traces: %v", err)
	}
	out := make(map[string]*codec.Document)
	for _, path := range paths {
		d, err := codec.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(path), ".itf.json")] = d
	}
	return out
}

func TestForeign(t *testing.T) {
	for name, d := range foreign(t) {
		if !d.Foreign() || d.Altered() {
			t.Errorf("%s: foreign %v, altered %v", name, d.Foreign(), d.Altered())
		}
		for _, format := range codec.Formats {
			var b bytes.Buffer
			if err := codec.Convert(&b, d, format); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("foreign", name+"."+format), b.Bytes())
		}
		back := read(t, written(t, d))
		if diff := cmp.Diff(d, back, content...); diff != "" {
			t.Errorf("%s: converted and read back (-read +back):\n%s", name, diff)
		}
	}
}

func TestForeignLoops(t *testing.T) {
	const a, b, c = `{"x": "a"}`, `{"x": "b"}`, `{"x": "c"}`
	for _, row := range []struct {
		states, loop string
		steps, at    int
	}{
		{a + "," + b + "," + c, "", 2, traces.Finite},
		{a + "," + b + "," + c, `, "loop": 1`, 3, 1},           // c goes back to b: a step nobody wrote down
		{a + "," + b + "," + c + "," + b, `, "loop": 1`, 3, 1}, // the same, written down
		{a + "," + b + "," + c, `, "loop": 2`, 2, 2},           // c for ever
		{a, `, "loop": {"#bigint": "0"}`, 0, 0},                // a for ever
		{a + "," + a, `, "loop": 0`, 1, 0},                     // a step that changes nothing, for ever
		{a + "," + b, `, "more": null, "#meta": {"x": 1.5e9}`, 1, traces.Finite},
	} {
		d, err := codec.Read(strings.NewReader(`{"states": [`+row.states+`]`+row.loop+`}`), "f")
		if err != nil {
			t.Errorf("%s%s: %v", row.states, row.loop, err)
			continue
		}
		if d.Len() != row.steps || d.Loop != row.at {
			t.Errorf("%s%s: %d steps and loop %d, want %d and %d", row.states, row.loop, d.Len(), d.Loop, row.steps, row.at)
		}
		if d.Loop >= 0 && !d.At(d.Loop).Equal(d.At(d.Len())) {
			t.Errorf("%s%s: the loop does not close", row.states, row.loop)
		}
	}
}

func TestForeignErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`[]`, "f:1:1: the trace is an array, want an object"},
		{`"x"`, "f:1:1: the trace is a string, want an object"},
		{`{}`, `f:1:1: the trace has no field "states"`},
		{`{"states": {}}`, `f:1:12: "states" is an object, want an array`},
		{`{"states": []}`, "f:1:12: a trace has at least one state"},
		{`{"states": [1]}`, "f:1:13: state 0 is a number, want an object"},
		{`{"vars": "x", "states": [{}]}`, `f:1:10: "vars" is a string, want an array`},
		{`{"vars": ["x"], "states": [{"y": 1}]}`, `f:1:28: state 0 has no field "x"`},
		{`{"states": [{"x": 1}, {"y": 1}]}`, `f:1:23: state 1 has no field "x"`},
		{`{"states": [{"x": 1}], "loop": 1}`, "f:1:32: loop is 1, want the index of a state, 0 to 0"},
		{`{"states": [{"x": 1}], "loop": true}`, "f:1:32: loop is true, want"},
		{`{"states": [{"x": 1e3}]}`, "f:1:19: 1e3 is not an integer"},
		{`{"states": [{"x": {"#bigint": "` + strings.Repeat("9", codec.MaxDigits+1) + `"}}]}`, "f:1:31: a number of 1001 digits; at most 1000 are read"},
		{`{"states": [{"x": {"#unserializable": 1}}]}`, "f:1:39: #unserializable is a number, want a string"},
	} {
		_, err := codec.Read(strings.NewReader(c.src), "f")
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.60s:\ngot  %v\nwant %s", c.src, err, c.want)
		}
	}
}

// TestReplayWithoutActions finds our own behaviour in a file that records
// nothing but states, as other checkers write it.
func TestReplayWithoutActions(t *testing.T) {
	const idleLine, busyLine = `{"Busy": false, "Luck": 0}`, `{"Luck": 0, "Busy": true}`
	src := func(client string) string {
		return `{"vars": ["Client", "Seen", "Lines"], "states": [
			{"Client": "Idle", "Seen": {"#set": []}, "Lines": [` + idleLine + `, ` + idleLine + `]},
			{"Seen": {"#set": []}, "Client": "Waiting", "Lines": [` + idleLine + `, ` + busyLine + `]},
			{"Client": "` + client + `", "Seen": {"#set": [1, 1]}, "Lines": [` + idleLine + `, ` + idleLine + `]}
		]}`
	}
	tr, err := codec.Replay(relaySpec(), read(t, []byte(src("Answered"))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run(t, traces.Finite, action{ask, 1}, action{arrive, 1}), tr); diff != "" {
		t.Error(diff)
	}
	_, err = codec.Replay(relaySpec(), read(t, []byte(src("Idle"))))
	div, is := errors.AsType[*codec.Divergence](err)
	if !is || div.Step != 1 || div.At.Line != 4 || !strings.Contains(err.Error(), "no step of the model leads to this state") {
		t.Errorf("got %v", err)
	}
}
