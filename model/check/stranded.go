package check

import "github.com/quiesce/quiesce/properties"

// A scout says of one state after the other whether a way leads to the goal of
// an AlwaysPossible claim, on a graph that is visited only as far as that takes:
// depth first, up to the first state that is known to reach it. It adds states
// to the store of its finder.
type scout[S, A comparable] struct {
	f       *finder[S, A]
	goal    properties.Predicate[S]
	can     map[uint32]bool // what was decided
	seen    map[uint32]bool // in the present search
	path    []turnout
	targets []uint32 // not yet looked at, of all states of the path
}

// A turnout is a state of the path; its targets end where the next one's begin.
type turnout struct {
	id    uint32
	first int
}

func newScout[S, A comparable](f *finder[S, A], goal properties.Predicate[S]) *scout[S, A] {
	return &scout[S, A]{f: f, goal: goal, can: make(map[uint32]bool)}
}

// stranded reports whether no way leads from a state to the goal.
func (c *scout[S, A]) stranded(id uint32) (bool, error) {
	if can, known := c.can[id]; known {
		return !can, nil
	}
	c.seen, c.path, c.targets = make(map[uint32]bool), c.path[:0], c.targets[:0]
	reached, err := c.enter(id)
	for err == nil && !reached && len(c.path) > 0 {
		last := &c.path[len(c.path)-1]
		if len(c.targets) == last.first {
			c.path = c.path[:len(c.path)-1]
			continue
		}
		next := c.targets[len(c.targets)-1]
		c.targets = c.targets[:len(c.targets)-1]
		if !c.seen[next] {
			reached, err = c.enter(next)
		}
	}
	if err != nil {
		return false, err
	}
	if reached {
		for _, t := range c.path {
			c.can[t.id] = true
		}
		return false, nil
	}
	// The search went everywhere. What each state says of itself is the same in
	// any order.
	for id := range c.seen {
		c.can[id] = false
	}
	return true, nil
}

// enter goes on to a state. It reports whether that reaches the goal for sure:
// it is there, it is known to, or its steps are not explored (Spec.Within).
func (c *scout[S, A]) enter(id uint32) (bool, error) {
	c.seen[id] = true
	c.path = append(c.path, turnout{id, len(c.targets)})
	f, s := c.f, *c.f.store.at(id)
	if c.can[id] || c.goal(&s) || f.spec.Within != nil && !f.spec.Within(&s) {
		return true, f.ctx.Err()
	}
	for _, step := range f.out.From(f.spec.Model, s) {
		n, err := f.locate(step.State, false)
		if err != nil {
			return false, err
		}
		c.targets = append(c.targets, n.id())
	}
	return false, nil
}
