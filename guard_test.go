package quiesce_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deciding are the packages whose answers must be the same on every machine,
// in every run. In them there is no clock, no iteration over a map, no
// randomness but internal/rng, and no floating point: Go may fuse float
// operations differently from one architecture to another.
var deciding = []string{
	"model", "model/fixed", "model/modeltest", "model/zoo", "model/latent", "model/check",
	"traces", "traces/codec", "traces/shrink",
	"properties", "properties/lifecycle",
	"internal/rng", "sim",
}

func TestDeterminismGuard(t *testing.T) {
	exports := exportData(t)
	for _, pkg := range deciding {
		if _, err := os.Stat(pkg); errors.Is(err, os.ErrNotExist) {
			continue
		}
		for _, finding := range offences(t, pkg, exports, parsePackage(t, pkg)) {
			t.Error(finding)
		}
	}
}

func TestDeterminismGuardCanFail(t *testing.T) {
	const source = `package p
import ("time"; "math/rand/v2")
func f(m map[int]int, x float64) (n int) {
	for k := range m { n += k }
	if time.Now().IsZero() { n = rand.Int() }
	return n + int(x*2)
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := strings.Join(offences(t, "p", exportData(t), parsed{fset, []*ast.File{file}}), "\n")
	for _, want := range []string{"p.go:4:2: iterates over a map", "reads the clock", "imports math/rand/v2", "floating point"} {
		if !strings.Contains(found, want) {
			t.Errorf("%q is not among the findings:\n%s", want, found)
		}
	}
}

type parsed struct {
	fset  *token.FileSet
	files []*ast.File
}

func parsePackage(t *testing.T, dir string) parsed {
	p := parsed{fset: token.NewFileSet()}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_bsd.go") || strings.HasSuffix(name, "_other.go") {
			continue
		}
		file, err := parser.ParseFile(p.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		p.files = append(p.files, file)
	}
	return p
}

// offences type-checks a package and returns what it does that it must not.
func offences(t *testing.T, pkg string, exports map[string]string, p parsed) (out []string) {
	add := func(pos token.Pos, what string) {
		out = append(out, p.fset.Position(pos).String()+": "+what)
	}
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	conf := types.Config{Importer: importer.ForCompiler(p.fset, "gc", open)}
	if _, err := conf.Check(pkg, p.fset, p.files, info); err != nil {
		t.Fatalf("%s: %v", pkg, err)
	}
	for _, file := range p.files {
		excused := anyOrder(p.fset, file)
		for _, imp := range file.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if slices.Contains([]string{"math/rand", "math/rand/v2", "hash/maphash"}, path) {
				add(imp.Pos(), "imports "+path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if loop, ok := n.(*ast.RangeStmt); ok {
				_, isMap := info.Types[loop.X].Type.Underlying().(*types.Map)
				if isMap && !slices.Contains(excused, p.fset.Position(loop.Pos()).Line-1) {
					add(loop.Pos(), "iterates over a map")
				}
			}
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, sel.Sel.Name) {
					add(sel.Pos(), "reads the clock")
				}
			}
			if e, ok := n.(ast.Expr); ok {
				if b, ok := info.Types[e].Type.(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
					add(e.Pos(), "floating point")
				}
			}
			return true
		})
	}
	return out
}

// clocks are the functions of package time whose result depends on when.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

// anyOrder returns the last lines of comments that excuse the loop below them:
// those that say why the map may be visited "in any order".
func anyOrder(fset *token.FileSet, file *ast.File) (lines []int) {
	for _, c := range file.Comments {
		if strings.Contains(strings.Join(strings.Fields(c.Text()), " "), "in any order") {
			lines = append(lines, fset.Position(c.End()).Line)
		}
	}
	return lines
}

// exportData returns, by import path, the compiled export data of everything
// the module and the guard's own example import.
func exportData(t *testing.T) map[string]string {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "./...", "math/rand/v2", "time")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	out := make(map[string]string)
	for dec := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out[p.ImportPath] = p.Export
	}
}
