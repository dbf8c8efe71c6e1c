package codec

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// Formats are the names Convert knows: our JSON, which is ITF, and the texts
// for people, which nothing reads back.
var Formats = []string{"json", "text", "sequence", "mermaid"}

// Convert writes d in one of Formats.
func Convert(w io.Writer, d *Document, to string) error {
	switch to {
	case "json":
		return Write(w, d)
	case "text":
		return Text(w, d)
	case "sequence":
		return Sequence(w, d)
	case "mermaid":
		return Mermaid(w, d)
	}
	return fmt.Errorf("format %q is not known; want one of %s", to, strings.Join(Formats, ", "))
}

// longStart is the number of fields from which a start is only counted.
const longStart = 32

// Text writes what d shows, the start and the numbered steps, each with its
// actor, what happens and only the fields that change.
func Text(w io.Writer, d *Document) error {
	var p page
	p.line("%s", d.title())
	if d.Claim.Sentence != "" {
		p.line("  %s", d.Claim.Sentence)
	}
	p.line("")
	start := leaves(d.Start)
	if len(start) > longStart {
		// A page of zeros is in nobody's interest; the fields that matter show
		// when they change.
		p.line("start: %d fields", len(start))
	} else {
		p.line("start")
		p.table(start)
	}
	before := shown(d.Start)
	for i := range d.Steps {
		if i == d.Loop {
			p.line("  -- the loop begins --")
		}
		step := &d.Steps[i]
		p.line("%4d. %s", i+1, step.headline())
		after := shown(step.State)
		p.table(changes(before, after))
		before = after
	}
	if d.Loop != traces.Finite {
		p.line("%s", d.ending())
	}
	return p.writeTo(w)
}

// Outline writes the numbered steps alone: who takes them and what happens.
func Outline(w io.Writer, d *Document) error {
	var p page
	for i := range d.Steps {
		if i == d.Loop {
			p.line("  -- the loop begins --")
		}
		p.line("%4d. %s", i+1, d.Steps[i].headline())
	}
	if d.Loop != traces.Finite {
		p.line("      %s", d.ending())
	}
	return p.writeTo(w)
}

// title says in one line what the trace is of and what it shows.
func (d *Document) title() string {
	parts := []string{d.Spec}
	if d.Spec == "" {
		parts[0] = "a trace"
	}
	for _, p := range d.Params {
		parts = append(parts, p.Name+"="+p.Value)
	}
	title := strings.Join(parts, " ")
	if d.Claim.Name == "" {
		return title + ": " + count(d.Len(), "step")
	}
	title += ": " + strconv.Quote(d.Claim.Name)
	if d.Claim.Form != "" {
		title += " (" + d.Claim.Form + ")"
	}
	switch d.Claim.Outcome {
	case "":
	case "holds":
		title += " holds"
	default:
		title += " is " + d.Claim.Outcome
	}
	return title + ", " + count(d.Len(), "step")
}

// count returns n things in words.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ending says how an infinite trace goes on after its last step.
func (d *Document) ending() string {
	switch d.Len() - d.Loop {
	case 0:
		return "then nothing more happens, for ever"
	case 1:
		return fmt.Sprintf("then step %d again, for ever", d.Len())
	}
	return fmt.Sprintf("then steps %d to %d again, for ever", d.Loop+1, d.Len())
}

// headline returns actor, what happens, and the kind where it says something.
func (s *Step) headline() string {
	line := s.label()
	if s.Actor != "" {
		line = s.Actor + ": " + line
	}
	if s.Kind != "" && s.Kind != model.Internal.String() {
		line += " [" + s.Kind + "]"
	}
	return line
}

// label says what happens, as well as the file does.
func (s *Step) label() string {
	switch {
	case s.Sentence != "":
		return s.Sentence
	case s.Name != "":
		return s.call()
	}
	return "a step"
}

// call returns the action as its name and parameters.
func (s *Step) call() string {
	if len(s.Action.Items) == 0 && (s.Action.Text == "" || s.Action.Text == s.Name) {
		return s.Name
	}
	return s.Name + " " + shown(s.Action).String()
}

// shown returns v as people want to see it, without the marks of ITF: tuples
// as lists, maps as records with their keys as names, variants by their tag.
func shown(v model.Value) model.Value {
	if held, is := formOf(&v, formTuple); is {
		return shown(*held)
	}
	if held, is := formOf(&v, formOpaque); is {
		return *held
	}
	if pairs, is := formOf(&v, formMap); is {
		out := model.Value{Shape: model.Record}
		for _, pair := range pairs.Items {
			out.Names = append(out.Names, shown(pair.Items[0]).String())
			out.Items = append(out.Items, shown(pair.Items[1]))
		}
		return out
	}
	if tag, held, is := variant(&v); is {
		if inner := shown(*held); len(inner.Items) > 0 || inner.Text != "" {
			return model.Value{Shape: model.Record, Names: []string{tag}, Items: []model.Value{inner}}
		}
		return model.Value{Shape: model.Word, Text: tag}
	}
	out := model.Value{Shape: v.Shape, Text: v.Text, Names: v.Names}
	for _, item := range v.Items {
		out.Items = append(out.Items, shown(item))
	}
	return out
}

// A row is a field and what is said of it.
type row struct{ path, says string }

// changes returns a row for each field that differs.
func changes(from, to model.Value) []row {
	var rows []row
	for _, c := range model.Diff(from, to) {
		rows = append(rows, row{c.Path, c.From + " -> " + c.To})
	}
	if rows == nil {
		rows = []row{{"", "(no field changes)"}}
	}
	return rows
}

// leafMax is the width up to which a value of the start is one row.
const leafMax = 60

// leaves returns a state as rows: a field each, and below fields too wide for
// a row, a row for each of their parts.
func leaves(state model.Value) []row {
	var rows []row
	var walk func(path string, v model.Value)
	walk = func(path string, v model.Value) {
		text := v.String()
		parts := v.Shape == model.Record || v.Shape == model.List
		if path != "" && (len(text) <= leafMax || !parts || len(v.Items) == 0) {
			rows = append(rows, row{path, text})
			return
		}
		for i, item := range v.Items {
			at := path + "[" + strconv.Itoa(i) + "]"
			if v.Shape == model.Record {
				at = strings.TrimPrefix(path+"."+v.Names[i], ".")
			}
			walk(at, item)
		}
	}
	walk("", shown(state))
	return rows
}

// A page is text under way. Every line is made safe for a terminal: a trace
// may come from anybody.
type page struct{ b strings.Builder }

// line appends a line, without blanks at its end.
func (p *page) line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(printable(fmt.Sprintf(format, args...)), " "))
	p.b.WriteByte('\n')
}

// pathMax keeps one long path from pushing all values off the screen.
const pathMax = 40

// table writes rows with what they say in one column.
func (p *page) table(rows []row) {
	width := 0
	for _, r := range rows {
		if n := len([]rune(r.path)); n <= pathMax {
			width = max(width, n)
		}
	}
	for _, r := range rows {
		if r.path == "" {
			p.line("        %s", r.says)
			continue
		}
		p.line("        %-*s  %s", width, r.path, r.says)
	}
}

// writeTo writes the page in one go.
func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printable returns s with everything a terminal would act on, or not show,
// written as an escape.
func printable(s string) string {
	if !slices.ContainsFunc([]rune(s), unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unprintable reports whether r is a control, a mark of direction, or nothing
// that is known; a plain space is the only blank that passes.
func unprintable(r rune) bool { return !unicode.IsPrint(r) }
