package sched

import (
	"fmt"
	"math/big"
	"math/bits"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/sim"
)

// Paths counts the behaviours of a model of up to a number of steps, so that
// each can be given the same probability.
type Paths[S, A comparable] struct {
	steps int
	ways  []map[S]*big.Int // by steps left: behaviours from a state
}

// Count counts the behaviours of up to steps steps: those of exactly so many,
// and shorter ones that end where nothing is enabled. It is an error if more
// than limit pairs of a state and a number of steps left have to be kept.
func Count[S, A comparable](m model.Model[S, A], steps, limit int) (*Paths[S, A], error) {
	if steps < 1 {
		return nil, fmt.Errorf("sched: count behaviours of %d steps: want at least 1", steps)
	}
	p := &Paths[S, A]{steps: steps, ways: make([]map[S]*big.Int, steps+1)}
	if err := p.reach(m, limit); err != nil {
		return nil, err
	}
	var out model.Steps[S, A]
	for left := 0; left <= steps; left++ {
		for s := range p.ways[left] {
			n := new(big.Int)
			next := out.From(m, s)
			if left == 0 || len(next) == 0 {
				n.SetInt64(1)
			} else {
				for i := range next {
					n.Add(n, p.ways[left-1][next[i].State])
				}
			}
			p.ways[left][s] = n
		}
	}
	return p, nil
}

// reach finds which states can be met with how many steps left.
func (p *Paths[S, A]) reach(m model.Model[S, A], limit int) error {
	var out model.Steps[S, A]
	level := make(map[S]*big.Int)
	for _, s := range m.Init() {
		level[s] = nil
	}
	kept := 0
	for left := p.steps; ; left-- {
		p.ways[left] = level
		if kept += len(level); kept > limit {
			return fmt.Errorf("sched: counting behaviours of %d steps needs more than %d states with their numbers of steps left", p.steps, limit)
		}
		if left == 0 {
			return nil
		}
		next := make(map[S]*big.Int)
		for s := range level {
			for _, step := range out.From(m, s) {
				next[step.State] = nil
			}
		}
		level = next
	}
}

// Behaviours returns how many there are from s.
func (p *Paths[S, A]) Behaviours(s S) *big.Int {
	if n := p.ways[p.steps][s]; n != nil {
		return new(big.Int).Set(n)
	}
	return new(big.Int)
}

// Scheduler returns a scheduler under which all counted behaviours from one
// initial state are equally likely. After their steps, and while a run
// settles, the choice among steps is uniform. Schedulers of one Paths may be
// used at the same time.
func (p *Paths[S, A]) Scheduler() sim.Scheduler[S, A] {
	return &even[S, A]{paths: p, drawn: new(big.Int), sum: new(big.Int)}
}

// even draws a behaviour step by step: each step has as many chances as there
// are behaviours that begin with it.
type even[S, A comparable] struct {
	paths *Paths[S, A]
	bits  rng.Source
	raw   []big.Word
	drawn *big.Int
	sum   *big.Int
}

func (e *even[S, A]) Begin(seed, run uint64) { e.bits.Seed(seed, run) }

func (e *even[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	if at.Settling || at.Step >= e.paths.steps {
		return int(e.bits.Below(uint64(len(at.Steps)))), at.Now
	}
	left := e.paths.steps - at.Step
	e.below(e.paths.ways[left][*at.State])
	e.sum.SetInt64(0)
	for i := range at.Steps {
		e.sum.Add(e.sum, e.paths.ways[left-1][at.Steps[i].State])
		if e.drawn.Cmp(e.sum) < 0 {
			return i, at.Now
		}
	}
	panic("sched: the model allows fewer behaviours than were counted: it is not a function of its state")
}

// below draws a number less than n, each equally likely, by rejection: as many
// bits as n has, again until they are less. It takes two tries at most, on
// average.
func (e *even[S, A]) below(n *big.Int) {
	size := n.BitLen()
	for {
		e.raw = e.raw[:0]
		for got := 0; got < size; got += 64 {
			word := e.bits.Uint64()
			if rest := size - got; rest < 64 {
				word >>= 64 - rest
			}
			e.raw = append(e.raw, big.Word(word))
			if bits.UintSize == 32 {
				e.raw = append(e.raw, big.Word(word>>32))
			}
		}
		if e.drawn.SetBits(e.raw).Cmp(n) < 0 {
			return
		}
	}
}
