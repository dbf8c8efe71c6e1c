package check

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
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
		State:  model.View(*s).String(),
	}
}
