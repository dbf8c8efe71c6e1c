package shrink

import (
	"context"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A faultless model is another one without its faults: the part of the graph in
// which the canonical counterexample lies if there is any without a fault. It is
// for one goroutine.
type faultless[S, A comparable] struct {
	model.Model[S, A]
	spec    *properties.Spec[S, A]
	p       *properties.Property[S]
	kinds   map[A]bool // whether an action is a fault
	dropped bool       // some fault was
	assumed bool       // some fault is in a fairness set that p may rest on
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
		f.dropped = true
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
		if is && f.p.Rests(set.Name) && set.Covers(a) {
			f.assumed = true
		}
	}
	return is
}

// withoutFaults looks for the canonical counterexample of a live claim among the
// behaviours without faults. It is the one of the whole graph, as faults come
// first in the order and a state's other steps are in the same order. It returns
// nil if there is none, or if a fault would have been owed to fairness.
func withoutFaults[S, A comparable](ctx context.Context, only properties.Spec[S, A], p *properties.Property[S], opt Options) (*Result[S, A], error) {
	if !p.Form.Live() {
		return nil, nil // another form may hold just because of a fault
	}
	full := only.Model
	f := &faultless[S, A]{Model: full, spec: &only, p: p, kinds: make(map[A]bool)}
	part := only
	part.Model = f
	rep, err := check.Run(ctx, part, check.Options{MaxStates: opt.States, Workers: 1})
	if err != nil {
		return nil, err
	}
	v := &rep.Verdicts[0]
	if !rep.Complete || v.Outcome != properties.Violated || f.assumed {
		return nil, nil
	}
	if err := properties.Refute(&only, p, v.Trace); err != nil {
		return nil, err
	}
	return &Result[S, A]{Trace: v.Trace, Canonical: true, States: rep.Distinct}, nil
}
