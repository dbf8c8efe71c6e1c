package sim

import (
	"slices"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// attempts bounds how many loops of each sort are tried as a counterexample.
const attempts = 64

// lasso looks for a counterexample of the live property p among the infinite
// behaviours that a finished run suggests: to stay in the last state for ever,
// or to repeat what lies between two visits of one state. It returns nil if
// none of those tried is fair and refutes p.
//
// Long loops are tried first: the more a loop contains the more likely it is to
// be fair. Whether it is, and whether p is false on it, is decided by
// properties.Refute.
func lasso[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S], run *traces.Trace[S, A]) *traces.Trace[S, A] {
	end := run.Len()
	for _, l := range append([]loop{{end, end}}, loops(run, unanswered(p, run))...) {
		again := traces.Trace[S, A]{Start: run.Start, Steps: run.Steps[:l.till], Loop: l.from}
		if properties.Refute(spec, p, &again) == nil {
			return &again
		}
	}
	return nil
}

// unanswered returns the position of the first state after the last one that
// satisfies the goal of p.
func unanswered[S, A comparable](p *properties.Property[S], run *traces.Trace[S, A]) int {
	for i := run.Len(); i >= 0; i-- {
		if p.Q(run.At(i)) {
			return i + 1
		}
	}
	return 0
}

type loop struct{ from, till int }

// loops returns loops of run from position first on. For each state visited
// more than once there is the one from its first to its last visit, longest
// first; then those between one visit and the next, latest first, since a
// short loop may be fair where a longer one enables what it never takes.
func loops[S, A comparable](run *traces.Trace[S, A], first int) []loop {
	at := make(map[S]int)
	var longest, shortest []loop
	for i := first; i <= run.Len(); i++ {
		s := *run.At(i)
		k, ok := at[s]
		if !ok {
			at[s] = len(longest)
			longest = append(longest, loop{i, i})
			continue
		}
		shortest = append(shortest, loop{longest[k].till, i})
		longest[k].till = i
	}
	longest = slices.DeleteFunc(longest, func(l loop) bool { return l.from == l.till })
	slices.SortStableFunc(longest, func(a, b loop) int { return (b.till - b.from) - (a.till - a.from) })
	slices.Reverse(shortest)
	return append(longest[:min(len(longest), attempts)], shortest[:min(len(shortest), attempts)]...)
}
