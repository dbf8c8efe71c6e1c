package sim

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A Label is what is said about an action, kept ready for a scheduler: an
// action has one Label, so labels are compared by pointer.
//
// Actor numbers (Who) are small and without gaps, for use as an index. They are given
// in the order of first sight, over all runs of a worker, so nothing may be
// decided by comparing them.
type Label struct {
	Name int // index in Spec.Actions
	Who  int // number of the actor
	model.About

	fair uint64 // fairness sets that cover the action, as bits in the order of Spec.Fairness
}

// External reports whether the environment lets the action happen: a fault or
// a request.
func (l *Label) External() bool { return l.Kind == model.Fault || l.Kind == model.Request }

// labels finds the labels of actions. About is called once for each action.
type labels[S, A comparable] struct {
	spec   *properties.Spec[S, A]
	names  map[string]int
	actors map[string]int
	known  map[A]*Label

	last, list []labelled[A]
	out        []*Label
}

type labelled[A comparable] struct {
	action A
	label  *Label
}

// newLabels knows no action yet. A spec may have very many actions of which a
// simulation meets few.
func newLabels[S, A comparable](spec *properties.Spec[S, A]) *labels[S, A] {
	l := &labels[S, A]{spec: spec, names: make(map[string]int), actors: make(map[string]int), known: make(map[A]*Label)}
	for i, name := range spec.Actions {
		l.names[name] = i
	}
	return l
}

// of returns the labels of steps, valid until the next call. It is an error if
// the model produced an action whose name the spec does not list.
//
// Most actions enabled in a state were enabled in the state before, in the same
// order. So each is looked for a few places further on in the last list, and in
// the map only if it is not there.
func (l *labels[S, A]) of(steps []model.Step[S, A]) (out []*Label, err error) {
	const ahead = 6
	l.last, l.list = l.list, l.last[:0]
	l.out = l.out[:0]
	from := 0
	for i := range steps {
		a := steps[i].Action
		var label *Label
		for k := from; k < len(l.last) && k < from+ahead; k++ {
			if l.last[k].action == a {
				label, from = l.last[k].label, k+1
				break
			}
		}
		if label == nil {
			label = l.find(a)
		}
		if label.Name == unlisted && err == nil {
			err = fmt.Errorf("sim: the action %v is named %q, which is not in the spec's list of actions", model.View(a), label.About.Name)
		}
		l.list = append(l.list, labelled[A]{a, label})
		l.out = append(l.out, label)
	}
	return l.out, err
}

// unlisted is the Name of a label whose name the spec does not list.
const unlisted = -1

// find makes the label of an action met for the first time.
func (l *labels[S, A]) find(a A) *Label {
	if label, ok := l.known[a]; ok {
		return label
	}
	about := l.spec.About(a)
	name, ok := l.names[about.Name]
	if !ok {
		name = unlisted
	}
	actor, ok := l.actors[about.Actor]
	if !ok {
		actor = len(l.actors)
		l.actors[about.Actor] = actor
	}
	label := &Label{Name: name, Who: actor, About: about}
	for i, f := range l.spec.Fairness {
		if f.Covers(a) {
			label.fair |= 1 << i
		}
	}
	l.known[a] = label
	return label
}
