package codec

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of what Read accepts. They bound its memory, whoever wrote the file: at
// its peak twice the file and about 500 bytes for each value in it, 300 MB in all.
const (
	MaxBytes  = 32 << 20 // of the file
	MaxValues = 1 << 19  // JSON values in the file, keys not counted
	MaxStates = 100_000  // in the trace
	MaxVars   = 500      // fields of a state
	MaxDepth  = 100      // of values within values
	MaxDigits = 1000     // of one number
)

// An Error says what is wrong with a file, where, and what would be right.
type Error struct {
	File string
	At   Pos
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%s: %s", e.File, e.At, e.What) }

// A scanner reads JSON (RFC 8259) into nodes. encoding/json would accept
// duplicate keys and broken UTF-8 and forget where things were.
type scanner struct {
	file   string
	src    []byte
	off    int
	line   int // counts from 0
	start  int // offset of the line's first byte
	values int // so far
}

// scan returns the one value that src holds.
func scan(file string, src []byte) (node, error) {
	s := &scanner{file: file, src: src}
	if bytes.HasPrefix(src, []byte("\uFEFF")) {
		return node{}, s.fail("the file begins with a byte order mark; JSON is plain UTF-8 without one")
	}
	s.space()
	if s.off == len(src) {
		return node{}, s.fail("the file is empty; a trace is a JSON object")
	}
	root, err := s.value(1)
	if err != nil {
		return node{}, err
	}
	s.space()
	if s.off < len(src) {
		return node{}, s.fail("%s after the end of the trace; a file holds one trace", s.found())
	}
	return root, nil
}

// fail returns an error at the current place.
func (s *scanner) fail(format string, args ...any) error {
	return s.failAt(s.pos(), format, args...)
}

func (s *scanner) failAt(at Pos, format string, args ...any) error {
	return &Error{s.file, at, fmt.Sprintf(format, args...)}
}

func (s *scanner) pos() Pos { return Pos{s.line + 1, s.off - s.start + 1} }

// found names what stands at the current place, for messages.
func (s *scanner) found() string {
	if s.off >= len(s.src) {
		return "the end of the file"
	}
	r, size := utf8.DecodeRune(s.src[s.off:])
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("byte 0x%02X, which is not UTF-8,", s.src[s.off])
	}
	return fmt.Sprintf("%q", r)
}

// space skips white space. Strings hold no line breaks and no other token does,
// so this is the one place where lines are counted.
func (s *scanner) space() {
	for s.off < len(s.src) {
		switch s.src[s.off] {
		case '\n':
			s.line++
			s.start = s.off + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		s.off++
	}
}

// peek returns the next byte, or 0 at the end; no JSON token begins with 0.
func (s *scanner) peek() byte {
	if s.off < len(s.src) {
		return s.src[s.off]
	}
	return 0
}

// value reads a value that is depth levels deep. It alone recurses, so the limit
// of depth bounds the stack, and it alone makes nodes, so the limit of values
// bounds the tree.
func (s *scanner) value(depth int) (node, error) {
	if s.values++; s.values > MaxValues {
		return node{}, s.fail("more than %d values; traces this large are not read", MaxValues)
	}
	if depth > MaxDepth {
		return node{}, s.fail("nested more than %d deep", MaxDepth)
	}
	n := node{at: s.pos()}
	var err error
	switch c := s.peek(); {
	case c == '{':
		n.kind = object
		err = s.members(&n, depth)
	case c == '[':
		n.kind = array
		err = s.elements(&n, depth)
	case c == '"':
		n.kind = text
		n.text, err = s.str()
	case c == '-' || c >= '0' && c <= '9':
		n.kind = number
		n.text, err = s.number()
	default:
		n.kind = literal
		n.text, err = s.literal()
	}
	return n, err
}

// members reads an object. A key that comes twice is refused: JSON readers
// differ in which of the two they take.
func (s *scanner) members(n *node, depth int) error {
	first := make(map[string]Pos)
	return s.list(n, '}', func() error {
		k := key{at: s.pos()}
		if s.peek() != '"' {
			return s.fail("want a field name in double quotes, found %s", s.found())
		}
		var err error
		if k.name, err = s.str(); err != nil {
			return err
		}
		if at, twice := first[k.name]; twice {
			return s.failAt(k.at, "field %q is given twice; the first is at %s", k.name, at)
		}
		first[k.name] = k.at
		s.space()
		if s.peek() != ':' {
			return s.fail("want ':' after field %q, found %s", k.name, s.found())
		}
		s.off++
		s.space()
		item, err := s.value(depth + 1)
		n.keys, n.items = append(n.keys, k), append(n.items, item)
		return err
	})
}

// elements reads an array.
func (s *scanner) elements(n *node, depth int) error {
	return s.list(n, ']', func() error {
		item, err := s.value(depth + 1)
		n.items = append(n.items, item)
		return err
	})
}

// list reads what stands between the bracket at the current place and end:
// items separated by commas.
func (s *scanner) list(n *node, end byte, item func() error) error {
	s.off++
	s.space()
	if s.peek() == end {
		s.off++
		return nil
	}
	for s.off < len(s.src) {
		if err := item(); err != nil {
			return err
		}
		s.space()
		switch c := s.peek(); {
		case s.off == len(s.src):
			continue // out of the loop, to say so
		case c == end:
			s.off++
			return nil
		case c != ',':
			return s.fail("want ',' or '%c', found %s", end, s.found())
		}
		s.off++
		s.space()
	}
	return s.fail("the file ends within %s that begins at %s", n.kind, n.at)
}

// literal reads true, false or null, and complains of all that is no value.
func (s *scanner) literal() (string, error) {
	end := s.off
	for end < len(s.src) && s.src[end]|0x20 >= 'a' && s.src[end]|0x20 <= 'z' {
		end++
	}
	switch word := string(s.src[s.off:min(end, s.off+20)]); {
	case word == "true" || word == "false" || word == "null":
		s.off = end
		return word, nil
	case word == "":
		return "", s.fail("want a value, found %s", s.found())
	case end == len(s.src):
		return "", s.fail("the file ends within %q, which is no value", word)
	default:
		return "", s.fail("want a value, found %q; of words JSON has true, false and null", word)
	}
}

// number reads a number and keeps its letters: what it is worth depends on
// where it stands, and a float could not tell 2^53 from its neighbour.
func (s *scanner) number() (string, error) {
	begin, at := s.off, s.pos()
	if s.peek() == '-' {
		s.off++
	}
	zero := s.peek() == '0'
	whole := s.digits()
	if zero && whole > 1 {
		return "", s.failAt(at, "a number with a leading zero; JSON has none")
	}
	ok := whole > 0
	if s.peek() == '.' {
		s.off++
		ok = s.digits() > 0 && ok
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.off++
		if c := s.peek(); c == '+' || c == '-' {
			s.off++
		}
		ok = s.digits() > 0 && ok
	}
	if !ok {
		return "", s.fail("want a digit, found %s", s.found())
	}
	if s.off-begin > MaxDigits {
		return "", s.failAt(at, "a number of %d characters; at most %d are read", s.off-begin, MaxDigits)
	}
	return string(s.src[begin:s.off]), nil
}

// digits skips digits and returns how many there were.
func (s *scanner) digits() (count int) {
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.off++
		count++
	}
	return count
}

// str reads a string and decodes its escapes.
func (s *scanner) str() (string, error) {
	begin := s.pos()
	s.off++
	var b strings.Builder
	for plain := s.off; ; {
		c := s.peek()
		switch {
		case s.off == len(s.src):
			return "", s.fail("the file ends within a string that begins at %s", begin)
		case c == '"':
			b.Write(s.src[plain:s.off])
			s.off++
			return b.String(), nil
		case c < ' ':
			return "", s.fail("byte 0x%02X in a string; JSON writes it as \\u%04x", c, c)
		case c == '\\':
			b.Write(s.src[plain:s.off])
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			plain = s.off
		case c < utf8.RuneSelf:
			s.off++
		default:
			r, size := utf8.DecodeRune(s.src[s.off:])
			if r == utf8.RuneError && size == 1 {
				return "", s.fail("byte 0x%02X in a string is not UTF-8", c)
			}
			s.off += size
		}
	}
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads an escape sequence. Half of a surrogate pair is refused: there is
// no such character, and each JSON reader makes another one of it.
func (s *scanner) escape() (rune, error) {
	at := s.pos()
	s.off++
	c := s.peek()
	if r, ok := escapes[c]; ok {
		s.off++
		return r, nil
	}
	if c != 'u' {
		return 0, s.failAt(at, `\ before %s; JSON knows \" \\ \/ \b \f \n \r \t and \u`, s.found())
	}
	r, err := s.hex(at)
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if bytes.HasPrefix(s.src[s.off:], []byte(`\u`)) {
		s.off++
		low, err := s.hex(at)
		if err != nil {
			return 0, err
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, nil
		}
	}
	return 0, s.failAt(at, "half a surrogate pair; a character beyond \\uffff takes two escapes")
}

// hex reads the u of an escape and its four digits.
func (s *scanner) hex(at Pos) (rune, error) {
	s.off++
	var r rune
	for range 4 {
		d := strings.IndexByte("0123456789abcdef0123456789ABCDEF", s.peek())
		if d < 0 {
			return 0, s.failAt(at, "\\u takes four hexadecimal digits")
		}
		r = r<<4 | rune(d%16)
		s.off++
	}
	return r, nil
}
