package catalog

import (
	"context"

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

// resolve replaces the traces of violated verdicts by the canonical ones, which
// are those that a check finds, and says of each what it is worth.
func resolve[S, A comparable](ctx context.Context, spec *properties.Spec[S, A], found []properties.Verdict[S, A], opt *SimOptions) ([]Worth, error) {
	worth := make([]Worth, len(found))
	var failed []shrink.Found[S, A]
	for _, v := range found {
		if v.Outcome == properties.Violated {
			failed = append(failed, shrink.Found[S, A]{Property: v.Property, Trace: v.Trace})
		}
	}
	solved, err := shrink.All(ctx, *spec, failed, shrink.Options{Workers: opt.Workers, Progress: opt.Search})
	if err != nil {
		return worth, err
	}
	for k := range found {
		if found[k].Outcome != properties.Violated {
			continue
		}
		found[k].Trace, worth[k] = solved[0].Trace, Minimal
		if solved[0].Canonical {
			worth[k] = Canonical
		}
		solved = solved[1:]
	}
	return worth, nil
}
