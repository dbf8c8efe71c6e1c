package mutant

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
)

var update = flag.Bool("update", false, "write the golden files")

var doors = Operators{
	Drops:  map[string]Kind{"leave": "never left"},
	Calls:  []Replacement{{Call: "take", By: "wait", Kind: "made to wait"}},
	Except: []string{"String"},
}

// TestGolden: the mutants of a small package, and the program they make.
func TestGolden(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "door.go"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make("door", []File{{"door.go", src}}, doors)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, m := range p.Mutants {
		fmt.Fprintf(&got, "%d line %d: %s\n", m.Number, m.Line, m.Key())
	}
	got.WriteString("\n")
	got.Write(p.Files["door.go"])
	golden := filepath.Join("testdata", "door.golden")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nrun with -update if that is right", &got)
	}
	if strings.Count(got.String(), "\n")-len(p.Mutants)-1 != bytes.Count(src, []byte("\n")) {
		t.Error("lines have moved")
	}
}

func ExampleMake() {
	p, err := Make("p", []File{{"p.go", []byte("package p\n\nfunc f(a, b bool) { if a && b { g() } }\n")}}, Operators{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range p.Mutants {
		fmt.Println(m.Number, m.Key())
	}
	// Output:
	// 1 p.go f: negated: a && b
	// 2 p.go f: and-or exchanged: a && b
	// 3 p.go f: negated: a
	// 4 p.go f: negated: b
	// 5 p.go f: left out: g()
}

func TestErrors(t *testing.T) {
	for _, files := range [][]File{
		{{"a.go", []byte("package")}},
		{{"a.go", []byte("package other")}},
		{{"a.go", []byte("package p")}, {"a.go", []byte("package p")}},
		{{Control, []byte("package p")}},
	} {
		if _, err := Make("p", files, Operators{}); err == nil {
			t.Errorf("%q is accepted", files)
		}
	}
}

// A condition is a random one: an operand with a number, or an operator.
type condition struct {
	op   string // "", "!", "&&" or "||"
	x, y *condition
	n    int
}

func random(r *rng.Source, depth int, operands *int) *condition {
	switch k := r.Below(8); {
	case depth == 0 || k < 2:
		*operands++
		return &condition{n: *operands - 1}
	case k == 2:
		return &condition{op: "!", x: random(r, depth-1, operands)}
	case k < 6:
		return &condition{op: "&&", x: random(r, depth-1, operands), y: random(r, depth-1, operands)}
	}
	return &condition{op: "||", x: random(r, depth-1, operands), y: random(r, depth-1, operands)}
}

func (c *condition) String() string {
	switch c.op {
	case "":
		return fmt.Sprintf("is(%d)", c.n)
	case "!":
		return "!(" + c.x.String() + ")"
	}
	return "(" + c.x.String() + " " + c.op + " " + c.y.String() + ")"
}

// all returns the nodes of c.
func (c *condition) all() []*condition {
	out := []*condition{c}
	if c.x != nil {
		out = append(out, c.x.all()...)
	}
	if c.y != nil {
		out = append(out, c.y.all()...)
	}
	return out
}

// value evaluates c as it is written, one operand after the other, and says
// which were evaluated. The node changed is negated, or has the other operator.
func (c *condition) value(bits int, changed *condition, negate bool, log *strings.Builder) (v bool) {
	op := c.op
	if c == changed && !negate {
		op = map[string]string{"&&": "||", "||": "&&"}[op]
	}
	switch op {
	case "":
		fmt.Fprintf(log, "%d ", c.n)
		v = bits>>c.n&1 == 1
	case "!":
		v = !c.x.value(bits, changed, negate, log)
	case "&&":
		v = c.x.value(bits, changed, negate, log) && c.y.value(bits, changed, negate, log)
	case "||":
		v = c.x.value(bits, changed, negate, log) || c.y.value(bits, changed, negate, log)
	}
	return v != (c == changed && negate)
}

// behaviour is what a condition does under every assignment.
func (c *condition) behaviour(operands int, changed *condition, negate bool) string {
	var out strings.Builder
	for bits := range 1 << operands {
		fmt.Fprintf(&out, "%v ", c.value(bits, changed, negate, &out))
	}
	return out.String()
}

const conditionMain = `package main

import "fmt"

var (
	bits    int
	log     string
	yes, no = true, false
)

func is(n int) bool { log += fmt.Sprint(n, " "); return bits>>n&1 == 1 }

func main() {
	for i, f := range tests {
		for n := first[i]; n < first[i+1]; n++ {
			SwitchMutant(n)
			log = ""
			for bits = 0; bits < 1<<operands[i]; bits++ {
				v := f()
				log += fmt.Sprint(v, " ")
			}
			fmt.Println(i, log)
		}
	}
}
`

// TestConditions compares mutants of random conditions, run by Go, with the
// same changes made to the conditions as trees: the values, and which operands
// are evaluated for them.
func TestConditions(t *testing.T) {
	r := rng.New(1, 0)
	var src, tests, operands strings.Builder
	first := "1"
	var want []map[string]bool
	src.WriteString("package main\n")
	for i := range 60 {
		n := 0
		c := random(&r, 4, &n)
		if n > 7 {
			c, n = &condition{}, 1
		}
		fmt.Fprintf(&src, "func t%d() bool { if %s { return yes }; return no }\n", i, c)
		fmt.Fprintf(&tests, "t%d, ", i)
		fmt.Fprintf(&operands, "%d, ", n)
		can := make(map[string]bool)
		for _, node := range c.all() {
			if node == c || node.op == "" { // a larger condition is negated as a whole only
				can[c.behaviour(n, node, true)] = true
			}
			if node.op == "&&" || node.op == "||" {
				can[c.behaviour(n, node, false)] = true
			}
		}
		want = append(want, can)
	}
	p, err := Make("main", []File{{"t.go", []byte(src.String())}}, Operators{Except: []string{"main"}})
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, m := range p.Mutants {
		if m.Func != last && last != "" {
			first += fmt.Sprintf(", %d", m.Number)
		}
		last = m.Func
	}
	first += fmt.Sprintf(", %d", len(p.Mutants)+1)
	p.Files["main.go"] = fmt.Appendf(nil, "%s\nvar tests = []func() bool{%s}\nvar first = []int{%s}\nvar operands = []int{%s}\n",
		conditionMain, &tests, first, &operands)
	out := execute(t, p)
	got := make([]map[string]bool, len(want))
	for line := range strings.Lines(out) {
		number, behaviour, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var i int
		fmt.Sscan(number, &i)
		if got[i] == nil {
			got[i] = make(map[string]bool)
		}
		got[i][behaviour] = true
	}
	for i := range want {
		if !maps.Equal(got[i], want[i]) {
			t.Errorf("condition %d: mutants behave like\n%v\nwant\n%v", i, got[i], want[i])
		}
	}
}

// execute runs a program and returns what it prints.
func execute(t *testing.T, p *Program) string {
	t.Helper()
	dir := t.TempDir()
	p.Files["go.mod"] = []byte("module conditions\n\ngo 1.24\n")
	for name, text := range p.Files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(out)
}

// FuzzMake: whatever parses makes a program that parses, in which every
// mutant's number appears.
func FuzzMake(f *testing.F) {
	src, err := os.ReadFile(filepath.Join("testdata", "door.go"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte("package door\nfunc f() { for a && !(b || !c()) { take(1); x.take (2); x++ } }"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Make("door", []File{{"f.go", src}}, doors)
		if err != nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "f.go", p.Files["f.go"], 0); err != nil {
			t.Errorf("%v\n%s", err, p.Files["f.go"])
		}
		for _, m := range p.Mutants {
			if !bytes.Contains(p.Files["f.go"], fmt.Appendf(nil, "mutantOn(%d)", m.Number)) {
				t.Errorf("mutant %d is not in the program", m.Number)
			}
		}
	})
}

// TestControl: the added file is formatted Go.
func TestControl(t *testing.T) {
	p, err := Make("p", nil, Operators{Extra: "\nfunc extra() {}\n"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := format.Source(p.Files[Control]); err != nil {
		t.Error(err)
	}
	if _, err := json.Marshal(p.Files); err != nil {
		t.Error(err)
	}
}
