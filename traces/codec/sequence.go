package codec

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// An arrow is one step as sequence diagrams show it, between participants.
// From and to are the same for a step without a peer.
type arrow struct {
	from, to int
	lost     bool // a fault hit what was under way
}

// nobody stands for the actor of a step that does not name one.
const nobody = "model"

// lifelines returns the participants of steps in order of appearance, and the
// arrow of each step. Who delivers is at the receiving end: the arrow of a
// delivery points at its actor, all others away from theirs.
func lifelines(steps []Step) (names []string, arrows []arrow) {
	index := make(map[string]int)
	place := func(name string) int {
		if name == "" {
			name = nobody
		}
		if _, known := index[name]; !known {
			index[name] = len(names)
			names = append(names, name)
		}
		return index[name]
	}
	for i := range steps {
		actor := place(steps[i].Actor)
		a := arrow{from: actor, to: actor}
		if steps[i].Peer != "" {
			a.to = place(steps[i].Peer)
		}
		switch steps[i].Kind {
		case model.Deliver.String():
			a.from, a.to = a.to, a.from
		case model.Fault.String():
			a.lost = a.from != a.to
		}
		arrows = append(arrows, a)
	}
	return names, arrows
}

// besideArrow returns what happens; where the arrow does not start at who acts,
// with who does.
func (s *Step) besideArrow() string {
	if s.Kind == model.Deliver.String() && s.Peer != "" && s.Actor != "" {
		return s.Actor + ": " + s.label()
	}
	return s.label()
}

const (
	gutter  = 6  // columns for the number of a step
	nameMax = 24 // columns for the name of a participant
	gapMin  = 10 // columns between two lifelines
)

// Sequence writes a sequence diagram for terminals: a lifeline for each
// participant, and for each step an arrow to its peer, an arrow that stops
// half way for what a fault destroys, or a star.
func Sequence(w io.Writer, d *Document) error {
	names, arrows := lifelines(d.Steps)
	for i, name := range names {
		names[i] = cut(printable(name), nameMax)
	}
	at := columns(names)
	var p page
	p.line("%s", d.title())
	p.line("")
	if len(names) > 0 {
		p.line("%s", heads(names, at))
		p.line("%s", string(lines(at)))
	}
	for i, a := range arrows {
		if i == d.Loop {
			p.line("%s  -- the loop begins --", string(lines(at)))
		}
		p.line("%s", draw(i+1, a, at)+"  "+d.Steps[i].besideArrow())
	}
	if d.Loop != traces.Finite {
		p.line("%*s%s", gutter, "", d.ending())
	}
	return p.writeTo(w)
}

// columns returns the column of each lifeline, so that the names above them
// do not touch.
func columns(names []string) (at []int) {
	for i, name := range names {
		half := len([]rune(name)) / 2
		if i == 0 {
			at = append(at, gutter+half)
			continue
		}
		before := len([]rune(names[i-1]))
		at = append(at, at[i-1]+max(gapMin, before-before/2+half+2))
	}
	return at
}

// heads returns the names, each centred above its lifeline.
func heads(names []string, at []int) string {
	var b strings.Builder
	col := 0
	for i, name := range names {
		width := len([]rune(name))
		begin := at[i] - width/2
		fmt.Fprintf(&b, "%*s%s", begin-col, "", name)
		col = begin + width
	}
	return b.String()
}

// lines returns a row with nothing but lifelines.
func lines(at []int) []byte {
	row := []byte(strings.Repeat(" ", slices.Max(append(at, 0))+1))
	for _, col := range at {
		row[col] = '|'
	}
	return row
}

// draw returns the row of step number n.
func draw(n int, a arrow, at []int) string {
	row := lines(at)
	copy(row, fmt.Sprintf("%*d", gutter-2, n))
	from, to := at[a.from], at[a.to]
	if from == to {
		row[from] = '*'
		return string(row)
	}
	tip, toward := byte('>'), 1
	if to < from {
		tip, toward = '<', -1
	}
	end := to - toward
	if a.lost {
		tip, end = 'x', from+(to-from)/2
	}
	for col := from + toward; col != end; col += toward {
		row[col] = '-'
	}
	row[end] = tip
	return string(row)
}

// cut returns s with at most width characters, the last of them an ellipsis if
// something had to go.
func cut(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	return string(runes[:width-1]) + "…"
}
