package lifecycle

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var mutate = flag.Int("mutate", 0, "measure the mutation score with every n-th mutant of model/latent; 1 takes all")

// A mutant is one change of the model's source: a condition negated, an
// operator exchanged, a statement left out.
type mutant struct {
	file string // base name
	line int
	what string
	text []byte // the whole file, changed
}

// mutated are the files with the protocol's rules. What is said about actions,
// switches and names is not the protocol.
var mutated = []string{"attach.go", "build.go", "connection.go", "distributor.go", "insubstantiate.go", "machine.go",
	"next.go", "perform.go", "process.go", "provider.go", "run.go", "shutdown.go", "stopservice.go", "substantiate.go",
	"timers.go"}

// TestMutation changes the model in every way it knows and counts the changes
// after which the battery's verdicts are not what they were.
func TestMutation(t *testing.T) {
	if *mutate == 0 {
		t.Skip("takes an hour: ask for it with -mutate 1, or for a sample with -mutate 10")
	}
	dir := t.TempDir()
	want, err := judge(dir, "", nil)
	if err != nil {
		t.Fatalf("the model as it is: %v", err)
	}
	all := mutants(t)
	killed, measured, invalid := 0, 0, 0
	var survivors []string
	for i := 0; i < len(all); i += *mutate {
		m := &all[i]
		got, err := judge(dir, filepath.Join("..", "..", "model", "latent", m.file), m.text)
		name := fmt.Sprintf("%s:%d: %s", m.file, m.line, m.what)
		switch {
		case err != nil && strings.Contains(err.Error(), "build"):
			invalid++ // it does not compile: not a mutant
			continue
		case err != nil || got != want:
			killed++
		default:
			survivors = append(survivors, name)
			fmt.Println("survivor", name)
		}
		measured++
		if measured%20 == 0 {
			fmt.Printf("%d of %d killed\n", killed, measured)
		}
	}
	fmt.Printf("mutants %d, measured %d, not compiling %d, killed %d, survivors %d: %d.%d %%\n", len(all), measured, invalid,
		killed, len(survivors), killed*100/measured, killed*1000/measured%10)
}

// judge builds the battery with one file replaced and returns its verdicts. An
// error is a kill, unless it says that the build failed.
func judge(dir, file string, text []byte) (string, error) {
	args := []string{"test", "-c", "-o", filepath.Join(dir, "battery")}
	if file != "" {
		path, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		changed := filepath.Join(dir, "changed.go")
		if err := os.WriteFile(changed, text, 0o644); err != nil {
			return "", err
		}
		overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o644); err != nil {
			return "", err
		}
		args = append(args, "-overlay", filepath.Join(dir, "overlay.json"))
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "battery"), "-test.run", "TestBattery", "-battery").Output()
	return string(out), err
}

// mutants returns every mutant of the model, in the order of its files.
func mutants(t *testing.T) []mutant {
	t.Helper()
	var out []mutant
	for _, name := range mutated {
		src, err := os.ReadFile(filepath.Join("..", "..", "model", "latent", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			m, ok := change(t, name, src, n)
			if !ok {
				break
			}
			out = append(out, m)
		}
	}
	return out
}

// change makes the n-th mutant of a file, on a fresh tree.
func change(t *testing.T, name string, src []byte, n int) (mutant, bool) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	m := mutant{file: name}
	count := 0
	hit := func(at token.Pos, what string) bool {
		count++
		if count-1 != n {
			return false
		}
		m.line, m.what = set.Position(at).Line, what
		return true
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if f, ok := node.(*ast.FuncDecl); ok && describes(f) {
			return false
		}
		switch node := node.(type) {
		case *ast.IfStmt:
			if !variant(set, node.Cond) && hit(node.Pos(), "condition negated") {
				node.Cond = &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: node.Cond}}
			}
		case *ast.BinaryExpr:
			if to, ok := exchanged[node.Op]; ok && !variant(set, node) && hit(node.OpPos, node.Op.String()+" for "+to.String()) {
				node.Op = to
			}
		case *ast.BlockStmt:
			node.List = without(set, node.List, hit)
		case *ast.CaseClause:
			node.Body = without(set, node.Body, hit)
		}
		return true
	})
	if m.line == 0 {
		return m, false
	}
	var text bytes.Buffer
	if err := printer.Fprint(&text, set, file); err != nil {
		t.Fatal(err)
	}
	m.text = text.Bytes()
	return m, true
}

var exchanged = map[token.Token]token.Token{token.LAND: token.LOR, token.LOR: token.LAND, token.EQL: token.NEQ, token.NEQ: token.EQL}

// without leaves out the statement that is hit: a call or an assignment.
func without(set *token.FileSet, list []ast.Stmt, hit func(token.Pos, string) bool) []ast.Stmt {
	for i, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		default:
			continue
		}
		if hit(s.Pos(), "left out: "+source(set, s)) {
			return append(slices.Clone(list[:i]), list[i+1:]...)
		}
	}
	return list
}

// variant reports whether an expression belongs to a rule that is off: those
// are the museum's business.
func variant(set *token.FileSet, e ast.Expr) bool { return strings.Contains(source(set, e), ".on(") }

// describes reports whether a function only says what something is called.
func describes(f *ast.FuncDecl) bool { return f.Name.Name == "String" || f.Name.Name == "View" }

func source(set *token.FileSet, n ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, set, n); err != nil {
		return err.Error()
	}
	return b.String()
}
