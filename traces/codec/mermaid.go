package codec

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

const (
	mermaidMax = 50_000 // maxTextSize of mermaid.js, which GitHub lets nobody raise
	labelMax   = 160    // characters of a label
	noteLines  = 6      // fields named in one note
	noteMax    = 80     // characters of one of them
)

// Mermaid writes a sequence diagram in the language of mermaid.js. The numbers
// of its messages are those of the steps.
//
// Mermaid draws nothing beyond 50,000 characters. A longer diagram first goes
// without its notes of what changes, then without steps in the middle; it says
// what it leaves out.
func Mermaid(w io.Writer, d *Document) error {
	c := chart{doc: d, notes: true, keep: d.Len()}
	out := c.draw()
	for len(out) > mermaidMax {
		if c.notes {
			c.notes = false
		} else {
			c.keep = c.keep * 3 / 4
		}
		out = c.draw()
	}
	_, err := io.WriteString(w, out)
	return err
}

// A chart is one attempt at a diagram that is short enough.
type chart struct {
	doc   *Document
	notes bool // say what changes
	keep  int  // steps to show, from both ends

	b      strings.Builder
	indent string
}

// line appends a line at the current indentation.
func (c *chart) line(format string, args ...any) {
	c.b.WriteString(c.indent)
	fmt.Fprintf(&c.b, format, args...)
	c.b.WriteByte('\n')
}

// draw returns the diagram. Participants are those of the steps that are shown:
// a trace with thousands of actors must get shorter too.
func (c *chart) draw() string {
	d := c.doc
	head, tail := c.keep-c.keep/2, d.Len()-c.keep/2
	names, arrows := lifelines(slices.Concat(d.Steps[:head], d.Steps[tail:]))
	if len(names) == 0 {
		names = []string{nobody}
	}
	c.b.Reset()
	c.indent = ""
	c.line("sequenceDiagram")
	c.indent = "    "
	c.line("title %s", label(d.title()))
	c.line("autonumber")
	for i, name := range names {
		c.line("participant P%d as %s", i, label(name))
	}
	all := "P0"
	if len(names) > 1 {
		all = fmt.Sprintf("P0,P%d", len(names)-1)
	}
	if !c.notes && d.Len() > 0 {
		c.line("Note over %s: what changes is left out, Mermaid draws at most %d characters", all, mermaidMax)
	}
	c.steps(0, head, arrows)
	if head < tail {
		c.line("Note over %s: steps %d to %d are left out", all, head+1, tail)
		c.line("autonumber %d", tail+1)
	}
	c.steps(tail, d.Len(), arrows[head:])
	c.ending(all)
	return c.b.String()
}

// steps draws the steps from begin to end. The box of the loop opens with the
// first step of it that is shown.
func (c *chart) steps(begin, end int, arrows []arrow) {
	d := c.doc
	for i := begin; i < end; i++ {
		inside := d.Loop != traces.Finite && i >= d.Loop
		if inside && len(c.indent) == 4 {
			c.line("loop %s", strings.TrimPrefix(d.ending(), "then "))
			c.indent += "    "
		}
		a := arrows[i-begin]
		shape := "->>"
		if a.lost {
			shape = "-x"
		}
		c.line("P%d%sP%d: %s", a.from, shape, a.to, label(d.Steps[i].besideArrow()))
		if c.notes {
			c.note(i, a)
		}
	}
}

// note says over the actor of step i what the step changes, as far as a reader
// of a diagram wants to know; the text format has it all.
func (c *chart) note(i int, a arrow) {
	rows := changes(shown(c.doc.At(i)), shown(c.doc.Steps[i].State))
	var says []string
	for k, r := range rows {
		if r.path == "" {
			return
		}
		if k == noteLines {
			says = append(says, fmt.Sprintf("and %d more", len(rows)-k))
			break
		}
		says = append(says, escape(cut(r.path+": "+r.says, noteMax)))
	}
	over := a.from
	if c.doc.Steps[i].Kind == model.Deliver.String() {
		over = a.to
	}
	c.line("Note over P%d: %s", over, strings.Join(says, "<br/>"))
}

// ending closes the box of the loop, or says that nothing more happens.
func (c *chart) ending(all string) {
	if len(c.indent) > 4 {
		c.indent = "    "
		c.line("end")
	} else if c.doc.Loop != traces.Finite {
		c.line("Note over %s: %s", all, escape(c.doc.ending()))
	}
}

// label returns s as the text of a message, participant or title.
func label(s string) string { return escape(cut(s, labelMax)) }

// special is what means something to Mermaid, or to Markdown around it, even
// within a label: separators, entities, tags, formulas, fences, directives and
// comments, the word that closes a block, and the prefix that asks for wrapping.
var special = regexp.MustCompile("(?i)[;#&<$`]|%%|\\bend\\b|^\\s*(?:no)?wrap:|^\\s+|\\s+$")

// escape returns s so that Mermaid shows it as it is. Characters become
// decimal entities, which Mermaid writes with # for &.
func escape(s string) string {
	s = special.ReplaceAllStringFunc(printable(s), func(found string) string {
		first, rest := found[0], found[1:]
		if first == '%' {
			return "#37;#37;"
		}
		return fmt.Sprintf("#%d;%s", first, rest)
	})
	if s == "" {
		return "#32;"
	}
	return s
}
