package check

import (
	"context"
	"errors"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// follow finds the behaviour for every claim that wants one and has it judged
// by properties.Refute before it becomes part of the report. Each lasso needs a
// search of its own; behaviours that end are found many at a time.
func (in *search[S, A]) follow(ctx context.Context, r *Report[S, A], wanted []want[S]) error {
	var finite []want[S]
	var jobs []func() error
	for _, w := range wanted {
		if w.live == nil {
			finite = append(finite, w)
			continue
		}
		jobs = append(jobs, func() error {
			t, err := in.lasso(ctx, &in.claims[w.claim], w.live)
			return in.deliver(ctx, r, w, t, err)
		})
	}
	for some := range slices.Chunk(finite, maxGoals) {
		jobs = append(jobs, func() error {
			found, err := in.finite(ctx, some)
			for i, w := range some {
				var t *traces.Trace[S, A]
				if err == nil {
					t = &found[i]
				}
				if err := in.deliver(ctx, r, w, t, err); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if len(jobs) == 0 {
		return nil
	}
	return in.each("tracing", len(jobs), func(i int) error { return jobs[i]() })
}

// maxGoals is how many goals one pass of a finder can tell apart.
const maxGoals = 64

func (in *search[S, A]) deliver(ctx context.Context, r *Report[S, A], w want[S], t *traces.Trace[S, A], err error) error {
	v, p := &r.Verdicts[w.claim], &in.claims[w.claim]
	switch {
	case ctx.Err() != nil:
		v.Reason = "interrupted before its trace was found"
		return nil
	case errors.Is(err, errFull):
		v.Reason = "its trace did not fit the memory"
		return nil
	case err != nil:
		return err
	}
	if p.Form == properties.FormReachable {
		err = traces.Check(in.spec.Model, t)
	} else {
		err = properties.Refute(in.spec, p, t)
	}
	if err != nil {
		return &ContractError{Reason: "a counterexample of \"" + p.Name + "\" did not survive its check: " + err.Error()}
	}
	v.Trace = t
	return nil
}

// finite returns the canonical behaviours for claims that end in a state or a
// step, all found in one pass.
func (in *search[S, A]) finite(ctx context.Context, wanted []want[S]) ([]traces.Trace[S, A], error) {
	st, facts := in.exact, in.actions
	if st == nil {
		var err error
		if st, err = newStore[S](true); err != nil {
			return nil, err
		}
		defer st.close()
	}
	f, err := newFinder(ctx, in.spec, st, facts, in.canon, in.exact == nil)
	if err != nil {
		return nil, err
	}
	defer f.close()
	in.confine(f)
	goals, err := in.reach(f, wanted)
	if err != nil {
		return nil, err
	}
	for i, g := range goals {
		if g.best == noCost {
			return nil, &ContractError{Reason: "a violation of \"" + in.claims[wanted[i].claim].Name + "\" was seen and could not be reached again"}
		}
	}
	return f.canonical(goals)
}

// reach spreads a finder until it knows what it costs to get to each claim
// wanted, and where.
func (in *search[S, A]) reach(f *finder[S, A], wanted []want[S]) ([]*goal[S], error) {
	goals := make([]*goal[S], len(wanted))
	ends := make([]func(node) bool, len(wanted))
	for i, w := range wanted {
		goals[i] = &goal[S]{best: noCost}
		ends[i] = in.ends(w, f)
		if p := &in.claims[w.claim]; p.Form == properties.FormAlwaysStep {
			goals[i].step = func(from, to *S) bool { return !p.Step(from, to) }
		}
	}
	f.onStep = func(c cost, _ node, from, to *S) {
		for _, g := range goals {
			if g.step != nil && c < g.best && g.step(from, to) {
				g.best = c
			}
		}
	}
	err := f.spread(func(c cost, group []node) bool {
		open := false
		for i, g := range goals {
			if g.step == nil && g.best == noCost {
				if g.nodes = slices.DeleteFunc(slices.Clone(group), func(n node) bool { return !ends[i](n) }); len(g.nodes) > 0 {
					g.best = c
				}
			}
			open = open || g.best > c
		}
		return open && f.failure == nil
	})
	if err == nil {
		err = f.failure
	}
	return goals, err
}

// confine keeps a finder within what a partial search has covered, so that it
// ends, and ends the same for any number of workers.
func (in *search[S, A]) confine(f *finder[S, A]) {
	switch {
	case in.stopped == "":
	case in.exact == nil:
		f.maxSteps = uint64(in.depth)
	default:
		used := slices.Clone(in.used)
		slices.SortFunc(used, func(a, b segment) int { return int(int64(a.from) - int64(b.from)) })
		f.known = func(id uint32) bool {
			i, exact := slices.BinarySearchFunc(used, id, func(s segment, id uint32) int { return int(int64(s.from) - int64(id)) })
			return exact || i > 0 && id < used[i-1].to
		}
	}
}

// ends returns whether a behaviour wanted may end in a node.
func (in *search[S, A]) ends(w want[S], f *finder[S, A]) func(node) bool {
	p := &in.claims[w.claim]
	switch p.Form {
	case properties.FormAlways:
		return func(n node) bool { return !p.P(f.store.at(n.id())) }
	case properties.FormReachable:
		return func(n node) bool { return p.P(f.store.at(n.id())) }
	case properties.FormNoDeadlock:
		var out model.Steps[S, A]
		return func(n node) bool {
			s := f.store.at(n.id())
			return !p.P(s) && (in.spec.Within == nil || in.spec.Within(s)) && len(out.From(in.spec.Model, *s)) == 0
		}
	case properties.FormAlwaysPossible:
		if f.grows {
			c := newScout(f, p.Q)
			return func(n node) (stranded bool) {
				if f.failure == nil {
					stranded, f.failure = c.stranded(n.id())
				}
				return stranded && f.failure == nil
			}
		}
		lost := make([]bool, in.ids())
		for _, id := range w.states {
			lost[id] = true
		}
		return func(n node) bool { return int(n.id()) < len(lost) && lost[n.id()] }
	}
	return func(node) bool { return false }
}
