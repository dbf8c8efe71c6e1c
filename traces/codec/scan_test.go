package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
)

func TestScanErrors(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1)
	for _, c := range []struct{ src, at, what string }{
		{"", "1:1", "the file is empty"},
		{" \n\t", "2:2", "the file is empty"},
		{"\uFEFF{}", "1:1", "byte order mark"},
		{"\xff\xfe{}", "1:1", "0xFF, which is not UTF-8"},
		{"{", "1:2", "the file ends within an object that begins at 1:1"},
		{"{\n  \"a\": [1,\n", "3:1", "the file ends within an array that begins at 2:8"},
		{"{\n  \"a\": [1\n", "3:1", "the file ends within an array that begins at 2:8"},
		{`{"a`, "1:4", "the file ends within a string that begins at 1:2"},
		{`{"a" 1}`, "1:6", `want ':' after field "a", found '1'`},
		{`{"a": 1 "b": 2}`, "1:9", `want ',' or '}', found '"'`},
		{`{"a": 1,}`, "1:9", `want a field name in double quotes, found '}'`},
		{`{a: 1}`, "1:2", `want a field name in double quotes, found 'a'`},
		{`[1,]`, "1:4", `want a value, found ']'`},
		{`[1;2]`, "1:3", `want ',' or ']', found ';'`},
		{"{\"a\": 1,\n \"b\": {},\n \"a\": 2}", "3:2", `field "a" is given twice; the first is at 1:2`},
		{`{"a": 1, "\u0061": 2}`, "1:10", `field "a" is given twice; the first is at 1:2`},
		{`{} {}`, "1:4", `'{' after the end of the trace`},
		{`tru`, "1:1", `the file ends within "tru"`},
		{`[NaN]`, "1:2", `want a value, found "NaN"; of words JSON has true, false and null`},
		{`{"a": None}`, "1:7", `found "None"`},
		{`["a", @]`, "1:7", `want a value, found '@'`},
		{`01`, "1:1", "leading zero"},
		{`-`, "1:2", "want a digit, found the end of the file"},
		{`1.`, "1:3", "want a digit"},
		{`1e+`, "1:4", "want a digit"},
		{`+1`, "1:1", "want a value, found '+'"},
		{strings.Repeat("9", MaxDigits+1), "1:1", "at most 1000 are read"},
		{"\"a\nb\"", "1:3", `byte 0x0A in a string; JSON writes it as \u000a`},
		{"\"a\x80\"", "1:3", "byte 0x80 in a string is not UTF-8"},
		{`"\x"`, "1:2", `\ before 'x'`},
		{`"\u12`, "1:2", "four hexadecimal digits"},
		{`"\u12g4"`, "1:2", "four hexadecimal digits"},
		{"\"\\u\x11\x11\x11\x11\"", "1:2", "four hexadecimal digits"},
		{`"\ud800"`, "1:2", "half a surrogate pair"},
		{`"\ud800A"`, "1:2", "half a surrogate pair"},
		{deep, "1:101", "nested more than 100 deep"},
		{"[" + strings.Repeat("0,", MaxValues) + "0]", "1:1048576", "more than 524288 values"},
	} {
		_, err := scan("f", []byte(c.src))
		var bad *Error
		if !errors.As(err, &bad) || bad.At.String() != c.at || !strings.Contains(bad.What, c.what) {
			t.Errorf("%.40q: got %v, want f:%s: …%s", c.src, err, c.at, c.what)
		}
	}
}

// refusals are what our scanner does not take although encoding/json does.
var refusals = []string{"given twice", "not UTF-8", "surrogate", "nested", "are read", "values"}

// agree compares the scanner with encoding/json on src.
func agree(t *testing.T, src []byte) {
	t.Helper()
	n, err := scan("f", src)
	if err != nil {
		refused := func(what string) bool { return strings.Contains(err.Error(), what) }
		if json.Valid(src) && !slices.ContainsFunc(refusals, refused) {
			t.Fatalf("%q is JSON, but: %v", src, err)
		}
		return
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var want any
	if err := dec.Decode(&want); err != nil || !json.Valid(src) {
		t.Fatalf("%q is accepted and is not JSON: %v", src, err)
	}
	if got := plain(t, &n, src); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is read as %#v, want %#v", src, got, want)
	}
}

// plain returns n as encoding/json would, and checks that every node and key
// stands where it says.
func plain(t *testing.T, n *node, src []byte) any {
	t.Helper()
	at := func(p Pos) byte {
		lines := bytes.SplitAfter(src, []byte("\n"))
		return lines[p.Line-1][p.Column-1]
	}
	begins := map[kind]string{object: "{", array: "[", text: `"`, number: "-0123456789", literal: "tfn"}
	if !strings.ContainsRune(begins[n.kind], rune(at(n.at))) {
		t.Fatalf("%q: %s at %s begins with %q", src, n.kind, n.at, at(n.at))
	}
	switch n.kind {
	case text:
		return n.text
	case number:
		return json.Number(n.text)
	case literal:
		return map[string]any{"true": true, "false": false, "null": nil}[n.text]
	case array:
		list := []any{}
		for i := range n.items {
			list = append(list, plain(t, &n.items[i], src))
		}
		return list
	}
	m := map[string]any{}
	for i, k := range n.keys {
		if at(k.at) != '"' {
			t.Fatalf("%q: key %q is not at %s", src, k.name, k.at)
		}
		m[k.name] = plain(t, &n.items[i], src)
	}
	return m
}

// TestScanAllShort compares both readers on every text of up to four letters
// of an alphabet in which JSON can be said.
func TestScanAllShort(t *testing.T) {
	const alphabet = "{}[]\",:1-0.e\\ \nu+"
	word := make([]byte, 0, 4)
	var all func()
	all = func() {
		agree(t, word)
		if len(word) == cap(word) {
			return
		}
		for _, c := range []byte(alphabet) {
			word = append(word, c)
			all()
			word = word[:len(word)-1]
		}
	}
	all()
}

// TestScanMutants compares both readers on damaged traces.
func TestScanMutants(t *testing.T) {
	seeds := [][]byte{
		[]byte(`{"#meta": {"a": [1, -2.5e+3, true, null]}, "s": "x\n\u00e4\ud83d\ude00 ü", "t": {}}`),
		[]byte("[[\"a\"], {\"b\": {\"c\": []}},\r\n\t0, -0, false]\n"),
	}
	r := rng.New(1, 0)
	for range 20_000 {
		src := slices.Clone(seeds[r.Below(uint64(len(seeds)))])
		for range 1 + r.Below(3) {
			i, j := int(r.Below(uint64(len(src)))), int(r.Below(uint64(len(src))))
			switch r.Below(3) {
			case 0:
				src[i] = src[j]
			case 1:
				src = slices.Delete(src, min(i, j), max(i, j))
				src = append(src, ' ')
			default:
				src = slices.Insert(src, i, src[min(i, j):max(i, j)]...)
			}
		}
		agree(t, src)
	}
}

func TestWrittenNodesAreRead(t *testing.T) {
	odd := "quote \" back \\ slash / tab \t nul \x00 line \u2028 high \U0001F600 <&>"
	n := node{kind: object}
	n.set(odd, textNode(odd))
	n.set("list", node{kind: array, items: []node{numberNode(-5), {kind: literal, text: "null"}}})
	for _, b := range [][]byte{n.append(nil, 0, 0), n.appendFlat(nil, 1<<30)} {
		back, err := scan("f", b)
		if err != nil {
			t.Fatal(err)
		}
		if got := back.get(odd); got == nil || got.text != odd {
			t.Errorf("%s: read as %+v", b, back)
		}
	}
}

func TestLocate(t *testing.T) {
	n, err := scan("f", []byte("{\"a\": {\"b\": [0, {\"c\": 1}]},\n \"d\": 2}"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"": "1:1", "a": "1:7", "a.b": "1:13", "a.b[1]": "1:17", "a.b[1].c": "1:23", "d": "2:7",
		"x": "1:1", "a.x": "1:7", "a.b[7]": "1:13", "a.b[x]": "1:13", "d[0]": "2:7", "a.b[0].z.y": "1:14", "a.b[-1]": "1:13",
	} {
		if got := locate(&n, path).String(); got != want {
			t.Errorf("%q is at %s, want %s", path, got, want)
		}
	}
}
