package codec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// differences returns the smallest parts in which what a file records differs
// from what the model has. The order of fields in a record does not matter:
// other programs sort them.
func differences(recorded, have model.Value) []model.Change {
	return model.Diff(align(recorded, have), have)
}

// align returns v with the fields of its records in the order of like, as far
// as they are the same fields.
func align(v, like model.Value) model.Value {
	if v.Shape != like.Shape || len(v.Items) != len(like.Items) {
		return v
	}
	out := model.Value{Shape: v.Shape, Text: v.Text, Names: v.Names}
	if v.Shape != model.Record {
		for i := range v.Items {
			out.Items = append(out.Items, align(v.Items[i], like.Items[i]))
		}
		return out
	}
	for i, name := range like.Names {
		at := slices.Index(v.Names, name)
		if at < 0 {
			return v
		}
		out.Items = append(out.Items, align(v.Items[at], like.Items[i]))
	}
	out.Names = like.Names
	return out
}

// inWords returns the first differences as the end of a sentence.
func inWords(diff []model.Change) string {
	var parts []string
	for i, c := range diff {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and %d more", len(diff)-i))
			break
		}
		path := c.Path
		if path == "" {
			path = "it"
		}
		parts = append(parts, fmt.Sprintf("%s is %s, not %s", path, c.To, c.From))
	}
	if parts == nil {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// state returns the node of state i, or nil if the file has none: the document
// was not read, or the loop of another tool's file closes without saying so.
func (o *origin) state(i int) *node {
	if i >= len(o.states) {
		return nil
	}
	return &o.states[i]
}

// placeOfField returns where the first of the differing fields of state i is.
func (d *Document) placeOfField(i int, diff []model.Change) Pos {
	state := d.origin.state(i)
	if state == nil {
		return d.origin.loop
	}
	if len(diff) == 0 {
		return state.at
	}
	return locate(state, diff[0].Path)
}

// placeOfAction returns where step i says which action it is.
func (d *Document) placeOfAction(i int) Pos { return d.placeOfMeta(i, "action") }

// placeOfMeta returns where the #meta of step i has field name.
func (d *Document) placeOfMeta(i int, name string) Pos {
	state := d.origin.state(i + 1)
	if state == nil {
		return d.origin.loop
	}
	if meta := state.get("#meta"); meta != nil && meta.kind == object {
		return locate(meta, name)
	}
	return locate(state, actionTaken)
}

// echoes reports whether the variables by which other tools know the action
// that led to state i agree with our own account of it; if not, where.
func (d *Document) echoes(i int) (at Pos, ok bool) {
	state := d.origin.state(i)
	if state == nil || d.Foreign() || !d.named() {
		return Pos{}, true
	}
	name := initAction
	if i > 0 {
		name = d.Steps[i-1].Name
	}
	taken, picks := state.get(actionTaken), state.get(nondetPicks)
	if taken.text != name {
		return taken.at, false
	}
	var in reader // what it might complain of, Read has
	if diff := differences(canonical(in.value(picks)), d.picks(i)); len(diff) > 0 {
		return locate(picks, diff[0].Path), false
	}
	return Pos{}, true
}

const noEcho = actionTaken + " and " + nondetPicks + " do not say the same as the action under #meta"
