package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/quiesce/quiesce/properties"
)

// A screen is where text for people goes: how wide it is and whether it takes
// colour. Anything but a terminal is 80 columns without colour, so that what
// is written to a file does not depend on the window it was written from.
type screen struct {
	io.Writer
	width    int
	colour   bool
	terminal bool
}

// Text wider than this is hard to read however wide the window is.
const (
	usualWidth = 80
	mostWidth  = 120
	leastWidth = 40
)

// newScreen looks at what w is. The environment is asked here and nowhere else.
func newScreen(w io.Writer) screen {
	s := screen{Writer: w, width: usualWidth}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	s.terminal = true
	// https://no-color.org: any value but the empty one.
	s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		s.width = min(max(width, leastWidth), mostWidth)
	}
	return s
}

// An ink is a parameter of the terminal's "select graphic rendition".
type ink string

const (
	plain  ink = ""
	bold   ink = "1"
	faint  ink = "2"
	red    ink = "1;31"
	green  ink = "32"
	yellow ink = "33"
)

// paint returns text in ink if the screen takes colour.
func (s *screen) paint(text string, i ink) string {
	if !s.colour || i == plain {
		return text
	}
	return "\x1b[" + string(i) + "m" + text + "\x1b[0m"
}

// inkOf returns green for good news alone: what was not decided is no success.
func inkOf(o properties.Outcome) ink {
	switch o {
	case properties.Holds:
		return green
	case properties.Violated:
		return red
	}
	return yellow
}

// A cell is text of one ink, to be wrapped in a column.
type cell struct {
	text string
	ink  ink
}

// columns writes rows of cells side by side after indent, two blanks apart. A
// column is as wide as its widest cell, but no wider than half the screen; the
// last has what is left.
func (s *screen) columns(indent string, rows [][]cell) string {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = min(max(widths[i], utf8.RuneCountInString(c.text)), s.width/2)
		}
	}
	left := s.width - len(indent)
	for i := range widths {
		if i == len(widths)-1 {
			widths[i] = max(left, leastWidth/2)
		}
		left -= widths[i] + 2
	}
	var b strings.Builder
	for _, row := range rows {
		s.row(&b, indent, row, widths)
	}
	return b.String()
}

// row writes one row, as many lines high as its highest cell. Blanks are written
// only before text, so that no line ends in them.
func (s *screen) row(b *strings.Builder, indent string, row []cell, widths []int) {
	lines := make([][]string, len(row))
	height := 0
	for i, c := range row {
		lines[i] = wrap(c.text, widths[i])
		height = max(height, len(lines[i]))
	}
	for y := range height {
		blanks := len(indent)
		for i, c := range row {
			text := ""
			if y < len(lines[i]) {
				text = lines[i][y]
			}
			if text != "" {
				b.WriteString(strings.Repeat(" ", blanks))
				b.WriteString(s.paint(text, c.ink))
				blanks = 0
			}
			blanks += widths[i] - utf8.RuneCountInString(text) + 2
		}
		b.WriteByte('\n')
	}
}

// unbroken returns name so that no line ends within it.
func unbroken(name string) string { return strings.ReplaceAll(name, " ", "\u00a0") }

// joined returns names separated by commas, each of them unbroken.
func joined(names []string) string {
	return strings.ReplaceAll(unbroken(strings.Join(names, "\n")), "\n", ", ")
}

// wrap breaks text at blanks into lines of at most width runes. A longer word
// has a line of its own: names must stay whole to be copied.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += strings.ReplaceAll(word, "\u00a0", " ")
	}
	return append(lines, line)
}

// paragraph writes text wrapped to the screen, every line after indent.
func (s *screen) paragraph(indent, text string) string {
	var b strings.Builder
	for _, line := range wrap(text, s.width-len(indent)) {
		b.WriteString(indent + line + "\n")
	}
	return b.String()
}
