package check_test

import (
	"cmp"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// The naive search for canonical traces: for every state and every actor of
// the step that leads there, the best walk is kept as a whole, and walks are
// made longer until none gets better. The actor is part of what is kept since
// it decides whether the next step is a switch.

// A walk is a finite behaviour with all that the canonical order compares.
type walk struct {
	faults   int
	switches int
	picks    []int // index in Init, then of each step in Next's order
	path     []int // the states, by number
	actor    string
}

// compareWalks is the published order: faults, steps, switches between actors,
// then the first pick that differs.
func compareWalks(a, b walk) int {
	return cmp.Or(
		cmp.Compare(a.faults, b.faults),
		cmp.Compare(len(a.picks), len(b.picks)),
		cmp.Compare(a.switches, b.switches),
		slices.Compare(a.picks, b.picks))
}

func (w walk) end() int { return w.path[len(w.path)-1] }

// from returns the state before the last step, negative if there is no step.
func (w walk) from() int {
	if len(w.path) == 1 {
		return -1
	}
	return w.path[len(w.path)-2]
}

// then returns w with step number i of its end added.
func (g *naive[S, A]) then(w walk, i int) walk {
	e := g.edges[w.end()][i]
	about := g.spec.About(e.action)
	longer := walk{
		faults:   w.faults,
		switches: w.switches,
		picks:    append(slices.Clone(w.picks), i),
		path:     append(slices.Clone(w.path), e.to),
		actor:    about.Actor,
	}
	if about.Kind == model.Fault {
		longer.faults++
	}
	if len(w.path) > 1 && w.actor != about.Actor {
		longer.switches++
	}
	return longer
}

// cheapest returns the best walk for every way to end one: a state, the actor
// of the last step, and whether there is a last step.
func (g *naive[S, A]) cheapest() []walk {
	type end struct {
		state int
		actor string
		moved bool
	}
	best := make(map[end]walk)
	var todo []walk
	offer := func(w walk) {
		at := end{w.end(), w.actor, len(w.path) > 1}
		if old, known := best[at]; !known || compareWalks(w, old) < 0 {
			best[at] = w
			todo = append(todo, w)
		}
	}
	for i, n := range g.starts {
		offer(walk{picks: []int{i}, path: []int{n}})
	}
	for len(todo) > 0 {
		w := todo[0]
		todo = todo[1:]
		for i := range g.edges[w.end()] {
			offer(g.then(w, i))
		}
	}
	var out []walk
	for _, w := range best {
		out = append(out, w)
	}
	slices.SortFunc(out, compareWalks)
	return out
}

// canonical returns the best trace whose last step, or start, is a target; nil
// if there is none. A last step is tried from every best walk to its origin,
// so that targets may speak of steps.
func (g *naive[S, A]) canonical(target func(from, to int) bool) *traces.Trace[S, A] {
	var best *walk
	offer := func(w walk) {
		if target(w.from(), w.end()) && (best == nil || compareWalks(w, *best) < 0) {
			best = &w
		}
	}
	for _, w := range g.walks {
		offer(w)
		for i := range g.edges[w.end()] {
			offer(g.then(w, i))
		}
	}
	if best == nil {
		return nil
	}
	return g.trace(*best)
}

// trace writes a walk down.
func (g *naive[S, A]) trace(w walk) *traces.Trace[S, A] {
	t := &traces.Trace[S, A]{Start: g.states[w.path[0]], Loop: traces.Finite}
	for i, pick := range w.picks[1:] {
		e := g.edges[w.path[i]][pick]
		t.Steps = append(t.Steps, model.Step[S, A]{Action: e.action, State: g.states[e.to]})
	}
	return t
}
