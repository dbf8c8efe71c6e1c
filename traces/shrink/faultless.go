package shrink

import (
	"context"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A faultless model is another one without its faults: the part of the graph in
// which the canonical counterexample lies if there is any without a fault. It is
// for one goroutine.
type faultless[S, A comparable] struct {
	model.Model[S, A]
	spec  *properties.Spec[S, A]
	kinds map[A]bool // whether an action is a fault
	owed  []string   // fairness sets that cover a fault
}

// Next adds the steps that are no faults, in the order of the model.
func (f *faultless[S, A]) Next(s *S, out *model.Steps[S, A]) {
	before := len(out.All())
	f.Model.Next(s, out)
	steps := out.All()
	kept := before
	for i := before; i < len(steps); i++ {
		if f.fault(steps[i].Action) {
			continue
		}
		if kept != i {
			steps[kept] = steps[i]
		}
		kept++
	}
	for range len(steps) - kept {
		out.Drop()
	}
}

// fault reports whether a is one, and remembers it.
func (f *faultless[S, A]) fault(a A) bool {
	is, known := f.kinds[a]
	if known {
		return is
	}
	is = f.spec.About(a).Kind == model.Fault
	f.kinds[a] = is
	for _, set := range f.spec.Fairness {
		if is && set.Covers(a) {
			f.owed = append(f.owed, set.Name)
		}
	}
	return is
}

// withoutFaults looks for the canonical counterexamples of live claims among the
// behaviours without faults, in one search. What it finds is canonical in the
// whole graph, as faults come first in the order and the other steps of a state
// are in the same order there. It leaves open a claim that a fault may be owed to
// by fairness, and forms that may hold just because of a fault.
func (s *solver[S, A]) withoutFaults(ctx context.Context) error {
	f := &faultless[S, A]{Model: s.spec.Model, spec: s.spec, kinds: make(map[A]bool)}
	part, open := s.only(func(p *properties.Property[S]) bool { return p.Form.Live() })
	part.Model = f
	rep, err := s.search(ctx, part, open, 1)
	if err != nil || rep == nil || !rep.Complete {
		return err
	}
	for i, k := range open {
		v, p := &rep.Verdicts[i], s.claims[k]
		if v.Outcome != properties.Violated || slices.ContainsFunc(f.owed, p.Rests) {
			continue
		}
		if err := properties.Refute(s.spec, p, v.Trace); err != nil {
			return fmt.Errorf("shrink: the counterexample of %q without faults: %w", p.Name, err)
		}
		s.found[k] = &Result[S, A]{Trace: v.Trace, Canonical: true, States: rep.Distinct}
	}
	return nil
}
