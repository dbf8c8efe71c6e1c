// Package bridge compares a model with the system it describes: the same
// actions are taken on both, and after each what can be seen of the system is
// held against what the model says. It decides nothing; it only compares.
//
// It also starts and ends the processes in which systems run, and is the only
// package, with those below it, that does.
package bridge

import (
	"context"
	"fmt"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// A System is a running implementation seen through the eyes of a model. It
// must be deterministic: the same trace is seen the same way every time.
type System[S, A comparable] interface {
	// Replay takes each trace from its first state and returns what was seen of
	// each, in order. The error says why the system could not be driven at all;
	// what it does wrong is seen.
	Replay(ctx context.Context, ts []*traces.Trace[S, A]) ([]Seen, error)
}

// Seen is what a system showed of one trace. Model and Code are records of the
// same fields after each step that was taken. A system that did not take all
// steps says in Stopped why it did not take the next.
type Seen struct {
	Model, Code []model.Value
	Stopped     string
}

// A Divergence is the first step after which model and system differ.
type Divergence[A comparable] struct {
	At      int            // index of the step
	Action  A              //
	Fields  []model.Change // From is what the model says, To what the code says
	Stopped string         // if not empty, the system did not take the step; why
}

// Error says where and how they differ, a field a line.
func (d *Divergence[A]) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "step %d, %v:", d.At+1, d.Action)
	if d.Stopped != "" {
		fmt.Fprintf(&b, " the model takes it, the code does not: %s", d.Stopped)
		return b.String()
	}
	for _, f := range d.Fields {
		fmt.Fprintf(&b, "\n  %-12s model says %s, code says %s", f.Path, f.From, f.To)
	}
	return b.String()
}

// Compare returns the first difference between t and what was seen of it, or
// nil if there is none.
func Compare[S, A comparable](t *traces.Trace[S, A], seen Seen) *Divergence[A] {
	for i := range t.Steps {
		if i >= len(seen.Code) || i >= len(seen.Model) {
			stopped := seen.Stopped
			if stopped == "" {
				stopped = "it was not seen"
			}
			return &Divergence[A]{At: i, Action: t.Steps[i].Action, Stopped: stopped}
		}
		if fields := model.Diff(seen.Model[i], seen.Code[i]); len(fields) > 0 {
			return &Divergence[A]{At: i, Action: t.Steps[i].Action, Fields: fields}
		}
	}
	return nil
}

// A Finding is a trace on which model and system differ, as short as Conform
// could make it.
type Finding[S, A comparable] struct {
	Trace      traces.Trace[S, A] // up to and with the step at which they differ
	Divergence *Divergence[A]
	Index      int // of the trace it was found on
}

// Conform replays ts on sys and returns a Finding, not yet shrunk, for each
// trace on which they differ, in the order of ts.
func Conform[S, A comparable](ctx context.Context, sys System[S, A], ts []*traces.Trace[S, A]) ([]Finding[S, A], error) {
	seen, err := sys.Replay(ctx, ts)
	if err != nil {
		return nil, err
	}
	var out []Finding[S, A]
	for i, t := range ts {
		if d := Compare(t, seen[i]); d != nil {
			out = append(out, Finding[S, A]{cut(t, d.At+1), d, i})
		}
	}
	return out, nil
}

// cut returns the first n steps of t.
func cut[S, A comparable](t *traces.Trace[S, A], n int) traces.Trace[S, A] {
	return traces.Trace[S, A]{Start: t.Start, Steps: append([]model.Step[S, A]{}, t.Steps[:n]...), Loop: traces.Finite}
}
