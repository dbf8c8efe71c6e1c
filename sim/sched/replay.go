package sched

import (
	"fmt"
	"time"

	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/traces"
)

// Replay takes the steps of t and then ends the run. Give it runs that do not
// settle unless t does: a step that is not enabled, or not any more because the
// run is settling, ends the run too, and Err says so.
func Replay[S, A comparable](t *traces.Trace[S, A]) *Replayed[S, A] {
	return &Replayed[S, A]{trace: t}
}

// Replayed is the scheduler that Replay returns.
type Replayed[S, A comparable] struct {
	trace *traces.Trace[S, A]
	err   error
}

// Begin starts again from the first step. It does not use its arguments.
func (r *Replayed[S, A]) Begin(seed, run uint64) { r.err = nil }

// Pick returns the next step of the trace.
func (r *Replayed[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	if at.Step == len(r.trace.Steps) {
		return -1, at.Now
	}
	want := &r.trace.Steps[at.Step]
	for i := range at.Steps {
		if at.Steps[i] == *want {
			return i, at.Now
		}
	}
	d := &traces.Divergence[S, A]{At: at.Step, Want: want.Action, State: *at.State,
		Reason: fmt.Sprintf("the recorded step %v is not among the enabled ones", want.Action)}
	for i := range at.Steps {
		d.Enabled = append(d.Enabled, at.Steps[i].Action)
	}
	r.err = d
	return -1, at.Now
}

// Err says where the last run left the trace; nil if it did not.
func (r *Replayed[S, A]) Err() error { return r.err }
