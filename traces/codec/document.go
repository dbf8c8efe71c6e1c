// Package codec writes traces to files and reads them back: our own JSON, which
// is a strict superset of the Informal Trace Format (ITF, Apalache's ADR-015),
// the ITF of other tools, and for people text, sequence diagrams and Mermaid.
//
// A [Document] is a trace without type parameters. [Of] makes one from a typed
// trace, [Read] from a file, and [Replay] walks one through a model again.
//
// # The format
//
// A file is one JSON object; docs/trace.schema.json is its schema:
//
//	{
//	  "#meta":  what the trace is about, and an id of its content
//	  "vars":   the names of the fields of every state
//	  "states": the start, and the state after each step
//	  "loop":   if it is infinite, the index of the state from which it goes on
//	}
//
// A state has its fields by name, and under #meta its index and the step that
// led to it: the action with its parameters, actor, peer, kind and a sentence.
// The fields mbt::actionTaken and mbt::nondetPicks repeat name and parameters
// of the action for the drivers that other tools have.
//
// Values are those of ITF. Enums are strings, structs objects, arrays arrays;
// an integer is {"#bigint": "-1"}, as JSON readers differ in how large a number
// they keep; a set is {"#set": […]}, sorted.
//
// Of an infinite trace the last state is the one in which the loop starts, once
// more, so that the step that closes the loop has a state to be written in. ITF
// says that the behaviour goes on from the last state to the one at loop: such
// a reader sees the state twice, which is a step that changes nothing, and no
// property that allows stuttering can tell. A loop at the last state itself is
// a behaviour in which, from then on, nothing happens.
//
// # Trust
//
// A trace may come from anybody. Reading is bounded in memory by the limits of
// this package, refuses what JSON readers understand differently, and says for
// every fault where it is and what would be right. What is shown on a terminal
// or given to Mermaid is escaped.
package codec

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Document is a trace as it is in a file: it describes itself, so that it
// can be shown and converted without its model. Values are canonical: sets are
// sorted and without repetition. Start and every Step.State are records with
// the same field names in the same order; a state that is not a record is the
// one field "state".
type Document struct {
	Header
	Start model.Value
	Steps []Step
	Loop  int // as traces.Trace.Loop: the last state equals the one before Steps[Loop]

	origin origin
}

// A Header says what a trace is about. It holds nothing of when or where it
// was found: the same trace gives the same bytes.
type Header struct {
	Spec    string  // name in the catalog; for other tools' files their source
	Params  []Param // of the spec, in its order
	Claim   Claim   // what the trace is evidence of; zero if of nothing
	Tool    string  // who wrote it; may be empty
	Version string  // of the tool; may be empty
}

// A Param is one parameter of a spec.
type Param struct{ Name, Value string }

// A Claim is a property and what the trace shows of it.
type Claim struct {
	Name     string
	Form     string // as properties.Form prints
	Sentence string // what is claimed, for people; may be empty
	Outcome  string // "violated": a counterexample; "holds": a witness; "": not said
}

// A Step is one step, with what its spec said about it. In files of other
// tools all but State may be empty.
type Step struct {
	Name, Actor, Peer string
	Kind              string // as model.Kind prints
	Sentence          string
	Action            model.Value // the action itself, by which Replay finds it
	State             model.Value // the state it leads to
}

// origin remembers where in its file each part of a document stood. It is zero
// for a document that was not read from one.
type origin struct {
	file    string
	id      string // as recorded; empty if the file had none
	foreign bool   // written by another tool
	states  []node
	loop    Pos
	claim   Pos
}

// Of describes t as a trace of spec. It keeps nothing of t.
func Of[S, A comparable](spec *properties.Spec[S, A], h Header, t *traces.Trace[S, A]) *Document {
	d := &Document{Header: h, Start: stateOf(t.Start), Loop: t.Loop}
	for i := range t.Steps {
		step := describe(spec, t.Steps[i].Action)
		step.State = stateOf(t.Steps[i].State)
		d.Steps = append(d.Steps, step)
	}
	return d
}

// describe returns what spec says about a, without a state.
func describe[S, A comparable](spec *properties.Spec[S, A], a A) Step {
	about := spec.About(a)
	return Step{
		Name: valid(about.Name), Actor: valid(about.Actor), Peer: valid(about.Peer),
		Kind: about.Kind.String(), Sentence: valid(about.Sentence),
		Action: canonical(model.View(a)),
	}
}

// stateOf returns the canonical record of a state.
func stateOf(s any) model.Value {
	v := canonical(model.View(s))
	if v.Shape != model.Record {
		v = model.Value{Shape: model.Record, Names: []string{"state"}, Items: []model.Value{v}}
	}
	return v
}

// Len returns the number of steps.
func (d *Document) Len() int { return len(d.Steps) }

// At returns the state after i steps; At(0) is the start.
func (d *Document) At(i int) model.Value {
	if i == 0 {
		return d.Start
	}
	return d.Steps[i-1].State
}

// Foreign reports whether the document was read from another tool's file.
func (d *Document) Foreign() bool { return d.origin.foreign }

// ID returns the name of the content: twelve hexadecimal digits of the SHA-256
// of spec, parameters, claim, actions, states and loop. The tool, its version
// and all sentences are left out, so that a better wording does not rename a
// trace; so is the order of fields in records.
func (d *Document) ID() string {
	// Hash what Write would write: one account of the content, not two.
	bare := *d
	bare.Tool, bare.Version, bare.Claim.Sentence = "", "", ""
	bare.Steps = append([]Step{}, d.Steps...)
	for i := range bare.Steps {
		bare.Steps[i].Sentence = ""
	}
	tree := encode(&bare, "")
	sortFields(&tree)
	sum := sha256.Sum256(tree.appendFlat(nil, math.MaxInt))
	return hex.EncodeToString(sum[:6])
}

// Altered reports whether the content is no longer what the file's own id
// names: somebody changed the file after it was written.
func (d *Document) Altered() bool { return d.origin.id != "" && d.origin.id != d.ID() }

// FileName returns the name Save gives the document:
// <spec>-<property>-<id>.json, in lower case, without anything special.
func (d *Document) FileName() string {
	return slug(d.Spec, "trace") + "-" + slug(d.Claim.Name, "run") + "-" + d.ID() + ".json"
}

// slugMax keeps a file name well under what file systems allow.
const slugMax = 48

// slug keeps ASCII letters and digits of s and puts a hyphen for all between.
func slug(s, empty string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
	out := strings.Join(words, "-")
	if len(out) > slugMax {
		out = strings.TrimRight(out[:slugMax], "-")
	}
	if out == "" {
		return empty
	}
	return out
}
