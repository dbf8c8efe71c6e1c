package bridge

import (
	"context"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// Shrink takes steps out of f for as long as model and system still differ
// after the last one: halves first, then smaller parts, then single steps
// (Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input",
// TSE 2002), and then any two, because steps that undo each other go only
// together. Steps the model no longer allows without those taken out go too.
func Shrink[S, A comparable](ctx context.Context, m model.Model[S, A], sys System[S, A], f Finding[S, A]) (Finding[S, A], error) {
	for size := max(f.Trace.Len()/2, 1); ; {
		shorter := parts(f.Trace.Actions(), size)
		if size == 0 {
			shorter = withoutTwo(f.Trace.Actions())
		}
		found, err := firstShorter(ctx, m, sys, f, shorter)
		switch {
		case err != nil:
			return f, err
		case found != nil:
			f = *found
			size = max(min(size, f.Trace.Len()/2), 1)
		case size == 0:
			return f, nil
		default:
			size /= 2
		}
	}
}

// parts returns the actions without each of their parts of that size.
func parts[A any](actions []A, size int) [][]A {
	var out [][]A
	for from := 0; size > 0 && from < len(actions); from += size {
		out = append(out, slices.Concat(actions[:from], actions[min(from+size, len(actions)):]))
	}
	return out
}

// withoutTwo returns the actions without each two of them.
func withoutTwo[A any](actions []A) [][]A {
	var out [][]A
	for i := range actions {
		for j := i + 1; j < len(actions); j++ {
			out = append(out, slices.Concat(actions[:i], actions[i+1:j], actions[j+1:]))
		}
	}
	return out
}

// firstShorter returns the first of the lists of actions on which model and
// system still differ, if it is shorter than f, or nil.
func firstShorter[S, A comparable](ctx context.Context, m model.Model[S, A], sys System[S, A], f Finding[S, A], lists [][]A) (*Finding[S, A], error) {
	var tries []*traces.Trace[S, A]
	for _, actions := range lists {
		if t := replayed(m, f.Trace.Start, actions); t.Len() > 0 && t.Len() < f.Trace.Len() {
			tries = append(tries, t)
		}
	}
	found, err := Conform(ctx, sys, tries)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	found[0].Index = f.Index
	return &found[0], nil
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
