package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Report is what the runs of a simulation said. For runs that were not
// interrupted it is the same for any number of workers.
type Report[S, A comparable] struct {
	Tally
	Stopped string // why there are fewer runs than asked for; empty if there are not

	// Verdicts has one entry per claim, in the order of Spec.Claims. None says
	// holds, except for Reachable: runs are a sample.
	Verdicts []properties.Verdict[S, A]

	Waits [][]Wait // by claim and in order of runs, if asked for; empty for claims that are not live

	Coverage *Coverage // nil if not measured
	Fired    []uint64  // steps by name, in the order of Spec.Actions
	Never    []string  // names of Spec.Actions never taken
	Idle     []string  // fairness sets that cover no action seen, as WF(name) or SF(name)
}

// A Tally counts runs.
type Tally struct {
	Runs   uint64
	Steps  uint64
	Ends   [ends]uint64 // runs by End
	Claims []ClaimTally // in the order of Spec.Claims
	States int          // distinct, when the number of runs last doubled; 0 if coverage is not measured
}

// A ClaimTally counts what the runs said about one claim.
type ClaimTally struct {
	Name   string
	Failed uint64 // runs that refute it
	First  uint64 // number of the first of them, or of the first that reached the goal of Reachable
	Open   uint64 // runs that left a live claim waiting without refuting it
	Met    uint64 // runs that reached what it is about: the goal of Reachable, the trigger of a live claim
}

// A Wait is how long it took, in one run, from the first time a live claim was
// triggered to the first time it was answered. A run that ended before that
// gives the time it had waited until then, and is Censored; if it also refutes
// the claim, the answer would never have come.
type Wait struct {
	Run      uint64
	Time     time.Duration
	Steps    int
	Censored bool
	Never    bool
}

// report says what the runs said. It is made of what was counted even after an
// error; then the error that it returns is about the report itself.
func (c *campaign[S, A]) report() (*Report[S, A], error) {
	rep := &Report[S, A]{Tally: c.tally, Stopped: c.stopped, Fired: make([]uint64, len(c.spec.Actions))}
	for _, w := range c.workers {
		for i, n := range w.run.fired {
			rep.Fired[i] += n
		}
	}
	for i, n := range rep.Fired {
		if n == 0 {
			rep.Never = append(rep.Never, c.spec.Actions[i])
		}
	}
	for _, f := range c.spec.Fairness {
		if !c.covers(f) {
			rep.Idle = append(rep.Idle, f.String())
		}
	}
	if c.opt.Waits {
		rep.Waits = c.waits
	}
	if c.opt.States > 0 {
		rep.Coverage = c.coverage()
	}
	var failed error
	for k := range c.claims {
		v, err := c.verdict(k)
		if err != nil && failed == nil {
			failed = err
		}
		rep.Verdicts = append(rep.Verdicts, v)
	}
	return rep, failed
}

// covers reports whether a fairness set covers any action that a run could have
// taken: labels are made for enabled actions, not for taken ones only.
func (c *campaign[S, A]) covers(f properties.Fairness[A]) bool {
	for _, w := range c.workers {
		// Whether there is one does not depend on it: in any order.
		for a := range w.run.known.labels.known {
			if f.Covers(a) {
				return true
			}
		}
	}
	return false
}

// verdict says what the runs mean for one claim. The order of the cases is that
// of properties.Worst: a failure first, then what stands in the way of saying
// anything.
func (c *campaign[S, A]) verdict(k int) (properties.Verdict[S, A], error) {
	p, t := &c.claims[k], &c.tally.Claims[k]
	v := properties.Verdict[S, A]{Property: p.Name, Form: p.Form, Sentence: p.Sentence}
	if p.Form.Live() {
		for _, f := range c.spec.Fairness {
			if p.Under == nil || slices.Contains(p.Under, f.Name) {
				v.Assuming = append(v.Assuming, f.String())
			}
		}
	}
	subject := false
	for _, w := range c.workers {
		subject = subject || w.run.known.seen[k]
	}
	switch {
	case t.Failed > 0:
		v.Outcome = properties.Violated
		v.Reason = fmt.Sprintf("%d of %d runs, first run %d", t.Failed, c.tally.Runs, t.First)
	case c.tally.Runs == 0:
		v.Reason = "no run was finished"
	case p.Form == properties.FormReachable && t.Met > 0:
		v.Outcome = properties.Holds
		v.Reason = fmt.Sprintf("reached in %d of %d runs", t.Met, c.tally.Runs)
	case !subject:
		v.Outcome = properties.Vacuous
		v.Reason = fmt.Sprintf("never in %d runs: %s", c.tally.Runs, p.SubjectName)
	case p.Form == properties.FormLeadsTo && t.Met == 0:
		v.Outcome = properties.Vacuous
		v.Reason = fmt.Sprintf("never triggered in %d runs", c.tally.Runs)
	case t.Open > 0:
		v.Reason = fmt.Sprintf("%d of %d runs left it waiting, none of them for ever", t.Open, c.tally.Runs)
	default:
		v.Reason = fmt.Sprintf("0 of %d runs; runs are a sample", c.tally.Runs)
	}
	if v.Outcome == properties.Violated || v.Outcome == properties.Holds {
		var err error
		if v.Trace, err = c.shown(k); err != nil {
			return v, err
		}
	}
	return v, nil
}

// shown makes the first run that decided a claim again and returns the part of
// it that refutes the claim, or reaches its goal. That it does is checked once
// more: if it does not, model or scheduler are not functions of their input.
func (c *campaign[S, A]) shown(k int) (*traces.Trace[S, A], error) {
	w, p, number := c.workers[0], &c.claims[k], c.tally.Claims[k].First
	// A run that was finished is worth explaining even after an interruption.
	_, err := w.again.make(context.Background(), number)
	if err != nil {
		return nil, err
	}
	t, st := *w.again.record, &w.again.stand[k]
	if st.stays {
		t.Loop = min(int(st.at), len(t.Steps))
	}
	if p.Form.Live() && !st.stays {
		found := lasso(c.spec, p, &t, &w.again.fair)
		if found == nil || properties.Refute(c.spec, p, found) != nil {
			return nil, unrepeatable(p.Name, number)
		}
		return clone(found), nil
	}
	t.Steps = t.Steps[:min(int(st.at), len(t.Steps))]
	reached := p.Form == properties.FormReachable && p.P(t.Last())
	if !reached && properties.Refute(c.spec, p, &t) != nil {
		return nil, unrepeatable(p.Name, number)
	}
	return clone(&t), nil
}

// clone copies a trace out of the memory of a runner, which writes over it.
func clone[S, A comparable](t *traces.Trace[S, A]) *traces.Trace[S, A] {
	return &traces.Trace[S, A]{Start: t.Start, Steps: slices.Clone(t.Steps), Loop: t.Loop}
}

func unrepeatable(name string, run uint64) error {
	return fmt.Errorf("sim: run %d decided %q, and not when it was made again: the model or the scheduler depends on something hidden", run, name)
}
