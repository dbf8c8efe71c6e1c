package sched

import "github.com/quiesce/quiesce/sim"

// enabled follows the enabled actions of a run: each keeps its value for as
// long as it stays enabled, and gets a new one when it is enabled anew.
type enabled[V any] struct{ now, before []event[V] }

type event[V any] struct {
	label *sim.Label
	value V
	fresh bool // it was not enabled before: its value is to be set
}

func (e *enabled[V]) begin() { e.now, e.before = e.now[:0], e.before[:0] }

// enter makes now the list for labels. As in sim.Labels the order rarely
// changes, so that what is looked for is mostly what comes next.
func (e *enabled[V]) enter(labels []*sim.Label) {
	e.now, e.before = e.before[:0], e.now
	next := 0
	for _, l := range labels {
		k := e.find(l, next)
		if k < 0 {
			e.now = append(e.now, event[V]{label: l, fresh: true})
			continue
		}
		e.now = append(e.now, event[V]{label: l, value: e.before[k].value})
		next = k + 1
	}
}

func (e *enabled[V]) find(l *sim.Label, next int) int {
	for k := next; k < len(e.before); k++ {
		if e.before[k].label == l {
			return k
		}
	}
	for k := range min(next, len(e.before)) {
		if e.before[k].label == l {
			return k
		}
	}
	return -1
}

// took says that step i was taken: if its action is enabled after it, that is
// another event.
func (e *enabled[V]) took(i int) {
	l := e.now[i].label
	for k := range e.now {
		if e.now[k].label == l {
			e.now[k].label = nil
		}
	}
}
