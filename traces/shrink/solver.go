package shrink

import (
	"context"
	"fmt"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A solver looks for the canonical counterexamples of some claims, by the
// cheapest means first. Each means leaves open what it cannot answer.
type solver[S, A comparable] struct {
	spec    *properties.Spec[S, A]
	opt     Options
	claims  []*properties.Property[S]
	found   []*Result[S, A]       // by claim; nil while it is open
	part    []*traces.Trace[S, A] // by claim: what a part of the graph shows; nil if nothing
	visited uint64                // states of the last search
}

// direct finds the counterexamples of claims that are refuted by where a
// behaviour ends, each without searching what cannot be better.
func (s *solver[S, A]) direct(ctx context.Context) error {
	for k, p := range s.claims {
		if p.Form.Live() {
			continue
		}
		r, err := check.FindShortest(ctx, *s.spec, p.Name, check.Options{MaxStates: s.opt.States, Progress: s.opt.Progress})
		switch {
		case err != nil:
			return err
		case r.Trace != nil:
			s.found[k] = &Result[S, A]{Trace: r.Trace, Canonical: true, States: r.States}
		case r.Whole:
			return s.contradiction(p, "no behaviour refutes it")
		}
	}
	return nil
}

func (s *solver[S, A]) contradiction(p *properties.Property[S], what string) error {
	return fmt.Errorf("shrink: %q: %s on the whole graph, and yet there is a counterexample: does it leave Spec.Within?", p.Name, what)
}

// whole searches the whole graph.
func (s *solver[S, A]) whole(ctx context.Context) error {
	part, open := s.only(func(*properties.Property[S]) bool { return true })
	rep, err := s.search(ctx, part, open, s.opt.Workers)
	if err != nil || rep == nil {
		return err
	}
	s.part = make([]*traces.Trace[S, A], len(s.claims))
	for i, k := range open {
		v := &rep.Verdicts[i]
		switch {
		case !rep.Complete:
			s.part[k] = v.Trace
		case v.Outcome != properties.Violated:
			return s.contradiction(s.claims[k], "it "+v.Outcome.String())
		default:
			s.found[k] = &Result[S, A]{Trace: v.Trace, Canonical: true, States: rep.Distinct}
		}
	}
	return nil
}

// search checks the claims that are open in spec; nil if there are none.
func (s *solver[S, A]) search(ctx context.Context, spec properties.Spec[S, A], open []int, workers int) (*check.Report[S, A], error) {
	if len(open) == 0 {
		return nil, nil
	}
	rep, err := check.Run(ctx, spec, check.Options{MaxStates: s.opt.States, Workers: workers, Progress: s.opt.Progress})
	if rep != nil {
		s.visited = rep.Distinct
	}
	return rep, err
}

// only returns the spec with the open claims that are wanted only, and which of
// the solver's they are, in the order of the verdicts on them.
func (s *solver[S, A]) only(wanted func(*properties.Property[S]) bool) (properties.Spec[S, A], []int) {
	out := *s.spec
	out.Properties, out.Final = nil, nil
	var open []int
	last := -1 // the claim that Spec.Final adds comes last
	for k, p := range s.claims {
		switch {
		case s.found[k] != nil || !wanted(p):
		case p.Name == properties.DeadlockName && s.spec.Final != nil:
			out.Final, last = s.spec.Final, k
		default:
			out.Properties = append(out.Properties, *p)
			open = append(open, k)
		}
	}
	if last >= 0 {
		open = append(open, last)
	}
	return out, open
}

// reduced makes what was found for claim k smaller as well as it can. What a
// part of the graph shows may be better than that or not.
func (s *solver[S, A]) reduced(ctx context.Context, t *traces.Trace[S, A], k int) *Result[S, A] {
	if seen := s.part[k]; seen != nil && better(s.spec, seen, t) {
		t = seen
	}
	r := &reducer[S, A]{ctx: ctx, spec: s.spec, p: s.claims[k], near: s.opt.Near}
	return &Result[S, A]{Trace: r.reduce(t), States: s.visited}
}
