package check

import (
	"bytes"
	"context"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A lasso search looks, among the fair components in which a live property
// fails, for a counterexample with few faults and then few steps, stem and
// loop together. Finding the very shortest fair loop is NP-hard in the number
// of fairness sets (Clarke, Grumberg, McMillan, Zhao, DAC 1995), so the search
// for loops has a budget, counted in nodes and not in time. Stems are always
// shortest to the state where their loop begins.
type lassoSearch[S, A comparable] struct {
	in     *search[S, A]
	live   *live[S]
	finder *finder[S, A]
	home   []uint32 // by id: number of its fair component, +1
	budget int

	best    cost // of stem and loop together
	stem    cost
	entries []node // where the best lassos' loops begin
}

const loopBudget = 1 << 22

// lasso returns a counterexample of p. live has found at least one fair
// component.
func (in *search[S, A]) lasso(ctx context.Context, p *properties.Property[S], l *live[S]) (*traces.Trace[S, A], error) {
	f, err := newFinder(ctx, in.spec, in.exact, in.actions, nil)
	if err != nil {
		return nil, err
	}
	defer f.close()
	in.confine(f)
	f.initially = p.Form == properties.FormEventually
	f.track = func(waits bool, s *S) bool {
		return (waits || p.Form == properties.FormLeadsTo && p.P(s)) && !p.Q(s)
	}
	ls := &lassoSearch[S, A]{in: in, live: l, finder: f, budget: loopBudget, best: noCost,
		home: make([]uint32, in.ids())}
	for i, states := range l.fair {
		for _, id := range states {
			ls.home[id] = uint32(i) + 1
		}
	}
	if err := f.spread(ls.visit); err != nil {
		return nil, err
	}
	stems, err := f.canonical([]*goal[S]{{best: ls.stem, nodes: ls.entries}})
	if err != nil {
		return nil, err
	}
	t := stems[0]
	t.Loop = t.Len()
	last := t.Last()
	loop, ok := ls.loop(in.exact.find(hashOf(last), last), noCost)
	if !ok {
		return nil, changedSteps(last)
	}
	return ls.append(&t, loop)
}

// visit weighs the lassos whose loop begins in a node of the group, and ends
// the spread when no later group can give a better one.
func (ls *lassoSearch[S, A]) visit(c cost, group []node) bool {
	if ls.best != noCost && (c >= ls.best || ls.budget <= 0) {
		return false
	}
	var here []node
	for _, n := range group {
		if n.waits() && ls.home[n.id()] != 0 {
			here = append(here, n)
		}
	}
	// The budget must run out at the same place whatever the ids are.
	slices.SortFunc(here, func(a, b node) int {
		return bytes.Compare(bytesOf(ls.in.exact.at(a.id())), bytesOf(ls.in.exact.at(b.id())))
	})
	for _, n := range here {
		bound := noCost
		if ls.best != noCost {
			bound = ls.best - c
		}
		loop, ok := ls.loop(n.id(), bound)
		if !ok {
			continue
		}
		total := c + loop.cost
		if total < ls.best {
			ls.best, ls.stem, ls.entries = total, c, nil
		}
		if total == ls.best && c == ls.stem {
			ls.entries = append(ls.entries, n)
		}
	}
	return true
}

// A loop is a way back to a state: the edges taken, by their index among the
// state's kept edges. No edges means stuttering.
type loop struct {
	cost  cost
	edges []int
	ids   []uint32 // after each edge
}

// loop returns the cheapest fair loop through the state that costs at most
// bound: first without faults, then with.
func (ls *lassoSearch[S, A]) loop(id uint32, bound cost) (loop, bool) {
	sets := ls.live.weak | ls.live.firm
	if ls.live.enabledAt(id)&sets == 0 {
		return loop{}, true
	}
	for _, faults := range []bool{false, true} {
		if l, ok := ls.around(id, bound, faults); ok {
			return l, true
		}
	}
	if ls.best == noCost {
		return ls.patchwork(id), true
	}
	return loop{}, false
}

// A round is a state on the way around a loop with the obligations seen so
// far: the sets met, and the strong sets that were enabled.
type round struct {
	id        uint32
	met, owed uint64
}

type reached struct {
	round
	from int // index of the reached it comes from
	edge int
	cost cost
}

// around searches breadth first for the way back to the state on which every
// obligation is met. The first way found is, of the shortest, the one whose
// first differing step Next adds first.
func (ls *lassoSearch[S, A]) around(id uint32, bound cost, faults bool) (loop, bool) {
	start := ls.enter(round{id: id})
	queue := []reached{{round: start, from: -1}}
	seen := map[round]bool{start: true}
	for at := 0; at < len(queue); at++ {
		if ls.budget--; ls.budget <= 0 {
			return loop{}, false
		}
		here := queue[at]
		targets, labels := ls.in.graph.edges(here.id)
		for i, to := range targets {
			c, met := here.cost+oneStep, here.met
			if labels != nil {
				l := label(labels, i)
				met |= ls.live.masks[l]
				if ls.in.actions.faults[l] {
					c = here.cost + oneFault
				}
			}
			if ls.home[to] != ls.home[id] || c > bound || c-here.cost == oneFault && !faults {
				continue
			}
			next := ls.enter(round{to, met, here.owed})
			if to == id && ls.closed(next) {
				return unwind(queue, reached{next, at, i, c}), true
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, reached{next, at, i, c})
			}
		}
	}
	return loop{}, false
}

// enter adds what holds in the state itself to the obligations.
func (ls *lassoSearch[S, A]) enter(r round) round {
	enabled := ls.live.enabledAt(r.id)
	r.met = (r.met | ls.live.weak&^enabled) & (ls.live.weak | ls.live.firm)
	r.owed |= enabled & ls.live.firm
	return r
}

func (ls *lassoSearch[S, A]) closed(r round) bool {
	return r.met&ls.live.weak == ls.live.weak && r.owed&^r.met == 0
}

func unwind(queue []reached, last reached) loop {
	l := loop{cost: last.cost}
	for r := last; r.from >= 0; r = queue[r.from] {
		l.edges = append(l.edges, r.edge)
		l.ids = append(l.ids, r.id)
	}
	slices.Reverse(l.edges)
	slices.Reverse(l.ids)
	return l
}

// append adds the steps of a loop to a stem.
func (ls *lassoSearch[S, A]) append(t *traces.Trace[S, A], l loop) (*traces.Trace[S, A], error) {
	var out model.Steps[S, A]
	for i, edge := range l.edges {
		here := *t.Last()
		steps := slices.DeleteFunc(slices.Clone(out.From(ls.in.spec.Model, here)),
			func(s model.Step[S, A]) bool { return s.State == here })
		if edge >= len(steps) || steps[edge].State != *ls.in.exact.at(l.ids[i]) {
			return nil, changedSteps(&here)
		}
		t.Steps = append(t.Steps, steps[edge])
	}
	return t, nil
}
