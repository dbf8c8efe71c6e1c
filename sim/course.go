package sim

import (
	"context"
	"fmt"
	"sync"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Course is a state with what its past says about the way to a violation:
// what [Splitting] needs of a behaviour, made a part of its states.
type Course[S comparable] struct {
	State    S
	Past     int32 // how many of the names of Toward have been taken, in order
	Violated bool  // the property is violated: nothing follows
	Stuck    bool  // as nothing is enabled: the step to this state is none of the spec's model
}

// Toward returns a model that behaves as that of spec until the property of
// that name is violated. Names are of actions; a state knows how many of them
// have been taken in their order, with anything between them. To take the next
// one as soon as it comes is never worse than to wait for it.
//
// A violation is one that a finite behaviour shows: of the forms always, always
// step and no deadlock; others are an error. To be stuck
// where one may not be is a step more. A behaviour ends where it leaves Spec.Within.
func Toward[S, A comparable](spec properties.Spec[S, A], property string, names []string) (model.Model[Course[S], A], error) {
	m := &toward[S, A]{spec: spec, names: names}
	for _, p := range spec.Claims() {
		if p.Name == property {
			m.claim = p
		}
	}
	switch m.claim.Form {
	case properties.FormAlways, properties.FormAlwaysStep, properties.FormNoDeadlock:
	default:
		return nil, fmt.Errorf("sim: %q has the form %v: only of always, always step and no deadlock does a finite behaviour show a violation", property, m.claim.Form)
	}
	if m.claim.Name == "" {
		return nil, fmt.Errorf("sim: no property is called %q", property)
	}
	m.free.New = func() any { return new(model.Steps[S, A]) }
	return m, nil
}

type toward[S, A comparable] struct {
	spec  properties.Spec[S, A]
	claim properties.Property[S]
	names []string
	named sync.Map  // action to its name: About may cost more than a step
	free  sync.Pool // of *model.Steps[S, A]: several goroutines use one model
}

func (m *toward[S, A]) Init() []Course[S] {
	var out []Course[S]
	for _, s := range m.spec.Model.Init() {
		out = append(out, Course[S]{State: s, Violated: m.wrong(&s)})
	}
	return out
}

func (m *toward[S, A]) wrong(s *S) bool {
	return m.claim.Form == properties.FormAlways && !m.claim.P(s)
}

func (m *toward[S, A]) Next(c *Course[S], out *model.Steps[Course[S], A]) {
	if c.Violated || m.spec.Within != nil && !m.spec.Within(&c.State) {
		return
	}
	inner := m.free.Get().(*model.Steps[S, A])
	defer m.free.Put(inner)
	steps := inner.From(m.spec.Model, c.State)
	if len(steps) == 0 && m.claim.Form == properties.FormNoDeadlock && !m.claim.P(&c.State) {
		var none A
		to := out.Add(none)
		to.Violated, to.Stuck = true, true
		return
	}
	for i := range steps {
		to := out.Add(steps[i].Action)
		to.State = steps[i].State
		to.Violated = m.wrong(&to.State) || m.claim.Form == properties.FormAlwaysStep && !m.claim.Step(&c.State, &to.State)
		if int(c.Past) < len(m.names) && m.name(steps[i].Action) == m.names[c.Past] {
			to.Past++
		}
	}
}

func (m *toward[S, A]) name(a A) string {
	if name, ok := m.named.Load(a); ok {
		return name.(string)
	}
	name := m.spec.About(a).Name
	m.named.Store(a, name)
	return name
}

// Uncourse returns the behaviour of the spec's own model in t, which ends with
// a violation if that does.
func Uncourse[S, A comparable](t *traces.Trace[Course[S], A]) *traces.Trace[S, A] {
	out := &traces.Trace[S, A]{Start: t.Start.State, Loop: traces.Finite}
	for i := range t.Steps {
		if c := &t.Steps[i].State; !c.Stuck {
			out.Steps = append(out.Steps, model.Step[S, A]{Action: t.Steps[i].Action, State: c.State})
		}
	}
	return out
}

// A Graph is all of a model that Toward makes, when it is small: its states are
// numbers, in the order of a breadth-first search.
type Graph[S comparable] struct {
	Starts   int     // states 0 to Starts-1 are the initial ones
	Next     [][]int // by state: where each of its steps leads; two may lead to one state
	Violated []bool
	number   map[Course[S]]int
	far      []int // least number of steps to a violation, or -1
}

// Unfold visits all states of m, at most limit. It returns nil if there are more.
func Unfold[S, A comparable](ctx context.Context, m model.Model[Course[S], A], limit int) (*Graph[S], error) {
	g := &Graph[S]{number: make(map[Course[S]]int)}
	var states []Course[S]
	add := func(c Course[S]) int {
		n, ok := g.number[c]
		if !ok {
			n = len(states)
			g.number[c] = n
			states = append(states, c)
		}
		return n
	}
	for _, c := range m.Init() {
		add(c)
	}
	g.Starts = len(states)
	var out model.Steps[Course[S], A]
	for i := 0; i < len(states); i++ {
		if i&1023 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var next []int
		for _, s := range out.From(m, states[i]) {
			next = append(next, add(s.State))
		}
		if len(states) > limit {
			return nil, nil
		}
		g.Next = append(g.Next, next)
		g.Violated = append(g.Violated, states[i].Violated)
	}
	g.measure()
	return g, nil
}

// measure finds how far each state is from a violation, backward.
func (g *Graph[S]) measure() {
	back := make([][]int, len(g.Next))
	g.far = make([]int, len(g.Next))
	var queue []int
	for i, next := range g.Next {
		for _, to := range next {
			back[to] = append(back[to], i)
		}
		g.far[i] = -1
		if g.Violated[i] {
			g.far[i] = 0
			queue = append(queue, i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, i := range back[queue[0]] {
			if g.far[i] < 0 {
				g.far[i] = g.far[queue[0]] + 1
				queue = append(queue, i)
			}
		}
	}
}

// Levels returns levels by distance: how many steps a state is closer to a
// violation than the farthest initial state, and which level a violation is.
// last is -1 if there is no violation, 0 if every initial state is one.
func (g *Graph[S]) Levels() (level func(c *Course[S]) int, last int) {
	last = -1
	for i := range g.Starts {
		last = max(last, g.far[i])
	}
	return func(c *Course[S]) int {
		n, known := g.number[*c]
		if !known || g.far[n] < 0 {
			return 0
		}
		return max(last-g.far[n], 0)
	}, last
}

// StepLevels returns levels by the steps that Toward counts: how many of names
// have been taken, and one more for the violation.
func StepLevels[S comparable](names []string) (level func(c *Course[S]) int, last int) {
	return func(c *Course[S]) int {
		if c.Violated {
			return len(names) + 1
		}
		return int(c.Past)
	}, len(names) + 1
}
