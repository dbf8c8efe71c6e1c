package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// FuzzRead gives Read anything. What it takes must be written as a file of ours
// that says the same, be refused or followed by replay, and be shown.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	others, err := filepath.Glob("testdata/foreign/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range slices.Concat(paths, others) {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, src := range []string{
		`{"states": [{"a": {"#map": [[{"#set": [[], {}]}, -1]]}}, {"a": {"tag": "UNIT"}}], "loop": 0}`,
		`{"#meta": 1, "params": ["#", "x"], "vars": ["x"], "states": [{"x": {"": {"#tup": [{"#unserializable": ""}]}}}]}`,
		`{"states": [{}, {}, {}], "loop": 1}`,
		"{\"states\": [{\"\u001b[2J\": \"\\u001b\"}]}",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := codec.Read(bytes.NewReader(src), "f")
		if err != nil {
			if bad, is := errors.AsType[*codec.Error](err); !is || bad.At.Line < 1 || bad.At.Column < 1 {
				t.Fatalf("no place in %v", err)
			}
			return
		}
		sound(t, d)
	})
}

// sound checks what must hold for every document that was read.
func sound(t *testing.T, d *codec.Document) {
	t.Helper()
	src := written(t, d)
	back, err := codec.Read(bytes.NewReader(src), "f")
	if err != nil {
		t.Fatalf("what was read is written as\n%s\nand then: %v", src, err)
	}
	if diff := cmp.Diff(d, back, content...); diff != "" {
		t.Fatalf("written and read again (-first +second):\n%s", diff)
	}
	if back.Foreign() || back.Altered() || !bytes.Equal(src, written(t, back)) {
		t.Fatalf("foreign %v, altered %v or other bytes after\n%s", back.Foreign(), back.Altered(), src)
	}
	if d.Loop != traces.Finite && !d.At(d.Loop).Equal(d.At(d.Len())) {
		t.Fatalf("the loop does not close:\n%s", src)
	}
	if _, err := codec.Replay(relaySpec(), d); err != nil {
		div, is := errors.AsType[*codec.Divergence](err)
		if !is || div.At.Line < 1 || div.Explain() == "" {
			t.Fatalf("no place in %v", err)
		}
	}
	for _, format := range codec.Formats[1:] {
		var b bytes.Buffer
		if err := codec.Convert(&b, d, format); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsFunc(b.Bytes(), func(r rune) bool { return r != '\n' && r < ' ' }) {
			t.Fatalf("control characters in %s:\n%q", format, b.Bytes())
		}
		if format == "mermaid" && b.Len() > 50_000 {
			t.Fatalf("a diagram of %d bytes", b.Len())
		}
	}
}

// A maker makes documents of a stream of choices, zeros once it ran out.
type maker struct {
	src  []byte
	size int // values made, so that a document ends
}

func (m *maker) pick(n int) int {
	if len(m.src) == 0 {
		return 0
	}
	c := m.src[0]
	m.src = m.src[1:]
	return int(c) % n
}

func (m *maker) word() string {
	words := []string{"", "a", "end", "Ä ö", "x\x00\x1b[2J", "\xff", `"\`, "tag", "value", "UNIT", "#set", "wrap: ;#", "\u2028", "%%{init"}
	return words[m.pick(len(words))]
}

func (m *maker) value(depth int) model.Value {
	m.size++
	shape := model.Shape(m.pick(6))
	if depth == 0 || m.size > 50 {
		shape = model.Word + shape%3
	}
	v := model.Value{Shape: shape}
	switch shape {
	case model.Word:
		v.Text = m.word()
		return v
	case model.Number:
		v.Text = fmt.Sprint(m.pick(7) - 3)
		return v
	case model.Truth:
		v.Text = []string{"false", "true"}[m.pick(2)]
		return v
	}
	for i := range m.pick(4) {
		if shape == model.Record {
			v.Names = append(v.Names, fmt.Sprintf("f%d", i))
		}
		v.Items = append(v.Items, m.value(depth-1))
	}
	return v
}

// document makes one by the writer's own rules: states with the same fields, a
// loop that closes.
func (m *maker) document() *codec.Document {
	d := &codec.Document{Loop: traces.Finite}
	d.Spec, d.Tool, d.Claim.Name, d.Claim.Sentence = m.word(), m.word(), m.word(), m.word()
	if m.pick(2) == 1 {
		d.Params = []codec.Param{{Name: "a", Value: m.word()}, {Name: "b", Value: m.word()}}
	}
	fields := m.pick(3)
	state := func() model.Value {
		v := model.Value{Shape: model.Record}
		for i := range fields {
			v.Names, v.Items = append(v.Names, fmt.Sprintf("s%d", i)), append(v.Items, m.value(3))
		}
		return v
	}
	d.Start = state()
	for range m.pick(5) {
		d.Steps = append(d.Steps, codec.Step{Name: m.word(), Actor: m.word(), Peer: m.word(), Sentence: m.word(),
			Kind: model.Kind(m.pick(5)).String(), Action: m.value(2), State: state()})
	}
	if m.pick(2) == 1 {
		d.Loop = m.pick(d.Len() + 1)
		last := d.At(d.Loop)
		if d.Len() > 0 {
			d.Steps[d.Len()-1].State = last
		}
	}
	return d
}

// FuzzRoundTrip writes documents of every build. What the writer must change,
// such as the order of a set, it changes once: read back and written again a
// document keeps its bytes.
func FuzzRoundTrip(f *testing.F) {
	for i := range 20 {
		f.Add(bytes.Repeat([]byte{byte(7*i + 3), byte(i), 2, 1, byte(i * i)}, 40))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m := &maker{src: src}
		d := m.document()
		if err := codec.Write(io.Discard, d); err != nil {
			t.Fatal(err)
		}
		back, err := codec.Read(bytes.NewReader(written(t, d)), "f")
		if err != nil {
			t.Fatalf("%+v\nis written as\n%s\nand then: %v", d, written(t, d), err)
		}
		if len(back.Steps) != len(d.Steps) || back.Loop != d.Loop {
			t.Fatalf("%d steps and loop %d became %d and %d", d.Len(), d.Loop, back.Len(), back.Loop)
		}
		sound(t, back)
	})
}
