// Package mutant makes every mutant of a Go package at once, as one program in
// which each change is switched on by its number: mutant schemata (Untch,
// Offutt and Harrold, "Mutation analysis using mutant schemata", ISSTA 1993).
// The program is compiled once, however many mutants there are.
//
// What is changed:
//
//   - a guard is negated: every comparison, every other operand of a condition,
//     every condition with several operands as a whole, and true and false;
//   - && and || are exchanged, with the operands evaluated as the new operator
//     evaluates them;
//   - a statement is left out: a call, an assignment, an increment;
//   - a call is replaced by another, where [Operators] says so.
package mutant

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A Mutant is one change.
type Mutant struct {
	Number int // from 1, in the order of files and of places in them
	File   string
	Func   string
	Line   int
	Kind   Kind
	Text   string // the source it changes, on one line
	Nth    int    // 1 for the first of that kind and text in the function, then 2, ...
}

// Kind says what a mutant does to its text, as a participle.
type Kind string

const (
	Negated   Kind = "negated"
	Exchanged Kind = "and-or exchanged"
	LeftOut   Kind = "left out"
)

// Key names a mutant by its file, function and text, so that the name stays
// when lines move.
func (m *Mutant) Key() string {
	key := fmt.Sprintf("%s %s: %s: %s", m.File, m.Func, m.Kind, m.Text)
	if m.Nth > 1 {
		key += fmt.Sprintf(" #%d", m.Nth)
	}
	return key
}

// Operators are the changes that are particular to a package.
type Operators struct {
	// Drops gives the omission of calls of these functions a kind of its own.
	Drops map[string]Kind
	// Calls are statements whose callee is exchanged for another with the same
	// parameters, which Extra may declare.
	Calls []Replacement
	// Except are the functions that are left as they are.
	Except []string
	// Extra is Go source added to the package, without a package clause.
	Extra string
}

// A Replacement calls By in place of Call.
type Replacement struct {
	Call, By string
	Kind     Kind
}

// A Program is a package with all its mutants.
type Program struct {
	Mutants []Mutant
	Files   map[string][]byte // by name; Control among them
}

// Control is the name of the file that is added to the package. It declares
//
//	SwitchMutant(n int)         switches mutant n on, and the others off; 0 is none
//	RecordMutants(seen []bool)  notes at [n] that the code of mutant n was executed
//	RefuelMutants(calls int)    lets that many calls and rounds of loops happen
//	                            before the program panics with OutOfFuel
//
// None of them may be called while other goroutines run the program.
const Control = "mutant_control.go"

// OutOfFuel is what a program panics with that does not come to an end.
const OutOfFuel = "mutant: out of fuel"

// A File is one source file of the package.
type File struct {
	Name   string
	Source []byte
}

// Make returns the program of all mutants of files, which belong to the
// package named.
func Make(pkg string, files []File, ops Operators) (*Program, error) {
	p := &Program{Files: map[string][]byte{Control: control(pkg, ops.Extra)}}
	for _, f := range files {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, f.Name, f.Source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if _, twice := p.Files[f.Name]; twice || tree.Name.Name != pkg {
			return nil, fmt.Errorf("%s: package %s, want one file of package %s", f.Name, tree.Name.Name, pkg)
		}
		w := &writer{file: f, set: set, ops: &ops, program: p,
			boolean: make(map[ast.Node]bool), inner: make(map[ast.Node]bool), after: make(map[ast.Node][]edit)}
		for _, d := range tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !slices.Contains(ops.Except, fn.Name.Name) {
				w.fn, w.count = fn.Name.Name, make(map[string]int)
				w.walk(fn.Body)
			}
		}
		p.Files[f.Name] = w.text()
	}
	return p, nil
}

func control(pkg, extra string) []byte {
	return fmt.Appendf(nil, `package %s

var (
	mutantActive int
	mutantSeen   []bool
	mutantFuel   int
	mutantKept   bool
)

func SwitchMutant(n int)        { mutantActive = n }
func RecordMutants(seen []bool) { mutantSeen = seen }
func RefuelMutants(calls int)   { mutantFuel = calls }

func mutantOn(n int) bool {
	if mutantSeen != nil {
		mutantSeen[n] = true
	}
	return n == mutantActive
}

// mutantKeep remembers the first operand for the test that follows it.
func mutantKeep(b bool) bool {
	mutantKept = b
	return b
}

func mutantTick() {
	if mutantFuel--; mutantFuel == 0 {
		panic(%q)
	}
}
%s`, pkg, OutOfFuel, extra)
}

// oneLine returns source without line breaks and comments.
func oneLine(src string) string {
	var b strings.Builder
	for line := range strings.Lines(src) {
		line, _, _ = strings.Cut(line, " // ")
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "(") {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}
