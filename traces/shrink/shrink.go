// Package shrink turns a counterexample, however it was found, into the one
// that everybody else gets for the same property: the canonical trace of
// package check. Where the graph is too large for that it makes the trace
// smaller as well as it can, and says that it did no more.
//
// It never changes the subject. What is kept is the property by name, so that a
// trace does not become the trace of another bug (slippage: Chen et al.,
// "Taming compiler fuzzers", PLDI 2013).
package shrink

import (
	"context"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// Options bound the work. The zero Options searches up to DefaultStates states.
type Options struct {
	// States bounds the search of the graph; 0 means DefaultStates. If the graph
	// is larger the result is locally minimal.
	States int

	// Near bounds each of the searches for a shorter way between two states of
	// the trace, when the graph is too large; 0 means 20,000 states.
	Near int

	Workers int // of the search; 0 means one per CPU; the result is the same for any number
}

// DefaultStates is enough for the models of this project and takes seconds.
const DefaultStates = 5_000_000

// A Result is a counterexample of the same property.
type Result[S, A comparable] struct {
	Trace *traces.Trace[S, A]

	// Canonical says that the whole graph was searched: the trace is the one
	// that package check reports. If not, it is locally minimal: no single step
	// of it, before its loop if it has one, can be left out.
	Canonical bool

	States uint64 // searched
}

// How says in words what the result is worth.
func (r *Result[S, A]) How() string {
	if r.Canonical {
		return "canonical: no shorter one has as few faults"
	}
	return "locally minimal: the graph is too large to look for the shortest"
}

// Counterexample finds the smallest counterexample of the property of spec that
// t refutes. It is an error if t does not refute it.
func Counterexample[S, A comparable](ctx context.Context, spec properties.Spec[S, A], property string, t *traces.Trace[S, A], opt Options) (*Result[S, A], error) {
	claims := spec.Claims()
	k := slices.IndexFunc(claims, func(p properties.Property[S]) bool { return p.Name == property })
	if k < 0 {
		return nil, fmt.Errorf("shrink: the spec has no property %q", property)
	}
	p := &claims[k]
	if err := properties.Refute(&spec, p, t); err != nil {
		return nil, fmt.Errorf("shrink: not a counterexample of %q: %w", property, err)
	}
	if opt.States == 0 {
		opt.States = DefaultStates
	}
	if opt.Near == 0 {
		opt.Near = 20_000
	}
	only := restrict(spec, p)
	if r, err := direct(ctx, only, p, opt); r != nil || err != nil {
		return r, err
	}
	if r, err := withoutFaults(ctx, only, p, opt); r != nil || err != nil {
		return r, err
	}
	rep, err := check.Run(ctx, only, check.Options{MaxStates: opt.States, Workers: opt.Workers})
	if err != nil {
		return nil, err
	}
	v := &rep.Verdicts[0]
	switch {
	case rep.Complete && v.Outcome == properties.Violated:
		return &Result[S, A]{Trace: v.Trace, Canonical: true, States: rep.Distinct}, nil
	case rep.Complete:
		return nil, fmt.Errorf("shrink: %q is %v on the whole graph, and yet there is a counterexample: does it leave Spec.Within?", property, v.Outcome)
	}
	// What a part of the graph shows may be better than t or not.
	best := t
	if v.Outcome == properties.Violated && better(&spec, v.Trace, best) {
		best = v.Trace
	}
	r := &reducer[S, A]{ctx: ctx, spec: &spec, p: p, near: opt.Near}
	return &Result[S, A]{Trace: r.reduce(best), States: rep.Distinct}, ctx.Err()
}

// direct looks for the counterexample of a claim that is refuted by where a
// behaviour ends, without searching what cannot be better. It returns nil if p is
// no such claim or there are too many states.
func direct[S, A comparable](ctx context.Context, only properties.Spec[S, A], p *properties.Property[S], opt Options) (*Result[S, A], error) {
	if p.Form.Live() {
		return nil, nil
	}
	found, err := check.FindShortest(ctx, only, p.Name, opt.States)
	switch {
	case err != nil:
		return nil, err
	case found.Trace != nil:
		return &Result[S, A]{Trace: found.Trace, Canonical: true, States: found.States}, nil
	case found.Whole:
		return nil, fmt.Errorf("shrink: no behaviour refutes %q, and yet there is a counterexample: does it leave Spec.Within?", p.Name)
	}
	return nil, nil
}

// restrict returns spec with the claim p only.
func restrict[S, A comparable](spec properties.Spec[S, A], p *properties.Property[S]) properties.Spec[S, A] {
	if p.Name == properties.DeadlockName && spec.Final != nil {
		spec.Properties = nil
		return spec
	}
	spec.Final = nil
	spec.Properties = []properties.Property[S]{*p}
	return spec
}

// better compares by faults, then steps.
func better[S, A comparable](spec *properties.Spec[S, A], a, b *traces.Trace[S, A]) bool {
	fa, fb := faults(spec, a), faults(spec, b)
	return fa < fb || fa == fb && a.Len() < b.Len()
}

func faults[S, A comparable](spec *properties.Spec[S, A], t *traces.Trace[S, A]) int {
	n := 0
	for i := range t.Steps {
		if spec.About(t.Steps[i].Action).Kind == model.Fault {
			n++
		}
	}
	return n
}
