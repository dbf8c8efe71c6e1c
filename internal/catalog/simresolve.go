package catalog

import (
	"context"
	"fmt"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/shrink"
)

// Worth says what a trace of a simulation is worth.
type Worth string

const (
	AsFound   Worth = "as found"        // nobody tried to make it shorter
	Minimal   Worth = "locally minimal" // no step of it can be left out; the graph is too large to say more
	Canonical Worth = "canonical"       // the one that a check finds
)

// near bounds the search of package shrink for each property of a graph that
// is known to be too large for the whole of it.
const near = 500_000

// resolve replaces the traces of violated verdicts by the canonical ones, which
// are those that a check finds, and says of each what it is worth. One search
// of the graph serves all properties; where the graph is too large for it, each
// trace is made smaller by itself.
func resolve[S, A comparable](ctx context.Context, spec *properties.Spec[S, A], found []properties.Verdict[S, A], opt *SimOptions) ([]Worth, error) {
	worth := make([]Worth, len(found))
	var names []string
	for _, v := range found {
		if v.Outcome == properties.Violated {
			names = append(names, v.Property)
		}
	}
	if len(names) == 0 {
		return worth, nil
	}
	failed, err := only(spec, names)
	if err != nil {
		return worth, err
	}
	whole, err := check.Run(ctx, failed, check.Options{MaxStates: shrink.DefaultStates, Workers: opt.Workers, Progress: opt.Search})
	if err != nil {
		return worth, err
	}
	next := 0 // of whole.Verdicts, which are those of names in the same order
	for k := range found {
		v := &found[k]
		if v.Outcome != properties.Violated {
			continue
		}
		solved := &whole.Verdicts[next]
		next++
		if whole.Complete {
			if solved.Outcome != properties.Violated {
				return worth, fmt.Errorf("%q is violated in a run and %v on the whole graph: does the run leave Spec.Within?", v.Property, solved.Outcome)
			}
			v.Trace, worth[k] = solved.Trace, Canonical
			continue
		}
		r, err := shrink.Counterexample(ctx, *spec, v.Property, v.Trace, shrink.Options{States: near, Workers: opt.Workers})
		if err != nil {
			return worth, err
		}
		v.Trace, worth[k] = r.Trace, Minimal
		if r.Canonical {
			worth[k] = Canonical
		}
	}
	return worth, nil
}
