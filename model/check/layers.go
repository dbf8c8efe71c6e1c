package check

import (
	"slices"

	"github.com/quiesce/quiesce/traces"
)

// A place is a concrete state in a layer of the cheapest behaviours: what has
// been reached after so many steps.
type place[S any] struct {
	state S
	node  node
	ways  []way
}

// A way is a step that stays on a cheapest behaviour.
type way struct {
	index int // of the step among those of Next
	to    int // of the place in the next layer; -1 if the behaviour ends with this step
	actor string
}

// best returns the canonical one of the cheapest behaviours to g: the fewest
// changes of actor, then the earliest steps. allowed says which nodes lie on
// cheapest behaviours.
func (p *finder[S, A]) best(g *goal[S], allowed func(node) bool) (traces.Trace[S, A], error) {
	layers, err := p.layers(g, allowed)
	if err != nil {
		return traces.Trace[S, A]{}, err
	}
	changes := countChanges(layers)
	start, least := -1, 0
	for i := range layers[0] {
		if c := changes[0][i].fewest(nobody); c >= 0 && (start < 0 || c < least) {
			start, least = i, c
		}
	}
	t := traces.Trace[S, A]{Start: layers[0][start].state, Loop: traces.Finite}
	actor := nobody
	for depth, at := 0, start; at >= 0 && len(layers[depth][at].ways) > 0; depth++ {
		here := &layers[depth][at]
		want := changes[depth][at].fewest(actor)
		for _, w := range here.ways {
			if rest := after(changes, depth, w); rest >= 0 && rest+change(actor, w.actor) == want {
				steps := p.out.From(p.spec.Model, here.state)
				t.Steps = append(t.Steps, steps[w.index])
				actor, at = w.actor, w.to
				break
			}
		}
	}
	return t, nil
}

// layers collects, layer by layer, the concrete states on cheapest behaviours.
// Under symmetry a node stands for several of them.
func (p *finder[S, A]) layers(g *goal[S], allowed func(node) bool) ([][]place[S], error) {
	first := []place[S]{}
	for _, s := range p.spec.Model.Init() {
		n, err := p.locate(s, p.initially)
		if err != nil {
			return nil, err
		}
		repeated := slices.ContainsFunc(first, func(q place[S]) bool { return q.state == s })
		if allowed(n) && p.costs[n]-1 == 0 && !repeated {
			first = append(first, place[S]{state: s, node: n})
		}
	}
	layers := [][]place[S]{first}
	for {
		last := layers[len(layers)-1]
		var next []place[S]
		known := make(map[placeKey[S]]int)
		for i := range last {
			var err error
			if next, err = p.extend(&last[i], g, allowed, next, known); err != nil {
				return nil, err
			}
		}
		if len(next) == 0 {
			return layers, nil
		}
		layers = append(layers, next)
	}
}

type placeKey[S any] struct {
	state S
	node  node
}

// extend finds the ways on from here and adds the places they lead to.
func (p *finder[S, A]) extend(here *place[S], g *goal[S], allowed func(node) bool,
	next []place[S], known map[placeKey[S]]int) ([]place[S], error) {
	at := p.costs[here.node] - 1
	if at == g.best {
		return next, nil
	}
	steps := slices.Clone(p.out.From(p.spec.Model, here.state))
	for i := range steps {
		step := &steps[i]
		a := p.actions.get(&step.Action)
		c, actor := at+oneStep, p.facts.actor(a.number-1)
		if a.fault {
			c = at + oneFault
		}
		if g.step != nil && c == g.best && g.step(&here.state, &step.State) {
			here.ways = append(here.ways, way{i, -1, actor})
			continue
		}
		to, err := p.locate(step.State, here.node.waits())
		if err != nil {
			return nil, err
		}
		if to == noNode || p.costs[to]-1 != c || !allowed(to) {
			continue
		}
		key := placeKey[S]{step.State, to}
		k, ok := known[key]
		if !ok {
			k = len(next)
			known[key] = k
			next = append(next, place[S]{state: step.State, node: to})
		}
		here.ways = append(here.ways, way{i, k, actor})
	}
	return next, nil
}

// leastChanges says, for a place, how few changes of actor are left to the
// goal if the next step is taken by an actor.
type leastChanges struct {
	goal   bool // the behaviour may end here
	actors []string
	counts []int
}

// fewest returns the changes of actor still needed if the last step was
// taken by actor; -1 if the goal is not reached from here.
func (l *leastChanges) fewest(actor string) int {
	if l.goal {
		return 0
	}
	best := -1
	for i, a := range l.actors {
		if c := l.counts[i] + change(actor, a); best < 0 || c < best {
			best = c
		}
	}
	return best
}

// nobody is who took the step before the first.
const nobody = "\x00"

func change(from, to string) int {
	if from == nobody || from == to {
		return 0
	}
	return 1
}

// after returns the changes left after way w out of a layer; -1 for none.
func after(changes [][]leastChanges, depth int, w way) int {
	if w.to < 0 {
		return 0
	}
	return changes[depth+1][w.to].fewest(w.actor)
}

// countChanges works backwards from the last layer.
func countChanges[S any](layers [][]place[S]) [][]leastChanges {
	out := make([][]leastChanges, len(layers))
	for depth := len(layers) - 1; depth >= 0; depth-- {
		out[depth] = make([]leastChanges, len(layers[depth]))
		for i := range layers[depth] {
			here, l := &layers[depth][i], &out[depth][i]
			l.goal = len(here.ways) == 0
			for _, w := range here.ways {
				l.offer(w.actor, after(out, depth, w))
			}
		}
	}
	return out
}

func (l *leastChanges) offer(actor string, count int) {
	if count < 0 {
		return
	}
	i := slices.Index(l.actors, actor)
	if i < 0 {
		l.actors = append(l.actors, actor)
		l.counts = append(l.counts, count)
	} else {
		l.counts[i] = min(l.counts[i], count)
	}
}

// actor returns the actor of the action with that number.
func (t *actions[S, A]) actor(number uint32) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.list[number].actor
}
