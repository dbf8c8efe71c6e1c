package codec

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// Open reads the trace in the file at path.
func Open(path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open trace: %w", err)
	}
	defer f.Close()
	return Read(f, path)
}

// Read reads a trace; name is what errors call the file. What r holds beyond
// the limits of this package is refused. Every fault of the file is an *Error
// with its place.
//
// A file that says it is ours is read strictly: all must be there, nothing may
// be there that we did not write. Any other ITF is read tolerantly, as
// [Document.Foreign] then reports: unknown fields are skipped, what ITF makes
// optional may be missing, integers may be bare numbers.
func Read(r io.Reader, name string) (*Document, error) {
	src, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(src) > MaxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes; traces this large are not read", name, MaxBytes)
	}
	root, err := scan(name, src)
	if err != nil {
		return nil, err
	}
	in := &reader{file: name}
	d := in.document(&root)
	if in.err != nil {
		return nil, in.err
	}
	return d, nil
}

// A reader makes a document of a tree. It remembers the first fault and goes
// on, so that the code reads like the format.
type reader struct {
	file   string
	strict bool // the file says it is ours
	err    error
}

// fail notes the first fault; what follows from it later is not worth saying.
func (in *reader) fail(at Pos, format string, args ...any) {
	if in.err == nil {
		in.err = &Error{in.file, at, fmt.Sprintf(format, args...)}
	}
}

// is reports whether n, called what, is of kind k; if not the file is at fault.
func (in *reader) is(n *node, k kind, what string) bool {
	if n.kind != k {
		in.fail(n.at, "%s is %s, want %s", what, n.kind, k)
	}
	return n.kind == k
}

// text returns the string n holds.
func (in *reader) text(n *node, what string) string {
	if n == nil || !in.is(n, text, what) {
		return ""
	}
	return n.text
}

// fields checks that n is an object that has the required fields and, if the
// file is ours, no fields but these and the optional ones.
func (in *reader) fields(n *node, what string, required, optional []string) bool {
	if !in.is(n, object, what) {
		return false
	}
	for _, name := range required {
		if n.get(name) == nil {
			in.fail(n.at, "%s has no field %q", what, name)
			return false
		}
	}
	for _, k := range n.keys {
		if in.strict && !slices.Contains(required, k.name) && !slices.Contains(optional, k.name) {
			in.fail(k.at, "%s has an unknown field %q; it may have %s", what, k.name,
				strings.Join(slices.Concat(required, optional), ", "))
			return false
		}
	}
	return true
}

// document reads the trace. Whether it is ours is decided first, since nearly
// everything depends on it; fields are looked up by name, in whatever order
// they come.
func (in *reader) document(root *node) *Document {
	d := &Document{Loop: traces.Finite, origin: origin{file: in.file}}
	in.strict = ours(root)
	d.origin.foreign = !in.strict
	required, optional := []string{"states"}, []string{}
	if in.strict {
		required, optional = []string{"#meta", "vars", "states"}, []string{"loop"}
	}
	if !in.fields(root, "the trace", required, optional) {
		return nil
	}
	if meta := root.get("#meta"); in.strict {
		in.header(d, meta)
	} else {
		foreignHeader(d, meta)
		in.params(d, root)
	}
	states := root.get("states")
	if !in.is(states, array, `"states"`) {
		return nil
	}
	switch count := len(states.items); {
	case count == 0:
		in.fail(states.at, "a trace has at least one state")
	case count > MaxStates:
		in.fail(states.at, "%d states; at most %d are read", count, MaxStates)
	default:
		in.states(d, root, states.items)
	}
	if loop := root.get("loop"); loop != nil && in.err == nil {
		in.loop(d, loop)
	}
	return d
}

// ours reports whether the file follows our schema, or did before somebody
// damaged it: a file with our marks is not to be read as if it had none.
func ours(root *node) bool {
	if root.kind != object {
		return false
	}
	if meta := root.get("#meta"); meta != nil && (meta.get("schema") != nil || meta.get("id") != nil) {
		return true
	}
	states := root.get("states")
	if states == nil || len(states.items) < 2 {
		return false
	}
	step := states.items[1].get("#meta")
	return step != nil && step.get("action") != nil
}

// header reads the #meta of a file of ours. The version comes first: a file of
// another one may well have fields unknown here, and that is not its fault.
func (in *reader) header(d *Document, meta *node) {
	if schema := meta.get("schema"); schema != nil && in.text(schema, "schema") != schemaName {
		in.fail(schema.at, "the file follows %q, this program reads %q", schema.text, schemaName)
	}
	if !in.fields(meta, "#meta", []string{"format", "schema", "id", "params"},
		[]string{"format-description", "spec", "property", "tool", "version"}) {
		return
	}
	if in.text(meta.get("format"), "format") != formatName {
		in.fail(meta.get("format").at, "format is not %q", formatName)
	}
	in.text(meta.get("format-description"), "format-description")
	id := meta.get("id")
	d.origin.id = in.text(id, "id")
	if len(d.origin.id) != 12 || strings.Trim(d.origin.id, "0123456789abcdef") != "" {
		in.fail(id.at, "id is %q, want twelve hexadecimal digits", d.origin.id)
	}
	d.Spec = in.text(meta.get("spec"), "spec")
	d.Tool = in.text(meta.get("tool"), "tool")
	d.Version = in.text(meta.get("version"), "version")
	if params := meta.get("params"); in.is(params, object, "params") {
		for i, k := range params.keys {
			d.Params = append(d.Params, Param{k.name, in.text(&params.items[i], "parameter "+k.name)})
		}
	}
	if claim := meta.get("property"); claim != nil {
		in.claim(d, claim)
	}
}

// claim reads what the trace is said to be evidence of. Replay decides it.
func (in *reader) claim(d *Document, n *node) {
	if !in.fields(n, "property", []string{"name"}, []string{"form", "sentence", "outcome"}) {
		return
	}
	d.origin.claim = n.at
	d.Claim.Name = in.text(n.get("name"), "name")
	if d.Claim.Name == "" {
		in.fail(n.get("name").at, "the name of the property is empty")
	}
	d.Claim.Form = in.oneOf(n.get("form"), "form", formNames())
	d.Claim.Sentence = in.text(n.get("sentence"), "sentence")
	d.Claim.Outcome = in.oneOf(n.get("outcome"), "outcome", outcomeNames())
}

// oneOf returns the string n holds, which must be one of allowed.
func (in *reader) oneOf(n *node, what string, allowed []string) string {
	s := in.text(n, what)
	if n != nil && !slices.Contains(allowed, s) {
		in.fail(n.at, "%s is %q, want one of %s", what, s, strings.Join(allowed, ", "))
	}
	return s
}

// formNames are the forms of properties, as they print.
func formNames() (names []string) {
	for f := properties.FormAlways; f <= properties.FormNoDeadlock; f++ {
		names = append(names, f.String())
	}
	return names
}

// kindsOfAction are the kinds of actions, as they print.
func kindsOfAction() (names []string) {
	for k := model.Internal; k <= model.Fault; k++ {
		names = append(names, k.String())
	}
	return names
}

// outcomeNames are the outcomes a trace can be evidence of.
func outcomeNames() []string {
	return []string{properties.Violated.String(), properties.Holds.String()}
}

// states reads all states by the names in vars. For another tool's file without
// vars the first state has the names.
func (in *reader) states(d *Document, root *node, states []node) {
	d.origin.states = states
	vars := in.vars(root, &states[0])
	if len(vars) > MaxVars {
		in.fail(states[0].at, "more than %d variables; states this wide are not read", MaxVars)
		return
	}
	// Quint's two variables are the step, not the state. Other tools may write
	// the first alone.
	named := slices.Contains(vars, actionTaken) && (!in.strict || slices.Contains(vars, nondetPicks))
	if named {
		vars = slices.DeleteFunc(vars, func(name string) bool { return name == actionTaken || name == nondetPicks })
	}
	for i := range states {
		what := fmt.Sprintf("state %d", i)
		if !in.fields(&states[i], what, slices.Concat(in.always(named), vars), nil) {
			return
		}
		record := model.Value{Shape: model.Record, Names: vars}
		for _, name := range vars {
			record.Items = append(record.Items, in.value(states[i].get(name)))
		}
		if i == 0 {
			d.Start = canonical(record)
			in.startMeta(&states[0], named)
			continue
		}
		step := Step{State: canonical(record)}
		if in.strict {
			in.meta(&step, i, states[i].get("#meta"))
			in.repeated(&states[i], named)
		} else if named {
			in.taken(&step, &states[i])
		}
		d.Steps = append(d.Steps, step)
	}
	if in.strict && in.err == nil && d.named() != named {
		in.fail(root.get("vars").at, "vars lists %s and %s if every step has an action, and only then", actionTaken, nondetPicks)
	}
}

// always returns the fields beside vars that a state must have.
func (in *reader) always(named bool) (names []string) {
	if in.strict {
		names = append(names, "#meta")
		if named {
			names = append(names, actionTaken, nondetPicks)
		}
	}
	return names
}

// vars returns the names of the variables. More than MaxVars of them are not
// looked at: telling them apart takes time that grows with their square.
func (in *reader) vars(root, first *node) (names []string) {
	vars := root.get("vars")
	if vars == nil {
		for _, k := range first.keys {
			if !strings.HasPrefix(k.name, "#") {
				names = append(names, k.name)
			}
		}
		return names
	}
	if !in.is(vars, array, `"vars"`) {
		return nil
	}
	for i := range vars.items[:min(len(vars.items), MaxVars+1)] {
		name := in.text(&vars.items[i], "a name in vars")
		if slices.Contains(names, name) {
			in.fail(vars.items[i].at, "vars has %q twice", name)
		}
		if strings.HasPrefix(name, "#") {
			in.fail(vars.items[i].at, "variable %q; names with # are ITF's own", name)
		}
		names = append(names, name)
	}
	return names
}

// startMeta reads the #meta of the start, to which no step led.
func (in *reader) startMeta(state *node, named bool) {
	if meta := state.get("#meta"); in.strict && in.fields(meta, "#meta of state 0", []string{"index"}, nil) {
		in.index(meta, 0)
		in.repeated(state, named)
	}
}

// repeated checks the form of what our files repeat for other tools; Replay
// checks that it is a repetition.
func (in *reader) repeated(state *node, named bool) {
	if named {
		in.text(state.get(actionTaken), actionTaken)
		in.value(state.get(nondetPicks))
	}
}

// index checks the number of a state. It is there for readers, who lose count;
// one that is wrong shows that a state was taken out or put in by hand.
func (in *reader) index(meta *node, i int) {
	index := meta.get("index")
	if in.is(index, number, "index") && index.text != strconv.Itoa(i) {
		in.fail(index.at, "index is %s, want %d: states are numbered from 0", index.text, i)
	}
}

// meta reads what our files say about the step into state i.
func (in *reader) meta(step *Step, i int, meta *node) {
	if !in.fields(meta, fmt.Sprintf("#meta of state %d", i), []string{"index"},
		[]string{"action", "actor", "peer", "kind", "sentence"}) {
		return
	}
	in.index(meta, i)
	if action := meta.get("action"); action != nil && in.fields(action, "action", []string{"name", "parameters"}, nil) {
		step.Name = in.text(action.get("name"), "name")
		if step.Name == "" {
			in.fail(action.get("name").at, "the name of the action is empty")
		}
		step.Action = canonical(in.value(action.get("parameters")))
	}
	step.Actor = in.text(meta.get("actor"), "actor")
	step.Peer = in.text(meta.get("peer"), "peer")
	step.Kind = in.oneOf(meta.get("kind"), "kind", kindsOfAction())
	step.Sentence = in.text(meta.get("sentence"), "sentence")
}

// loop reads where the loop starts. Other tools may leave the closing of the
// loop unsaid: then it is a step of its own, from the last state back.
func (in *reader) loop(d *Document, n *node) {
	d.origin.loop = n.at
	digits := n.text
	if n.kind == object && !in.strict {
		digits = in.value(n).Text
	}
	k, err := strconv.Atoi(digits)
	if n.kind == text || err != nil || k < 0 || k > d.Len() {
		in.fail(n.at, "loop is %s, want the index of a state, 0 to %d", n.appendFlat(nil, lineMax), d.Len())
		return
	}
	d.Loop = k
	last := d.At(d.Len())
	if d.At(k).Equal(last) {
		return // it closes, or it is the last state that stutters
	}
	if in.strict {
		c := model.Diff(d.At(k), last)[0]
		in.fail(locate(&d.origin.states[d.Len()], c.Path), "the loop does not close: %s is %s here and %s in state %d, where the loop starts",
			c.Path, c.To, c.From, k)
		return
	}
	d.Steps = append(d.Steps, Step{State: d.At(k)})
}
