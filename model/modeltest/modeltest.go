// Package modeltest checks the laws of models and of specs.
//
// The laws are those in the comments of model.Model, model.About and
// properties.Spec. Engines rely on them without looking: a model that breaks one
// makes them count wrongly, or report a counterexample that is none. A test of a
// model should therefore begin with
//
//	if err := modeltest.CheckSpec(spec, modeltest.Options{}); err != nil {
//		t.Error(err)
//	}
//
// Nothing is sampled at random: the states nearest to the initial ones are
// explored, breadth first, so that a failure repeats.
package modeltest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
)

// Options are the limits of a check. The zero Options are good for most models.
type Options struct {
	States int // how many states to look at; 0 means 1000
}

// A Law is a sentence that is true of every model or spec.
type Law string

// The laws of model.Model.
const (
	PlainData  Law = "states and actions are plain data"
	Starts     Law = "Init returns the same states in the same order"
	NotKept    Law = "nothing that Init returned or Next was given is used afterwards"
	Pure       Law = "the steps depend on the state alone"
	Ordered    Law = "the order of the steps depends on the state alone"
	Unmodified Law = "Next does not modify the state"
	NoAliasing Law = "what Add returned is not used after the next Add"
	OnlyAdds   Law = "Next leaves the steps collected before alone"
	Concurrent Law = "Next may be called by several goroutines at once"
	NoPanic    Law = "nothing panics on a reachable state"
	Visible    Law = "different values look different"
)

// The laws of properties.Spec.
const (
	Valid         Law = "the spec is valid"
	Listed        Law = "Actions has the name of every action, once"
	Described     Law = "About says name, actor, kind and a sentence of one line of every action"
	Distinguished Law = "About tells different actions apart"
	Written       Law = "About.Writes and About.Reads are fields, and Writes has every field an action changes"
	PureQuestion  Law = "predicates depend on the state alone and do not modify it"
	Idempotent    Law = "Canon depends on the state alone and leaves a representative alone"
	SameSteps     Law = "a state and its representative have the same steps, up to symmetry"
	SameAnswers   Law = "a state and its representative satisfy the same predicates"
	Closed        Law = "a symmetry of the spec maps initial states to initial states and steps to steps"
	OneClass      Law = "symmetric states have one representative"
)

// A Violation is a law that does not hold, with the first place where it was
// seen not to.
type Violation struct {
	Law    Law
	About  string // the property, action, fairness set or symmetry; empty if it is the model
	Detail string // what was seen and where
	Again  int    // how many more times
}

func (v *Violation) Error() string {
	text := string(v.Law)
	if v.About != "" {
		text += ", " + v.About
	}
	text += ": " + v.Detail
	if v.Again > 0 {
		text += fmt.Sprintf(" (and %d more times)", v.Again)
	}
	return text
}

// Check explores m and returns nil if it obeys the laws of model.Model where
// it was looked at. If not, the error wraps one *Violation for each law broken,
// by Unwrap() []error.
func Check[S, A comparable](m model.Model[S, A], opt Options) error {
	var found violations
	if m == nil {
		return errors.New("modeltest: no model")
	}
	explore(m, opt, nil, &found)
	return found.err()
}

// violations are gathered one for each law and subject: a broken model breaks
// its law in most states, and one example is what helps.
type violations struct{ list []*Violation }

func (vs *violations) add(law Law, about, format string, args ...any) {
	for _, v := range vs.list {
		if v.Law == law && v.About == about {
			v.Again++
			return
		}
	}
	vs.list = append(vs.list, &Violation{Law: law, About: about, Detail: fmt.Sprintf(format, args...)})
}

// has reports whether one of the laws is violated.
func (vs *violations) has(laws ...Law) bool {
	return slices.ContainsFunc(vs.list, func(v *Violation) bool { return slices.Contains(laws, v.Law) })
}

// caught turns a panic of what about names into a violation. It is to be
// deferred. What it was asked about is the rest.
func (vs *violations) caught(about string, args ...any) {
	if r := recover(); r != nil {
		vs.add(NoPanic, about, "asked about %v: %v", args, r)
	}
}

func (vs *violations) err() error {
	var all []error
	for _, v := range vs.list {
		all = append(all, v)
	}
	return errors.Join(all...)
}

// text shows a state or an action in a violation. It is made only for the
// first example of each, which is why it is a Stringer and not a string.
type text struct{ v any }

func (t text) String() string { return model.View(t.v).String() }
