package fixed_test

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
)

type Message uint8

const (
	Start Message = iota
	Stop
)

func (m Message) String() string { return [...]string{"start", "stop"}[m] }

// A state of a model with three workers, in twelve bytes.
type State struct {
	Busy    fixed.Set[uint8, uint8]
	Inbox   fixed.Queue[Message, [3]Message]
	Retries fixed.Map[Message, uint8, [3]fixed.Entry[Message, uint8]]
}

func Example() {
	var s State
	s.Busy.Add(2)
	s.Busy.Add(0)
	s.Inbox.Push(Stop)
	s.Inbox.Push(Start)
	s.Retries.Set(Stop, 1)
	fmt.Println(model.View(s))
	fmt.Println("plain data:", model.Plain[State]() == nil)

	// Equal content is ==, whatever happened before.
	before := s
	s.Inbox.Push(Start)
	s.Inbox.Remove(2)
	fmt.Println("same state:", s == before)

	// What does not fit is refused.
	fmt.Println("eight workers at most:", s.Busy.Add(8))
	s.Inbox.Push(Start)
	fmt.Println("three messages at most:", s.Inbox.Push(Start))
	// Output:
	// {Busy: {0, 2}, Inbox: [stop, start], Retries: {stop: 1}}
	// plain data: true
	// same state: true
	// eight workers at most: false
	// three messages at most: false
}

func ExampleSet_All() {
	var s fixed.Set[Message, uint8]
	s.Add(Stop)
	s.Add(Start)
	for m := range s.All() {
		fmt.Println(m)
	}
	// Output:
	// start
	// stop
}
