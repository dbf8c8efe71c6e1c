package codec

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// What our files say of themselves. A reader of another version of the schema
// must refuse; readers of ITF find all of it under #meta and skip it.
const (
	schemaPrefix = "quiesce-trace-"
	schemaName   = schemaPrefix + "1"
	formatName   = "ITF"
	formatURL    = "https://apalache-mc.org/docs/adr/015adr-trace.html"
)

// Names that ITF readers which drive an implementation look for: the action
// that led to a state and the choices made in it, each as an option.
const (
	actionTaken = "mbt::actionTaken"
	nondetPicks = "mbt::nondetPicks"
	initAction  = "init" // what led to the start
)

// Write writes d as JSON: the same document gives the same bytes.
//
// The package comment describes the format. What is not canonical in a document
// made by hand is made so on the way.
func Write(w io.Writer, d *Document) error {
	_, err := w.Write(bytesOf(d))
	return err
}

func bytesOf(d *Document) []byte {
	tree := encode(d, d.ID())
	return append(tree.append(nil, 0, 0), '\n')
}

// encode returns the whole file as a tree, without an id if it is empty.
func encode(d *Document, id string) node {
	root := node{kind: object, open: true}
	root.set("#meta", encodeHeader(&d.Header, id))
	vars := node{kind: array}
	for _, name := range d.Start.Names {
		vars.items = append(vars.items, textNode(name))
	}
	named := d.named()
	if named {
		vars.items = append(vars.items, textNode(actionTaken), textNode(nondetPicks))
	}
	root.set("vars", vars)
	states := node{kind: array, open: true}
	for i := 0; i <= d.Len(); i++ {
		states.items = append(states.items, encodeState(d, i, named))
	}
	root.set("states", states)
	if d.Loop != traces.Finite {
		root.set("loop", numberNode(d.Loop))
	}
	return root
}

// named reports whether every step says which action it is; only then can all
// states say so, as ITF wants of a variable.
func (d *Document) named() bool {
	for i := range d.Steps {
		if d.Steps[i].Name == "" {
			return false
		}
	}
	return d.Len() > 0
}

// encodeHeader returns the #meta of the trace. Empty fields are left out, all
// but the parameters: none is an answer too.
func encodeHeader(h *Header, id string) node {
	meta := node{kind: object, open: true}
	meta.set("format", textNode(formatName))
	meta.set("format-description", textNode(formatURL))
	meta.set("schema", textNode(schemaName))
	meta.say("id", id)
	meta.say("spec", valid(h.Spec))
	params := node{kind: object}
	for _, p := range h.Params {
		params.set(valid(p.Name), textNode(valid(p.Value)))
	}
	meta.set("params", params)
	if h.Claim.Name != "" {
		claim := node{kind: object}
		claim.set("name", textNode(valid(h.Claim.Name)))
		claim.say("form", valid(h.Claim.Form))
		claim.say("sentence", valid(h.Claim.Sentence))
		claim.say("outcome", valid(h.Claim.Outcome))
		meta.set("property", claim)
	}
	meta.say("tool", valid(h.Tool))
	meta.say("version", valid(h.Version))
	return meta
}

// encodeState returns state i with the step that led to it. If named, it also
// repeats the action for the drivers of other tools, in the variables and with
// the options that Quint uses: the start is taken by an action of its own, in
// which nothing was chosen.
func encodeState(d *Document, i int, named bool) node {
	meta := node{kind: object}
	meta.set("index", numberNode(i))
	taken, picks := initAction, d.picks(0)
	if i > 0 {
		step := &d.Steps[i-1]
		if step.Name != "" {
			action := node{kind: object}
			action.set("name", textNode(step.Name))
			action.set("parameters", nodeOf(canonical(step.Action)))
			meta.set("action", action)
		}
		meta.say("actor", step.Actor)
		meta.say("peer", step.Peer)
		meta.say("kind", step.Kind)
		meta.say("sentence", step.Sentence)
		taken, picks = step.Name, d.picks(i)
	}
	state := nodeOf(canonical(d.At(i)))
	state.open = true
	state.keys = append([]key{{name: "#meta"}}, state.keys...)
	state.items = append([]node{meta}, state.items...)
	if named {
		state.set(actionTaken, textNode(taken))
		state.set(nondetPicks, nodeOf(canonical(picks)))
	}
	return state
}

// picks returns the choices made in step i, counted from 1, as a record of
// options with one field per field of the action. The start made none of them.
func (d *Document) picks(i int) model.Value {
	out := model.Value{Shape: model.Record}
	if d.Len() == 0 {
		return out
	}
	action := fieldsOf(d.Steps[max(i, 1)-1].Action)
	for k, name := range action.Names {
		pick := option("Some", action.Items[k])
		if i == 0 {
			pick = option("None", model.Value{Shape: model.Record, Names: []string{formTuple},
				Items: []model.Value{{Shape: model.List}}})
		}
		out.Names = append(out.Names, name)
		out.Items = append(out.Items, pick)
	}
	return out
}

// fieldsOf returns a as a record: an action that is not one has one field.
func fieldsOf(a model.Value) model.Value {
	if a.Shape == model.Record {
		return a
	}
	return model.Value{Shape: model.Record, Names: []string{"action"}, Items: []model.Value{a}}
}

// option returns held as the variant by which Quint writes a choice.
func option(tag string, held model.Value) model.Value {
	return model.Value{Shape: model.Record, Names: []string{"tag", "value"},
		Items: []model.Value{{Shape: model.Word, Text: tag}, held}}
}

// Save writes d into the folder dir under its FileName and returns the path.
// The file appears whole or not at all: it is written beside its place, synced
// and renamed. A file of that name is replaced; it has the same content.
func Save(dir string, d *Document) (path string, err error) {
	path = filepath.Join(dir, d.FileName())
	temp, err := os.CreateTemp(dir, ".trace-*.tmp")
	if err != nil {
		return "", fmt.Errorf("save trace: %w", err)
	}
	defer func() {
		if err != nil {
			temp.Close() // a second Close only returns an error nobody needs
			os.Remove(temp.Name())
			path, err = "", fmt.Errorf("save trace: %w", err)
		}
	}()
	if err = Write(temp, d); err != nil {
		return path, err
	}
	// CreateTemp makes files for their owner only; a trace is there to be shared.
	if err = temp.Chmod(0o644); err != nil {
		return path, err
	}
	// Without this a crash could leave the new name with none of the content.
	if err = temp.Sync(); err != nil {
		return path, err
	}
	if err = temp.Close(); err != nil {
		return path, err
	}
	return path, os.Rename(temp.Name(), path)
}
