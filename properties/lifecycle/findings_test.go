package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/codec"
)

const findingsHead = `# Findings

What the model shows to be wrong in Buildbot 3.7.0, 4.3.0 and HEAD by itself: one entry
for each cause, with the shortest trace, fewest faults first. Bugs that are
known already are in the museum. "Seen" says how a finding was reproduced on
the real 3.7.0 or 4.3.0 with the bridge, step by step or by hand; where it is missing the
judgement rests on the model and on reading the code. Traces are in model/latent/testdata. This file is
written by ` + "`go test ./properties/lifecycle -run Findings -update`" + `.

| finding | versions | claim | steps | judgement | seen |
|---|---|---|---|---|---|
`

// TestFindings decides every finding in its scope for every version, and
// keeps docs/findings.md and the trace files true.
func TestFindings(t *testing.T) {
	var table, body strings.Builder
	files := []string{}
	real := replayed(t)
	for _, f := range Findings() {
		var found []latent.Version
		var doc *codec.Document
		var example *trace
		for _, v := range all {
			c, err := Apply(Plain(v), f.Scope)
			if err != nil {
				t.Fatalf("%s: %v", f.ID, err)
			}
			verdict := verdict(t, decide(t, c, f.Claim, brokenLimit), f.Claim)
			if verdict.Outcome != properties.Violated {
				continue
			}
			found = append(found, v)
			if doc == nil {
				doc, example = evidence(t, c, &verdict), verdict.Trace
			}
		}
		if !slices.Equal(found, f.Since) {
			t.Errorf("%s: found in %v, not in %v", f.ID, found, f.Since)
		}
		if doc == nil {
			continue
		}
		files = append(files, doc.FileName())
		keep(t, doc)
		write(&table, &body, &f, example, doc.FileName(), real[f.ID])
	}
	document(t, "findings.md", findingsHead+table.String()+body.String())
	noneElse(t, files)
}

// testdata is where the traces of findings are kept.
var testdata = filepath.Join("..", "..", "model", "latent", "testdata")

// evidence is the trace of a verdict as a file.
func evidence(t *testing.T, c latent.Config, v *ruling) *codec.Document {
	t.Helper()
	spec, err := Spec(c)
	if err != nil {
		t.Fatal(err)
	}
	h := codec.Header{Spec: "latent", Tool: "quiesce",
		Claim: codec.Claim{Name: v.Property, Form: v.Form.String(), Sentence: v.Sentence, Outcome: v.Outcome.String()}}
	preset := latent.Preset(c.Version)
	for _, s := range latent.Switches() {
		value := s.Get(&c)
		if s.Group == "version" && value == s.Get(&preset) {
			value = "version"
		}
		h.Params = append(h.Params, codec.Param{Name: s.Name, Value: value})
	}
	return codec.Of(&spec, h, v.Trace)
}

// keep compares a trace with its file, or writes it.
func keep(t *testing.T, doc *codec.Document) {
	t.Helper()
	if *update {
		if _, err := codec.Save(testdata, doc); err != nil {
			t.Fatal(err)
		}
	}
	var want strings.Builder
	if err := codec.Write(&want, doc); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(testdata, doc.FileName()))
	if err != nil {
		t.Errorf("%v: run with -update", err)
	} else if string(got) != want.String() {
		t.Errorf("%s is out of date: run with -update", doc.FileName())
	}
}

// noneElse removes, or reports, trace files of findings that are no more.
func noneElse(t *testing.T, files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(testdata, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if slices.Contains(files, filepath.Base(path)) {
			continue
		}
		if !*update {
			t.Errorf("%s belongs to no finding", path)
		} else if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func write(table, body *strings.Builder, f *Finding, example *trace, file, real string) {
	versions := make([]string, len(f.Since))
	for i, v := range f.Since {
		versions[i] = v.String()
	}
	seen := "no"
	if f.Seen != "" || strings.HasPrefix(real, "reproduced") {
		seen = "yes"
	}
	fmt.Fprintf(table, "| %s %s | %s | %s | %d | %s | %s |\n", f.ID, f.Title, strings.Join(versions, ", "), f.Claim,
		example.Len(), f.Judge, seen)
	scope := f.Scope
	if scope == "" {
		scope = "as it is"
	}
	fmt.Fprintf(body, "\n## %s %s\n\n%s\n\n", f.ID, f.Title, f.Why)
	fmt.Fprintf(body, "- judgement: %s\n- versions: %s\n- breaks: %s\n- scope: %s\n- trace: model/latent/testdata/%s\n", f.Judge,
		strings.Join(versions, ", "), f.Claim, scope, file)
	if f.Seen != "" {
		fmt.Fprintf(body, "- seen: %s\n", f.Seen)
	}
	fmt.Fprintf(body, "- this trace on 3.7.0: %s\n", real)
	body.WriteString("\n")
	tell(body, example)
}
