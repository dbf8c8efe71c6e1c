package lifecycle

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

var update = flag.Bool("update", false, "write the generated documents")

type (
	report = check.Report[latent.State, latent.Action]
	ruling = properties.Verdict[latent.State, latent.Action]
	trace  = traces.Trace[latent.State, latent.Action]
)

// decide decides the claims of a configuration, or only the one named, in at
// most limit states; 0 means no limit.
func decide(t *testing.T, c latent.Config, only string, limit int) *report {
	t.Helper()
	spec, err := Spec(c)
	if err != nil {
		t.Fatal(err)
	}
	if only != "" {
		var kept []properties.Property[latent.State]
		for _, p := range spec.Properties {
			if p.Name == only || p.Name == "the model's room suffices" {
				kept = append(kept, p)
			}
		}
		spec.Properties = kept
	}
	rep, err := check.Run(context.Background(), spec, check.Options{Workers: 2, MaxStates: limit})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func verdict(t *testing.T, rep *report, name string) ruling {
	t.Helper()
	for _, v := range rep.Verdicts {
		if v.Property == name {
			return v
		}
	}
	t.Fatalf("no verdict on %q: the scope does not make the claim", name)
	panic("unreachable")
}

// brokenLimit bounds the search of a broken configuration. A violation found
// within it is one; what is not found by then fails the test.
const brokenLimit = 1_000_000

// TestMuseum brings back every exhibit and takes it away again, and keeps
// docs/museum.md true.
func TestMuseum(t *testing.T) {
	var doc strings.Builder
	real := replayed(t)
	doc.WriteString(museumHead)
	for _, e := range Museum() {
		fixed, err := e.Fixed()
		if err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
		broken, err := e.Broken()
		if err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
		good := decide(t, fixed, e.Finds, 0)
		if v := verdict(t, good, e.Finds); v.Outcome != properties.Holds {
			t.Errorf("%s: without %s %q is %s, not holds", e.ID, e.Bring, e.Finds, v.Outcome)
		}
		start := time.Now()
		bad := decide(t, broken, e.Finds, brokenLimit)
		v := verdict(t, bad, e.Finds)
		if v.Outcome != properties.Violated {
			t.Errorf("%s: with %s %q is %s, not violated", e.ID, e.Bring, e.Finds, v.Outcome)
			continue
		}
		exhibit(&doc, &e, good, bad, v.Trace, real[e.ID], time.Since(start))
	}
	doc.WriteString("\n## Not exhibited\n\n")
	for _, a := range Absent() {
		fmt.Fprintf(&doc, "- %s: %s.\n", a.ID, a.Why)
	}
	document(t, "museum.md", doc.String())
}

// TestCorpusIsComplete: each of the 84 known bugs is either exhibited or
// absent with a reason, and at least 60 are exhibited.
func TestCorpusIsComplete(t *testing.T) {
	seen := make(map[string]int)
	for _, e := range Museum() {
		seen[e.ID]++
	}
	if len(seen) < 60 {
		t.Errorf("%d exhibits, want at least 60", len(seen))
	}
	for _, a := range Absent() {
		seen[a.ID]++
		if a.Why == "" {
			t.Errorf("%s is absent without a reason", a.ID)
		}
	}
	for i := 1; i <= 84; i++ {
		if id := fmt.Sprintf("B%02d", i); seen[id] != 1 {
			t.Errorf("%s is listed %d times, not once", id, seen[id])
		}
	}
}

const museumHead = `# The museum

Bugs of Buildbot's latent workers, from its issues, pull requests and commits.
Each is brought back by switches of the model and found by a claim of the pack;
without the switches the same scope satisfies the claim. Nothing here was
encoded as a bug: a switch changes one rule, the rest follows.

Scopes start from 3.7.0 with every proposed change switched on, without faults
and with no requests but builds. This file is written by
` + "`go test ./properties/lifecycle -run Museum -update`" + `.

Where no switch of an older version is needed, the trace was also replayed on
the real 3.7.0 with the bridge ("on 3.7.0"): the code then runs without any of
the proposed changes, and provider, network and worker process are played.

`

// replayed returns what became of the traces of exhibits and findings on the
// real 3.7.0, by their names. Package internal/catalog, which may know of the
// bridge, keeps the file.
func replayed(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "real-3.7.0.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		id, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		out[id] = what
	}
	return out
}

// exhibit writes what is known of one exhibit.
func exhibit(doc *strings.Builder, e *Exhibit, good, bad *report, t *trace, real string, took time.Duration) {
	scope := e.Scope
	if scope == "" {
		scope = "as it is"
	}
	fmt.Fprintf(doc, "## %s %s\n\n", e.ID, e.Title)
	fmt.Fprintf(doc, "- scope: %s\n- brought back by: %s\n- found by: %s\n", scope, e.Bring, e.Finds)
	fmt.Fprintf(doc, "- without: %d states, depth %d, holds\n", good.Distinct, good.Depth)
	atLeast := ""
	if !bad.Complete {
		atLeast = "at least "
	}
	fmt.Fprintf(doc, "- with: %s%d states, depth %d, violated, %s (%d ms)\n", atLeast, bad.Distinct, bad.Depth,
		steps(t), took.Milliseconds())
	fmt.Fprintf(doc, "- on 3.7.0: %s\n\n", real)
	tell(doc, t)
	doc.WriteString("\n")
}

func steps(t *trace) string {
	if t.Infinite() {
		return fmt.Sprintf("%d steps and then for ever", t.Len())
	}
	return fmt.Sprintf("%d steps", t.Len())
}

// tell writes a trace as people read it.
func tell(doc *strings.Builder, t *trace) {
	for i, s := range t.Steps {
		if i == t.Loop {
			doc.WriteString("   again and again:\n")
		}
		fmt.Fprintf(doc, "%d. %s\n", i+1, latent.About(s.Action).Sentence)
	}
	if t.Loop == t.Len() {
		doc.WriteString("   and nothing happens any more\n")
	}
}

var milliseconds = regexp.MustCompile(` \(\d+ ms\)`)

// document compares a generated document with the one in docs, times apart, or
// writes it.
func document(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	if *update {
		if err := os.WriteFile(path+".new", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if milliseconds.ReplaceAllString(string(got), "") != milliseconds.ReplaceAllString(want, "") {
		t.Errorf("docs/%s is out of date: run go test ./properties/lifecycle -run %s -update", name, t.Name())
	}
}
