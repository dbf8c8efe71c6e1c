package sched

import (
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim"
)

// Weighted takes a step of an actor with probability proportional to how many
// events the actor probably has left: the uniform random walk of Zhao, Wolff,
// Mathur and Roychoudhury ("Selectively uniform concurrency testing", ASPLOS
// 2025), by which all interleavings of actors with known numbers of events are
// equally likely. Numbers of events are averages of m, so they are not known
// exactly and interleavings are nearly uniform at best; [Paths] is exact where
// it can be had. Among the steps of one actor the choice is uniform.
func Weighted[S, A comparable](m *Measure) sim.Scheduler[S, A] {
	return &weighted[S, A]{measure: m}
}

type weighted[S, A comparable] struct {
	measure *Measure
	bits    rng.Source
	actors  []share // by actor number of the labels
	order   []int   // actors enabled at this point, in order of their first step
}

// share is in units of events times Measure.Runs, so that averages are exact.
type share struct {
	known bool
	total uint64 // events of an average run
	left  uint64 // of them, in this run
	steps uint64 // enabled now
}

// Begin gives every actor its whole share again.
func (w *weighted[S, A]) Begin(seed, run uint64) {
	w.bits.Seed(seed, run)
	for i := range w.actors {
		w.actors[i].left = w.actors[i].total
	}
}

func (w *weighted[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	w.order = w.order[:0]
	sum := uint64(0)
	for _, l := range at.Labels {
		for l.Who >= len(w.actors) {
			w.actors = append(w.actors, share{})
		}
		a := &w.actors[l.Who]
		if !a.known {
			a.known, a.total = true, w.measure.Actors[l.Actor]
			a.left = a.total
		}
		if a.steps++; a.steps == 1 {
			w.order = append(w.order, l.Who)
			sum += w.weight(a)
		}
	}
	actor, k := w.draw(sum)
	for _, o := range w.order {
		w.actors[o].steps = 0
	}
	a := &w.actors[actor]
	a.left -= min(a.left, uint64(w.measure.Runs))
	for i, l := range at.Labels {
		if l.Who == actor {
			if k == 0 {
				return i, at.Now
			}
			k--
		}
	}
	panic("sched: the chosen actor has no step")
}

// weight is never zero: an actor that has done more than usual may still act.
func (w *weighted[S, A]) weight(a *share) uint64 { return max(a.left, 1) }

// draw returns an enabled actor and which of its steps it takes.
func (w *weighted[S, A]) draw(sum uint64) (actor int, step uint64) {
	x := w.bits.Below(sum)
	for _, o := range w.order {
		a := &w.actors[o]
		if x < w.weight(a) {
			return o, w.bits.Below(a.steps)
		}
		x -= w.weight(a)
	}
	panic("sched: drew beyond the sum of weights")
}
