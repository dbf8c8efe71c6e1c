package check

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Shortest is what a search for one counterexample found.
type Shortest[S, A comparable] struct {
	Trace  *traces.Trace[S, A] // the canonical counterexample; nil if there is none, or none was found
	States uint64              // visited
	Whole  bool                // nothing was left out: without a trace the claim is not violated
}

// errLimit ends a finder that has visited as many states as it may.
var errLimit = errors.New("the limit of states")

// FindShortest looks for the counterexample of a claim that a behaviour refutes
// by where it ends: Always, AlwaysStep, NoDeadlock or AlwaysPossible. It is the
// one that Run reports. States are visited in order of cost, and none that is
// dearer than the answer but to see whether a goal is possible, so that it may be
// found where the graph is too large to be checked. A search that meets
// opt.MaxStates is given up. It has one goroutine; of the other options it knows
// Progress, and refuses the rest.
// A search of more than limit states is given up; 0 means no limit.
//
// The error is non-nil if spec has no such claim or is not valid, if the model
// broke its contract (*ContractError), or if ctx ended.
func FindShortest[S, A comparable](ctx context.Context, spec properties.Spec[S, A], property string, opt Options) (*Shortest[S, A], error) {
	claims := spec.Claims()
	k := slices.IndexFunc(claims, func(p properties.Property[S]) bool { return p.Name == property })
	if k < 0 {
		return nil, fmt.Errorf("check: the spec has no property %q", property)
	}
	if f := claims[k].Form; f.Live() || f == properties.FormReachable {
		return nil, fmt.Errorf("check: property %q is of the form %q: it is not refuted by where a behaviour ends", property, f)
	}
	if opt.MaxBytes != 0 || opt.Symmetry || opt.Compact || opt.Witnesses || opt.Checkpoint.Path != "" {
		return nil, &OptionError{"a search for one shortest counterexample knows no option but MaxStates and Progress"}
	}
	opt.Workers = 1
	// Only this claim may have the graph of steps kept.
	only := spec
	only.Properties, only.Final = []properties.Property[S]{claims[k]}, nil
	if claims[k].Name == properties.DeadlockName {
		only.Properties, only.Final = nil, spec.Final
	}
	if err := errors.Join(spec.Validate(), validate(&only, &opt)); err != nil {
		return nil, err
	}
	in, err := newSearch(&only, opt)
	if err != nil {
		return nil, err
	}
	defer in.close()
	out := &Shortest[S, A]{}
	err = guarded(func() error { return in.shortest(ctx, out) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// shortest is the first half of finite, in a store that is still empty.
func (in *search[S, A]) shortest(ctx context.Context, out *Shortest[S, A]) error {
	p := &in.claims[0]
	f, err := newFinder(ctx, in.spec, in.exact, in.actions, nil, true)
	if err != nil {
		return err
	}
	defer f.close()
	f.limit = uint64(in.opt.MaxStates)
	f.onGroup = func() {
		in.distinct = f.added
		in.tell("searching", 0, 1)
	}
	goals, err := in.reach(f, []want[S]{{claim: 0}})
	out.States = f.added
	switch {
	case err == errLimit || err == errFull:
		return nil
	case err != nil:
		return err
	case in.actions.err != nil:
		return in.actions.err
	}
	out.Whole = true
	if goals[0].best == noCost {
		return nil
	}
	// What was not met on the way is dearer.
	f.known = func(uint32) bool { return true }
	found, err := f.canonical(goals)
	if err != nil {
		return err
	}
	if err := properties.Refute(in.spec, p, &found[0]); err != nil {
		return &ContractError{Reason: "a counterexample of \"" + p.Name + "\" did not survive its check: " + err.Error()}
	}
	out.Trace = &found[0]
	return sampled(in.spec, out.Trace)
}

// sampled asks for the steps of every state of t once more: a model that is not
// a function of its state shows it.
func sampled[S, A comparable](spec *properties.Spec[S, A], t *traces.Trace[S, A]) error {
	var once, twice model.Steps[S, A]
	for i := range t.Len() + 1 {
		if s := t.At(i); !slices.Equal(once.From(spec.Model, *s), twice.From(spec.Model, *s)) {
			return changedSteps(s)
		}
	}
	return nil
}
