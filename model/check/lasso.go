package check

import (
	"bytes"
	"container/heap"
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
	f, err := newFinder(ctx, in.spec, in.exact, in.actions, nil, false)
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
	// The loop was found once already, perhaps with the last of the budget.
	ls.budget = loopBudget
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
// bound.
func (ls *lassoSearch[S, A]) loop(id uint32, bound cost) (loop, bool) {
	sets := ls.live.weak | ls.live.firm
	if ls.live.enabledAt(id)&sets == 0 {
		return loop{}, true
	}
	l, ok := ls.around(id, bound)
	if !ok && ls.best == noCost {
		return ls.patchwork(id), true
	}
	return l, ok
}

// A round is a state on the way around a loop with the obligations seen so
// far: the sets met, and the strong sets that were enabled.
type round struct {
	id        uint32
	met, owed uint64
}

// reached is a round and the way to it.
type reached struct {
	round
	from int // index of the reached it comes from, -1 for the first
	edge int
	cost cost
}

// around searches in order of cost for the way back to the state on which
// every obligation is met. Among ways of equal cost the first found is, but
// for faults on the way, the one whose first differing step Next adds first.
func (ls *lassoSearch[S, A]) around(id uint32, bound cost) (loop, bool) {
	ways := frontier{all: []reached{{round: ls.enter(round{id: id}), from: -1}}, waiting: []int{0}}
	settled := make(map[round]bool)
	for len(ways.waiting) > 0 {
		if ls.budget--; ls.budget <= 0 {
			return loop{}, false
		}
		at := heap.Pop(&ways).(int)
		here := ways.all[at]
		if here.from >= 0 && here.id == id && ls.closed(here.round) {
			return unwind(ways.all, here), true
		}
		if settled[here.round] {
			continue
		}
		settled[here.round] = true
		ls.eachEdge(here, func(next reached) {
			next.from = at
			if ls.home[next.id] == ls.home[id] && next.cost <= bound && (next.id == id || !settled[next.round]) {
				ways.all = append(ways.all, next)
				heap.Push(&ways, len(ways.all)-1)
			}
		})
	}
	return loop{}, false
}

// eachEdge calls f with what each kept edge leads to, in Next's order.
func (ls *lassoSearch[S, A]) eachEdge(here reached, f func(reached)) {
	targets, labels := ls.in.graph.edges(here.id)
	for i, to := range targets {
		next := reached{round: round{to, here.met, here.owed}, edge: i, cost: here.cost + oneStep}
		if labels != nil {
			l := label(labels, i)
			next.met |= ls.live.masks[l]
			if ls.in.actions.faults[l] {
				next.cost = here.cost + oneFault
			}
		}
		next.round = ls.enter(next.round)
		f(next)
	}
}

// A frontier is a heap of rounds by cost and then by when they were found.
type frontier struct {
	all     []reached
	waiting []int
}

func (f *frontier) Len() int { return len(f.waiting) }
func (f *frontier) Less(i, j int) bool {
	a, b := f.waiting[i], f.waiting[j]
	if f.all[a].cost != f.all[b].cost {
		return f.all[a].cost < f.all[b].cost
	}
	return a < b
}
func (f *frontier) Swap(i, j int) { f.waiting[i], f.waiting[j] = f.waiting[j], f.waiting[i] }
func (f *frontier) Push(x any)    { f.waiting = append(f.waiting, x.(int)) }
func (f *frontier) Pop() any {
	last := f.waiting[len(f.waiting)-1]
	f.waiting = f.waiting[:len(f.waiting)-1]
	return last
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

// unwind returns the way that ends with last.
func unwind(all []reached, last reached) loop {
	l := loop{cost: last.cost}
	for r := last; r.from >= 0; r = all[r.from] {
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
