package check_test

import "github.com/quiesce/quiesce/properties"

// The naive test for emptiness under fairness. What a behaviour visits for
// ever is strongly connected, or one state in which it stutters. A component
// all of which is visited for ever is fair unless
//
//   - a weak set is enabled in each of its states and taken inside it never:
//     then no part of the component is fair either;
//   - a strong set is enabled in one of its states and taken inside it never:
//     then only a part without the states that enable it can be fair.
//
// That is the emptiness test for Streett automata of Emerson and Lei
// ("Modalities for model checking: branching time strikes back", 1987).

// staysBad reports whether some behaviour that is fair to rests violates the
// live property p within the part of the graph that was expanded.
func (g *naive[S, A]) staysBad(p *properties.Property[S], rests []properties.Fairness[A]) bool {
	bad := func(n int) bool { return !g.cut[n] && !p.Q(&g.states[n]) }
	from := func(n int) bool { return p.P(&g.states[n]) }
	if p.Form == properties.FormEventually {
		from = func(n int) bool {
			for _, start := range g.starts {
				if start == n {
					return true
				}
			}
			return false
		}
	}
	return g.fairInside(g.closed(g.after, from, bad), rests)
}

// fairInside reports whether a fair behaviour may stay among the given states
// for ever, wherever among them it begins.
func (g *naive[S, A]) fairInside(states []bool, rests []properties.Fairness[A]) bool {
	left := append([]bool{}, states...)
	for n := range left {
		if !left[n] {
			continue
		}
		component := g.component(n, states)
		for m, in := range component {
			left[m] = left[m] && !in
		}
		if g.fairComponent(component, rests) {
			return true
		}
	}
	return false
}

// component returns the states among the given ones that n leads to and that
// lead to n, without leaving them.
func (g *naive[S, A]) component(n int, states []bool) []bool {
	only := func(m int) bool { return m == n }
	inside := func(m int) bool { return states[m] }
	after := g.closed(g.after, only, inside)
	before := g.closed(g.before, only, inside)
	for m := range after {
		after[m] = after[m] && before[m]
	}
	return after
}

func (g *naive[S, A]) fairComponent(in []bool, rests []properties.Fairness[A]) bool {
	keep := append([]bool{}, in...)
	smaller := false
	for _, f := range rests {
		always, ever, taken := true, false, false
		for n := range in {
			if !in[n] {
				continue
			}
			enabled := g.enabled(f, n, everywhere)
			always = always && enabled
			ever = ever || enabled
			taken = taken || g.enabled(f, n, func(to int) bool { return in[to] })
		}
		switch {
		case taken:
		case !f.Strong && always:
			return false
		case f.Strong && ever:
			smaller = true
			for n := range in {
				keep[n] = keep[n] && !g.enabled(f, n, everywhere)
			}
		}
	}
	return !smaller || g.fairInside(keep, rests)
}

// enabled reports whether a step from n that changes the state, carries an
// action of f, and leads to where ok allows exists.
func (g *naive[S, A]) enabled(f properties.Fairness[A], n int, ok func(to int) bool) bool {
	for _, e := range g.edges[n] {
		if e.to != n && ok(e.to) && f.Covers(e.action) {
			return true
		}
	}
	return false
}
