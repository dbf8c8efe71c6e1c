package check

import (
	"context"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A cost orders behaviours: first by faults, then by steps.
type cost uint64

func costOf(faults, steps uint64) cost { return cost(faults<<32 | steps) }

func (c cost) faults() uint64 { return uint64(c >> 32) }
func (c cost) steps() uint64  { return uint64(c & (1<<32 - 1)) }

const (
	oneStep  cost = 1
	oneFault cost = 1<<32 + 1
	noCost        = ^cost(0)
)

// A node is a state of the store with one bit of memory: whether a live
// property's trigger waits for its goal. It is the id, doubled, plus the bit.
type node uint64

func (n node) id() uint32  { return uint32(n >> 1) }
func (n node) waits() bool { return n&1 != 0 }

const noNode = ^node(0)

func nodeOf(id uint32, waits bool) node {
	n := node(id) << 1
	if waits {
		n |= 1
	}
	return n
}

// A finder computes canonical behaviours: of all that reach a goal, the one
// with the fewest faults, then the fewest steps, then the fewest changes of
// actor, then the one whose first differing step Next adds first. It works in
// three passes over the graph, all by Next, so that only the states decide:
//
//  1. spread settles nodes in order of cost (Dijkstra's algorithm; a step
//     costs one step, or one fault and one step),
//  2. trace marks backwards the nodes on cheapest ways to a goal,
//  3. a layered walk over those, in concrete states even under symmetry,
//     counts changes of actor backwards and reads the best way off forwards.
type finder[S, A comparable] struct {
	ctx     context.Context
	spec    *properties.Spec[S, A]
	store   *store[S]
	actions *actionCache[S, A]
	facts   *actions[S, A]
	canon   func(*S)
	track   func(waits bool, s *S) bool // nil: nodes have no memory
	// initially is the memory before the first state.
	initially bool

	grows  bool
	costs  []cost // by node, +1; 0 is unreached
	memory []byte
	order  []node // as settled
	ids    cursor
	out    model.Steps[S, A]

	known    func(id uint32) bool // if set, states for which it is false are not entered
	maxSteps uint64               // if set, behaviours are not longer
	limit    uint64               // if set, no more states are added
	added    uint64               // states so far
	failure  error                // of what judges nodes

	onGroup func() // if set, is called with each group
	// onStep, if set, sees every step from a settled node.
	onStep func(c cost, from node, a, b *S)
}

// newFinder returns a finder over the states of st. If grows is set, st does
// not have all of them yet.
func newFinder[S, A comparable](ctx context.Context, spec *properties.Spec[S, A], st *store[S], facts *actions[S, A],
	canon func(*S), grows bool) (*finder[S, A], error) {
	p := &finder[S, A]{ctx: ctx, spec: spec, store: st, facts: facts, canon: canon, grows: grows,
		actions: newActionCache(facts)}
	nodes := 2 * int(st.next.Load())
	if grows {
		nodes = 2 * int(st.max)
	}
	if nodes <= fewNodes {
		p.costs = make([]cost, nodes) // mapping memory costs more than clearing a little
		return p, nil
	}
	var err error
	if p.memory, err = reserve(nodes * wordSize); err != nil {
		return nil, err
	}
	p.costs = viewAs[cost](p.memory)
	return p, nil
}

const fewNodes = 1 << 16

func (p *finder[S, A]) close() { release(p.memory) }

// locate returns the node of a concrete state reached with the given memory.
func (p *finder[S, A]) locate(s S, waits bool) (node, error) {
	if p.canon != nil {
		p.canon(&s)
	}
	if p.track != nil {
		waits = p.track(waits, &s)
	}
	hash := hashOf(&s)
	id := p.store.find(hash, &s)
	if p.known != nil && (id == noID || !p.known(id)) {
		return noNode, nil
	}
	if id == noID && !p.grows {
		return 0, changedSteps(&s)
	}
	if id == noID {
		if p.limit > 0 && p.added >= p.limit {
			return 0, errLimit
		}
		p.added++
		for !p.store.makeRoom(1) {
			if err := p.store.grow(2 * len(p.store.slots)); err != nil {
				return 0, err
			}
		}
		if id, _ = p.store.add(hash, &s, &p.ids); id == noID {
			return 0, errFull
		}
	}
	return nodeOf(id, waits), nil
}

// spread settles nodes group by group in order of cost, from the initial
// states on, and calls visit with each group before it is expanded, until
// visit returns false or no node is left.
func (p *finder[S, A]) spread(visit func(c cost, group []node) bool) error {
	var layer []node // to settle with the current number of faults, next step count
	for _, s := range p.spec.Model.Init() {
		n, err := p.locate(s, p.initially)
		if err != nil {
			return err
		}
		if p.costs[n] == 0 {
			p.costs[n] = costOf(0, 0) + 1
			layer = append(layer, n)
		}
	}
	for faults := uint64(0); len(layer) > 0; faults++ {
		faulty, over, err := p.spreadLayer(layer, visit)
		if err != nil || over {
			return err
		}
		layer = p.unsettled(faulty, faults+1)
	}
	return nil
}

// spreadLayer settles the nodes reached with one number of faults, from those
// that entered the layer, and returns those reached by one fault more.
func (p *finder[S, A]) spreadLayer(layer []node, visit func(cost, []node) bool) (faulty []node, over bool, err error) {
	seeds := make([]seed, len(layer))
	for i, n := range layer {
		seeds[i] = seed{n, p.costs[n] - 1}
	}
	slices.SortFunc(seeds, func(a, b seed) int { return compare(a.cost, b.cost) })
	var group []node
	for at := seeds[0].cost; len(group) > 0 || len(seeds) > 0; at++ {
		if len(group) == 0 {
			at = seeds[0].cost
		}
		for ; len(seeds) > 0 && seeds[0].cost == at; seeds = seeds[1:] {
			// A seed may have been reached more cheaply within the layer.
			if p.costs[seeds[0].node]-1 == at {
				group = append(group, seeds[0].node)
			}
		}
		more, err := p.settle(at, group, &faulty, visit)
		if err != nil || more == nil {
			return nil, true, err
		}
		group = more
	}
	return faulty, false, nil
}

type seed struct {
	node node
	cost cost
}

func compare(a, b cost) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// unsettled drops from seeds those that were reached with fewer faults after
// all, and repetitions.
func (p *finder[S, A]) unsettled(seeds []node, faults uint64) []node {
	slices.Sort(seeds)
	seeds = slices.Compact(seeds)
	return slices.DeleteFunc(seeds, func(n node) bool { return (p.costs[n] - 1).faults() != faults })
}

// settle visits and expands a group of nodes of equal cost. It returns the
// nodes one step further, nil if the search is over.
func (p *finder[S, A]) settle(at cost, group []node, faulty *[]node, visit func(cost, []node) bool) ([]node, error) {
	next := make([]node, 0, len(group))
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	p.order = append(p.order, group...)
	if p.onGroup != nil {
		p.onGroup()
	}
	if !visit(at, group) {
		return nil, nil
	}
	for _, n := range group {
		from := *p.store.at(n.id())
		if p.spec.Within != nil && !p.spec.Within(&from) {
			continue
		}
		for _, step := range p.out.From(p.spec.Model, from) {
			c := at + oneStep
			if p.actions.get(&step.Action).fault {
				c = at + oneFault
			}
			if p.onStep != nil {
				p.onStep(c, n, &from, &step.State)
			}
			to, err := p.locate(step.State, n.waits())
			if err != nil {
				return nil, err
			}
			if to == noNode || p.maxSteps > 0 && c.steps() > p.maxSteps {
				continue
			}
			if known := p.costs[to]; known != 0 && known-1 <= c {
				continue
			}
			p.costs[to] = c + 1
			if c.faults() == at.faults() {
				next = append(next, to)
			} else {
				*faulty = append(*faulty, to)
			}
		}
	}
	return next, nil
}

// A goal is where a behaviour may end: at one of nodes or, if step is set,
// with a step of which it is true.
type goal[S any] struct {
	best  cost // of the cheapest behaviours that end there
	nodes []node
	step  func(from, to *S) bool
}

// canonical returns the canonical behaviour for each of up to 64 goals, whose
// costs spread has found.
func (p *finder[S, A]) canonical(goals []*goal[S]) ([]traces.Trace[S, A], error) {
	on := make([]uint64, 2*uint64(p.store.next.Load())) // by node: the goals it leads to cheaply
	dearest := cost(0)
	for g := range goals {
		dearest = max(dearest, goals[g].best)
		for _, n := range goals[g].nodes {
			on[n] |= 1 << g
		}
	}
	for i := len(p.order) - 1; i >= 0; i-- {
		n := p.order[i]
		if i%(1<<12) == 0 && p.ctx.Err() != nil {
			return nil, p.ctx.Err()
		}
		if p.costs[n]-1 >= dearest {
			continue // nothing that is wanted comes after it
		}
		if err := p.mark(n, goals, on); err != nil {
			return nil, err
		}
	}
	out := make([]traces.Trace[S, A], len(goals))
	for g := range goals {
		t, err := p.best(goals[g], func(n node) bool { return on[n]>>g&1 != 0 })
		if err != nil {
			return nil, err
		}
		out[g] = t
	}
	return out, nil
}

// mark makes n lead wherever the nodes lead that it cheaply leads to.
func (p *finder[S, A]) mark(n node, goals []*goal[S], on []uint64) error {
	from := *p.store.at(n.id())
	if p.spec.Within != nil && !p.spec.Within(&from) {
		return nil
	}
	at := p.costs[n] - 1
	for _, step := range p.out.From(p.spec.Model, from) {
		c := at + oneStep
		if p.actions.get(&step.Action).fault {
			c = at + oneFault
		}
		for g, goal := range goals {
			if goal.step != nil && c == goal.best && goal.step(&from, &step.State) {
				on[n] |= 1 << g
			}
		}
		to, err := p.locate(step.State, n.waits())
		if err != nil {
			return err
		}
		if to != noNode && p.costs[to]-1 == c {
			on[n] |= on[to]
		}
	}
	return nil
}
