package codec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/quiesce/quiesce/traces/codec"
)

// replaceOnce returns src with its one old replaced by new, and where it was.
func replaceOnce(t testing.TB, src []byte, old, new string) (out []byte, line int) {
	t.Helper()
	if n := bytes.Count(src, []byte(old)); n != 1 {
		t.Fatalf("the file has %q %d times, want once", old, n)
	}
	at := bytes.Index(src, []byte(old))
	return bytes.Replace(src, []byte(old), []byte(new), 1), 1 + bytes.Count(src[:at], []byte("\n"))
}

// TestStrictErrors damages one place of a file of ours at a time. Where the
// fault is is part of what is expected: at is the place in the file that want
// must be found at, as the text that begins there.
func TestStrictErrors(t *testing.T) {
	src := written(t, documents(t)["stutter"])
	for _, c := range []struct{ old, new, at, what string }{
		{`"quiesce-trace-1"`, `"quiesce-trace-2"`, `"quiesce-trace-2"`, `follows "quiesce-trace-2", this program reads "quiesce-trace-1"`},
		{`"format": "ITF"`, `"format": "XTF"`, `"XTF"`, `format is not "ITF"`},
		{`"id": `, `"ident": `, "{\n    \"format\"", `#meta has no field "id"`},
		{`"tool": `, `"toll": `, `"toll"`, `#meta has an unknown field "toll"; it may have format,`},
		{`"tool": "quiesce"`, `"tool": 7`, `7,`, `tool is a number, want a string`},
		{`"bug": "none"`, `"bug": null`, `null`, `parameter bug is true, false or null, want a string`},
		{`"form": "leads to"`, `"form": "sometimes"`, `"sometimes"`, `form is "sometimes", want one of always, `},
		{`"outcome": "violated"`, `"outcome": "vacuous"`, `"vacuous"`, `want one of violated, holds`},
		{`"name": "every question is answered"`, `"name": ""`, "\"\",\n      \"form\"", "the name of the property is empty"},
		{`"vars": ["Client"`, `"vars": ["Client", "Client"`, `"Client", "Seen"`, `vars has "Client" twice`},
		{`"vars": ["Client"`, `"vars": ["#Client"`, `"#Client"`, "names with # are ITF's own"},
		{`"vars": ["Client"`, `"vars": [1`, `1, "Seen"`, "a name in vars is a number, want a string"},
		{`, "mbt::actionTaken", "mbt::nondetPicks"]`, `]`, `"mbt::actionTaken": "init"`, `state 0 has an unknown field "mbt::actionTaken"`},
		{`{"index": 0}`, `{"index": 3}`, `3}`, "index is 3, want 0"},
		{`{"index": 0}`, `{"index": 0, "actor": "x"}`, `"actor": "x"`, `#meta of state 0 has an unknown field "actor"`},
		{`"kind": "request"`, `"kind": "accident"`, `"accident"`, "want one of step, deliver, timer, request, fault"},
		{`"name": "Ask"`, `"name": ""`, `"", "parameters"`, "the name of the action is empty"},
		{`"parameters": {`, `"params": {`, `{"name": "Ask"`, `action has no field "parameters"`},
		{`"Client": "Waiting"`, `"Client": null`, `null`, "null is no value of a trace"},
		{`"Client": "Waiting"`, `"Cleint": "Waiting"`, "{\n      \"#meta\": {\n        \"index\": 1", `state 1 has no field "Client"`},
		{`"Client": "Waiting"`, `"Client": 12`, `12`, `integers are written as {"#bigint": "12"}`},
		{`"Client": "Waiting"`, `"Client": 1.5`, `1.5`, "1.5 is not an integer"},
		{`"Client": "Waiting"`, `"Client": {"#bigint": "x"}`, `"x"`, `"x" is not an integer; want decimal digits`},
		{`"Client": "Waiting"`, `"Client": {"#bigint": "-0"}`, `"-0"`, `integer "-0" is written "0"`},
		{`"Client": "Waiting"`, `"Client": {"#bigint": "007"}`, `"007"`, `integer "007" is written "7"`},
		{`"Client": "Waiting"`, `"Client": {"#bigint": 7}`, `7}`, `#bigint is a number, want a string`},
		{`"Client": "Waiting"`, `"Client": {"#sett": []}`, `"#sett"`, `unknown form "#sett"; ITF has #bigint`},
		{`"Client": "Waiting"`, `"Client": {"#set": {}}`, `{}},`, `#set is an object, want an array`},
		{`"Client": "Waiting"`, `"Client": {"#set": ["a", "a"]}`, `["a", "a"]`, `an element comes twice`},
		{`"Client": "Waiting"`, `"Client": {"#map": [["a", "b"], ["a", "c"]]}`, `"a", "c"`, `key "a" comes twice in a #map; the first is at`},
		{`"Client": "Waiting"`, `"Client": {"#map": [["a"]]}`, `["a"]`, `an entry of a #map is [key, value]`},
		{`"Client": "Waiting"`, `"Client": {"a": true, "#x": 1}`, `"#x"`, `field "#x" beside others`},
		{`"Client": "Waiting"`, `"Client": "Waiting", "More": true`, `"More"`, `state 1 has an unknown field "More"`},
		{`"loop": 1`, `"loop": 2`, `2`, "loop is 2, want the index of a state, 0 to 1"},
		{`"loop": 1`, `"loop": -1`, `-1`, "loop is -1"},
		{`"loop": 1`, `"loop": "1"`, `"1"`, `loop is "1"`},
		{`"loop": 1`, `"loop": 0`, "\"Waiting\",\n      \"Seen\"", `the loop does not close: Client is Waiting here and Idle in state 0`},
		{`"loop": 1`, `"loops": 1`, `"loops"`, `the trace has an unknown field "loops"`},
	} {
		bad, _ := replaceOnce(t, src, c.old, c.new)
		offset := bytes.LastIndex(bad, []byte(c.at))
		line := 1 + bytes.Count(bad[:offset], []byte("\n"))
		column := offset - bytes.LastIndex(bad[:offset], []byte("\n"))
		_, err := codec.Read(bytes.NewReader(bad), "f")
		want := fmt.Sprintf("f:%d:%d: ", line, column)
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.what) {
			t.Errorf("%s for %s:\ngot  %v\nwant %s…%s", c.new, c.old, err, want, c.what)
		}
	}
}

func TestNoPartOfAFileIsATrace(t *testing.T) {
	src := written(t, documents(t)["lasso"])
	for n := range len(src) - 1 {
		_, err := codec.Read(bytes.NewReader(src[:n]), "f")
		var bad *codec.Error
		if !errors.As(err, &bad) || !strings.Contains(bad.What, "file") {
			t.Fatalf("cut after %d bytes: got %v", n, err)
		}
	}
}

// TestFieldOrderDoesNotMatter reads what a program that sorts fields made of a
// file, as encoding/json does and jq can.
func TestFieldOrderDoesNotMatter(t *testing.T) {
	for name, d := range documents(t) {
		var tree any
		if err := json.Unmarshal(written(t, d), &tree); err != nil {
			t.Fatal(err)
		}
		sorted, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		back := read(t, sorted)
		if back.Altered() {
			t.Errorf("%s: the order of fields changes the id: %s, not %s", name, back.ID(), d.ID())
		}
		if name == "scalar" {
			_, err = codec.Replay(clockSpec(), back)
		} else {
			_, err = codec.Replay(relaySpec(), back)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHugeFilesAreRefused(t *testing.T) {
	_, err := codec.Read(strings.NewReader(strings.Repeat(" ", codec.MaxBytes+1)), "f")
	if err == nil || !strings.Contains(err.Error(), "larger than 33554432 bytes") {
		t.Errorf("got %v", err)
	}
	_, err = codec.Read(strings.NewReader(`{"states": [`+strings.Repeat(`{},`, codec.MaxStates)+`{}]}`), "f")
	if err == nil || !strings.Contains(err.Error(), "f:1:12: 100001 states; at most 100000 are read") {
		t.Errorf("got %v", err)
	}
	var wide strings.Builder
	for i := range codec.MaxVars + 1 {
		fmt.Fprintf(&wide, `"v%d": 0,`, i)
	}
	_, err = codec.Read(strings.NewReader(`{"states": [{`+strings.TrimSuffix(wide.String(), ",")+`}]}`), "f")
	if err == nil || !strings.Contains(err.Error(), "f:1:13: more than 500 variables") {
		t.Errorf("got %v", err)
	}
}

func TestReadReportsItsReader(t *testing.T) {
	broken := errors.New("unplugged")
	if _, err := codec.Read(iotest.ErrReader(broken), "f"); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "f: ") {
		t.Errorf("got %v", err)
	}
}
