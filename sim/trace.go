package sim

import (
	"context"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// Behaviours makes runs one at a time and returns what happened in them, to the
// last step. The runs are those that [Run] makes with the same options.
type Behaviours[S, A comparable] struct{ w worker[S, A] }

// Again returns the maker of the runs of spec under by. Of the options, Seed,
// Steps and Settle count.
func Again[S, A comparable](spec properties.Spec[S, A], by Scheduler[S, A], opt Options) (*Behaviours[S, A], error) {
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if err := validate(&spec); err != nil {
		return nil, err
	}
	opt.States = 0
	r := newRunner(newMemo(&spec, opt.Memo), by, opt)
	r.record = &traces.Trace[S, A]{}
	return &Behaviours[S, A]{worker[S, A]{again: r}}, nil
}

// Behaviour returns run number n. The error is that of the model, the scheduler
// or ctx.
func (b *Behaviours[S, A]) Behaviour(ctx context.Context, n uint64) (*traces.Trace[S, A], error) {
	t, err := b.w.trace(ctx, n)
	if err != nil {
		return nil, err
	}
	return clone(t), nil
}
