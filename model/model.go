// Package model says what a protocol is: a graph, given by where it starts and
// by every step enabled in a state. Everything that explores, runs, replays or
// explains a protocol walks that one graph and lives in other packages.
//
// Words used throughout, in their usual meaning:
//
//   - A state is a value of plain memory. Two states are the same if they are ==.
//   - An action names a step: what happened, not how.
//   - A step is a transition: an action and the state it leads to.
//   - An action is enabled in a state if some step from there carries it.
//   - A behaviour is a sequence of states joined by steps, finite or not. It may
//     stutter: stay in a state for any time, even for ever, where no fairness
//     assumption forbids it.
package model

// A Model is a nondeterministic state machine over states S and actions A.
//
// S must be plain data: comparable, of fixed size, without pointers, strings,
// interfaces, floats, padding or blank fields. [Plain] says whether a type is.
//
// A names a step. It is plain data too, so that it can be counted, scheduled,
// timed and matched against a log.
//
// The laws are checked for any model by package modeltest.
type Model[S, A comparable] interface {
	// Init returns the initial states, in a fixed order.
	Init() []S

	// Next adds to out every step enabled in s.
	//
	// The steps and their order depend on s alone. Next does not modify s and
	// keeps neither s nor anything obtained from out.
	Next(s *S, out *Steps[S, A])
}

// A Step is one transition: the action taken and the state it leads to.
type Step[S, A comparable] struct {
	Action A
	State  S
}

// Steps collects the steps that Next adds. The zero Steps is ready for use and
// is meant to be used again and again: its memory is kept.
type Steps[S, A comparable] struct {
	list []Step[S, A]
	from S
}

// Add records that action a is enabled. It returns the state a leads to, a
// copy of the current state for the caller to change, valid until the next Add.
func (o *Steps[S, A]) Add(a A) *S {
	// In this order nothing is built on the stack and copied again, which on
	// states of 16 bytes takes more than twice as long.
	o.list = append(o.list, Step[S, A]{})
	t := &o.list[len(o.list)-1]
	t.Action = a
	t.State = o.from
	return &t.State
}

// Drop takes back the last step added. A model whose effect turns out to be
// impossible half way uses it instead of computing the guard twice.
func (o *Steps[S, A]) Drop() { o.list = o.list[:len(o.list)-1] }

// From returns the steps of m enabled in s. The slice is valid until the next
// call of From or Extend.
func (o *Steps[S, A]) From(m Model[S, A], s S) []Step[S, A] {
	o.list = o.list[:0]
	o.from = s
	m.Next(&o.from, o)
	return o.list
}

// Extend appends the steps of m enabled in s to those already collected and
// returns how many there are now. Engines use it to look up the steps of many
// states together; Reset begins a new batch.
func (o *Steps[S, A]) Extend(m Model[S, A], s *S) int {
	o.from = *s
	m.Next(&o.from, o)
	return len(o.list)
}

// Reserve gives the steps new memory with room for exactly n more. It does not
// move until more than that are added.
func (o *Steps[S, A]) Reserve(n int) {
	o.list = append(make([]Step[S, A], 0, len(o.list)+n), o.list...)
}

// Reset forgets the collected steps and keeps their memory.
func (o *Steps[S, A]) Reset() { o.list = o.list[:0] }

// All returns the collected steps, valid until the next Extend, From or Reset.
func (o *Steps[S, A]) All() []Step[S, A] { return o.list }
