// Package sim runs one behaviour of a model at a time, with or without time,
// and checks the claims of a spec on each.
//
// Words used here, besides those of package model:
//
//   - A run is one behaviour, named by (spec, scheduler, seed, run number): the
//     same name gives the same steps on every machine.
//   - A run first takes up to Options.Steps steps, whatever they are. Then it
//     settles: no fault and no request happens any more, and everything that
//     was asked for must be answered within Options.Settle steps.
//   - A run is quiet when nothing but faults and requests could change its state.
//
// Time is not in the model. It is a [Scheduler], package sched has one, so every
// timed run is a behaviour of the graph that the checker explores.
//
// A simulation proves nothing good about a model: a claim that no run broke is
// inconclusive. What it reports as violated is: the counterexample it shows has
// passed [properties.Refute].
package sim

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A Scheduler decides which enabled step is taken next and when. It is the
// only source of choice in a run.
//
// What it decides depends on the arguments of Begin and on the points of the
// run so far, on nothing else: not on earlier runs, not on the machine.
type Scheduler[S, A comparable] interface {
	// Begin starts run number run of a seed.
	Begin(seed, run uint64)

	// Pick returns the index of the step to take and the time at which it
	// happens, not before at.Now. There is at least one step. A negative index
	// ends the run.
	Pick(at *Point[S, A]) (i int, when time.Duration)
}

// A Point is where a run stands: what the scheduler may look at. It is valid
// until Pick returns. Nothing that it refers to may be changed.
type Point[S, A comparable] struct {
	Now      time.Duration      // virtual time since the start of the run
	Step     int                // steps taken so far
	Settling bool               // faults and requests are over and not among Steps
	State    *S                 // the current state
	Steps    []model.Step[S, A] // what is enabled, in the model's order
	Labels   []*Label           // what is said about each of Steps
}

// Options say how much to simulate. The zero Options is 1000 runs of up to 200
// steps, and 1000 more to settle, of seed 0, on all CPUs.
type Options struct {
	Seed  uint64
	First uint64 // number of the first run
	Runs  uint64 // how many; 0 means 1000

	Steps  int // before a run settles; 0 means 200
	Settle int // bound on settling; 0 means 5 times Steps; negative means that runs do not settle

	// Workers is how many goroutines simulate; 0 means one per CPU. The report
	// is the same for any number.
	Workers int

	// Memo is how many bytes of memory may hold what is known of states that
	// runs meet often; 0 means 256 MB, negative none. The report is the same for
	// any number; the larger it is the faster are many runs.
	Memo int64

	// States is how many distinct states coverage may keep; 0 means that
	// coverage is not measured. A state costs about twice its size per worker.
	States int

	// Waits keeps how long each live property took in each run.
	Waits bool

	// Stable ends the simulation when a doubling of the number of runs showed no
	// new state, transition or race. It is an error without States.
	Stable bool

	// Enough, if set, is asked after every wave of runs, in order, and ends the
	// simulation by returning true.
	Enough func(*Tally) bool

	// Progress, if set, is called after every wave from the goroutine of Run.
	Progress func(*Tally)
}

// Wave is how many runs are made between two moments at which a simulation may
// end. It does not depend on the number of workers, so neither does the end.
const Wave = 256

func (o Options) complete() (Options, error) {
	if o.Runs == 0 {
		o.Runs = 1000
	}
	if o.Steps == 0 {
		o.Steps = 200
	}
	if o.Settle == 0 {
		o.Settle = 5 * o.Steps
	}
	o.Settle = max(o.Settle, 0)
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Memo == 0 {
		o.Memo = 256 << 20
	}
	switch {
	case o.Steps < 0 || o.Workers < 0 || o.States < 0:
		return o, fmt.Errorf("sim: steps %d, workers %d, states %d: none may be negative", o.Steps, o.Workers, o.States)
	case o.Steps > math.MaxInt32 || o.Settle > math.MaxInt32:
		return o, fmt.Errorf("sim: %d steps and %d to settle, at most %d each", o.Steps, o.Settle, math.MaxInt32)
	case o.Stable && o.States == 0:
		return o, fmt.Errorf("sim: to run until coverage is stable, say how many states it may keep (States)")
	case o.First > math.MaxUint64-o.Runs:
		return o, fmt.Errorf("sim: %d runs from number %d: run numbers end at %d", o.Runs, o.First, uint64(math.MaxUint64))
	}
	return o, nil
}

// Run simulates spec under schedulers made by by, one for each worker.
//
// A violated property is a verdict, not an error. The error is non-nil if the
// options cannot be honoured, if the model or the scheduler broke its contract,
// or if ctx ended; the report then still counts the runs that were finished.
func Run[S, A comparable](ctx context.Context, spec properties.Spec[S, A], by func() Scheduler[S, A], opt Options) (*Report[S, A], error) {
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if err := validate(&spec); err != nil {
		return nil, err
	}
	c := newCampaign(ctx, &spec, by, opt)
	err = c.waves()
	rep, late := c.report()
	if err == nil {
		err = late
	}
	return rep, err
}

func validate[S, A comparable](spec *properties.Spec[S, A]) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	if len(spec.Actions) == 0 {
		return fmt.Errorf("sim: the spec does not list its actions (Actions is empty): what never fires could not be said")
	}
	if len(spec.Model.Init()) == 0 {
		return fmt.Errorf("sim: the model has no initial state")
	}
	return nil
}
