package sched

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
)

// Named returns the selection of those actions whose name or kind is among
// names. actions is Spec.Actions; the error names what is neither.
func Named(names, actions []string) (func(*sim.Label) bool, error) {
	var kinds []string
	for k := model.Internal; k <= model.Fault; k++ {
		kinds = append(kinds, k.String())
	}
	for _, name := range names {
		if !slices.Contains(actions, name) && !slices.Contains(kinds, name) {
			return nil, fmt.Errorf("sched: %q is not an action, nor a kind of actions; the kinds are %q, the actions %q", name, kinds, actions)
		}
	}
	return func(l *sim.Label) bool {
		return slices.Contains(names, l.About.Name) || slices.Contains(names, l.Kind.String())
	}, nil
}

// A Selection is what some runs of a spec showed of selected events: Selective
// needs it before it can begin.
type Selection struct {
	Runs   int
	Actors []Share // that took any, in order of their names
}

// A Share is how many selected events an actor takes in a run.
type Share struct {
	Actor string
	Total uint64 // in all runs
	Least uint64 // in one run
	Most  uint64
}

// Fixed reports whether all actors took the same number in every run, without
// which Selective promises nothing.
func (s *Selection) Fixed() bool {
	return !slices.ContainsFunc(s.Actors, func(a Share) bool { return a.Least != a.Most })
}

// LookFor makes runs of up to steps steps each under the uniform scheduler and
// counts the events that selected chooses. The result depends on its arguments
// alone. It is an error if no run had any.
func LookFor[S, A comparable](ctx context.Context, spec properties.Spec[S, A], seed uint64, runs, steps int, selected func(*sim.Label) bool) (*Selection, error) {
	l := &looker[S, A]{selected: selected, total: make(map[string]*Share)}
	opt := sim.Options{Seed: seed, Runs: uint64(runs), Steps: steps, Settle: -1, Workers: 1}
	if _, err := sim.Run(ctx, spec, func() sim.Scheduler[S, A] { return l }, opt); err != nil {
		return nil, err
	}
	l.close()
	out := &Selection{Runs: runs}
	// The list is sorted below, so it may be filled in any order.
	for _, s := range l.total {
		out.Actors = append(out.Actors, *s)
	}
	slices.SortFunc(out.Actors, func(a, b Share) int {
		if a.Actor < b.Actor {
			return -1
		}
		return 1
	})
	if len(out.Actors) == 0 {
		return nil, fmt.Errorf("sched: none of the selected actions was taken in %d runs of %d steps", runs, steps)
	}
	return out, nil
}

// looker is a uniform scheduler that counts, shared by all runs like looking.
type looker[S, A comparable] struct {
	selected func(*sim.Label) bool
	bits     rng.Source
	total    map[string]*Share
	here     map[string]uint64 // of this run
	begun    uint64            // runs before this one
}

func (l *looker[S, A]) Begin(seed, run uint64) {
	l.close()
	l.bits.Seed(seed, run)
	l.here = make(map[string]uint64)
}

// close adds the counts of the run that is over.
func (l *looker[S, A]) close() {
	if l.here == nil {
		return
	}
	// Sums, and least and most, are the same in any order.
	for actor, n := range l.here {
		s := l.total[actor]
		if s == nil {
			s = &Share{Actor: actor, Least: n}
			if l.begun > 0 {
				s.Least = 0 // there were runs without it
			}
			l.total[actor] = s
		}
		s.Total += n
		s.Least, s.Most = min(s.Least, n), max(s.Most, n)
	}
	for actor, s := range l.total {
		if l.here[actor] == 0 {
			s.Least = 0
		}
	}
	l.begun++
}

func (l *looker[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	i := int(l.bits.Below(uint64(len(at.Steps))))
	if l.selected(at.Labels[i]) {
		l.here[at.Labels[i].Actor]++
	}
	return i, at.Now
}

// Selective makes interleavings of selected events equally likely, whatever
// else happens between them: the selectively uniform random walk of Zhao,
// Wolff, Mathur and Roychoudhury ("Selectively uniform concurrency testing",
// ASPLOS 2025). An actor is drawn in proportion to the selected events it has
// left, and until it has taken one no other actor may take any; what is not
// selected goes on, each step alike.
//
// That is uniform if every actor takes a number of selected events that is known
// in advance, and none waits for one of another. Numbers are averages of s. An
// actor that was drawn and cannot go on is given up when nothing but selected
// events of others is enabled; another of those that can is drawn. After the
// numbers are used up, and while a run settles, each step is taken alike.
func Selective[S, A comparable](s *Selection, selected func(*sim.Label) bool) sim.Scheduler[S, A] {
	w := &selective[S, A]{selection: s, selected: selected, left: make([]uint64, len(s.Actors)), next: noActor}
	w.below = w.bits.Below
	return w
}

const noActor = -1

type selective[S, A comparable] struct {
	selection *Selection
	selected  func(*sim.Label) bool
	bits      rng.Source
	below     func(n uint64) uint64 // bits.Below; tests enumerate what it may return
	left      []uint64              // of each actor of the selection, in events times Runs
	next      int                   // who takes the next selected event, as index of the selection
	index     []int                 // of the steps to choose from
}

// Begin gives every actor its whole share again.
func (w *selective[S, A]) Begin(seed, run uint64) {
	w.bits.Seed(seed, run)
	for i := range w.left {
		w.left[i] = w.selection.Actors[i].Total
	}
	w.next = noActor
}

func (w *selective[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	if at.Settling {
		return int(w.below(uint64(len(at.Steps)))), at.Now
	}
	if w.next == noActor {
		w.next = w.draw()
	}
	w.allow(at)
	if len(w.index) == 0 {
		w.next = w.redraw(at)
		w.allow(at)
	}
	i := w.index[w.below(uint64(len(w.index)))]
	if w.selected(at.Labels[i]) {
		if a := w.actor(at.Labels[i].Actor); a != noActor {
			w.left[a] -= min(w.left[a], uint64(w.selection.Runs))
		}
		w.next = noActor
	}
	return i, at.Now
}

// allow lists the steps that may be taken: all that are not selected, and those
// of the actor whose turn it is. If it is nobody's, all.
func (w *selective[S, A]) allow(at *sim.Point[S, A]) {
	w.index = w.index[:0]
	for i, l := range at.Labels {
		if w.next == noActor || !w.selected(l) || w.actor(l.Actor) == w.next {
			w.index = append(w.index, i)
		}
	}
}

// draw returns an actor in proportion to what it has left, noActor if none has.
func (w *selective[S, A]) draw() int {
	sum := uint64(0)
	for _, n := range w.left {
		sum += n
	}
	if sum == 0 {
		return noActor
	}
	return w.at(w.below(sum), w.left)
}

// redraw draws among the actors that can take a selected event now. One that has
// done more than usual may still act, so that no weight is zero; if none is
// known, it is nobody's turn.
func (w *selective[S, A]) redraw(at *sim.Point[S, A]) int {
	weights := make([]uint64, len(w.left))
	sum := uint64(0)
	for _, l := range at.Labels {
		if a := w.actor(l.Actor); a != noActor && weights[a] == 0 {
			weights[a] = max(w.left[a], 1)
			sum += weights[a]
		}
	}
	if sum == 0 {
		return noActor
	}
	return w.at(w.below(sum), weights)
}

// at returns the index of the weight in which x lies, all put in a row.
func (w *selective[S, A]) at(x uint64, weights []uint64) int {
	for i, n := range weights {
		if x < n {
			return i
		}
		x -= n
	}
	panic("sched: drew beyond the sum of weights")
}

func (w *selective[S, A]) actor(name string) int {
	return slices.IndexFunc(w.selection.Actors, func(s Share) bool { return s.Actor == name })
}
