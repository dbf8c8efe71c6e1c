package check

import (
	"fmt"
	"slices"
	"sync"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// actions numbers the distinct actions of a search as they are met and keeps
// what engines ask about them, so that Spec.About and the fairness sets are
// asked once per action and not once per step.
type actions[S, A comparable] struct {
	spec *properties.Spec[S, A]

	mu     sync.Mutex
	known  map[A]uint32
	list   []actionInfo
	values []A      // by number
	masks  []uint64 // fairness bits by label
	faults []bool   // by label
	labels map[edgeKind]uint16
	err    error
}

type actionInfo struct {
	name  string
	actor string
	fault bool
	label uint16
}

// An edgeKind is what the graph keeps of an action: its fairness bits and
// whether it is a fault. Edges carry the number of it, their label.
type edgeKind struct {
	fair  uint64
	fault bool
}

const maxLabels = 1 << 16

func newActions[S, A comparable](spec *properties.Spec[S, A]) *actions[S, A] {
	return &actions[S, A]{spec: spec, known: make(map[A]uint32), labels: make(map[edgeKind]uint16)}
}

// number returns the number of a and what is known about it.
func (t *actions[S, A]) number(a A) (uint32, actionInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.known[a]
	if !ok {
		n = uint32(len(t.list))
		t.known[a] = n
		t.list = append(t.list, t.describe(a))
		t.values = append(t.values, a)
	}
	return n, t.list[n]
}

func (t *actions[S, A]) describe(a A) actionInfo {
	about := t.spec.About(a)
	if t.spec.Actions != nil && !slices.Contains(t.spec.Actions, about.Name) && t.err == nil {
		t.err = &ContractError{Reason: fmt.Sprintf("action %s has name %q, which Spec.Actions does not list", model.View(a), about.Name)}
	}
	var mask uint64
	for i, f := range t.spec.Fairness {
		if f.Covers(a) {
			mask |= 1 << i
		}
	}
	kind := edgeKind{mask, about.Kind == model.Fault}
	label, ok := t.labels[kind]
	if !ok {
		if len(t.masks) == maxLabels {
			t.err = &ContractError{Reason: fmt.Sprintf("more than %d different kinds of edges", maxLabels)}
			return actionInfo{}
		}
		label = uint16(len(t.masks))
		t.masks = append(t.masks, mask)
		t.faults = append(t.faults, kind.fault)
		t.labels[kind] = label
	}
	return actionInfo{name: about.Name, actor: about.Actor, fault: kind.fault, label: label}
}

const (
	firstBits  = 8
	leastSpare = 4 // slots per action at least: nearly every one is at home
)

// An actionCache is one goroutine's view of an actions: an open-addressing
// table that answers without a lock.
type actionCache[S, A comparable] struct {
	of    *actions[S, A]
	slots []cachedAction[A]
	shift uint
	used  int
}

type cachedAction[A comparable] struct {
	action A
	number uint32 // +1; 0 is an empty slot
	label  uint16
	fault  bool
}

func newActionCache[S, A comparable](of *actions[S, A]) *actionCache[S, A] {
	return &actionCache[S, A]{of: of, slots: make([]cachedAction[A], 1<<firstBits), shift: 64 - firstBits}
}

// get returns the cached action; the pointer is valid until the next get. Most
// actions are where their hash says, which is as much as can be inlined.
func (c *actionCache[S, A]) get(a *A) *cachedAction[A] {
	s := &c.slots[c.home(a)]
	if s.number != 0 && s.action == *a {
		return s
	}
	return c.probe(a)
}

func (c *actionCache[S, A]) home(a *A) uint64 { return hashSmall(a) >> c.shift }

func (c *actionCache[S, A]) probe(a *A) *cachedAction[A] {
	mask := uint64(len(c.slots) - 1)
	for i := c.home(a); ; i = (i + 1) & mask {
		s := &c.slots[i]
		if s.number == 0 {
			return c.miss(a)
		}
		if s.action == *a {
			return s
		}
	}
}

func (c *actionCache[S, A]) miss(a *A) *cachedAction[A] {
	if c.used*leastSpare >= len(c.slots) {
		old := c.slots
		c.slots = make([]cachedAction[A], 2*len(old))
		c.shift--
		for i := range old {
			if old[i].number != 0 {
				*c.place(&old[i].action) = old[i]
			}
		}
	}
	n, info := c.of.number(*a)
	s := c.place(a)
	*s = cachedAction[A]{action: *a, number: n + 1, label: info.label, fault: info.fault}
	c.used++
	return s
}

// place returns the empty slot where a belongs.
func (c *actionCache[S, A]) place(a *A) *cachedAction[A] {
	mask := uint64(len(c.slots) - 1)
	i := c.home(a)
	for c.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	return &c.slots[i]
}
