package codec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Divergence says where a recorded trace is not a behaviour of the model, or
// not the evidence it claims to be. It is the error of Replay.
type Divergence struct {
	File    string         // as given to Read; empty if the document was not read
	At      Pos            // of the step or field; zero if the document was not read
	Step    int            // index of the step; -1: the start; number of steps: the trace as a whole
	Reason  string         // one line for people
	Want    *Step          // the recorded step, if one was to be taken
	Enabled []Step         // what the model allows there, in its order, without repetition and states
	State   model.Value    // the model's state at that point; zero if it never started
	Fields  []model.Change // what the file records (From) where the model has something else (To)
}

// Error returns the place and the reason on one line.
func (d *Divergence) Error() string {
	where := "start"
	if d.Step >= 0 {
		where = fmt.Sprintf("step %d", d.Step+1)
	}
	if d.Want == nil && d.Step >= 0 {
		where = "the trace as a whole"
	}
	if d.File != "" {
		where = fmt.Sprintf("%s:%s: %s", d.File, d.At, where)
	}
	return where + ": " + printable(d.Reason)
}

// Explain returns the divergence in full, in several lines: reason, what was
// recorded, what the model has instead, what is enabled and in which state.
func (d *Divergence) Explain() string {
	var p page
	p.b.WriteString(d.Error() + "\n")
	if d.Want != nil {
		p.line("recorded step")
		p.line("        %s", d.Want.described())
	}
	if len(d.Fields) > 0 {
		p.line("fields that differ")
		var rows []row
		for _, c := range d.Fields {
			rows = append(rows, row{c.Path, c.From + " in the file, " + c.To + " in the model"})
		}
		p.table(rows)
	}
	if d.Want != nil {
		p.line("enabled there")
		for i := range d.Enabled {
			p.line("        %s", d.Enabled[i].described())
		}
		if len(d.Enabled) == 0 {
			p.line("        nothing: the model stops")
		}
	}
	if len(d.State.Items) > 0 {
		p.line("state there")
		p.table(leaves(d.State))
	}
	return p.b.String()
}

// described returns the headline and the call that goes into a file.
func (s *Step) described() string {
	if s.Sentence == "" || s.Name == "" {
		return s.headline()
	}
	return s.headline() + "  (" + s.call() + ")"
}

// Replay finds the trace that d describes in the model of spec: the initial
// state and the steps whose views are those recorded. If there is none, or if
// the trace does not show what d claims, the error is a *Divergence and the
// trace, never nil, ends before it.
//
// States and actions are known by their views, so two that look the same are
// taken to be the same. Steps of other tools' files that name no action are
// found by their states alone. Sentences are not compared: to say it better
// does not make a trace wrong.
//
// A claim is decided again, as properties.Refute does for a violation; a
// witness of Reachable must end in a state that satisfies it.
func Replay[S, A comparable](spec *properties.Spec[S, A], d *Document) (*traces.Trace[S, A], error) {
	r := &replayer[S, A]{spec: spec, doc: d, trace: traces.Trace[S, A]{Loop: traces.Finite}}
	div := r.start()
	for i := 0; i < d.Len() && div == nil; i++ {
		div = r.step(i)
	}
	if div == nil {
		r.trace.Loop = d.Loop
		div = r.whole()
	}
	if div != nil {
		div.File = d.origin.file
		return &r.trace, div
	}
	return &r.trace, nil
}

// A replayer follows doc. All of doc before the length of trace has been found.
type replayer[S, A comparable] struct {
	spec  *properties.Spec[S, A]
	doc   *Document
	trace traces.Trace[S, A]
	out   model.Steps[S, A]
}

// start finds the initial state that looks like the recorded one.
func (r *replayer[S, A]) start() *Divergence {
	var near []model.Change // from the initial state with the fewest differences
	for i, s := range r.spec.Model.Init() {
		found := stateOf(s)
		diff := differences(r.doc.Start, found)
		if len(diff) == 0 {
			r.trace.Start = s
			if at, ok := r.doc.echoes(0); !ok {
				return &Divergence{Step: -1, At: at, Reason: noEcho}
			}
			return nil
		}
		if i == 0 || len(diff) < len(near) {
			near = diff
		}
	}
	return &Divergence{Step: -1, At: r.doc.placeOfField(0, near), Fields: near,
		Reason: "this is no initial state of the model" + inWords(near)}
}

// step finds the step that looks like the recorded step i and takes it. An
// action may lead to several states: of those the nearest to the recorded one
// is kept, so that the divergence names the fewest fields.
func (r *replayer[S, A]) step(i int) *Divergence {
	want := &r.doc.Steps[i]
	var near []model.Change
	var taken *model.Step[S, A]
	steps := r.out.From(r.spec.Model, *r.trace.Last())
	for k := range steps {
		have := describe(r.spec, steps[k].Action)
		if !want.isAction(&have) {
			continue
		}
		diff := differences(want.State, stateOf(steps[k].State))
		if taken == nil || len(diff) < len(near) {
			taken, near = &steps[k], diff
		}
	}
	switch {
	case taken == nil:
		return r.refused(i, r.doc.placeOfAction(i), nil, r.notEnabled(want))
	case len(near) > 0 && want.Name == "":
		return r.refused(i, r.doc.placeOfField(i+1, near), nil, "no step of the model leads to this state")
	case len(near) > 0:
		return r.refused(i, r.doc.placeOfField(i+1, near), near, want.call()+" leads to another state"+inWords(near))
	}
	if have := describe(r.spec, taken.Action); !r.doc.Foreign() {
		if diff := want.misdescribed(&have); len(diff) > 0 {
			return r.refused(i, r.doc.placeOfMeta(i, diff[0].Path), diff, "the step is another than the file says"+inWords(diff))
		}
	}
	if at, ok := r.doc.echoes(i + 1); !ok {
		return r.refused(i, at, nil, noEcho)
	}
	r.trace.Steps = append(r.trace.Steps, *taken)
	return nil
}

// isAction reports whether have is the recorded action; without a recorded
// name any is.
func (s *Step) isAction(have *Step) bool {
	return s.Name == "" || s.Name == have.Name && len(differences(s.Action, have.Action)) == 0
}

// misdescribed returns in what s says otherwise than have about the action.
func (s *Step) misdescribed(have *Step) (diff []model.Change) {
	for _, f := range []model.Change{
		{Path: "actor", From: s.Actor, To: have.Actor},
		{Path: "peer", From: s.Peer, To: have.Peer},
		{Path: "kind", From: s.Kind, To: have.Kind},
	} {
		if s.Name != "" && f.From != f.To {
			diff = append(diff, model.Change{Path: f.Path, From: fmt.Sprintf("%q", f.From), To: fmt.Sprintf("%q", f.To)})
		}
	}
	return diff
}

// notEnabled says why no step carries the recorded action.
func (r *replayer[S, A]) notEnabled(want *Step) string {
	if want.Name == "" {
		return "the model stops here"
	}
	if known := r.spec.Actions; len(known) > 0 && !slices.Contains(known, want.Name) {
		return fmt.Sprintf("the model has no action %q; it has %s", want.Name, strings.Join(known, ", "))
	}
	return fmt.Sprintf("the model does not allow %s here", want.call())
}

// refused returns the divergence of step i with what is enabled instead.
func (r *replayer[S, A]) refused(i int, at Pos, fields []model.Change, reason string) *Divergence {
	d := &Divergence{Step: i, At: at, Want: &r.doc.Steps[i], Reason: reason, Fields: fields, State: stateOf(*r.trace.Last())}
	seen := make(map[A]bool)
	for _, step := range r.out.From(r.spec.Model, *r.trace.Last()) {
		if !seen[step.Action] {
			seen[step.Action] = true
			d.Enabled = append(d.Enabled, describe(r.spec, step.Action))
		}
	}
	return d
}

// whole checks what is said of the trace as a whole, once all steps are found.
// traces.Check goes over the steps again: it shares no code with this file, and
// compares states by themselves, not by their views.
func (r *replayer[S, A]) whole() *Divergence {
	last := stateOf(*r.trace.Last())
	if err := traces.Check(r.spec.Model, &r.trace); err != nil {
		at := r.doc.origin.loop
		reason := err.Error()
		if div, is := errors.AsType[*traces.Divergence[S, A]](err); is {
			reason = div.Reason
		}
		return &Divergence{Step: r.doc.Len(), At: at, Reason: reason, State: last}
	}
	if r.doc.Claim.Name == "" {
		return nil
	}
	if err := r.claim(); err != nil {
		return &Divergence{Step: r.doc.Len(), At: r.doc.origin.claim, Reason: err.Error(), State: last}
	}
	return nil
}

// claim decides the recorded claim on the trace.
func (r *replayer[S, A]) claim() error {
	said := &r.doc.Claim
	var names []string
	for _, p := range r.spec.Claims() {
		names = append(names, fmt.Sprintf("%q", p.Name))
		if p.Name != said.Name {
			continue
		}
		switch {
		case said.Form != "" && said.Form != p.Form.String():
			return fmt.Errorf("property %q has form %q in the model, not %q", p.Name, p.Form, said.Form)
		case said.Outcome == properties.Violated.String():
			if err := properties.Refute(r.spec, &p, &r.trace); err != nil {
				return fmt.Errorf("the trace does not violate %q: %w", p.Name, err)
			}
		case said.Outcome != properties.Holds.String():
		case p.Form != properties.FormReachable:
			return fmt.Errorf("no trace can show that a property of form %q holds", p.Form)
		case !p.P(r.trace.Last()):
			return fmt.Errorf("the trace does not reach %q: it is false in the last state", p.Name)
		}
		return nil
	}
	return fmt.Errorf("the model has no property %q; it has %s", said.Name, strings.Join(names, ", "))
}
