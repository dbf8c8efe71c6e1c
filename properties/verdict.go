package properties

import (
	"fmt"

	"github.com/quiesce/quiesce/traces"
)

// An Outcome is what can be said about a claim. Only Holds is good news.
type Outcome uint8

const (
	Inconclusive Outcome = iota // not decided: a limit, an interruption, a constraint that cut behaviours off
	Holds                       // decided, for every behaviour of the model
	Violated                    // a counterexample exists
	Vacuous                     // nothing to decide: what the claim is about never happens
)

var outcomeNames = [...]string{"inconclusive", "holds", "violated", "vacuous"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// A Verdict is the outcome of one property.
type Verdict[S, A comparable] struct {
	Property string
	Form     Form
	Sentence string
	Outcome  Outcome

	// Reason completes an outcome that does not speak for itself: the limit
	// that was met, what never happened, where the deadlock is.
	Reason string

	// Assuming is what the outcome rests on: for a live property its fairness
	// sets, as WF(name) or SF(name). Necessary are those without any one of
	// which the property would be violated; only Holds has them.
	Assuming  []string
	Necessary []string

	// Given is Spec.Given, unless the outcome is shown by a behaviour that ends:
	// such a behaviour is one whatever else there is.
	Given []string

	// Trace is the canonical counterexample, or the witness of Reachable; nil
	// if there is none.
	Trace *traces.Trace[S, A]
}

// Worst returns the outcome that decides a whole report: violated before
// inconclusive before vacuous before holds. No outcomes at all are vacuous.
func Worst(outcomes []Outcome) Outcome {
	rank := func(o Outcome) int {
		switch o {
		case Violated:
			return 3
		case Inconclusive:
			return 2
		case Vacuous:
			return 1
		}
		return 0
	}
	worst := Vacuous
	for i, o := range outcomes {
		if i == 0 || rank(o) > rank(worst) {
			worst = o
		}
	}
	return worst
}
