package catalog

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
	"github.com/quiesce/quiesce/sim/stats"
)

// SimOptions say how to simulate a spec. Unlike those of sim.Options, its
// defaults are the caller's: Confidence and Scheduler must be set.
type SimOptions struct {
	sim.Options          // Waits and Enough are set here
	Only        []string // names of properties; none means all

	Scheduler string   // one of Schedulers
	Depth     int      // of pct; 0 means 2
	Select    []string // of selective: names or kinds of actions

	Variant *Variant // whose delays the timed scheduler takes; may be nil
	Delays  []string // the same as NAME=DELAY, over those of the variant

	Confidence float64 // of every interval and test, between 0 and 1
	StopAt     float64 // failure rate that a sequential test decides on; 0 means no test

	// History, if set, gets the history of each run that was made, in order.
	History func(run uint64, h *linear.History) error

	Unsolved bool                 // leave traces as they were found
	Search   func(check.Progress) // of the search for the canonical traces; may be nil
}

// A Simulation is a sim.Report without its type parameters, and with what its
// counts mean. It is the same for any number of workers.
type Simulation struct {
	Spec      string
	Values    Values
	Scheduler string
	Promise   *Promise         // of the scheduler pct; else nil
	Selection *sched.Selection // of the scheduler selective, in the runs it looked at; else nil
	Select    []string
	Delays    []string // what the timed scheduler took, as KEY=DELAY
	Options   sim.Options

	Runs    uint64
	Steps   uint64
	Ends    [sim.Ended + 1]uint64 // runs by sim.End
	Stopped string                // why it ended; empty if the runs asked for were made

	// Fixed says that the number of runs was fixed in advance, and they were made.
	// Only then are there intervals: who looks and stops makes them wrong, and an
	// interruption cuts long runs off more often than short ones.
	Fixed      bool
	Confidence float64

	Test *stats.SPRT // the sequential test that may have ended it; nil if there is none

	Claims   []SimClaim
	Coverage *sim.Coverage // nil if not measured
	Actions  int           // names in the spec
	Never    []string
	Idle     []string
}

// A SimClaim is what the runs say about one property.
type SimClaim struct {
	Verdict // its trace is solved on the model: see Worth
	Tally   sim.ClaimTally
	Worth   Worth // of the trace; empty without one

	Bounds   *stats.Interval // of the probability of a failure, for Reachable of reaching it; nil without Fixed
	Decision stats.Decision  // of the sequential test
	Believe  uint64          // clean runs after which to believe in a fix; 0 if nothing failed or not Fixed

	// Of a live property under the timed scheduler: how long its first wait
	// took in each run, in seconds. Runs answered in the state that triggered it
	// did not wait, and are only counted.
	Times  []stats.Time
	AtOnce int
}

// interrupted is Stopped of a simulation whose context ended.
const interrupted = "interrupted"

// Interrupted reports whether somebody ended the simulation.
func (s *Simulation) Interrupted() bool { return s.Stopped == interrupted }

// Worst returns the outcome that decides the exit code. That a claim was not
// refuted is all that runs can say for it, so to have made them all is as good
// as it gets, and is Holds here: of the simulation, not of any property.
func (s *Simulation) Worst() properties.Outcome {
	outcomes := []properties.Outcome{properties.Holds}
	if s.Interrupted() {
		outcomes = append(outcomes, properties.Inconclusive)
	}
	for i := range s.Claims {
		outcomes = append(outcomes, s.Claims[i].Counts())
	}
	return properties.Worst(outcomes)
}

// Counts returns what a claim contributes to the outcome of the whole. What
// should be reached and was not is an obligation like a trigger never met.
func (c *SimClaim) Counts() properties.Outcome {
	switch {
	case c.Outcome == properties.Violated || c.Outcome == properties.Vacuous:
		return c.Outcome
	case c.Form == properties.FormReachable.String() && c.Tally.Met == 0:
		return properties.Vacuous
	case c.Tally.Open > 0:
		return properties.Inconclusive
	}
	return properties.Holds
}

// simulate runs spec, named name with values v, and forgets its types.
func simulate[S, A comparable](ctx context.Context, name string, v Values, spec *properties.Spec[S, A], opt SimOptions) (*Simulation, error) {
	chosen, err := only(spec, opt.Only)
	if err != nil {
		return nil, err
	}
	if err := opt.complete(); err != nil {
		return nil, err
	}
	if opt.History != nil && !hasHistories[S, A]() {
		return nil, &check.OptionError{Reason: fmt.Sprintf("histories: %v", errNoHistory)}
	}
	by, err := scheduler(ctx, name, chosen, &opt)
	if err != nil {
		return nil, err
	}
	opt.Waits = opt.Scheduler == timedName
	end := &stopping{opt: &opt, test: sequential(&opt)}
	opt.Enough = end.enough
	found, err := sim.Run(ctx, chosen, by.make, opt.Options)
	// An interrupted simulation has both a report and an error.
	if found == nil || err != nil && !errors.Is(err, ctx.Err()) {
		return nil, err
	}
	s := &Simulation{
		Spec: name, Values: v, Scheduler: opt.Scheduler, Promise: by.promise, Selection: by.selection, Select: opt.Select, Delays: by.delays, Options: opt.Options,
		Runs: found.Runs, Steps: found.Steps, Stopped: found.Stopped, Confidence: opt.Confidence, Test: end.test,
		Coverage: found.Coverage, Actions: len(chosen.Actions), Never: found.Never, Idle: found.Idle,
	}
	copy(s.Ends[:], found.Ends[:])
	if end.reason != "" {
		s.Stopped = end.reason
	}
	s.Fixed = s.Runs > 0 && s.Stopped == "" && !opt.Stable && opt.StopAt == 0
	if opt.Stable && s.Stopped == "" {
		s.Stopped = fmt.Sprintf("coverage is not stable after %d runs", s.Runs)
	}
	if opt.History != nil && err == nil {
		err = histories(ctx, chosen, by.make(), &opt, found.Runs)
	}
	worth := make([]Worth, len(found.Verdicts))
	if err == nil && !opt.Unsolved {
		worth, err = resolve(ctx, &chosen, found.Verdicts, &opt)
	}
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	for k := range found.Verdicts {
		c := SimClaim{Verdict: verdict(name, v, &chosen, &found.Verdicts[k]), Tally: found.Claims[k], Worth: worth[k]}
		if c.Trace != nil && c.Worth == "" {
			c.Worth = AsFound
		}
		if opt.Waits {
			c.Times, c.AtOnce = times(found.Waits[k])
		}
		c.measure(s)
		s.Claims = append(s.Claims, c)
	}
	return s, err
}

// histories makes n runs again and hands over the history of each.
func histories[S, A comparable](ctx context.Context, spec properties.Spec[S, A], by sim.Scheduler[S, A], opt *SimOptions, n uint64) error {
	again, err := sim.Again(spec, by, opt.Options)
	if err != nil {
		return err
	}
	for i := range n {
		t, err := again.Behaviour(ctx, opt.First+i)
		if err != nil {
			return err
		}
		h, err := historyFrom(spec.Model, t)
		if err != nil {
			return fmt.Errorf("the history of run %d: %w", opt.First+i, err)
		}
		if err := opt.History(opt.First+i, h); err != nil {
			return err
		}
	}
	return nil
}

// A state that is met once in a million runs keeps coverage from being stable for
// as long. By then more runs are rarely what is wanted.
const mostUntilStable = 1 << 20

// complete checks the options and fills in what is left open. Bad ones are
// *check.OptionErrors, like those of a check.
func (o *SimOptions) complete() error {
	const mostSteps = 1 << 28 // 5 times as many to settle must be an int32
	refuse := func(format string, args ...any) error {
		return &check.OptionError{Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case !(o.Confidence > 0 && o.Confidence < 1):
		return refuse("confidence %g: want more than 0 and less than 1, such as 0.95", o.Confidence)
	case !(o.StopAt >= 0 && o.StopAt < 1):
		return refuse("a failure rate of %g: want more than 0 and less than 1", o.StopAt)
	case o.StopAt > 0 && o.Confidence <= 0.5:
		return refuse("a test with a confidence of %g decides by chance: want more than 0.5", o.Confidence)
	case o.Stable && o.States == 0:
		return refuse("whether coverage is stable cannot be said if it is not measured")
	case o.Steps < 0 || o.Steps > mostSteps || o.Settle > math.MaxInt32:
		return refuse("%d steps, and %d to settle: at most %d, and %d to settle", o.Steps, o.Settle, mostSteps, math.MaxInt32)
	case o.Depth != 0 && o.Scheduler != pctName:
		return refuse("a depth is for the scheduler %s, not for %s", pctName, o.Scheduler)
	case len(o.Select) > 0 && o.Scheduler != selectiveName:
		return refuse("a selection of events is for the scheduler %s, not for %s", selectiveName, o.Scheduler)
	case len(o.Select) == 0 && o.Scheduler == selectiveName:
		return refuse("the scheduler %s needs to know which events it is about: names or kinds of actions", selectiveName)
	case len(o.Delays) > 0 && o.Scheduler != timedName:
		return refuse("delays are for the scheduler %s, not for %s", timedName, o.Scheduler)
	}
	if o.Runs == 0 {
		switch o.Runs = 1000; {
		case o.StopAt > 0:
			o.Runs = math.MaxInt64 // a sequential test ends with probability 1
		case o.Stable:
			o.Runs = mostUntilStable
		}
	}
	if o.First > math.MaxUint64-o.Runs {
		return refuse("%d runs from number %d: run numbers end at %d", o.Runs, o.First, uint64(math.MaxUint64))
	}
	if o.Steps == 0 {
		o.Steps = 200
	}
	if o.Settle == 0 {
		o.Settle = 5 * o.Steps
	}
	return nil
}

// measure says what the counts of c mean.
func (c *SimClaim) measure(s *Simulation) {
	if s.Test != nil {
		c.Decision = s.Test.Decide(c.Tally.Failed, s.Runs)
	}
	if !s.Fixed {
		return
	}
	k, sides := c.Tally.Failed, stats.TwoSided
	if c.Form == properties.FormReachable.String() {
		k = c.Tally.Met
	}
	if k == 0 {
		sides = stats.AtMost
	}
	// The error of each is impossible: 0 < confidence < 1, k <= runs, runs > 0.
	if b, err := stats.ClopperPearson(k, s.Runs, s.Confidence, sides); err == nil {
		c.Bounds = &b
	}
	if c.Tally.Failed > 0 {
		c.Believe, _ = stats.RunsToBelieve(c.Tally.Failed, s.Runs, s.Confidence)
	}
}

// times turns the waits of runs into what statistics take.
func times(waits []sim.Wait) (out []stats.Time, atOnce int) {
	for _, w := range waits {
		if w.Steps == 0 && !w.Censored {
			atOnce++
			continue
		}
		out = append(out, stats.Time{Value: w.Time.Seconds(), Censored: w.Censored, Never: w.Never})
	}
	return out, atOnce
}

// Unanswered returns how many runs waited for ever, and of how many it is not
// known, as they ended.
func (c *SimClaim) Unanswered() (never, ended int) {
	for _, t := range c.Times {
		switch {
		case t.Never:
			never++
		case t.Censored:
			ended++
		}
	}
	return never, ended
}
