package check_test

import (
	"maps"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// This file is the dumb second implementation of package check: a map, slices
// and textbook definitions, written to be seen to be right and not to be fast.
// It shares nothing with the engine but the nouns.

// A naive is the whole reachable graph of a spec.
type naive[S, A comparable] struct {
	spec   *properties.Spec[S, A]
	starts []int // the initial states in Init's order, by number
	states []S   // by number, in the order found
	depth  []int // by state: fewest steps from a start
	cut    []bool
	edges  [][]edge[A] // by state: its steps in Next's order; none if cut
	before [][]int     // by state: the states that step to it
	after  [][]int     // by state: the states it steps to
	index  map[S]int
	walks  []walk // the best way to every end, see canonical_test.go
}

// An edge is a step to a state known by number.
type edge[A comparable] struct {
	action A
	to     int
}

// explore visits every reachable state of spec, breadth first.
func explore[S, A comparable](spec *properties.Spec[S, A]) *naive[S, A] {
	g := &naive[S, A]{spec: spec, index: make(map[S]int)}
	for _, s := range spec.Model.Init() {
		g.starts = append(g.starts, g.number(s, 0))
	}
	var out model.Steps[S, A]
	for n := 0; n < len(g.states); n++ {
		var found []edge[A]
		here := g.states[n]
		g.cut = append(g.cut, spec.Within != nil && !spec.Within(&here))
		if !g.cut[n] {
			for _, step := range out.From(spec.Model, here) {
				found = append(found, edge[A]{step.Action, g.number(step.State, g.depth[n]+1)})
			}
		}
		g.edges = append(g.edges, found)
	}
	g.before, g.after = make([][]int, len(g.states)), make([][]int, len(g.states))
	for n := range g.states {
		for _, e := range g.edges[n] {
			g.after[n] = append(g.after[n], e.to)
			g.before[e.to] = append(g.before[e.to], n)
		}
	}
	g.walks = g.cheapest()
	return g
}

// number returns the number of s, a new one if s is new.
func (g *naive[S, A]) number(s S, depth int) int {
	n, known := g.index[s]
	if !known {
		n = len(g.states)
		g.index[s] = n
		g.states = append(g.states, s)
		g.depth = append(g.depth, depth)
	}
	return n
}

// naively decides every property of spec. The report has no lassos, no bytes
// and no reasons; all the rest is what Run has to say.
func naively[S, A comparable](spec *properties.Spec[S, A]) *check.Report[S, A] {
	return explore(spec).report()
}

func (g *naive[S, A]) report() *check.Report[S, A] {
	spec := g.spec
	r := &check.Report[S, A]{
		Distinct:  uint64(len(g.states)),
		Generated: uint64(len(g.starts)),
		Complete:  !slices.Contains(g.cut, true),
	}
	fired := make(map[string]uint64)
	for n := range g.states {
		r.Depth = max(r.Depth, g.depth[n])
		r.Generated += uint64(len(g.edges[n]))
		for _, e := range g.edges[n] {
			fired[spec.About(e.action).Name]++
		}
	}
	names := spec.Actions
	if names == nil { // then what fired is all that is known
		names = slices.Sorted(maps.Keys(fired))
	}
	for _, name := range names {
		r.Fired = append(r.Fired, check.Fired{Name: name, Steps: fired[name]})
		if fired[name] == 0 {
			r.Never = append(r.Never, name)
		}
	}
	for _, f := range spec.Fairness {
		if !g.anyStep(func(n int, e edge[A]) bool { return f.Covers(e.action) }) {
			r.Idle = append(r.Idle, f.String())
		}
	}
	claims := spec.Claims()
	for i := range claims {
		r.Verdicts = append(r.Verdicts, g.verdict(&claims[i]))
	}
	return r
}

// verdict decides p. What is found in the part of the graph that was visited
// is final; its absence is final only if nothing was cut.
func (g *naive[S, A]) verdict(p *properties.Property[S]) properties.Verdict[S, A] {
	v := properties.Verdict[S, A]{Property: p.Name, Form: p.Form, Sentence: p.Sentence}
	rests := g.assumed(p)
	found := false // a counterexample, or the witness of Reachable
	if p.Form.Live() {
		found = g.staysBad(p, rests)
	} else {
		v.Trace = g.canonical(g.targets(p))
		found = v.Trace != nil
	}
	vacuous := g.nothingToDecide(p)
	cut := slices.Contains(g.cut, true)
	switch {
	case found && p.Form != properties.FormReachable:
		v.Outcome = properties.Violated
	case found && !vacuous:
		v.Outcome = properties.Holds
	case cut:
		v.Outcome = properties.Inconclusive
	case !found && p.Form == properties.FormReachable:
		v.Outcome = properties.Violated
	case vacuous:
		v.Outcome = properties.Vacuous
	default:
		v.Outcome = properties.Holds
	}
	if v.Outcome != properties.Violated && v.Outcome != properties.Holds {
		v.Trace = nil
	}
	if v.Outcome == properties.Holds && p.Form.Live() {
		v.Assuming, v.Necessary = g.necessary(p, rests)
	}
	return v
}

// nothingToDecide reports whether what p is about was never seen.
func (g *naive[S, A]) nothingToDecide(p *properties.Property[S]) bool {
	switch {
	case len(g.starts) == 0 || p.Subject != nil && !g.anyState(p.Subject):
		return true
	case p.Form == properties.FormLeadsTo:
		return !g.anyState(p.P)
	case p.Form == properties.FormAlwaysStep:
		return !g.anyStep(func(int, edge[A]) bool { return true })
	}
	return false
}

// assumed returns the fairness sets that p may rest on, in the spec's order.
func (g *naive[S, A]) assumed(p *properties.Property[S]) []properties.Fairness[A] {
	var out []properties.Fairness[A]
	for _, f := range g.spec.Fairness {
		if p.Form.Live() && (p.Under == nil || slices.Contains(p.Under, f.Name)) {
			out = append(out, f)
		}
	}
	return out
}

// necessary names the sets that p rests on, and those among them without any
// one of which p would be violated.
func (g *naive[S, A]) necessary(p *properties.Property[S], rests []properties.Fairness[A]) (assuming, necessary []string) {
	for i, f := range rests {
		assuming = append(assuming, f.String())
		if g.staysBad(p, slices.Delete(slices.Clone(rests), i, i+1)) {
			necessary = append(necessary, f.String())
		}
	}
	return assuming, necessary
}

// anyState reports whether p is true of some state.
func (g *naive[S, A]) anyState(p properties.Predicate[S]) bool {
	return slices.ContainsFunc(g.states, func(s S) bool { return p(&s) })
}

func (g *naive[S, A]) anyStep(ok func(n int, e edge[A]) bool) bool {
	for n := range g.states {
		for _, e := range g.edges[n] {
			if ok(n, e) {
				return true
			}
		}
	}
	return false
}

// targets says which ends make a walk a counterexample of the safety property
// p, or a witness of Reachable. The last step of a walk is given by its
// origin; the walk that is only a start has from < 0.
func (g *naive[S, A]) targets(p *properties.Property[S]) func(from, to int) bool {
	state := func(ok func(n int) bool) func(from, to int) bool {
		return func(_, to int) bool { return ok(to) }
	}
	switch p.Form {
	case properties.FormAlways:
		return state(func(n int) bool { return !p.P(&g.states[n]) })
	case properties.FormReachable:
		return state(func(n int) bool { return p.P(&g.states[n]) })
	case properties.FormNoDeadlock:
		return state(func(n int) bool { return !g.cut[n] && len(g.edges[n]) == 0 && !p.P(&g.states[n]) })
	case properties.FormAlwaysPossible:
		// A cut state may go on to the goal for all that is known.
		hopeful := g.closed(g.before, func(n int) bool { return g.cut[n] || p.Q(&g.states[n]) }, everywhere)
		return state(func(n int) bool { return !hopeful[n] })
	case properties.FormAlwaysStep:
		return func(from, to int) bool { return from >= 0 && !p.Step(&g.states[from], &g.states[to]) }
	}
	panic("no safety form: " + p.Form.String())
}

func everywhere(int) bool { return true }

// closed returns the states that next leads to from those that are from,
// themselves included, without leaving the states that are inside.
func (g *naive[S, A]) closed(next [][]int, from, inside func(n int) bool) []bool {
	in := make([]bool, len(g.states))
	var todo []int
	add := func(n int) {
		if !in[n] && inside(n) {
			in[n] = true
			todo = append(todo, n)
		}
	}
	for n := range g.states {
		if from(n) {
			add(n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, m := range next[n] {
			add(m)
		}
	}
	return in
}
