// Package check decides every property of a spec by visiting every state.
package check

import (
	"context"

	"github.com/quiesce/quiesce/properties"
)

// Options are the limits and modes of a search. The zero Options means one
// worker per CPU, no limits, exact states, no symmetry.
type Options struct {
	// Workers is how many goroutines search; 0 means one per CPU. The report
	// is the same for any number.
	Workers int

	// MaxStates and MaxBytes end the search before a level that would exceed
	// them; what is not decided by then is inconclusive. 0 means no limit.
	// MaxBytes counts the state store, the edges kept for liveness and the
	// queue, as a function of the states visited, not of the allocator's mood.
	MaxStates int
	MaxBytes  int64

	// Symmetry explores representatives under Spec.Canon only. It is an error
	// without Canon, and with properties it is not sound for: live ones and
	// AlwaysPossible.
	Symmetry bool

	// Compact keeps a 128-bit fingerprint of each state instead of the state.
	// It is an error with properties that need the graph: live ones and
	// AlwaysPossible.
	Compact bool

	// Checkpoint, if its Path is set, makes the search survive its process.
	Checkpoint Checkpoint

	// Progress, if set, is called from the goroutine of Run between parts of
	// the work, and never by two goroutines at once.
	Progress func(Progress)
}

// A Checkpoint names a file from which a killed search goes on. If Path exists
// when Run begins the search resumes from it, and Run refuses a file that is
// damaged or was written for another model.
type Checkpoint struct {
	Path  string
	Every int    // levels between two writes; 0 means time decides, about every 30 seconds
	Model string // names the model with its parameters, such as "twophase managers=7"
}

// Progress says how far a search is. Phase is "searching", then "deciding" for
// liveness, then "tracing" for counterexamples.
type Progress struct {
	Phase     string
	Distinct  uint64
	Generated uint64
	Depth     int
	Queue     uint64 // states found and not yet expanded
	Bytes     int64
}

// A Report is what a search found. It is the same for any number of workers.
type Report[S, A comparable] struct {
	Distinct  uint64 // states visited
	Generated uint64 // steps taken, and initial states
	Depth     int    // steps from an initial state to the farthest state visited
	Complete  bool   // every reachable state was visited
	Stopped   string // why the search is not complete; empty if it is
	Bytes     int64  // memory of the search as MaxBytes counts it

	Verdicts []properties.Verdict[S, A] // one per claim, in the order of Spec.Claims

	Fired []Fired  // how often each action name was taken, in the order of Spec.Actions
	Never []string // action names of Spec.Actions never taken
	Idle  []string // fairness sets that cover no action taken, as WF(name) or SF(name)

	Omission *Omission // what compaction may have missed; nil if states are exact
}

// Fired counts the steps with an action of that name.
type Fired struct {
	Name  string
	Steps uint64
}

// An Omission bounds the chance that compaction took two states for one: at
// most 1 in 2^Exponent that any state was missed.
type Omission struct {
	Bits     int // of a fingerprint
	Exponent int
}

// Run explores spec.Model breadth first and decides every property of spec.
// The report is the same for any number of workers.
//
// A violated property is a verdict, not an error. The error is non-nil if the
// options cannot be honoured together, if the model broke its contract, or if
// ctx ended; the report is then still valid for what was visited.
func Run[S, A comparable](ctx context.Context, spec properties.Spec[S, A], opt Options) (*Report[S, A], error) {
	panic("not yet")
}
