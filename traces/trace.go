// Package traces says what a behaviour of a model is, written down, and
// whether something written down is one.
package traces

import (
	"fmt"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// Finite is the Loop of a trace that ends.
const Finite = -1

// A Trace is a behaviour of a model. If Loop >= 0 the behaviour is infinite:
// after the last step it goes on from the state before Steps[Loop]. With Loop
// equal to len(Steps) it stays in its last state for ever.
type Trace[S, A comparable] struct {
	Start S
	Steps []model.Step[S, A]
	Loop  int
}

// Len returns the number of steps.
func (t *Trace[S, A]) Len() int { return len(t.Steps) }

// Infinite reports whether the trace has a loop.
func (t *Trace[S, A]) Infinite() bool { return t.Loop >= 0 }

// At returns the state after i steps; At(0) is the start.
func (t *Trace[S, A]) At(i int) *S {
	if i == 0 {
		return &t.Start
	}
	return &t.Steps[i-1].State
}

// Last returns the state after all steps.
func (t *Trace[S, A]) Last() *S { return t.At(len(t.Steps)) }

// Actions returns the actions of the steps.
func (t *Trace[S, A]) Actions() []A {
	out := make([]A, len(t.Steps))
	for i := range t.Steps {
		out[i] = t.Steps[i].Action
	}
	return out
}

// A Divergence says where a recorded trace stopped being a behaviour of the
// model. It is the error of Replay and Check, of the bridge and of diagnosis.
type Divergence[S, A comparable] struct {
	At      int    // index of the step that could not be taken; -1 if the start is not initial
	Want    A      // the recorded action
	Enabled []A    // what the model would have allowed, in its order, without repetition
	State   S      // the state at that point
	Reason  string // one line for people
}

func (d *Divergence[S, A]) Error() string {
	if d.At < 0 {
		return "start: " + d.Reason
	}
	return fmt.Sprintf("step %d: %s", d.At+1, d.Reason)
}

// Replay follows actions from start. If the model does not allow one of them
// the error is a *Divergence and the trace ends before it. If an action leads
// to several states the first of them is taken; Check compares states as well.
func Replay[S, A comparable](m model.Model[S, A], start S, actions []A) (Trace[S, A], error) {
	t := Trace[S, A]{Start: start, Loop: Finite}
	if !initial(m, start) {
		return t, notInitial[S, A](start)
	}
	var out model.Steps[S, A]
	for i, a := range actions {
		steps := out.From(m, *t.Last())
		k := find(steps, func(s *model.Step[S, A]) bool { return s.Action == a })
		if k < 0 {
			return t, diverged(i, a, *t.Last(), steps, fmt.Sprintf("the model does not allow %s here", text(a)))
		}
		t.Steps = append(t.Steps, steps[k])
	}
	return t, nil
}

// Check reports whether t is a behaviour of m: it starts in an initial state,
// every step is a step of m, and the loop closes. If not, the error is a
// *Divergence.
func Check[S, A comparable](m model.Model[S, A], t *Trace[S, A]) error {
	if !initial(m, t.Start) {
		return notInitial[S, A](t.Start)
	}
	var out model.Steps[S, A]
	for i := range t.Steps {
		want := &t.Steps[i]
		steps := out.From(m, *t.At(i))
		if find(steps, func(s *model.Step[S, A]) bool { return *s == *want }) >= 0 {
			continue
		}
		reason := fmt.Sprintf("the model does not allow %s here", text(want.Action))
		if k := find(steps, func(s *model.Step[S, A]) bool { return s.Action == want.Action }); k >= 0 {
			reason = fmt.Sprintf("%s leads to another state: %s", text(want.Action), difference(want.State, steps[k].State))
		}
		return diverged(i, want.Action, *t.At(i), steps, reason)
	}
	if t.Loop > len(t.Steps) || t.Loop < Finite {
		return &Divergence[S, A]{At: len(t.Steps), State: *t.Last(),
			Reason: fmt.Sprintf("the loop starts at step %d of %d", t.Loop+1, len(t.Steps))}
	}
	if t.Infinite() && *t.At(t.Loop) != *t.Last() {
		return &Divergence[S, A]{At: len(t.Steps), State: *t.Last(),
			Reason: "the loop does not close: " + difference(*t.At(t.Loop), *t.Last())}
	}
	return nil
}

func initial[S, A comparable](m model.Model[S, A], s S) bool {
	for _, start := range m.Init() {
		if start == s {
			return true
		}
	}
	return false
}

func notInitial[S, A comparable](s S) error {
	return &Divergence[S, A]{At: -1, State: s, Reason: "the state is not an initial state of the model"}
}

func find[S, A comparable](steps []model.Step[S, A], ok func(*model.Step[S, A]) bool) int {
	for i := range steps {
		if ok(&steps[i]) {
			return i
		}
	}
	return -1
}

func diverged[S, A comparable](at int, want A, s S, steps []model.Step[S, A], reason string) error {
	d := &Divergence[S, A]{At: at, Want: want, State: s, Reason: reason}
	seen := make(map[A]bool)
	for i := range steps {
		if a := steps[i].Action; !seen[a] {
			seen[a] = true
			d.Enabled = append(d.Enabled, a)
		}
	}
	return d
}

func text(a any) string { return model.View(a).String() }

// difference says in which fields got differs from want.
func difference(want, got any) string {
	var parts []string
	for _, c := range model.Diff(model.View(want), model.View(got)) {
		parts = append(parts, fmt.Sprintf("%s is %s, not %s", c.Path, c.To, c.From))
	}
	return strings.Join(parts, ", ")
}
