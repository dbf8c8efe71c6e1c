package modeltest

import (
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
)

// A graph is the part of a model that was explored: the states nearest to the
// initial ones, and the steps of each.
type graph[S, A comparable] struct {
	m      model.Model[S, A]
	found  *violations
	start  []S
	states []S
	steps  [][]model.Step[S, A] // steps[i] are those of states[i]
	asked  []int                // the states whose steps are known, by index
	last   *call[S, A]          // the call of Next before this one
}

// explore follows m from its initial states, as far as opt allows and not
// beyond states for which within is false, and checks the laws of Model in
// each state it meets.
func explore[S, A comparable](m model.Model[S, A], opt Options, within func(*S) bool, found *violations) *graph[S, A] {
	g := &graph[S, A]{m: m, found: found}
	if err := model.Plain[S](); err != nil {
		found.add(PlainData, "states", "%v", err)
	}
	if err := model.Plain[A](); err != nil {
		found.add(PlainData, "actions", "%v", err)
	}
	limit := opt.States
	if limit <= 0 {
		limit = 1000
	}
	g.init()
	seen := make(map[S]bool)
	visit := func(s S) {
		if !seen[s] && len(g.states) < limit {
			seen[s] = true
			g.states = append(g.states, s)
		}
	}
	for _, s := range g.start {
		visit(s)
	}
	for i := 0; i < len(g.states); i++ {
		s := g.states[i]
		g.steps = append(g.steps, nil)
		if within != nil && !within(&s) {
			continue
		}
		steps, ok := g.laws(s)
		if !ok {
			continue
		}
		g.steps[i] = steps
		g.asked = append(g.asked, i)
		for _, step := range steps {
			visit(step.State)
		}
	}
	g.again()
	g.together()
	g.looks()
	return g
}

// init checks Init and fills start.
func (g *graph[S, A]) init() {
	defer g.found.caught("Init")
	g.start = slices.Clone(g.m.Init())
	if len(g.start) == 0 {
		g.found.add(Starts, "", "there is none, so that every claim would be vacuous")
	}
	if now := g.m.Init(); !slices.Equal(g.start, now) {
		g.found.add(Starts, "", "once %v, then %v", text{g.start}, text{now})
		return
	}
	given := g.m.Init()
	clear(given)
	if now := g.m.Init(); !slices.Equal(g.start, now) {
		g.found.add(NotKept, "", "when the slice that Init returned was overwritten, Init returned %v", text{now})
		copy(given, g.start) // give the model back what it lives on
	}
}

// laws checks Next in s and returns its steps there. It reports false if they
// cannot be known.
func (g *graph[S, A]) laws(s S) ([]model.Step[S, A], bool) {
	// First a buffer that never moves: a first call says how large it must be,
	// but for steps that Next took back.
	steps, ok := g.next(s, 0)
	if !ok {
		return nil, false
	}
	size := 2*len(steps) + 16
	steps, _ = g.next(s, size)
	if again, _ := g.next(s, size); !slices.Equal(steps, again) {
		g.differ(s, steps, again, "asked again")
		return steps, true
	}
	// Then, for each n, one that moves at Add n+1, so that what was returned by
	// the n before points to memory nobody reads.
	for n := range steps {
		if moved, _ := g.next(s, n); !slices.Equal(steps, moved) {
			g.found.add(NoAliasing, "", "in %v, if the steps move in memory when number %d is added: %s",
				text{s}, n+1, difference(steps, moved))
			return steps, true
		}
	}
	g.extends(s, steps)
	return steps, true
}

// extends checks that steps collected before are left alone and not looked at.
func (g *graph[S, A]) extends(s S, steps []model.Step[S, A]) {
	defer g.found.caught("Next", text{s}, "with other steps collected before")
	var out model.Steps[S, A]
	before := slices.Clone(out.From(marks[S, A]{}, s))
	out.Extend(g.m, &s)
	got, n := out.All(), len(before)
	if len(got) < n || !slices.Equal(got[:n], before) {
		g.found.add(OnlyAdds, "", "in %v, with %d steps collected before", text{s}, n)
	} else if !slices.Equal(got[n:], steps) {
		g.differ(s, steps, got[n:], "with other steps collected before")
	}
}

// marks is a model with three steps that change nothing: no other adds exactly
// these.
type marks[S, A comparable] struct{}

func (marks[S, A]) Init() []S { return nil }

func (marks[S, A]) Next(_ *S, out *model.Steps[S, A]) {
	for range 3 {
		var zero A
		out.Add(zero)
	}
}

// differ reports two answers of Next in the same state.
func (g *graph[S, A]) differ(s S, want, got []model.Step[S, A], when string) {
	law := Pure
	if sameSteps(want, got) {
		law = Ordered
	}
	g.found.add(law, "", "in %v, %s: %s", text{s}, when, difference(want, got))
}

// again asks for the steps of every state once more, last state first: other
// calls came in between, in another order.
func (g *graph[S, A]) again() {
	for _, i := range slices.Backward(g.asked) {
		s := g.states[i]
		if now, _ := g.next(s, len(g.steps[i])); !slices.Equal(g.steps[i], now) {
			g.differ(s, g.steps[i], now, "asked again after other states")
		}
	}
}

// looks checks that states and actions can be told apart where they are shown.
func (g *graph[S, A]) looks() {
	defer g.found.caught("View")
	states, actions := make(map[string]S), make(map[string]A)
	for i, s := range g.states {
		look(g.found, states, "states", s)
		for _, step := range g.steps[i] {
			look(g.found, actions, "actions", step.Action)
		}
	}
}

func look[T comparable](found *violations, seen map[string]T, what string, v T) {
	shown := text{v}.String()
	if other, is := seen[shown]; is && other != v {
		found.add(Visible, what, "%#v and %#v are both shown as %s", other, v, shown)
	}
	seen[shown] = v
}

// sameSteps reports whether two lists have the same steps in any order.
func sameSteps[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	left := make(map[T]int)
	for _, x := range a {
		left[x]++
	}
	for _, x := range b {
		if left[x] == 0 {
			return false
		}
		left[x]--
	}
	return true
}

// difference says where two lists of steps part.
func difference[S, A comparable](want, got []model.Step[S, A]) string {
	for i := range min(len(want), len(got)) {
		if want[i].Action != got[i].Action {
			return fmt.Sprintf("step %d was %v, is %v", i+1, text{want[i].Action}, text{got[i].Action})
		}
		if want[i].State != got[i].State {
			return fmt.Sprintf("step %d, %v, led to %v, leads to %v",
				i+1, text{want[i].Action}, text{want[i].State}, text{got[i].State})
		}
	}
	return fmt.Sprintf("there were %d steps, are %d", len(want), len(got))
}
