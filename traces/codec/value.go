package codec

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// ITF has forms that model.Value has no shape for. They are kept as the records
// they are in the file, so that nothing is lost on the way through.
const (
	formInteger = "#bigint"
	formSet     = "#set"
	formTuple   = "#tup"
	formMap     = "#map"
	formOpaque  = "#unserializable"
)

// canonical returns v with sets sorted and without repetition, maps sorted by
// key, and texts of valid UTF-8. It shares nothing with v.
func canonical(v model.Value) model.Value {
	out := model.Value{Shape: v.Shape, Text: valid(v.Text), Names: slices.Clone(v.Names)}
	if len(v.Items) > 0 {
		out.Items = make([]model.Value, len(v.Items))
	}
	for i := range v.Items {
		out.Items[i] = canonical(v.Items[i])
	}
	if out.Shape == model.Set {
		slices.SortFunc(out.Items, compare)
		out.Items = slices.CompactFunc(out.Items, model.Value.Equal)
	}
	if pairs, is := formOf(&out, formMap); is {
		slices.SortFunc(pairs.Items, compare)
	}
	return out
}

// valid returns s with a replacement character for bytes that are not UTF-8:
// what a String method returns is not ours, and JSON has no other bytes.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// formOf returns what the one-field record v holds if its field is form.
func formOf(v *model.Value, form string) (*model.Value, bool) {
	if v.Shape != model.Record || len(v.Names) != 1 || v.Names[0] != form {
		return nil, false
	}
	return &v.Items[0], true
}

// compare orders values: by shape, numbers by size, all else lexicographically.
func compare(a, b model.Value) int {
	if c := cmp.Compare(a.Shape, b.Shape); c != 0 {
		return c
	}
	if a.Shape == model.Number {
		return compareNumbers(a.Text, b.Text)
	}
	if c := cmp.Compare(a.Text, b.Text); c != 0 {
		return c
	}
	if c := slices.Compare(a.Names, b.Names); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Items, b.Items, compare)
}

// compareNumbers orders decimal integers of any length without leading zeros.
func compareNumbers(a, b string) int {
	a, minusA := strings.CutPrefix(a, "-")
	b, minusB := strings.CutPrefix(b, "-")
	switch {
	case minusA && !minusB:
		return -1
	case minusB && !minusA:
		return +1
	case minusA:
		a, b = b, a
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// nodeOf returns v as ITF writes it; reader.value is its inverse.
func nodeOf(v model.Value) node {
	switch v.Shape {
	case model.Word:
		return textNode(v.Text)
	case model.Truth:
		return node{kind: literal, text: v.Text}
	case model.Number:
		return formNode(formInteger, textNode(v.Text))
	}
	out := node{kind: array, items: make([]node, len(v.Items))}
	for i, item := range v.Items {
		out.items[i] = nodeOf(item)
		// Records below each other, even where they fit beside each other: one
		// that changes is then one line of a diff, whatever its width.
		out.open = out.open || v.Shape == model.List && item.Shape == model.Record && len(item.Items) > 1
	}
	switch v.Shape {
	case model.Set:
		return formNode(formSet, out)
	case model.Record:
		out.kind = object
		for _, name := range v.Names {
			out.keys = append(out.keys, key{name: name})
		}
	}
	return out
}

// formNode returns held as an object that says what it is.
func formNode(form string, held node) node {
	n := node{kind: object}
	n.set(form, held)
	return n
}
