package codec_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/codec"
)

// schema returns the published schema of our files.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile("../../docs/trace.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// valid asks the schema about src.
func valid(s *jsonschema.Schema, src []byte) error {
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return s.Validate(tree)
}

func TestSchemaTakesWhatWeWrite(t *testing.T) {
	s := schema(t)
	for name, d := range documents(t) {
		if err := valid(s, written(t, d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, d := range foreign(t) {
		if err := valid(s, written(t, d)); err != nil {
			t.Errorf("converted: %v", err)
		}
	}
}

func TestSchemaKnowsAllNames(t *testing.T) {
	s := schema(t)
	d := documents(t)["finite"]
	for f := properties.FormAlways; f <= properties.FormNoDeadlock; f++ {
		d.Claim.Form = f.String()
		if err := valid(s, written(t, d)); err != nil {
			t.Errorf("form %s: %v", f, err)
		}
	}
	for k := model.Internal; k <= model.Fault; k++ {
		d.Steps[0].Kind = k.String()
		if err := valid(s, written(t, d)); err != nil {
			t.Errorf("kind %s: %v", k, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	src := written(t, documents(t)["stutter"])
	for _, c := range [][2]string{
		{`"#meta": {
    "format"`, `"meta": {
    "format"`},
		{`"schema": "quiesce-trace-1"`, `"schema": "quiesce-trace-2"`},
		{`"id": "`, `"id": "x`},
		{`"lines": "2"`, `"lines": 2`},
		{`"name": "every question is answered"`, `"name": ""`},
		{`"form": "leads to"`, `"form": "Form(7)"`},
		{`"outcome": "violated"`, `"outcome": "vacuous"`},
		{`"version": "1.0"`, `"version": 1.0`},
		{`"vars": ["Client"`, `"vars": ["Seen"`},
		{`"vars": ["Client"`, `"vars": ["#Client"`},
		{`"index": 0`, `"index": 1`},
		{`{"index": 0}`, `{"index": 0, "actor": "x"}`},
		{`"index": 1`, `"index": -1`},
		{`"kind": "request"`, `"kind": "Kind(5)"`},
		{`"peer": "server"`, `"peer": ["server"]`},
		{`"parameters": {`, `"parameter": {`},
		{`"Client": "Waiting"`, `"Client": null`},
		{`"Client": "Waiting"`, `"Client": 1`},
		{`"Client": "Waiting"`, `"Client": {"#bigint": "01"}`},
		{`"Client": "Waiting"`, `"Client": {"#bigint": 1}`},
		{`"Client": "Waiting"`, `"Client": {"#set": [true, true]}`},
		{`"Client": "Waiting"`, `"Client": {"#map": [["a"]]}`},
		{`"Client": "Waiting"`, `"Client": {"#bag": []}`},
		{`"Client": "Waiting"`, `"Client": {"#tup": [], "x": "y"}`},
		{`"Client": "Waiting"`, `"#Client": "Waiting"`},
		{`"mbt::actionTaken": "Ask",`, ``},
		{`"loop": 1`, `"loop": -1`},
		{`"loop": 1`, `"loops": 1`},
	} {
		bad, _ := replaceOnce(t, src, c[0], c[1])
		if valid(s, bad) == nil {
			t.Errorf("%s for %s passes", c[1], c[0])
		}
	}
}

var (
	token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9]+|true|false`)
	keyOf = regexp.MustCompile(`"([^"]*)": [^"]*"?[^"]*$`)
)

// mutants returns other tokens for one of a file.
func mutants(tok string) []string {
	switch tok {
	case "true":
		return []string{"false", `"true"`, "null"}
	case "false":
		return []string{"true", "0"}
	}
	if tok[0] == '"' {
		return []string{tok[:len(tok)-1] + `x"`, `""`, "7", "[]", "{}", `{"#bigint": "1"}`, `{"#set": []}`}
	}
	return []string{tok + "1", "-" + strings.TrimLeft(tok, "-"), `"` + tok + `"`, "1.5"}
}

// TestNoBrokenTokenPasses changes every token of our files, keys too, in
// several ways. Either the file is refused, or replay diverges, or at least the
// id tells that the content is another, unless only words for people changed.
// Whatever is refused is refused with a place in the state that was changed.
func TestNoBrokenTokenPasses(t *testing.T) {
	s := schema(t)
	free := []string{"sentence", "tool", "version", "format-description"}
	count, placed := 0, 0
	for _, name := range []string{"stutter", "witness"} {
		src := written(t, documents(t)[name])
		for _, at := range token.FindAllIndex(src, -1) {
			for _, other := range mutants(string(src[at[0]:at[1]])) {
				bad := slices.Concat(src[:at[0]], []byte(other), src[at[1]:])
				if bytes.Equal(bad, src) {
					continue
				}
				count++
				d, err := codec.Read(bytes.NewReader(bad), "f")
				if err == nil {
					if invalid := valid(s, bad); invalid != nil {
						t.Errorf("%s: %s at byte %d is read, but the schema refuses it: %v", name, other, at[0], invalid)
					}
					_, err = codec.Replay(relaySpec(), d)
				}
				line := 1 + bytes.Count(src[:at[0]], []byte("\n"))
				switch key := keyOf.FindSubmatch(src[:at[0]]); {
				case err != nil:
					if pos := place(t, err); pos.Line == line {
						placed++
					}
				case d.Altered() || key != nil && slices.Contains(free, string(key[1])):
				default:
					t.Errorf("%s: %s for %s in line %d passes", name, other, src[at[0]:at[1]], line)
				}
			}
		}
	}
	t.Logf("%d of %d broken files are refused with the very line", placed, count)
	if placed*100 < count*80 {
		t.Errorf("only %d of %d broken files are refused with the very line", placed, count)
	}
}

// place returns where err says the fault is.
func place(t *testing.T, err error) codec.Pos {
	t.Helper()
	if bad, is := errors.AsType[*codec.Error](err); is && bad.At.Line > 0 {
		return bad.At
	}
	div, is := errors.AsType[*codec.Divergence](err)
	if !is || div.At.Line == 0 {
		t.Errorf("no place in %v", err)
		return codec.Pos{}
	}
	return div.At
}
