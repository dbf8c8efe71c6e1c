package quiesce_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/quiesce/quiesce"

// deps is the direction of the tree: "a < b" means that package b may import
// package a, and by that everything a may import. It is policy. Do not change
// it to make a build pass; docs/architecture.md says why it is as it is.
//
// Nouns first, then verbs, then the places where type parameters end. Verbs
// do not import verbs, with one exception: traces/shrink re-solves failures on
// the graph and so may use the checker.
const deps = `
	NONE < model, internal/rng, internal/mutant, sim/stats
	model < traces, model/fixed
	traces < properties
	properties < model/modeltest
	properties, model/fixed < model/zoo, model/latent
	model/latent < properties/lifecycle
	properties < properties/linear, properties/rapidtest
	properties < model/check, traces/codec
	properties, internal/rng < traces/bridge
	model/check < traces/shrink
	properties, internal/rng < sim
	sim < sim/sched
	traces/shrink, traces/codec, internal/rng < properties/rapidtest
	traces/codec < traces/bridge/buildbot
	model/latent, traces/bridge < traces/bridge/buildbot
	model/check, sim/sched, sim/stats, traces/shrink < internal/catalog
	traces/codec, traces/bridge/buildbot, properties/linear < internal/catalog
	traces/bridge/buildbot < traces/bridge/contract
	traces/bridge/contract < cmd/quiesce
	model/zoo, properties/lifecycle < internal/catalog
	internal/catalog < cmd/quiesce
`

// special says where a package may be imported at all, tests aside. What is
// not listed may be imported anywhere.
var special = map[string][]string{
	"github.com/anishathalye/porcupine": {"properties/linear"},
	"pgregory.net/rapid":                {"properties/rapidtest"},
	"gonum.org/v1/gonum":                {"sim/stats", "sim/sched", "internal/catalog"},
	"gonum.org/v1/plot":                 {"sim/stats"},
	"github.com/spf13/cobra":            {"cmd/quiesce"},
	"os/exec":                           {"traces/bridge", "traces/bridge/buildbot"},
	"net":                               {},
	"math/rand":                         {},
	"math/rand/v2":                      {},
	"hash/maphash":                      {},
	"unsafe":                            {"model/check"},
}

func TestDirection(t *testing.T) {
	allowed := closure(t, deps)
	for _, f := range sources(t) {
		may, known := allowed[f.pkg]
		if !known && f.pkg != "." {
			t.Errorf("%s: package %s is not in the diagram of deps_test.go", f.path, f.pkg)
			continue
		}
		for _, imp := range f.imports {
			own, inside := strings.CutPrefix(imp, module+"/")
			if inside && own != f.pkg && !slices.Contains(may, own) {
				t.Errorf("%s: %s may not import %s", f.path, f.pkg, own)
			}
			if where, is := restricted(imp); is && !slices.Contains(where, f.pkg) {
				t.Errorf("%s: %s may not import %s; only %v may", f.path, f.pkg, imp, where)
			}
		}
	}
}

func TestDirectionTestCanFail(t *testing.T) {
	allowed := closure(t, deps)
	if slices.Contains(allowed["model"], "model/check") {
		t.Error("model may import model/check")
	}
	if slices.Contains(allowed["sim"], "model/check") {
		t.Error("a verb may import a verb")
	}
	if !slices.Contains(allowed["cmd/quiesce"], "model") {
		t.Error("cmd/quiesce may not import model: the closure is not transitive")
	}
	if where, is := restricted("gonum.org/v1/gonum/stat"); !is || len(where) == 0 {
		t.Error("a package below a restricted module is not restricted")
	}
}

func restricted(imp string) (where []string, is bool) {
	for path, where := range special {
		if imp == path || strings.Contains(path, ".") && strings.HasPrefix(imp, path+"/") {
			return where, true
		}
	}
	return nil, false
}

// closure reads the diagram: for each package, what it may import.
func closure(t *testing.T, text string) map[string][]string {
	direct := make(map[string][]string)
	for line := range strings.Lines(text) {
		left, right, ok := strings.Cut(line, "<")
		if !ok {
			continue
		}
		for _, above := range split(right) {
			if _, ok := direct[above]; !ok {
				direct[above] = nil
			}
			for _, below := range split(left) {
				if below == "NONE" {
					continue
				}
				if _, known := direct[below]; !known {
					t.Fatalf("deps: %s is used before it is placed", below)
				}
				direct[above] = append(direct[above], below)
			}
		}
	}
	all := make(map[string][]string)
	var reach func(pkg string, into map[string]bool)
	reach = func(pkg string, into map[string]bool) {
		for _, below := range direct[pkg] {
			if !into[below] {
				into[below] = true
				reach(below, into)
			}
		}
	}
	for pkg := range direct {
		into := make(map[string]bool)
		reach(pkg, into)
		if into[pkg] {
			t.Fatalf("deps: %s is above itself", pkg)
		}
		list := []string{}
		for below := range into {
			list = append(list, below)
		}
		slices.Sort(list)
		all[pkg] = list
	}
	return all
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}

type source struct {
	path, pkg string
	imports   []string
}

// sources returns every Go file that is not a test. It reads them in this
// process: a child's reads would be invisible to the test cache.
func sources(t *testing.T) []source {
	var out []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "examples" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{path: path, pkg: filepath.ToSlash(filepath.Dir(path))}
		for _, imp := range file.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			s.imports = append(s.imports, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
