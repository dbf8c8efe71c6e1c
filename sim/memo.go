package sim

import (
	"reflect"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// expansion is what follows from a state alone: the claims' opinions, its steps
// and what is said about them.
type expansion[S, A comparable] struct {
	state    S
	kept     bool // it belongs to the memo; if not it is overwritten by the next one
	outside  bool // of Spec.Within: its steps are not known
	external bool // some step is a fault or a request
	moves    bool // some other step changes the state
	says     []opinion
	steps    []model.Step[S, A]
	labels   []*Label
	fair     uint64 // fairness sets that would lead away, as bits in the order of Spec.Fairness
	err      error  // the model produced an action whose name the spec does not list

	// Of kept ones: where each step leads, as far as that is kept too. What one
	// worker covered is noted here as well, since it need not be noted again.
	next    []*expansion[S, A]
	visited bool
	left    marks    // by which steps
	raced   []uint64 // by step: the others with which it was found not to race
}

// memo is what one worker knows of its model. It keeps the part of the graph
// that runs go through again and again, exactly and up to a number of bytes, so
// that a step on known ground is a walk along a pointer. A state is kept when a
// step leads to it for the second time from a state that is kept, so that most of
// what is met once costs a lookup and no memory. Of the others one in 16 is kept
// while there is much room: else a run that goes in circles far from known ground
// would stay a stranger there. Nothing depends on what is kept.
type memo[S, A comparable] struct {
	spec   *properties.Spec[S, A]
	claims []properties.Property[S] // as Claims gives them: making that list costs
	labels *labels[S, A]
	seen   []bool // by claim, over all runs: its subject was met

	assumed    []uint64 // by claim: the fairness sets that it may rest on
	eventually []uint64 // claims of that form, as bits
	steps      []int    // claims about steps

	known   map[S]*expansion[S, A]
	inits   []S
	first   []*expansion[S, A] // of inits, as far as they are kept
	once    expansion[S, A]    // its address stands for a step that was taken once
	scratch expansion[S, A]
	out     model.Steps[S, A]

	room  int64 // bytes left
	spare int64 // bytes to be left by states that are kept on trial
	trial int   // states that might have been kept on trial so far

	asked, hits, skipped int   // lookups of late, and those left out
	state                int64 // bytes of what is kept for each state
	step                 int64 // and for each of its steps, besides

	free struct { // memory for what is kept, taken in large pieces
		steps  []model.Step[S, A]
		labels []*Label
		next   []*expansion[S, A]
		says   []opinion
	}
}

// newMemo keeps up to room bytes; none if that is not positive.
func newMemo[S, A comparable](spec *properties.Spec[S, A], room int64) *memo[S, A] {
	m := &memo[S, A]{spec: spec, claims: spec.Claims(), labels: newLabels(spec), inits: spec.Model.Init(),
		room: room, spare: room / 2, known: make(map[S]*expansion[S, A])}
	m.seen = make([]bool, len(m.claims))
	m.first = make([]*expansion[S, A], len(m.inits))
	m.eventually = make([]uint64, words(len(m.claims)))
	m.scratch.says = make([]opinion, words(len(m.claims)))
	for k := range m.claims {
		m.assumed = append(m.assumed, assumed(spec, &m.claims[k]))
		switch m.claims[k].Form {
		case properties.FormEventually:
			m.eventually[k/64] |= 1 << (k % 64)
		case properties.FormAlwaysStep:
			m.steps = append(m.steps, k)
		}
	}
	size := func(t reflect.Type) int64 { return int64(t.Size()) }
	// The table has a key and a pointer for each state and is half empty at worst.
	m.state = size(reflect.TypeFor[expansion[S, A]]()) + 2*(size(reflect.TypeFor[S]())+8) +
		int64(len(m.scratch.says))*size(reflect.TypeFor[opinion]())
	m.step = size(reflect.TypeFor[model.Step[S, A]]()) + 8 + 8 + 8 // its label, where it leads, its races
	return m
}

// start returns the expansion of initial state i.
func (m *memo[S, A]) start(i int) *expansion[S, A] {
	if m.first[i] != nil {
		return m.first[i]
	}
	x := m.visit(&m.inits[i], true)
	if x.kept {
		m.first[i] = x
	}
	return x
}

// follow returns the expansion of where step i of from leads. What is not kept
// is valid until the next call.
func (m *memo[S, A]) follow(from *expansion[S, A], i int) *expansion[S, A] {
	if !from.kept {
		return m.visit(&from.steps[i].State, false)
	}
	next := from.next[i]
	if next != nil && next != &m.once {
		return next
	}
	x := m.visit(&from.steps[i].State, next == &m.once)
	if x.kept {
		from.next[i] = x
	} else {
		from.next[i] = &m.once
	}
	return x
}

// visit returns the expansion of s and keeps it if it was met before, or will be met again.
func (m *memo[S, A]) visit(s *S, again bool) *expansion[S, A] {
	asked := again || m.worthAsking()
	if asked {
		if x := m.known[*s]; x != nil {
			m.hits++
			return x
		}
	}
	x := &m.scratch
	x.state = *s
	m.expand(x)
	if !asked {
		return x // it may be kept already
	}
	if !again && m.room > m.spare {
		m.trial++
		again = m.trial%16 == 0
	}
	bytes := m.state + int64(len(x.steps))*m.step
	if !again || x.err != nil || bytes > m.room {
		return x
	}
	m.room -= bytes
	kept := new(expansion[S, A])
	*kept = *x
	kept.kept = true
	kept.says = keep(&m.free.says, x.says)
	kept.steps = keep(&m.free.steps, x.steps)
	kept.labels = keep(&m.free.labels, x.labels)
	kept.next = space(&m.free.next, len(x.steps))
	m.known[kept.state] = kept
	return kept
}

// worthAsking reports whether a state that may be kept is to be looked up. Where
// few are found, as in graphs much larger than the memo, one in 16 is asked for:
// if that changes, all are again.
func (m *memo[S, A]) worthAsking() bool {
	if m.asked >= 1<<12 {
		m.asked, m.hits = m.asked/2, m.hits/2
	}
	if m.asked >= 1<<10 && m.hits < m.asked/4 {
		if m.skipped++; m.skipped%16 != 0 {
			return false
		}
	}
	m.asked++
	return true
}

// expand finds out what follows from x.state.
func (m *memo[S, A]) expand(x *expansion[S, A]) {
	m.opine(x)
	x.fair, x.external, x.moves, x.err = 0, false, false, nil
	x.steps, x.labels = nil, nil
	if x.outside = m.spec.Within != nil && !m.spec.Within(&x.state); x.outside {
		return
	}
	x.steps = m.out.From(m.spec.Model, x.state)
	if len(x.steps) == 0 {
		m.opineStuck(x)
		return
	}
	x.labels, x.err = m.labels.of(x.steps)
	for i, l := range x.labels {
		if l.External() {
			x.external = true
		}
		if (l.fair&^x.fair != 0 || !x.moves && !l.External()) && x.steps[i].State != x.state {
			x.fair |= l.fair
			x.moves = x.moves || !l.External()
		}
	}
}

// piece is how many elements of each sort are allocated together.
const piece = 1 << 12

// space returns n elements out of the free ones.
func space[T any](free *[]T, n int) []T {
	if len(*free) < n {
		*free = make([]T, max(n, piece))
	}
	out := (*free)[:n:n]
	*free = (*free)[n:]
	return out
}

// keep copies list to where it stays.
func keep[T any](free *[]T, list []T) []T {
	out := space(free, len(list))
	copy(out, list)
	return out
}
