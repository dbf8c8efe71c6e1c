package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quiesce/quiesce/properties"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 6, []string{"one", "two", "three"}},
		{"unbelievably long", 5, []string{"unbelievably", "long"}},
		{"äöü → ß", 5, []string{"äöü →", "ß"}},
		{joined([]string{"WF(a b)", "WF(c d)"}), 9, []string{"WF(a b),", "WF(c d)"}},
	} {
		if got := wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestColumnsFitTheScreen(t *testing.T) {
	long := strings.Repeat("word ", 30)
	for _, width := range []int{leastWidth, usualWidth, mostWidth} {
		s := screen{width: width}
		text := s.columns("  ", [][]cell{{{"violated", red}, {long, bold}, {long, plain}}, {{"a", plain}, {"b", plain}, {"c", plain}}})
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for _, line := range lines {
			// The last column keeps half of the least width even where the others leave it less.
			if n := utf8.RuneCountInString(line); n > width && width > leastWidth || strings.HasSuffix(line, " ") {
				t.Errorf("width %d: %d runes in %q", width, n, line)
			}
		}
		if last := lines[len(lines)-1]; strings.Join(strings.Fields(last), "") != "abc" {
			t.Errorf("width %d: the last row is %q", width, last)
		}
		if got := strings.Count(text, "word"); got != 60 {
			t.Errorf("width %d: %d words, want 60", width, got)
		}
	}
}

func TestPaint(t *testing.T) {
	grey := screen{width: usualWidth}
	colour := screen{width: usualWidth, colour: true}
	if got := grey.paint("holds", inkOf(properties.Holds)); got != "holds" {
		t.Errorf("without colour: %q", got)
	}
	for o, want := range map[properties.Outcome]string{
		properties.Holds: "\x1b[32mx\x1b[0m", properties.Violated: "\x1b[1;31mx\x1b[0m",
		properties.Vacuous: "\x1b[33mx\x1b[0m", properties.Inconclusive: "\x1b[33mx\x1b[0m",
	} {
		if got := colour.paint("x", inkOf(o)); got != want {
			t.Errorf("%s is painted %q, want %q", o, got, want)
		}
	}
	// Colour must not change where columns are.
	rows := [][]cell{{{"holds", green}, {"a b c", bold}}, {{"violated", red}, {"d", plain}}}
	stripped := strings.NewReplacer("\x1b[32m", "", "\x1b[1;31m", "", "\x1b[1m", "", "\x1b[0m", "").Replace(colour.columns("", rows))
	if want := grey.columns("", rows); stripped != want {
		t.Errorf("with colour\n%s\nwithout\n%s", stripped, want)
	}
}

func TestWhatIsNoTerminal(t *testing.T) {
	s := newScreen(&bytes.Buffer{})
	if s.terminal || s.colour || s.width != usualWidth {
		t.Errorf("a buffer is a screen %+v", s)
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 2369355: "2,369,355", 1 << 63: "9,223,372,036,854,775,808"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
	if one, two := counted(1, "step"), counted(2000, "step"); one != "1 step" || two != "2,000 steps" {
		t.Errorf("%s, %s", one, two)
	}
}
