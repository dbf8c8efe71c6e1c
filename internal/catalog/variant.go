package catalog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxVariantBytes is the largest variant file that is read.
const MaxVariantBytes = 64 << 10

// A Variant is a set of parameters read from a YAML file. It is not yet
// compared with what a spec takes: the file may say which spec it is for.
type Variant struct {
	File string // for messages
	Spec string // the value of the key spec; empty if the file has none

	fields []field
	delays []field // under the key delays, which only a simulation reads; named without it
	spec   place
	faults []fault // of the file by itself, whatever the spec
}

// A field is a scalar of the file under the dotted path of its keys.
type field struct {
	name string
	node *yaml.Node
	place
}

// A place is where something is written; line and column count from 1.
type place struct{ line, column int }

// A fault is what is wrong at a place.
type fault struct {
	place
	text string
}

// ReadVariant reads a variant file. Only what a set of parameters needs is
// taken: one document, mappings and scalars. Anchors, tags and lists are
// faults, so that a file cannot be larger in memory than it looks. Errors
// start with file:line:column. They are here only about what is no YAML;
// Entry.Values returns all other faults together.
func ReadVariant(file string, r io.Reader) (*Variant, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxVariantBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxVariantBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes, which no variant file needs", file, MaxVariantBytes)
	}
	root, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	v := &Variant{File: file}
	if root == nil {
		return v, nil // nothing but comments: every parameter keeps its default
	}
	w := walk{variant: v, seen: make(map[string]place)}
	w.mapping("", root, 0)
	return v, nil
}

// parse returns the root of the only document of data, nil if there is none.
func parse(file string, data []byte) (*yaml.Node, error) {
	if at := invalid(data); at >= 0 {
		before := data[:at]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		return nil, fmt.Errorf("%s:%d:%d: byte %#x is not UTF-8 text", file, line, column, data[at])
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var doc, next yaml.Node
	switch err := loader.Load(&doc); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, syntax(file, err)
	}
	switch err := loader.Load(&next); {
	case err == nil:
		return nil, fmt.Errorf("%s:%d:%d: a second document; a variant file has one", file, next.Line, next.Column)
	case err != io.EOF:
		return nil, syntax(file, err)
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d:%d: %s; a variant file is a mapping such as \"workers: 2\"",
			file, root.Line, root.Column, kind(root))
	}
	return root, nil
}

// invalid returns the index of the first byte that is not UTF-8, or -1.
func invalid(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// syntax puts the position of a YAML error where all our messages have it.
func syntax(file string, err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) || load.Mark.Line == 0 {
		return fmt.Errorf("%s: not YAML: %w", file, err)
	}
	context := ""
	if from := load.ContextMark.Line; load.ContextMsg != "" && from > 0 && from < load.Mark.Line {
		context = fmt.Sprintf("%s that starts in line %d: ", load.ContextMsg, from)
	}
	return fmt.Errorf("%s:%d:%d: not YAML: %s%s", file, load.Mark.Line, max(load.Mark.Column, 1), context, load.Message)
}

// walk collects the scalars of a document under their dotted names.
type walk struct {
	variant *Variant
	seen    map[string]place
}

// No parameter is nested deeper than this.
const maxNesting = 8

// mapping collects what n says under prefix, which is empty or ends in a dot.
func (w *walk) mapping(prefix string, n *yaml.Node, depth int) {
	if depth == maxNesting {
		w.at(n, "nested deeper than any parameter")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" || !plainNode(key) {
			w.at(key, "the key is not the name of a parameter")
			continue
		}
		name := prefix + key.Value
		if !plainNode(value) {
			w.at(value, "%s has an anchor, an alias or a tag; write the value itself", quoted(name))
			continue
		}
		switch value.Kind {
		case yaml.MappingNode:
			w.mapping(name+".", value, depth+1)
		case yaml.ScalarNode:
			w.scalar(name, key, value)
		default:
			w.at(value, "%s is %s; a parameter is a single value", quoted(name), kind(value))
		}
	}
}

// scalar collects one value. The first of two counts, and the second is a fault.
func (w *walk) scalar(name string, key, value *yaml.Node) {
	here := place{key.Line, key.Column}
	if first, again := w.seen[name]; again {
		w.at(key, "%s is set twice, first in line %d", quoted(name), first.line)
		return
	}
	w.seen[name] = here
	if timed, is := strings.CutPrefix(name, delayPrefix); is {
		w.variant.delays = append(w.variant.delays, field{timed, value, here})
		return
	}
	if name != "spec" {
		w.variant.fields = append(w.variant.fields, field{name, value, here})
		return
	}
	if value.ShortTag() != "!!str" || value.Value == "" {
		w.at(value, "spec wants the name of a spec")
		return
	}
	w.variant.Spec, w.variant.spec = value.Value, place{value.Line, value.Column}
}

func (w *walk) at(n *yaml.Node, format string, args ...any) {
	w.variant.faults = append(w.variant.faults, fault{place{n.Line, n.Column}, fmt.Sprintf(format, args...)})
}

// plainNode reports whether n is written without the parts of YAML that
// parameters have no use for.
func plainNode(n *yaml.Node) bool {
	return n.Anchor == "" && n.Kind != yaml.AliasNode && n.Style&yaml.TaggedStyle == 0
}

// Blame puts before an error that a spec gave for its values the place of the
// first setting of the file that it names. An error that names none is returned
// as it is.
func (v *Variant) Blame(err error) error {
	if v == nil {
		return err
	}
	named := strings.FieldsFunc(err.Error(), func(r rune) bool { return strings.ContainsRune(" :,=", r) })
	for _, f := range v.fields {
		if slices.Contains(named, f.name) {
			return fmt.Errorf("%s:%d:%d: %w", v.File, f.line, f.column, err)
		}
	}
	return err
}

// apply sets the values that the file gives and says where it is wrong for e.
func (v *Variant) apply(e *Entry, out Values, wrong *mistakes) {
	faults := slices.Clone(v.faults)
	if v.Spec != "" && v.Spec != e.Name {
		// What it says about another spec's parameters does not matter.
		faults = []fault{{v.spec, fmt.Sprintf("the file is for spec %s, not for %s", quoted(v.Spec), e.Name)}}
	} else {
		for _, f := range v.fields {
			if at, err := f.set(e, out); err != nil {
				faults = append(faults, fault{at, err.Error()})
			}
		}
	}
	slices.SortStableFunc(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	for _, f := range faults {
		wrong.add("%s:%d:%d: %s", v.File, f.line, f.column, f.text)
	}
}

// set sets the parameter that f is about. If f is wrong it says where.
func (f *field) set(e *Entry, out Values) (place, error) {
	i := out.index(f.name)
	if i < 0 {
		return f.place, errors.New(e.unknown(f.name))
	}
	p := &e.Params[i]
	at := place{f.node.Line, f.node.Column}
	value, err := p.Parse(f.node.Value)
	if err != nil {
		return at, err
	}
	if !p.written(f.node) {
		return at, fmt.Errorf("%s wants %s, not the text %q: drop the quotes", p.Name, p.Allowed(), f.node.Value)
	}
	out[i].Value = value
	return at, nil
}

// written reports whether n has the YAML type of p. A word may look like a
// number or a truth value: version 3.10 is not 3.1.
func (p *Param) written(n *yaml.Node) bool {
	switch p.Type {
	case Int:
		return n.ShortTag() == "!!int"
	case Bool:
		return n.ShortTag() == "!!bool"
	}
	return true
}

// kind says what n is, for people who do not speak YAML.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	case yaml.AliasNode:
		return "an alias"
	}
	return "the value " + quoted(strings.TrimSpace(n.Value))
}
