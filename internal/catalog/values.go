package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Setting is a parameter with its value.
type Setting struct {
	Name    string
	Value   any // int, bool or string
	Default any // what the value is if nothing is said
}

// Values are the settings of all parameters of a spec, in their order.
type Values []Setting

// Int returns the value of an Int parameter. Like Bool and Word it panics if
// the spec has no such parameter: only the spec's own constructor asks.
func (v Values) Int(name string) int { return v[v.index(name)].Value.(int) }

// Bool returns the value of a Bool parameter.
func (v Values) Bool(name string) bool { return v[v.index(name)].Value.(bool) }

// Word returns the value of a Word parameter.
func (v Values) Word(name string) string { return v[v.index(name)].Value.(string) }

func (v Values) index(name string) int {
	return slices.IndexFunc(v, func(s Setting) bool { return s.Name == name })
}

// fewSettings is how many settings have room in a title.
const fewSettings = 8

// Title names a spec with its parameters. Of a spec with many, only those that
// are not as usual are named.
func Title(spec string, v Values) string {
	if len(v) > fewSettings {
		v = slices.DeleteFunc(slices.Clone(v), func(s Setting) bool { return s.Value == s.Default })
	}
	return strings.Join(append([]string{spec}, v.Strings()...), " ")
}

// Strings returns the settings as name=value, which --param takes.
func (v Values) Strings() []string {
	out := make([]string, len(v))
	for i, s := range v {
		out[i] = fmt.Sprintf("%s=%v", s.Name, s.Value)
	}
	return out
}

// MarshalJSON writes one object, in the order of the parameters.
func (v Values) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, s := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, s.Name)
		value, err := json.Marshal(s.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(out, ':'), value...)
	}
	return append(out, '}'), nil
}

// Values returns a value for every parameter of e: that of assignments, each
// name=value, else that of variant, which may be nil, else the default. The
// error names every mistake, each on a line.
func (e *Entry) Values(variant *Variant, assignments []string) (Values, error) {
	out := e.defaults()
	return out, e.change(out, variant, assignments)
}

// change sets in out what variant and then assignments say.
func (e *Entry) change(out Values, variant *Variant, assignments []string) error {
	var wrong mistakes
	if variant != nil {
		variant.apply(e, out, &wrong)
	}
	given := make(map[string]bool)
	for _, a := range assignments {
		name, text, ok := strings.Cut(a, "=")
		if !ok {
			wrong.add("--param %s: want NAME=VALUE", quoted(a))
			continue
		}
		if given[name] {
			wrong.add("--param %s: %s is given twice", quoted(a), name)
			continue
		}
		given[name] = true
		if err := e.assign(out, name, text); err != nil {
			wrong.add("--param %s: %v", quoted(a), err)
		}
	}
	return wrong.err()
}

// defaults returns the values that a spec has when nothing is said about them.
func (e *Entry) defaults() Values {
	out := make(Values, len(e.Params))
	for i, p := range e.Params {
		out[i] = Setting{p.Name, p.Default, p.Default}
	}
	return out
}

// assign sets one parameter from its text.
func (e *Entry) assign(out Values, name, text string) error {
	i := out.index(name)
	if i < 0 {
		return errors.New(e.unknown(name))
	}
	value, err := e.Params[i].Parse(text)
	if err != nil {
		return err
	}
	out[i].Value = value
	return nil
}

// unknown says that e has no such parameter, and which it has.
func (e *Entry) unknown(name string) string {
	if len(e.Params) == 0 {
		return fmt.Sprintf("%s has no parameter %s; it has none at all", e.Name, quoted(name))
	}
	names := make([]string, len(e.Params))
	for i, p := range e.Params {
		names[i] = p.Name
	}
	return fmt.Sprintf("%s has no parameter %s; it has %s", e.Name, quoted(name), strings.Join(names, ", "))
}

// mistakes collects what is wrong with an input, so that its author need not
// find out one run at a time. It keeps the first few: a hostile file can have
// as many as it has lines.
type mistakes struct {
	lines []string
	more  int
}

func (m *mistakes) add(format string, args ...any) {
	const most = 20
	if len(m.lines) == most {
		m.more++
		return
	}
	m.lines = append(m.lines, fmt.Sprintf(format, args...))
}

func (m *mistakes) err() error {
	if len(m.lines) == 0 {
		return nil
	}
	text := strings.Join(m.lines, "\n")
	if m.more > 0 {
		text += fmt.Sprintf("\nand %d more", m.more)
	}
	return errors.New(text)
}
