// Package properties says what may be claimed about a model, under which
// assumptions, and what a verdict on a claim means. It evaluates claims on
// single states, steps and traces; deciding them for a whole model is the
// business of the engines.
package properties

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
)

// A Predicate is a question about one state. It must be pure.
type Predicate[S any] func(s *S) bool

// A Form is the shape of a claim.
type Form uint8

const (
	FormAlways         Form = iota // P holds in every reachable state
	FormAlwaysStep                 // Step holds on every step between reachable states
	FormReachable                  // P holds in some reachable state
	FormLeadsTo                    // after P, on every fair behaviour, Q then or later
	FormEventually                 // on every fair behaviour Q at some time
	FormAlwaysPossible             // from every reachable state some path leads to Q
	FormNoDeadlock                 // every reachable state without steps satisfies P
)

var formNames = [...]string{"always", "always step", "reachable", "leads to", "eventually", "always possible", "no deadlock"}

func (f Form) String() string {
	if int(f) < len(formNames) {
		return formNames[f]
	}
	return fmt.Sprintf("Form(%d)", uint8(f))
}

// Live reports whether a counterexample of the form is an infinite behaviour,
// so that fairness and stuttering matter.
func (f Form) Live() bool { return f == FormLeadsTo || f == FormEventually }

// A Property is a claim about a model. Make one with the constructor of its
// form; the zero Property is not useful.
type Property[S any] struct {
	Name     string
	Form     Form
	Sentence string // for people: what is claimed; empty means the name says it

	P    Predicate[S]           // what is claimed, or the trigger of LeadsTo
	Q    Predicate[S]           // the goal of LeadsTo, Eventually and AlwaysPossible
	Step func(from, to *S) bool // what is claimed of each step

	// Subject is what the claim is about. If it holds in no reachable state the
	// claim is vacuous, not true. SubjectName says it in words.
	Subject     Predicate[S]
	SubjectName string

	// Under names the fairness assumptions a live property may rest on; nil
	// means all of the spec.
	Under []string
}

// Always claims that p holds in every reachable state.
func Always[S any](name string, p Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormAlways, P: p}
}

// AlwaysStep claims that ok holds on every step between reachable states.
func AlwaysStep[S any](name string, ok func(from, to *S) bool) Property[S] {
	return Property[S]{Name: name, Form: FormAlwaysStep, Step: ok}
}

// Reachable claims that some reachable state satisfies p: a guard against
// models in which nothing happens.
func Reachable[S any](name string, p Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormReachable, P: p}
}

// LeadsTo claims that on every fair behaviour each state satisfying p is, or
// is followed by, one satisfying q. If p is never satisfied it is vacuous.
func LeadsTo[S any](name string, p, q Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormLeadsTo, P: p, Q: q}
}

// Eventually claims that every fair behaviour reaches a state satisfying q.
func Eventually[S any](name string, q Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormEventually, Q: q}
}

// AlwaysPossible claims that from every reachable state some path, fair or
// not, leads to a state satisfying q.
func AlwaysPossible[S any](name string, q Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormAlwaysPossible, Q: q}
}

// NoDeadlock claims that states without steps satisfy final. Spec.Final adds
// it to a spec under its usual name.
func NoDeadlock[S any](name string, final Predicate[S]) Property[S] {
	return Property[S]{Name: name, Form: FormNoDeadlock, P: final}
}

// Says returns p with a sentence for people.
func (p Property[S]) Says(sentence string) Property[S] {
	p.Sentence = sentence
	return p
}

// About returns p with its subject: unless some reachable state satisfies it,
// p is vacuous. The name completes "never: …".
func (p Property[S]) About(name string, subject Predicate[S]) Property[S] {
	p.Subject, p.SubjectName = subject, name
	return p
}

// Assuming returns p resting only on the named fairness assumptions of its
// spec. With no names it rests on none.
func (p Property[S]) Assuming(names ...string) Property[S] {
	p.Under = append([]string{}, names...)
	return p
}

// A Fairness is an assumption about a set of actions. Steps that do not change
// the state count neither as enabling nor as taking it: to be fair is to make
// progress (Lamport's WF_v and SF_v; The temporal logic of actions, 1994).
type Fairness[A any] struct {
	Name   string
	Strong bool
	Covers func(a A) bool
}

// Weak assumes that if, from some time on, actions of the set are always
// enabled, then one of them is taken again and again.
func Weak[A any](name string, covers func(a A) bool) Fairness[A] {
	return Fairness[A]{Name: name, Covers: covers}
}

// Strong assumes that if actions of the set are enabled again and again, then
// one of them is taken again and again.
func Strong[A any](name string, covers func(a A) bool) Fairness[A] {
	return Fairness[A]{Name: name, Strong: true, Covers: covers}
}

// String returns the assumption as verdicts print it: WF(name) or SF(name).
func (f Fairness[A]) String() string {
	if f.Strong {
		return "SF(" + f.Name + ")"
	}
	return "WF(" + f.Name + ")"
}

// A Spec is a model, the claims made about it, and what they assume.
type Spec[S, A comparable] struct {
	Model      model.Model[S, A]
	Properties []Property[S]
	Fairness   []Fairness[A]

	About   func(a A) model.About // required: what is said about an action
	Actions []string              // every About.Name the model can produce, so that "never fired" is knowable

	// Given are sentences about what the model takes for granted though the real
	// thing need not do it, such as that one timer is slower than another. They
	// are assumptions of every verdict that more behaviours could change.
	Given []string

	Within func(s *S) bool // if set, states for which it is false are not explored further
	Final  func(s *S) bool // if set, states without steps must satisfy it
	Canon  func(s *S)      // if set, replaces s by the representative of its symmetry class
}

// DeadlockName is the name of the property that Spec.Final adds.
const DeadlockName = "no unexpected deadlock"

// Claims returns the properties of the spec, with the one that Final adds at
// the end.
func (s *Spec[S, A]) Claims() []Property[S] {
	out := append([]Property[S]{}, s.Properties...)
	if s.Final != nil {
		out = append(out, NoDeadlock(DeadlockName, s.Final).Says("the protocol stops only where it may"))
	}
	return out
}

// Validate reports what is wrong with the spec as a whole: missing parts,
// names used twice, properties without their predicate, assumptions that are
// not in the spec, more than 64 fairness sets.
func (s *Spec[S, A]) Validate() error {
	switch {
	case s.Model == nil:
		return fmt.Errorf("spec: no model")
	case s.About == nil:
		return fmt.Errorf("spec: nothing is said about its actions (About is nil)")
	case len(s.Fairness) > MaxFairness:
		return fmt.Errorf("spec: %d fairness sets, at most %d are supported", len(s.Fairness), MaxFairness)
	}
	fair := make(map[string]bool)
	for _, f := range s.Fairness {
		if f.Name == "" || f.Covers == nil {
			return fmt.Errorf("spec: fairness %q has no name or covers nothing", f.Name)
		}
		if fair[f.Name] {
			return fmt.Errorf("spec: two fairness sets named %q", f.Name)
		}
		fair[f.Name] = true
	}
	seen := make(map[string]bool)
	for _, p := range s.Claims() {
		if err := p.validate(fair); err != nil {
			return err
		}
		if seen[p.Name] {
			return fmt.Errorf("spec: two properties named %q", p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

// MaxFairness is the largest number of fairness sets of a spec: engines keep
// one bit for each in a word.
const MaxFairness = 64

func (p *Property[S]) validate(fair map[string]bool) error {
	if p.Name == "" {
		return fmt.Errorf("spec: a property of form %s has no name", p.Form)
	}
	var ok bool
	switch p.Form {
	case FormAlways, FormReachable, FormNoDeadlock:
		ok = p.P != nil
	case FormAlwaysStep:
		ok = p.Step != nil
	case FormLeadsTo:
		ok = p.P != nil && p.Q != nil
	case FormEventually, FormAlwaysPossible:
		ok = p.Q != nil
	}
	if !ok {
		return fmt.Errorf("property %q: form %q without its predicate", p.Name, p.Form)
	}
	for _, name := range p.Under {
		if !fair[name] {
			return fmt.Errorf("property %q assumes fairness %q, which the spec does not have", p.Name, name)
		}
	}
	return nil
}
