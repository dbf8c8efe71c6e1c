package zoo_test

import (
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/modeltest"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// figures are what is published about a model: distinct states, generated
// states (initial states and all steps, those that change nothing too), and
// the distance of the farthest state.
type figures struct{ distinct, generated, depth int }

// explore counts as simply as can be: a map, a slice, levels. Under canon, if
// it is not nil, it counts representatives.
func explore[S, A comparable](m model.Model[S, A], canon func(*S)) figures {
	seen := make(map[S]bool)
	var got figures
	var next []S
	visit := func(s S) {
		got.generated++
		if canon != nil {
			canon(&s)
		}
		if !seen[s] {
			seen[s] = true
			next = append(next, s)
		}
	}
	for _, s := range m.Init() {
		visit(s)
	}
	var out model.Steps[S, A]
	for got.depth = -1; len(next) > 0; got.depth++ {
		level := next
		next = nil
		for _, s := range level {
			for _, step := range out.From(m, s) {
				visit(step.State)
			}
		}
	}
	got.distinct = len(seen)
	return got
}

// shortest returns a shortest behaviour to a state that satisfies p, or nil.
func shortest[S, A comparable](m model.Model[S, A], p func(*S) bool) *traces.Trace[S, A] {
	type visit struct {
		before int // index of the state before, or -1
		step   model.Step[S, A]
	}
	seen := make(map[S]bool)
	var queue []visit
	push := func(before int, step model.Step[S, A]) {
		if !seen[step.State] {
			seen[step.State] = true
			queue = append(queue, visit{before, step})
		}
	}
	for _, s := range m.Init() {
		push(-1, model.Step[S, A]{State: s})
	}
	var out model.Steps[S, A]
	for i := 0; i < len(queue); i++ {
		s := queue[i].step.State
		if !p(&s) {
			for _, step := range out.From(m, s) {
				push(i, step)
			}
			continue
		}
		t := &traces.Trace[S, A]{Loop: traces.Finite}
		for ; queue[i].before >= 0; i = queue[i].before {
			t.Steps = append(t.Steps, queue[i].step)
		}
		slices.Reverse(t.Steps)
		t.Start = queue[i].step.State
		return t
	}
	return nil
}

// deadlock is the question whether a state has no steps.
func deadlock[S, A comparable](m model.Model[S, A]) func(*S) bool {
	var out model.Steps[S, A]
	return func(s *S) bool { return len(out.From(m, *s)) == 0 }
}

// checked returns a spec that was made without an error and obeys all laws.
func checked[S, A comparable](t testing.TB, spec properties.Spec[S, A], err error, symmetries ...func(*S)) properties.Spec[S, A] {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := modeltest.CheckSpec(spec, modeltest.Options{}, symmetries...); err != nil {
		t.Fatal(err)
	}
	return spec
}

// claim returns the property of that name.
func claim[S, A comparable](t testing.TB, spec *properties.Spec[S, A], name string) *properties.Property[S] {
	t.Helper()
	claims := spec.Claims()
	for i := range claims {
		if claims[i].Name == name {
			return &claims[i]
		}
	}
	t.Fatalf("no property %q", name)
	return nil
}

// lasso takes the actions of stem and then those of loop, which must lead back
// to where it began.
func lasso[S, A comparable](t testing.TB, m model.Model[S, A], stem, loop []A) *traces.Trace[S, A] {
	t.Helper()
	got, err := traces.Replay(m, m.Init()[0], append(append([]A{}, stem...), loop...))
	if err != nil {
		t.Fatal(err)
	}
	got.Loop = len(stem)
	return &got
}
