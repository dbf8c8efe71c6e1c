package bridge

import (
	"context"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// Shrink takes steps out of f for as long as model and system still differ
// after the last one: halves first, then smaller parts, then single steps
// (Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input",
// TSE 2002). Steps the model no longer allows without those taken out go too.
// The result is 1-minimal: no single step can be left out.
func Shrink[S, A comparable](ctx context.Context, m model.Model[S, A], sys System[S, A], f Finding[S, A]) (Finding[S, A], error) {
	for size := max(f.Trace.Len()/2, 1); ; {
		smaller, err := smallest(ctx, m, sys, f, size)
		switch {
		case err != nil:
			return f, err
		case smaller != nil:
			f = *smaller
			size = min(size, max(f.Trace.Len()/2, 1))
		case size == 1:
			return f, nil
		default:
			size /= 2
		}
	}
}

// smallest tries every way of leaving out size steps in a row and returns the
// first that still differs and is shorter, or nil.
func smallest[S, A comparable](ctx context.Context, m model.Model[S, A], sys System[S, A], f Finding[S, A], size int) (*Finding[S, A], error) {
	var tries []*traces.Trace[S, A]
	actions := f.Trace.Actions()
	for from := 0; from < len(actions); from += size {
		rest := append(append([]A{}, actions[:from]...), actions[min(from+size, len(actions)):]...)
		if t := replayed(m, f.Trace.Start, rest); t.Len() > 0 {
			tries = append(tries, t)
		}
	}
	found, err := Conform(ctx, sys, tries)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Trace.Len() < f.Trace.Len() {
			found[i].Index = f.Index
			return &found[i], nil
		}
	}
	return nil, nil
}

// replayed takes those of the actions that the model allows, in their order.
func replayed[S, A comparable](m model.Model[S, A], start S, actions []A) *traces.Trace[S, A] {
	t := &traces.Trace[S, A]{Start: start, Loop: traces.Finite}
	var out model.Steps[S, A]
	for _, a := range actions {
		for _, step := range out.From(m, *t.Last()) {
			if step.Action == a {
				t.Steps = append(t.Steps, step)
				break
			}
		}
	}
	return t
}
