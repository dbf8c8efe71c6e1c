package codec

import (
	"math"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// What only other tools' files need: Apalache's and Quint's habits, and what
// ITF allowed before it settled. Values are read here for both.

// foreignHeader takes from another tool's #meta what fits ours.
func foreignHeader(d *Document, meta *node) {
	if meta == nil {
		return
	}
	if source := meta.get("source"); source != nil && source.kind == text {
		d.Spec = source.text
	}
	if tool := meta.get("description"); tool != nil && tool.kind == text {
		d.Tool = tool.text
	}
}

// params reads ITF's own parameters: names whose values the first state gives.
func (in *reader) params(d *Document, root *node) {
	params, states := root.get("params"), root.get("states")
	if params == nil || len(states.items) == 0 || !in.is(params, array, "params") {
		return
	}
	for i := range params.items {
		name := in.text(&params.items[i], "a name in params")
		if held := states.items[0].get(name); held != nil {
			d.Params = append(d.Params, Param{name, shown(canonical(in.value(held))).String()})
		}
	}
}

// taken reads the action of a step from the variables that Quint adds. A pick
// that was not made is None and is left out.
func (in *reader) taken(step *Step, state *node) {
	if name := state.get(actionTaken); name != nil && name.kind == text {
		step.Name = name.text
	}
	picks := state.get(nondetPicks)
	if step.Name == "" || picks == nil || picks.kind != object {
		return // choices of nothing say nothing
	}
	for i, k := range picks.keys {
		pick := in.value(&picks.items[i])
		if tag, held, is := variant(&pick); is && tag == "Some" {
			step.Action.Names = append(step.Action.Names, k.name)
			step.Action.Items = append(step.Action.Items, canonical(*held))
		}
	}
}

// variant takes {"tag": name, "value": held} apart.
func variant(v *model.Value) (tag string, held *model.Value, is bool) {
	if v.Shape != model.Record || len(v.Names) != 2 || v.Names[0] != "tag" || v.Names[1] != "value" ||
		v.Items[0].Shape != model.Word {
		return "", nil, false
	}
	return v.Items[0].Text, &v.Items[1], true
}

// value reads an expression of ITF. Our files write every integer as #bigint;
// the bare numbers of others are taken as they are.
func (in *reader) value(n *node) model.Value {
	switch n.kind {
	case text:
		return model.Value{Shape: model.Word, Text: n.text}
	case literal:
		if n.text == "null" {
			in.fail(n.at, "null is no value of a trace; ITF has booleans, strings, integers, lists, sets, tuples, maps and records")
		}
		return model.Value{Shape: model.Truth, Text: n.text}
	case number:
		return in.bare(n)
	case array:
		return model.Value{Shape: model.List, Items: in.all(n.items)}
	}
	if len(n.keys) == 1 && strings.HasPrefix(n.keys[0].name, "#") && n.keys[0].name != "#meta" {
		return in.form(n.keys[0], &n.items[0])
	}
	if tag := n.get("tag"); !in.strict && tag != nil && tag.kind == text && tag.text == "UNIT" {
		return unit() // Apalache has no empty tuple and writes this variant for it
	}
	v := model.Value{Shape: model.Record}
	for i, k := range n.keys {
		if strings.HasPrefix(k.name, "#") {
			if in.strict || k.name != "#meta" {
				in.fail(k.at, "field %q beside others; names with # are ITF's own", k.name)
			}
			continue
		}
		v.Names = append(v.Names, k.name)
		v.Items = append(v.Items, in.value(&n.items[i]))
	}
	return v
}

// unit is the empty tuple.
func unit() model.Value { return formed(formTuple, model.Value{Shape: model.List}) }

// formed returns held under the name of a form.
func formed(form string, held model.Value) model.Value {
	return model.Value{Shape: model.Record, Names: []string{form}, Items: []model.Value{held}}
}

// all reads expressions one after the other.
func (in *reader) all(items []node) []model.Value {
	values := make([]model.Value, len(items))
	for i := range items {
		values[i] = in.value(&items[i])
	}
	return values
}

// bare reads a JSON number. ITF allowed them once, and tools still write them.
func (in *reader) bare(n *node) model.Value {
	switch {
	case strings.ContainsAny(n.text, ".eE"):
		in.fail(n.at, "%s is not an integer; ITF has no other numbers", n.text)
	case in.strict:
		in.fail(n.at, `integers are written as {"#bigint": "%s"}`, n.text)
	case n.text == "-0":
		return model.Value{Shape: model.Number, Text: "0"}
	}
	return model.Value{Shape: model.Number, Text: n.text}
}

// form reads an object whose one field, such as #set, says what it is. Tuples,
// maps and what could not be written stay records, as value.go explains.
func (in *reader) form(k key, held *node) model.Value {
	switch k.name {
	case formInteger:
		return model.Value{Shape: model.Number, Text: in.integer(held)}
	case formOpaque:
		return formed(k.name, model.Value{Shape: model.Word, Text: in.text(held, k.name)})
	case formSet, formTuple, formMap:
		if !in.is(held, array, k.name) {
			return model.Value{}
		}
		items := in.all(held.items)
		if k.name == formSet {
			return in.set(held, items)
		}
		if k.name == formMap {
			in.pairs(held, items)
		}
		return formed(k.name, model.Value{Shape: model.List, Items: items})
	}
	in.fail(k.at, "unknown form %q; ITF has %s, %s, %s, %s and %s", k.name,
		formInteger, formSet, formTuple, formMap, formOpaque)
	return model.Value{}
}

// set checks that ours has no element twice; other tools may be careless.
func (in *reader) set(n *node, items []model.Value) model.Value {
	v := model.Value{Shape: model.Set, Items: items}
	if in.strict && len(canonical(v).Items) < len(items) {
		in.fail(n.at, "an element comes twice in a #set")
	}
	return v
}

// integer reads the digits of a #bigint of any length up to MaxDigits.
func (in *reader) integer(n *node) string {
	s := in.text(n, formInteger)
	digits, minus := strings.CutPrefix(s, "-")
	if in.err == nil && (digits == "" || strings.Trim(digits, "0123456789") != "") {
		in.fail(n.at, "%q is not an integer; want decimal digits, with - before them if negative", s)
	}
	if len(digits) > MaxDigits {
		in.fail(n.at, "a number of %d digits; at most %d are read", len(digits), MaxDigits)
	}
	short := strings.TrimLeft(digits, "0")
	if short == "" {
		short, minus = "0", false
	}
	if minus {
		short = "-" + short
	}
	if in.strict && short != s {
		in.fail(n.at, "integer %q is written %q", s, short)
	}
	return short
}

// pairs checks that a #map holds pairs with different keys.
func (in *reader) pairs(n *node, items []model.Value) {
	seen := make(map[string]Pos)
	for i := range items {
		if n.items[i].kind != array || len(n.items[i].items) != 2 {
			in.fail(n.items[i].at, "an entry of a #map is [key, value]")
			return
		}
		name := nodeOf(canonical(items[i].Items[0]))
		at := n.items[i].items[0].at
		flat := string(name.appendFlat(nil, math.MaxInt))
		if first, twice := seen[flat]; twice {
			in.fail(at, "key %s comes twice in a #map; the first is at %s", flat, first)
		}
		seen[flat] = at
	}
}
