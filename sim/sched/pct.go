package sched

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim"
)

// PCT is the probabilistic concurrency testing of Burckhardt, Kothari,
// Musuvathi and Nagarakatte (ASPLOS 2010) in its form for message passing
// (Ozkan, Majumdar, Niksic, Befrouei, Weissenbacher, OOPSLA 2018): priorities
// belong to chains of events, each enabled by the one before it, not to
// threads. The step whose chain has the highest priority is taken. At depth-1
// moments, drawn from the first events of the run, the chain about to go on
// is put below all others instead.
//
// events is how many steps a run may have; [Measure] finds it. After so many
// steps, and while the run settles, the choice is uniform: PCT alone is not
// fair. PCT panics if depth is less than 1 or events less than depth.
func PCT[S, A comparable](depth, events int) sim.Scheduler[S, A] {
	if depth < 1 || events < depth {
		panic(fmt.Sprintf("sched: PCT of depth %d over %d events: want 1 <= depth <= events", depth, events))
	}
	return &pct[S, A]{depth: depth, events: events, change: make([]int, depth-1)}
}

// Guarantee is the least probability with which one run of PCT of the given
// depth meets any one bug of at most that depth, if no run has more than chains
// chains and events events: 1/(chains·events^(depth-1)). The bug's depth is how
// many pairs of events must come in a certain order.
func Guarantee(chains, events, depth int) *big.Rat {
	d := new(big.Int).Exp(big.NewInt(int64(events)), big.NewInt(int64(depth-1)), nil)
	return new(big.Rat).SetFrac(big.NewInt(1), d.Mul(d, big.NewInt(int64(chains))))
}

type pct[S, A comparable] struct {
	depth, events int
	bits          rng.Source
	change        []int // numbers of the events at which a priority is lowered, all different
	chains        chains
}

func (p *pct[S, A]) Begin(seed, run uint64) {
	p.bits.Seed(seed, run)
	for i := range p.change {
		for {
			p.change[i] = int(p.bits.Below(uint64(p.events)))
			if !slices.Contains(p.change[:i], p.change[i]) {
				break
			}
		}
	}
	p.chains.begin()
}

func (p *pct[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	if at.Settling || at.Step >= p.events {
		return int(p.bits.Below(uint64(len(at.Steps)))), at.Now
	}
	c := &p.chains
	c.enter(at.Labels)
	for len(c.priority) < c.count {
		c.priority = append(c.priority, p.bits.Uint64()|1<<63) // above every lowered one
	}
	chain := c.highest()
	for k, event := range p.change {
		if event == at.Step {
			c.priority[chain] = uint64(p.depth - 1 - k)
			chain = c.highest()
		}
	}
	i := c.among(chain, &p.bits)
	c.took(i)
	return i, at.Now
}

// chains follows which event enabled which. An event enabled by the last event
// of a chain goes on with that chain; if several are, the first does and the
// others begin chains of their own.
type chains struct {
	open     enabled[int] // the chain of each enabled step
	priority []uint64     // by chain
	count    int          // of chains
	last     int          // chain of the event taken last, until another goes on with it; or -1
}

func (c *chains) begin() {
	c.open.begin()
	c.priority = c.priority[:0]
	c.count, c.last = 0, -1
}

// enter says which chain each enabled step goes on with, for those newly enabled.
func (c *chains) enter(labels []*sim.Label) {
	c.open.enter(labels)
	for i := range c.open.now {
		e := &c.open.now[i]
		switch {
		case !e.fresh:
		case i > 0 && e.label == c.open.now[i-1].label:
			e.value = c.open.now[i-1].value // another result of the same action
		case c.last >= 0:
			e.value, c.last = c.last, -1
		default:
			e.value = c.count
			c.count++
		}
	}
	c.last = -1
}

// highest returns the chain with the highest priority that has a step enabled.
func (c *chains) highest() int {
	best := c.open.now[0].value
	for i := range c.open.now {
		if chain := c.open.now[i].value; c.priority[chain] > c.priority[best] {
			best = chain
		}
	}
	return best
}

// among returns one of the steps of a chain. There are several if an action
// has several results.
func (c *chains) among(chain int, bits *rng.Source) int {
	n := 0
	for i := range c.open.now {
		if c.open.now[i].value == chain {
			n++
		}
	}
	k := 0
	if n > 1 {
		k = int(bits.Below(uint64(n)))
	}
	for i := range c.open.now {
		if c.open.now[i].value == chain {
			if k == 0 {
				return i
			}
			k--
		}
	}
	panic("sched: a chain without steps was chosen")
}

// took says that step i was taken: its chain has room for one that it enabled.
func (c *chains) took(i int) {
	c.last = c.open.now[i].value
	c.open.took(i)
}
