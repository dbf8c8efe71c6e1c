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

	Progress func(check.Progress) // if set, is told how far a search is
}

// DefaultStates is enough for the models of this project and takes seconds.
const DefaultStates = 5_000_000

// A Result is a counterexample of the same property.
type Result[S, A comparable] struct {
	Trace *traces.Trace[S, A]

	// Canonical says that everything was searched that could be smaller: the
	// trace is the one that package check reports, unless that gives up looking
	// for a shorter loop. If not, it is locally minimal: no single step of it,
	// before its loop if it has one, can be left out.
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

// Found is a counterexample of a property, however it was found.
type Found[S, A comparable] struct {
	Property string
	Trace    *traces.Trace[S, A]
}

// Counterexample finds the smallest counterexample of the property of spec that
// t refutes. It is an error if t does not refute it.
func Counterexample[S, A comparable](ctx context.Context, spec properties.Spec[S, A], property string, t *traces.Trace[S, A], opt Options) (*Result[S, A], error) {
	out, err := All(ctx, spec, []Found[S, A]{{property, t}}, opt)
	if out == nil {
		return nil, err
	}
	return out[0], err
}

// All is Counterexample for several properties. What needs a search of the whole
// graph shares one.
func All[S, A comparable](ctx context.Context, spec properties.Spec[S, A], found []Found[S, A], opt Options) ([]*Result[S, A], error) {
	if opt.States == 0 {
		opt.States = DefaultStates
	}
	if opt.Near == 0 {
		opt.Near = 20_000
	}
	s := &solver[S, A]{spec: &spec, opt: opt, found: make([]*Result[S, A], len(found))}
	claims := spec.Claims()
	for _, f := range found {
		k := slices.IndexFunc(claims, func(p properties.Property[S]) bool { return p.Name == f.Property })
		if k < 0 {
			return nil, fmt.Errorf("shrink: the spec has no property %q", f.Property)
		}
		if slices.Contains(s.claims, &claims[k]) {
			return nil, fmt.Errorf("shrink: two counterexamples of %q", f.Property)
		}
		if err := properties.Refute(&spec, &claims[k], f.Trace); err != nil {
			return nil, fmt.Errorf("shrink: not a counterexample of %q: %w", f.Property, err)
		}
		s.claims = append(s.claims, &claims[k])
	}
	for _, means := range []func(context.Context) error{s.direct, s.withoutFaults, s.whole} {
		if err := means(ctx); err != nil {
			return nil, err
		}
	}
	for k, r := range s.found {
		if r == nil {
			s.found[k] = s.reduced(ctx, found[k].Trace, k)
		}
	}
	return s.found, ctx.Err()
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
