package model

import "fmt"

// A Kind says who lets an action happen. Fairness sets, fault budgets, delays,
// coverage and reports are written in terms of kinds.
type Kind uint8

const (
	Internal Kind = iota // a step of an actor of its own accord
	Deliver              // a message or answer arrives
	Timer                // a timer runs out
	Request              // the environment asks for something: a user, an operator
	Fault                // something breaks; traces with fewer faults come first
)

var kindNames = [...]string{"step", "deliver", "timer", "request", "fault"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// About is what is said about an action beside the model: engines read it and
// never interpret an action otherwise.
type About struct {
	Name     string   // the action without its parameters, as in Spec.Actions
	Actor    string   // who takes the step, for Deliver the receiver; fewer changes of actor make a simpler trace
	Peer     string   // the other end of a message, if there is one; for Deliver the sender
	Kind     Kind     // who lets it happen
	Sentence string   // one line for people: what happens, with its parameters
	Reads    []string // fields of the state it looks at, for independence; nil if not said
	Writes   []string // fields of the state it may change, for independence; nil if not said
}
