package model

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Shape is the form of a Value.
type Shape uint8

const (
	Record Shape = iota // Names and Items, one per field
	List                // Items, in order
	Set                 // Items, in order of the model's own view
	Word                // Text: the name of an enum value
	Number              // Text: a decimal integer
	Truth               // Text: "true" or "false"
)

// A Value is how a state, an action or a part of one looks to people and to
// files. It is made by reflection, in one place, outside every hot loop.
type Value struct {
	Shape Shape
	Text  string
	Names []string
	Items []Value
}

// A Viewer is a type whose natural form is not that of its memory, such as a
// set kept in a bit mask. View returns what is shown instead: a Value as it is,
// a slice as a set, anything else as if it stood there itself.
type Viewer interface{ View() any }

// View returns the value of v: structs become records of their fields, arrays
// lists, integers with a String method words.
func View(v any) Value { return view(reflect.ValueOf(v)) }

func view(v reflect.Value) Value {
	if v.CanInterface() {
		if own, ok := v.Interface().(Viewer); ok {
			instead := own.View()
			if shown, ok := instead.(Value); ok {
				return shown
			}
			shown := view(reflect.ValueOf(instead))
			if reflect.TypeOf(instead).Kind() == reflect.Slice {
				shown.Shape = Set
			}
			return shown
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		out := Value{Shape: Record}
		for f, field := range v.Fields() {
			out.Names = append(out.Names, f.Name)
			out.Items = append(out.Items, view(field))
		}
		return out
	case reflect.Array, reflect.Slice:
		out := Value{Shape: List}
		for i := range v.Len() {
			out.Items = append(out.Items, view(v.Index(i)))
		}
		return out
	case reflect.Bool:
		return Value{Shape: Truth, Text: strconv.FormatBool(v.Bool())}
	}
	return scalar(v)
}

func scalar(v reflect.Value) Value {
	if v.CanInterface() {
		if s, ok := v.Interface().(fmt.Stringer); ok {
			return Value{Shape: Word, Text: s.String()}
		}
	}
	switch {
	case v.CanInt():
		return Value{Shape: Number, Text: strconv.FormatInt(v.Int(), 10)}
	case v.CanUint():
		return Value{Shape: Number, Text: strconv.FormatUint(v.Uint(), 10)}
	}
	return Value{Shape: Word, Text: fmt.Sprintf("<%s>", v.Type())}
}

// String returns v on one line, as {Name: value, …}, [a, b] or the bare text.
func (v Value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v Value) write(b *strings.Builder) {
	brackets := ""
	switch v.Shape {
	case Record, Set:
		brackets = "{}"
	case List:
		brackets = "[]"
	default:
		b.WriteString(v.Text)
		return
	}
	b.WriteByte(brackets[0])
	for i, item := range v.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		if v.Shape == Record {
			b.WriteString(v.Names[i])
			b.WriteString(": ")
		}
		item.write(b)
	}
	b.WriteByte(brackets[1])
}

// Equal reports whether v and w look the same.
func (v Value) Equal(w Value) bool {
	if v.Shape != w.Shape || v.Text != w.Text || len(v.Items) != len(w.Items) {
		return false
	}
	for i := range v.Items {
		if v.Shape == Record && v.Names[i] != w.Names[i] || !v.Items[i].Equal(w.Items[i]) {
			return false
		}
	}
	return true
}

// A Change is one field that differs between two values.
type Change struct {
	Path     string // such as Workers[0].State
	From, To string
}

// Diff returns the smallest fields in which from and to differ, in the order
// of their type. Sets, lists of different length and records with different
// fields are compared as a whole.
func Diff(from, to Value) []Change {
	var out []Change
	diff("", from, to, &out)
	return out
}

func diff(path string, from, to Value, out *[]Change) {
	if from.Equal(to) {
		return
	}
	same := from.Shape == to.Shape && len(from.Items) == len(to.Items) && slices.Equal(from.Names, to.Names)
	switch {
	case same && from.Shape == Record:
		for i, name := range from.Names {
			at := name
			if path != "" {
				at = path + "." + name
			}
			diff(at, from.Items[i], to.Items[i], out)
		}
	case same && from.Shape == List:
		for i := range from.Items {
			diff(path+"["+strconv.Itoa(i)+"]", from.Items[i], to.Items[i], out)
		}
	default:
		*out = append(*out, Change{path, from.String(), to.String()})
	}
}
