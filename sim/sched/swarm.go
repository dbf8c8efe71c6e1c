package sched

import (
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/sim"
)

// Swarm leaves out, in each run anew, every action name chosen by off with
// probability one half, and lets by decide among the rest. A behaviour that
// needs many of one thing is found sooner by runs that lack another (Groce,
// Zhang, Eide, Chen, Regehr, "Swarm testing", ISSTA 2012).
//
// names is Spec.Actions. When only left out actions are enabled they are
// allowed, since a run must not stop where the model does not. While a run
// settles nothing is left out.
func Swarm[S, A comparable](by sim.Scheduler[S, A], names int, off func(*sim.Label) bool) sim.Scheduler[S, A] {
	return &swarm[S, A]{by: by, off: off, out: make([]bool, names)}
}

// Faults chooses the names of faults, the usual subject of Swarm.
func Faults(l *sim.Label) bool { return l.Kind == model.Fault }

type swarm[S, A comparable] struct {
	by   sim.Scheduler[S, A]
	off  func(*sim.Label) bool
	bits rng.Source
	out  []bool // by name: left out in this run, if off chooses it

	point  sim.Point[S, A] // what by sees
	steps  []model.Step[S, A]
	labels []*sim.Label
	index  []int // of each step among those of the real point
}

// Begin draws one bit for each name of the spec, so that what is left out does
// not depend on what a run meets first.
func (w *swarm[S, A]) Begin(seed, run uint64) {
	w.bits.Seed(seed^0x7377_6172_6d00, run) // a stream of its own, "swarm" in ASCII
	for i := range w.out {
		w.out[i] = w.bits.Below(2) == 1
	}
	w.by.Begin(seed, run)
}

func (w *swarm[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	w.index = w.index[:0]
	for i, l := range at.Labels {
		if !(w.out[l.Name] && w.off(l)) {
			w.index = append(w.index, i)
		}
	}
	if at.Settling || len(w.index) == 0 || len(w.index) == len(at.Steps) {
		return w.by.Pick(at)
	}
	w.steps, w.labels = w.steps[:0], w.labels[:0]
	for _, i := range w.index {
		w.steps = append(w.steps, at.Steps[i])
		w.labels = append(w.labels, at.Labels[i])
	}
	w.point = *at
	w.point.Steps, w.point.Labels = w.steps, w.labels
	i, when := w.by.Pick(&w.point)
	if i >= 0 && i < len(w.index) {
		i = w.index[i]
	}
	return i, when
}
