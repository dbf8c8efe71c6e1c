package sim

import (
	"math/bits"

	"github.com/quiesce/quiesce/model"
)

// A Coverage says how much of a model the runs have seen. Counts are exact
// unless Full: then there are more states than Options.States.
type Coverage struct {
	States      int // distinct
	Transitions int // distinct steps taken
	Full        bool

	// Races are the pairs of action names found racing: enabled in the same
	// state for different actors, and the order mattered, as one disabled the
	// other or the two orders led to different states. In each run the first
	// meeting of each pair is examined. Names are in order of Spec.Actions.
	Races [][2]string
}

// marks is what is known of a state: bit i says that its step i was taken. The
// last bit stands for all steps from 63 on, which is said in the doc of States.
type marks = uint64

// coverage is what one worker has seen. All of it grows only, and what two
// workers have seen is united, so that who saw it first does not matter.
type coverage[S, A comparable] struct {
	limit  int
	seen   map[S]marks
	full   bool
	names  int
	races  []bool // by pair, see pair
	met    []bool // pairs met in this run
	first  model.Steps[S, A]
	second model.Steps[S, A]
}

// newCoverage keeps up to limit states, for a spec with that many action names.
func newCoverage[S, A comparable](limit, names int) *coverage[S, A] {
	return &coverage[S, A]{
		limit: limit, seen: make(map[S]marks), names: names,
		races: make([]bool, names*names), met: make([]bool, names*names),
	}
}

// begin forgets which pairs have met: each run examines a meeting of its own, so
// that what is found does not depend on which runs a worker made before.
func (c *coverage[S, A]) begin() { clear(c.met) }

// state marks that x was visited and, if i is not negative, left by step i.
func (c *coverage[S, A]) state(x *expansion[S, A], i int) {
	var bit marks
	if i >= 0 {
		bit = 1 << min(i, 63)
	}
	if x.kept {
		if x.visited && x.left&bit == bit {
			return
		}
		x.visited = true
		x.left |= bit
	}
	old, ok := c.seen[x.state]
	switch {
	case ok && old&bit == bit:
	case ok || len(c.seen) < c.limit:
		c.seen[x.state] = old | bit
	default:
		c.full = true
	}
}

// pair is the place of two names in races and met, whatever their order.
func (c *coverage[S, A]) pair(a, b int) int { return min(a, b)*c.names + max(a, b) }

// meet examines the step about to be taken against all others enabled with it.
//
// Of states that are kept it is noted which steps were examined together: what
// is found is the same each time.
func (c *coverage[S, A]) meet(m model.Model[S, A], x *expansion[S, A], i int) {
	if x.kept && x.raced == nil {
		x.raced = make([]uint64, len(x.steps))
	}
	for j := range x.steps {
		if x.labels[i].Who == x.labels[j].Who {
			continue
		}
		p := c.pair(x.labels[i].Name, x.labels[j].Name)
		if c.met[p] {
			continue
		}
		c.met[p] = true
		if c.races[p] || x.kept && j < 64 && x.raced[i]>>j&1 == 1 {
			continue
		}
		if c.order(m, &x.steps[i], &x.steps[j]) {
			c.races[p] = true
		} else if x.kept && j < 64 {
			x.raced[i] |= 1 << j
		}
	}
}

// order reports whether the order of two steps enabled together matters. With
// several results of one action any common result makes the orders agree.
func (c *coverage[S, A]) order(m model.Model[S, A], a, b *model.Step[S, A]) bool {
	ab := c.first.From(m, a.State)
	ba := c.second.From(m, b.State)
	for i := range ab {
		if ab[i].Action != b.Action {
			continue
		}
		for j := range ba {
			if ba[j].Action == a.Action && ba[j].State == ab[i].State {
				return false
			}
		}
	}
	return true
}

// add unites d into c, whose limit no longer matters.
func (c *coverage[S, A]) add(d *coverage[S, A]) {
	c.full = c.full || d.full
	// A union is the same in any order.
	for s, m := range d.seen {
		c.seen[s] |= m
	}
	for p, is := range d.races {
		c.races[p] = c.races[p] || is
	}
}

// result counts. A set that met its limit holds no more than that: which
// states it holds depends on the order of visits, that there are more does not.
func (c *coverage[S, A]) result(actions []string) *Coverage {
	out := &Coverage{States: len(c.seen), Full: c.full || len(c.seen) > c.limit}
	// So is a sum in any order.
	for _, m := range c.seen {
		out.Transitions += bits.OnesCount64(m)
	}
	if out.Full {
		out.States, out.Transitions = c.limit, 0
	}
	for a := range actions {
		for b := a; b < len(actions); b++ {
			if c.races[c.pair(a, b)] {
				out.Races = append(out.Races, [2]string{actions[a], actions[b]})
			}
		}
	}
	return out
}
