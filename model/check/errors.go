package check

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// A ContractError says that the model, or what is said about it, broke a law
// that every verdict depends on.
type ContractError struct {
	Reason string
	State  string // where, as model.View prints it; empty if it is not about one state
}

func (e *ContractError) Error() string {
	if e.State == "" {
		return "the model broke its contract: " + e.Reason
	}
	return fmt.Sprintf("the model broke its contract: %s, in state %s", e.Reason, e.State)
}

// An OptionError says that options cannot be honoured together, or not for
// this spec. Nothing was explored.
type OptionError struct{ Reason string }

func (e *OptionError) Error() string { return e.Reason }

// changedSteps is the ContractError for a state whose steps differ from one
// call of Next to another. Most such models read a clock, use randomness, or
// range over a map.
func changedSteps[S comparable](s *S) error {
	return &ContractError{
		Reason: "Next gave different steps for the same state; does it read a clock, use randomness, range over a map, or keep something between calls?",
		State:  viewOf(s),
	}
}

// errFull ends a search whose states have no room in memory.
var errFull = errors.New("the address range of the state store is used up")

// panicked is the error for a recovered panic: our own if it was one of ours,
// otherwise the model's.
func panicked(r any, state string) error {
	var broken *ContractError
	if err, ok := r.(error); ok && (err == errFull || errors.As(err, &broken)) {
		return err
	}
	return &ContractError{Reason: fmt.Sprintf("it panicked: %v\n%s", r, debug.Stack()), State: state}
}
