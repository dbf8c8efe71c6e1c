package shrink

import (
	"context"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// reducer makes a counterexample of one property smaller without searching the
// whole graph. All it does is try: a candidate that is not a counterexample
// of p is dropped.
type reducer[S, A comparable] struct {
	ctx  context.Context
	spec *properties.Spec[S, A]
	p    *properties.Property[S]
	near int
	out  model.Steps[S, A]
}

// reduce repeats its means until none of them helps: shorter ways between
// states of the trace, then leaving out external events (Scott et al.,
// "Minimizing faulty executions of distributed systems", NSDI 2016), then
// leaving out any steps.
func (r *reducer[S, A]) reduce(t *traces.Trace[S, A]) *traces.Trace[S, A] {
	for r.ctx.Err() == nil {
		next := r.shortcut(t)
		next = r.without(next, func(a A) bool {
			k := r.spec.About(a).Kind
			return k == model.Fault || k == model.Request
		})
		next = r.without(next, func(A) bool { return true })
		if !better(r.spec, next, t) {
			return t
		}
		t = next
	}
	return t
}

// refutes reports whether t is a counterexample. That no way leads from a state
// to the goal of AlwaysPossible cannot be seen from the state, so there it must
// be the state that is known for it.
func (r *reducer[S, A]) refutes(t, known *traces.Trace[S, A]) bool {
	if r.p.Form == properties.FormAlwaysPossible && *t.Last() != *known.Last() {
		return false
	}
	return properties.Refute(r.spec, r.p, t) == nil
}

// shortcut looks, from each state of the trace on, for a way to a later one
// that has fewer steps and no more faults.
func (r *reducer[S, A]) shortcut(t *traces.Trace[S, A]) *traces.Trace[S, A] {
	for i := 0; i < stem(t) && r.ctx.Err() == nil; i++ {
		later := make(map[S]int)
		for j := i + 2; j <= stem(t); j++ {
			later[*t.At(j)] = j
		}
		way, j := r.way(t, i, later)
		if way == nil {
			continue
		}
		next := &traces.Trace[S, A]{Start: t.Start, Loop: t.Loop}
		next.Steps = slices.Concat(t.Steps[:i], way, t.Steps[j:])
		if t.Infinite() {
			next.Loop -= j - i - len(way)
		}
		if better(r.spec, next, t) && r.refutes(next, t) {
			t = next
		}
	}
	return t
}

// stem returns how many steps come before the loop.
func stem[S, A comparable](t *traces.Trace[S, A]) int {
	if t.Infinite() {
		return t.Loop
	}
	return t.Len()
}

// way searches breadth first from state i of t, up to r.near states, and
// returns the steps to the state in later that saves most, and its place.
func (r *reducer[S, A]) way(t *traces.Trace[S, A], i int, later map[S]int) ([]model.Step[S, A], int) {
	type visit struct {
		from  int
		step  model.Step[S, A]
		depth int
	}
	queue := []visit{{from: -1, step: model.Step[S, A]{State: *t.At(i)}}}
	seen := map[S]bool{*t.At(i): true}
	best, saved := -1, 0
	for at := 0; at < len(queue) && len(queue) < r.near; at++ {
		if j, ok := later[queue[at].step.State]; ok && j-i-queue[at].depth > saved {
			best, saved = at, j-i-queue[at].depth
		}
		for _, s := range r.out.From(r.spec.Model, queue[at].step.State) {
			if !seen[s.State] {
				seen[s.State] = true
				queue = append(queue, visit{at, s, queue[at].depth + 1})
			}
		}
	}
	if best < 0 {
		return nil, 0
	}
	steps := make([]model.Step[S, A], queue[best].depth)
	for at := best; queue[at].from >= 0; at = queue[at].from {
		steps[queue[at].depth-1] = queue[at].step
	}
	return steps, later[queue[best].step.State]
}

// without leaves out as many as it can of the steps of the stem that may choose
// (Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", TSE
// 2002), first large parts of them, then small ones, then single ones until
// none of them can go.
func (r *reducer[S, A]) without(t *traces.Trace[S, A], may func(a A) bool) *traces.Trace[S, A] {
	chosen := r.chosen(t, may)
	for part := max(len(chosen)/2, 1); len(chosen) > 0 && r.ctx.Err() == nil; {
		shorter := false
		for from := 0; from < len(chosen); from += part {
			out := chosen[from:min(from+part, len(chosen))]
			if next := r.skip(t, out); next != nil && better(r.spec, next, t) {
				t, shorter = next, true
				chosen = r.chosen(t, may)
				break
			}
		}
		switch {
		case shorter:
			part = min(part, max(len(chosen), 1))
		case part == 1:
			return t
		default:
			part /= 2
		}
	}
	return t
}

func (r *reducer[S, A]) chosen(t *traces.Trace[S, A], may func(a A) bool) []int {
	var out []int
	for i := range stem(t) {
		if may(t.Steps[i].Action) {
			out = append(out, i)
		}
	}
	return out
}

// skip takes the actions of t except those numbered in out, leaves out also
// what is not enabled then, and returns the first counterexample met on the
// way, or nil. A loop must be found whole after its stem.
func (r *reducer[S, A]) skip(t *traces.Trace[S, A], out []int) *traces.Trace[S, A] {
	next := &traces.Trace[S, A]{Start: t.Start, Loop: traces.Finite}
	for i := range t.Steps {
		if slices.Contains(out, i) {
			continue
		}
		if t.Infinite() && i == t.Loop {
			next.Loop = next.Len()
		}
		want := t.Steps[i].Action
		for _, s := range r.out.From(r.spec.Model, *next.Last()) {
			if s.Action == want {
				next.Steps = append(next.Steps, s)
				break
			}
		}
		if !t.Infinite() && r.refutes(next, t) {
			return next
		}
	}
	if t.Infinite() && t.Loop == t.Len() {
		next.Loop = next.Len()
	}
	if r.refutes(next, t) {
		return next
	}
	return nil
}
