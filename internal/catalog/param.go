package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Type is what values a parameter may take.
type Type uint8

const (
	Int  Type = iota // an integer from Min to Max
	Bool             // true or false
	Word             // one of Words
)

// A Param is something about a spec that its user may choose. It is data, so
// that flags, variant files, completion and help all say the same about it.
type Param struct {
	Name     string // in a variant file, dots in it may be written as nesting
	Sentence string // one line: what it changes
	Type     Type
	Min, Max int      // of an Int, both included
	Words    []string // of a Word
	Default  any      // int, bool or string
}

// number returns a parameter that is an integer from least to most.
func number(name string, def, least, most int, sentence string) Param {
	return Param{Name: name, Sentence: sentence, Type: Int, Min: least, Max: most, Default: def}
}

// word returns a parameter whose default is the first of its words.
func word(name string, words []string, sentence string) Param {
	return Param{Name: name, Sentence: sentence, Type: Word, Words: words, Default: words[0]}
}

// Allowed says what values p may take, to complete "wants …".
func (p *Param) Allowed() string {
	switch p.Type {
	case Int:
		return fmt.Sprintf("an integer from %d to %d", p.Min, p.Max)
	case Bool:
		return "true or false"
	}
	return "one of " + strings.Join(p.Words, ", ")
}

// Parse returns the value that text writes: an int, a bool or a string. The
// error says what would be right.
func (p *Param) Parse(text string) (any, error) {
	switch p.Type {
	case Int:
		// Atoi takes +7 and 007 too; one value has one spelling here.
		if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text && n >= p.Min && n <= p.Max {
			return n, nil
		}
	case Bool:
		if text == "true" || text == "false" {
			return text == "true", nil
		}
	case Word:
		if slices.Contains(p.Words, text) {
			return text, nil
		}
	}
	return nil, fmt.Errorf("%s wants %s, not %s", p.Name, p.Allowed(), quoted(text))
}

// quoted returns text as a message shows it: numbers and plain words bare,
// the rest so that blanks, bytes that are no text, and length cannot mislead.
func quoted(text string) string {
	const most = 40
	cut := ""
	if runes := []rune(text); len(runes) > most {
		text, cut = string(runes[:most]), "…"
	}
	if q := strconv.Quote(text); q != `"`+text+`"` || text == "" || strings.ContainsAny(text, " ,;:") {
		return q + cut
	}
	return text + cut
}
