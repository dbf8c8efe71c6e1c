package sim

import (
	"slices"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// attempts bounds how many loops of each sort are tried as a counterexample.
const attempts = 64

// lasso looks for a counterexample of the live property p among the infinite
// behaviours that a finished run suggests: to repeat what lies between two
// visits of one state. It returns nil if none of those tried is fair and
// refutes p. To stay in one state is judged while the run is made, by stall.
//
// Long loops are tried first: the more a loop contains the more likely it is to
// be fair. That a lasso is fair is seen in bits collected once for the run, as
// this is done for every run that fails. The one that is reported has to pass
// properties.Refute as well; that both agree is tested.
func lasso[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S], run *traces.Trace[S, A], j *justice) *traces.Trace[S, A] {
	sets, first := assumed(spec, p), unanswered(p, run)
	asked := first
	for p.Form == properties.FormLeadsTo && asked <= run.Len() && !p.P(run.At(asked)) {
		asked++
	}
	for _, l := range loops(run, first) {
		if l.till >= asked && j.unfair(l)&sets == 0 {
			return &traces.Trace[S, A]{Start: run.Start, Steps: run.Steps[:l.till], Loop: l.from}
		}
	}
	return nil
}

// assumed returns the fairness sets that p may rest on, as bits in the order of
// Spec.Fairness.
func assumed[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S]) (sets uint64) {
	for i, f := range spec.Fairness {
		if p.Under == nil || slices.Contains(p.Under, f.Name) {
			sets |= 1 << i
		}
	}
	return sets
}

// justice knows for each position of a run which fairness sets are enabled
// there and which are met by the step from there, as bits in the order of
// Spec.Fairness. As everywhere, steps that stay in their state do not count.
// A runner that writes a run down notes it on the way.
type justice struct {
	strong  uint64
	enabled []uint64
	taken   []uint64
}

// strongSets returns the strong fairness sets of a spec.
func strongSets[A comparable](sets []properties.Fairness[A]) (strong uint64) {
	for i, f := range sets {
		if f.Strong {
			strong |= 1 << i
		}
	}
	return strong
}

// begin forgets the run before.
func (j *justice) begin() { j.enabled, j.taken = j.enabled[:0], j.taken[:0] }

// unfair returns the fairness sets that a loop does not satisfy: never taken in
// it though enabled throughout, or for strong ones somewhere.
func (j *justice) unfair(l loop) uint64 {
	always, ever, taken := j.enabled[l.from], j.enabled[l.from], uint64(0)
	for i := l.from; i < l.till; i++ {
		always &= j.enabled[i+1]
		ever |= j.enabled[i+1]
		taken |= j.taken[i]
	}
	return (always | ever&j.strong) &^ taken
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

// loop is what lies between two visits of one state, as positions of a run.
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
