package codec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// content compares documents without where they stood in a file.
var content = []cmp.Option{cmpopts.IgnoreUnexported(codec.Document{}), cmpopts.EquateEmpty()}

func TestGolden(t *testing.T) {
	for name, d := range documents(t) {
		golden(t, name+".json", written(t, d))
		for _, format := range codec.Formats[1:] {
			var b bytes.Buffer
			if err := codec.Convert(&b, d, format); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+format, b.Bytes())
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for name, d := range documents(t) {
		src := written(t, d)
		back := read(t, src)
		if diff := cmp.Diff(d, back, content...); diff != "" {
			t.Errorf("%s: read back (-written +read):\n%s", name, diff)
		}
		if back.Foreign() || back.Altered() || back.ID() != d.ID() {
			t.Errorf("%s: read back as foreign %v, altered %v, id %s not %s", name, back.Foreign(), back.Altered(), back.ID(), d.ID())
		}
		if again := written(t, back); !bytes.Equal(src, again) {
			t.Errorf("%s: written again, the bytes differ:\n%s", name, cmp.Diff(string(src), string(again)))
		}
	}
}

func TestSetsAreSortedWhateverTheirViewSays(t *testing.T) {
	d := documents(t)["finite"]
	seen := d.At(d.Len()).Items[1]
	if seen.Shape != model.Set || seen.String() != "{0, 1}" {
		t.Errorf("the set is %s, want {0, 1}", seen)
	}
}

func TestID(t *testing.T) {
	base := func() *codec.Document { return documents(t)["lasso"] }
	same := map[string]func(d *codec.Document){
		"tool":     func(d *codec.Document) { d.Tool, d.Version = "other", "9" },
		"sentence": func(d *codec.Document) { d.Steps[1].Sentence = "put better" },
		"claim":    func(d *codec.Document) { d.Claim.Sentence = "put better" },
	}
	for name, change := range same {
		d := base()
		if change(d); d.ID() != base().ID() {
			t.Errorf("another %s changes the id", name)
		}
	}
	other := map[string]func(d *codec.Document){
		"spec":    func(d *codec.Document) { d.Spec = "x" },
		"param":   func(d *codec.Document) { d.Params[0].Value = "3" },
		"claim":   func(d *codec.Document) { d.Claim.Name = "x" },
		"outcome": func(d *codec.Document) { d.Claim.Outcome = "holds" },
		"action":  func(d *codec.Document) { d.Steps[0].Action.Items[1].Text = "1" },
		"state":   func(d *codec.Document) { d.Start.Items[0].Text = "Waiting" },
		"loop":    func(d *codec.Document) { d.Loop = traces.Finite },
	}
	for name, change := range other {
		d := base()
		if change(d); d.ID() == base().ID() {
			t.Errorf("another %s does not change the id", name)
		}
	}
}

func TestFileName(t *testing.T) {
	d := documents(t)["lasso"]
	if got, want := d.FileName(), "relay-every-question-is-answered-"+d.ID()+".json"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	hostile := codec.Document{Header: codec.Header{Spec: "../../etc/passwd\x00", Claim: codec.Claim{Name: strings.Repeat("Ä /x", 99)}}}
	if name := hostile.FileName(); !regexp.MustCompile(`^[a-z0-9-]{1,120}\.json$`).MatchString(name) {
		t.Errorf("name %q", name)
	}
	if name := new(codec.Document).FileName(); !strings.HasPrefix(name, "trace-run-") {
		t.Errorf("a document without names is called %s", name)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	d := documents(t)["finite"]
	for range 2 { // the second time over the first
		path, err := codec.Save(dir, d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := codec.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, back, content...); diff != "" {
			t.Error(diff)
		}
	}
	if names := list(t, dir); !slices.Equal(names, []string{d.FileName()}) {
		t.Errorf("the folder holds %v", names)
	}
}

func TestSaveLeavesNothingBehind(t *testing.T) {
	if path, err := codec.Save(filepath.Join(t.TempDir(), "none"), documents(t)["finite"]); err == nil || path != "" {
		t.Errorf("saved into no folder: %q, %v", path, err)
	}
	dir := t.TempDir()
	d := documents(t)["finite"]
	if err := os.MkdirAll(filepath.Join(dir, d.FileName(), "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := codec.Save(dir, d); err == nil || path != "" {
		t.Errorf("saved over a folder: %q, %v", path, err)
	}
	if names := list(t, dir); !slices.Equal(names, []string{d.FileName()}) {
		t.Errorf("the folder holds %v", names)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestOpenMissing(t *testing.T) {
	if _, err := codec.Open(filepath.Join(t.TempDir(), "none.json")); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("got %v", err)
	}
}

func TestConvertUnknownFormat(t *testing.T) {
	err := codec.Convert(&bytes.Buffer{}, documents(t)["finite"], "svg")
	if err == nil || !strings.Contains(err.Error(), "json, text, sequence, mermaid") {
		t.Errorf("got %v", err)
	}
}
