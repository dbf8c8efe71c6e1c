package mutant

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A writer makes the mutants of one file. It does not print the tree: it
// inserts text into the source, so that lines stay where they are.
type writer struct {
	file    File
	set     *token.FileSet
	ops     *Operators
	program *Program

	fn    string
	count map[string]int // how often a kind and text was met in fn
	edits []edit         // for the same place in the order in which they apply

	boolean map[ast.Node]bool   // expressions that are operands or conditions
	inner   map[ast.Node]bool   // those among them that belong to a larger condition
	after   map[ast.Node][]edit // what follows a node, inner ones first
}

// An edit replaces the bytes from at to end by text.
type edit struct {
	at, end int
	text    string
}

func (w *writer) offset(p token.Pos) int { return w.set.Position(p).Offset }

func (w *writer) source(n ast.Node) string {
	return string(w.file.Source[w.offset(n.Pos()):w.offset(n.End())])
}

func (w *writer) insert(at token.Pos, text string) {
	w.edits = append(w.edits, edit{w.offset(at), w.offset(at), text})
}

// around puts text before and after a node.
func (w *writer) around(n ast.Node, before, behind string) {
	w.insert(n.Pos(), before)
	end := w.offset(n.End())
	w.after[n] = append([]edit{{end, end, behind}}, w.after[n]...)
}

// add makes the next mutant and returns its number.
func (w *writer) add(n ast.Node, kind Kind) int {
	m := Mutant{Number: len(w.program.Mutants) + 1, File: w.file.Name, Func: w.fn,
		Line: w.set.Position(n.Pos()).Line, Kind: kind, Text: oneLine(w.source(n))}
	if b, ok := n.(*ast.BinaryExpr); ok {
		m.Line = w.set.Position(b.OpPos).Line
	}
	same := string(m.Kind) + m.Text
	w.count[same]++
	m.Nth = w.count[same]
	w.program.Mutants = append(w.program.Mutants, m)
	return m.Number
}

// walk visits a function body: what is inserted before a node is inserted on
// the way down, what is inserted behind it on the way up.
func (w *writer) walk(body *ast.BlockStmt) {
	w.insert(body.Lbrace+1, " mutantTick();")
	var path []ast.Node
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			last := path[len(path)-1]
			path = path[:len(path)-1]
			w.edits = append(w.edits, w.after[last]...)
			return true
		}
		path = append(path, n)
		w.visit(n)
		return true
	})
}

func (w *writer) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		w.boolean[n.Cond] = true
	case *ast.ForStmt:
		if n.Cond != nil {
			w.boolean[n.Cond] = true
		}
		w.insert(n.Body.Lbrace+1, " mutantTick();")
	case *ast.RangeStmt:
		w.insert(n.Body.Lbrace+1, " mutantTick();")
	case *ast.FuncLit:
		w.insert(n.Body.Lbrace+1, " mutantTick();")
	case *ast.SwitchStmt:
		if n.Tag != nil {
			break
		}
		for _, c := range n.Body.List {
			for _, e := range c.(*ast.CaseClause).List {
				w.boolean[e] = true
			}
		}
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.AssignStmt:
		w.statement(n.(ast.Stmt))
	case ast.Expr:
		w.expression(n)
	}
}

// statement leaves one out, or calls something else, if it stands in a list:
// where a statement begins an if or a for it cannot be wrapped.
func (w *writer) statement(s ast.Stmt) {
	if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE || !w.listed(s) {
		return
	}
	kind := LeftOut
	name := ""
	if e, ok := s.(*ast.ExprStmt); ok {
		name = callee(e.X)
		if k, ok := w.ops.Drops[name]; ok {
			kind = k
		}
	}
	w.around(s, fmt.Sprintf("if !mutantOn(%d) { ", w.add(s, kind)), " }")
	for _, r := range w.ops.Calls {
		if r.Call != name {
			continue
		}
		before, args, ok := strings.Cut(w.source(s), name+"(")
		if ok {
			w.around(s, fmt.Sprintf("if mutantOn(%d) { %s%s(%s } else { ", w.add(s, r.Kind), before, r.By, args), " }")
		}
	}
}

// listed reports whether s begins a line of its own or follows a brace or a
// semicolon, and is not the beginning or end of an if, for or switch.
func (w *writer) listed(s ast.Stmt) bool {
	before := strings.TrimRight(string(w.file.Source[:w.offset(s.Pos())]), " \t")
	return strings.HasSuffix(before, "\n") || strings.HasSuffix(before, "{")
}

// callee returns the name of the function or method that a call calls.
func callee(e ast.Expr) string {
	if call, ok := e.(*ast.CallExpr); ok {
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			return f.Sel.Name
		case *ast.Ident:
			return f.Name
		}
	}
	return ""
}

func (w *writer) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		w.pass(e, e.X)
	case *ast.UnaryExpr:
		if e.Op != token.NOT {
			return
		}
		if _, plain := ast.Unparen(e.X).(*ast.BinaryExpr); plain {
			w.boolean[e] = true
			w.pass(e, e.X)
			return
		}
		w.negate(e)
	case *ast.BinaryExpr:
		w.binary(e)
	case *ast.Ident:
		if w.boolean[e] || e.Name == "true" || e.Name == "false" {
			w.negate(e)
		}
	default:
		if w.boolean[e] {
			w.negate(e)
		}
	}
}

// pass lets the place of an expression be that of the one inside it.
func (w *writer) pass(outer, x ast.Expr) {
	if w.boolean[outer] {
		w.boolean[x], w.inner[x] = true, w.inner[outer]
	}
}

func (w *writer) binary(e *ast.BinaryExpr) {
	switch e.Op {
	case token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ:
		w.negate(e)
	case token.LAND, token.LOR:
		if !w.inner[e] {
			w.negate(e)
		}
		for _, x := range []ast.Expr{e.X, e.Y} {
			w.boolean[x], w.inner[x] = true, true
		}
		w.exchange(e)
	}
}

// negate makes a mutant in which e has the other value.
func (w *writer) negate(e ast.Expr) {
	w.around(e, "((", fmt.Sprintf(") != mutantOn(%d))", w.add(e, Negated)))
}

// exchange makes a mutant with || for && or the reverse. The first operand is
// evaluated once; whether it decides, and what, depends on the mutant:
//
//	a && b  is  (a == on) && on  || otherwise b
//	a || b  is  (a != on) && !on || otherwise b
func (w *writer) exchange(e *ast.BinaryExpr) {
	n := w.add(e, Exchanged)
	is, decides := "==", fmt.Sprintf("mutantOn(%d)", n)
	if e.Op == token.LOR {
		is, decides = "!=", "!"+decides
	}
	w.around(e, "(mutantKeep((", "))")
	between := fmt.Sprintf(") %s mutantOn(%d)) && %s || !mutantKept && (", is, n, decides)
	w.after[e.X] = append(w.after[e.X], edit{w.offset(e.X.End()), w.offset(e.Y.Pos()), between})
}

// text returns the file with its edits.
func (w *writer) text() []byte {
	slices.SortStableFunc(w.edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	var out bytes.Buffer
	last := 0
	for _, e := range w.edits {
		out.Write(w.file.Source[last:max(last, e.at)])
		out.WriteString(e.text)
		last = max(last, e.end)
	}
	out.Write(w.file.Source[last:])
	return out.Bytes()
}
