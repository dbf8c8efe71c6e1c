package linear

import "fmt"

// A State is a worker between operations.
type State uint8

const (
	Off      State = iota // no instance
	Waiting               // the instance runs and the worker is to attach
	Attached              // the worker is attached
)

var stateNames = []string{"off", "waiting for the worker", "attached"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// rules is the lifecycle of a worker, one operation at a time: in which state
// an operation is done, and what the state is then. In any other state it is
// refused and changes nothing.
var rules = []struct {
	op       Op
	in, then State
}{
	{Start, Off, Waiting},
	{Attach, Waiting, Attached},
	{Substantiate, Attached, Attached}, // success only with a worker that is there
	{Detach, Attached, Waiting},        // a lost connection may come again
	{Stop, Waiting, Off},
	{Stop, Attached, Off},
}

// Sequential is what an operation does in a state, one at a time. ok is false
// if the result is not one that it can have there. A pending operation has any
// result: done where it can be, else refused.
func Sequential(s State, op Op, result Result) (next State, ok bool) {
	for _, r := range rules {
		if r.op == op && r.in == s {
			switch result {
			case Refused:
				return s, false
			default:
				return r.then, true
			}
		}
	}
	return s, result != OK
}

// why says what is wrong with a result in a state.
func why(s State, op Op, result Result) string {
	if result == OK {
		return fmt.Sprintf("it cannot be done: the worker is %s", s)
	}
	return fmt.Sprintf("it cannot be refused: the worker is %s", s)
}
