package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Pos is a place in a file; both count from 1, columns in bytes. The zero
// Pos is no place.
type Pos struct{ Line, Column int }

func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// kind is the type of a JSON value.
type kind uint8

const (
	object kind = iota
	array
	text
	number
	literal // true, false, null
)

var kindNames = [...]string{"an object", "an array", "a string", "a number", "true, false or null"}

func (k kind) String() string { return kindNames[k] }

// A node is a JSON value with its place in the file. The reader makes nodes
// from bytes and the writer bytes from nodes, so both see one tree.
type node struct {
	kind  kind
	open  bool // to be written with one item a line even where it fits on one
	at    Pos
	text  string // of a string, decoded; of a number or literal, as written
	keys  []key  // of an object, one per item
	items []node
}

type key struct {
	name string
	at   Pos
}

// get returns the member of an object with that name, or nil.
func (n *node) get(name string) *node {
	for i := range n.keys {
		if n.keys[i].name == name {
			return &n.items[i]
		}
	}
	return nil
}

// set appends a member.
func (n *node) set(name string, value node) {
	n.keys = append(n.keys, key{name: name})
	n.items = append(n.items, value)
}

// say appends a string member unless it is empty.
func (n *node) say(name, value string) {
	if value != "" {
		n.set(name, textNode(value))
	}
}

// textNode and numberNode return the scalars that our files are made of.
func textNode(s string) node { return node{kind: text, text: s} }

func numberNode(i int) node { return node{kind: number, text: fmt.Sprint(i)} }

// lineMax is the width up to which a value stays on one line. People read these
// files and their diffs: a field that changes should be one line that changes.
const lineMax = 120

// append writes n indented by depth levels, on one line if that fits behind
// what the line already holds and n does not ask for more.
func (n *node) append(b []byte, depth, used int) []byte {
	if len(n.items) == 0 {
		return n.appendFlat(b, math.MaxInt)
	}
	if begin, room := len(b), lineMax-2*depth-used; !n.open && room > 0 {
		if b = n.appendFlat(b, begin+room); len(b) <= begin+room {
			return b
		}
		b = b[:begin]
	}
	brackets := "[]"
	if n.kind == object {
		brackets = "{}"
	}
	b = append(b, brackets[0])
	for i := range n.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = newline(b, depth+1)
		start := len(b)
		if n.kind == object {
			b = append(appendQuoted(b, n.keys[i].name), ": "...)
		}
		b = n.items[i].append(b, depth+1, len(b)-start)
	}
	return append(newline(b, depth), brackets[1])
}

// newline begins a line of that depth.
func newline(b []byte, depth int) []byte {
	b = append(b, '\n')
	for range depth {
		b = append(b, "  "...)
	}
	return b
}

// appendFlat writes n on one line. It may stop early once b is longer than
// limit; the caller then has no use for the rest.
func (n *node) appendFlat(b []byte, limit int) []byte {
	switch n.kind {
	case text:
		return appendQuoted(b, n.text)
	case number, literal:
		return append(b, n.text...)
	}
	brackets := "[]"
	if n.kind == object {
		brackets = "{}"
	}
	b = append(b, brackets[0])
	for i := range n.items {
		if len(b) > limit {
			return b
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		if n.kind == object {
			b = append(appendQuoted(b, n.keys[i].name), ": "...)
		}
		b = n.items[i].appendFlat(b, limit)
	}
	return append(b, brackets[1])
}

// appendQuoted writes s as a JSON string, with nothing escaped that need not
// be: the files are for people too.
func appendQuoted(b []byte, s string) []byte {
	plain := func(r rune) bool { return r >= ' ' && r < utf8.RuneSelf && r != '"' && r != '\\' }
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return append(append(append(b, '"'), s...), '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("codec: a string that encoding/json cannot encode: " + err.Error())
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// sortFields puts the members of every object in order of their names.
func sortFields(n *node) {
	for i := range n.items {
		sortFields(&n.items[i])
	}
	if n.kind != object {
		return
	}
	order := make([]int, len(n.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(n.keys[a].name, n.keys[b].name) })
	keys, items := make([]key, len(order)), make([]node, len(order))
	for to, from := range order {
		keys[to], items[to] = n.keys[from], n.items[from]
	}
	n.keys, n.items = keys, items
}

// locate returns the place of what path, as model.Diff writes paths, leads to
// below n, or of the innermost value on the way there that exists.
func locate(n *node, path string) Pos {
	// Paths are for people: a name with a dot or bracket in it, as only other
	// tools have, leads no further than to its record.
	for path != "" && n != nil {
		at := n.at
		switch {
		case path[0] == '.':
			path = path[1:]
			continue
		case path[0] == '[':
			inside, rest, _ := strings.Cut(path[1:], "]")
			i, err := strconv.Atoi(inside)
			if n.kind != array || err != nil || i < 0 || i >= len(n.items) {
				return at
			}
			n, path = &n.items[i], rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			next := n.get(path[:end])
			if next == nil {
				return at
			}
			n, path = next, path[end:]
		}
	}
	return n.at
}
