package sim

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// A Split is what importance splitting saw of the way to a rare event.
type Split[S, A comparable] struct {
	Levels []SplitLevel
	Trace  *traces.Trace[S, A] // a behaviour that reached the last level; nil if none did
	Steps  uint64              // taken in all
}

// A SplitLevel says that of Started runs, begun where the level before was
// first reached, Reached came to this one. The product of all shares estimates,
// without bias, the probability of the last level; package stats has intervals.
type SplitLevel struct{ Started, Reached uint64 }

// SplitOptions say how much to do. The zero SplitOptions is 1000 runs for each
// level, of up to 1000 steps from the start, of seed 0, on all CPUs.
type SplitOptions struct {
	Seed    uint64
	Runs    int // for each level; 0 means 1000
	Steps   int // of a whole behaviour, over all levels; 0 means 1000
	Workers int // 0 means one per CPU; the result is the same for any number

	// Progress, if set, is called after each level with the steps taken so far.
	Progress func(level int, steps uint64)
}

// Splitting looks for a rare event in stages: fixed effort multilevel splitting
// (Garvels, 2000; for models like ours Jegourel, Legay, Sedwards, CAV 2013).
// level says how far a state is on the way, from 0 on; reaching last is the
// event. For each level in turn, runs begin at states in which runs for the
// level before first reached that, drawn at random. The closer level follows
// the distance to the event, the fewer runs are needed; a bad one costs
// precision and nothing else.
//
// Every enabled step is equally likely, as under the uniform scheduler: a
// scheduler with a memory could not be begun in the middle.
func Splitting[S, A comparable](ctx context.Context, m model.Model[S, A], level func(s *S) int, last int, opt SplitOptions) (*Split[S, A], error) {
	if opt.Runs == 0 {
		opt.Runs = 1000
	}
	if opt.Steps == 0 {
		opt.Steps = 1000
	}
	if opt.Workers == 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if last < 1 || opt.Runs < 0 || opt.Steps < 0 || opt.Workers < 0 {
		return nil, fmt.Errorf("sim: splitting to level %d by %d runs of %d steps, %d workers: want level 1 or more, nothing negative",
			last, opt.Runs, opt.Steps, opt.Workers)
	}
	s := &splitting[S, A]{ctx: ctx, m: m, level: level, opt: opt, places: make([]stage[S, A], opt.Runs)}
	for _, start := range m.Init() {
		s.from = append(s.from, traces.Trace[S, A]{Start: start, Loop: traces.Finite})
	}
	if len(s.from) == 0 {
		return nil, fmt.Errorf("sim: the model has no initial state")
	}
	out := &Split[S, A]{}
	for to := 1; to <= last; to++ {
		reached, steps, err := s.stage(to)
		if err != nil {
			return out, err
		}
		out.Steps += steps
		out.Levels = append(out.Levels, SplitLevel{Started: uint64(opt.Runs), Reached: uint64(len(reached))})
		if opt.Progress != nil {
			opt.Progress(to, out.Steps)
		}
		if len(reached) == 0 {
			return out, nil
		}
		s.from = reached
	}
	out.Trace = clone(&s.from[0])
	return out, nil
}

type splitting[S, A comparable] struct {
	ctx    context.Context
	m      model.Model[S, A]
	level  func(s *S) int
	opt    SplitOptions
	from   []traces.Trace[S, A] // behaviours that end where the last level was reached
	places []stage[S, A]
}

// stage is what one run for a level did.
type stage[S, A comparable] struct {
	trace   traces.Trace[S, A]
	reached bool
	steps   uint64
}

// stage makes the runs for one level. Runs have places, which are read in
// order, so it does not matter which worker made which.
func (s *splitting[S, A]) stage(to int) (reached []traces.Trace[S, A], steps uint64, err error) {
	var taken atomic.Int64
	var all sync.WaitGroup
	for range s.opt.Workers {
		all.Go(func() {
			var out model.Steps[S, A]
			for {
				i := int(taken.Add(1)) - 1
				if i >= len(s.places) || s.ctx.Err() != nil {
					return
				}
				s.places[i] = s.run(&out, to, i)
			}
		})
	}
	all.Wait()
	if err := s.ctx.Err(); err != nil {
		return nil, 0, err
	}
	for i := range s.places {
		steps += s.places[i].steps
		if s.places[i].reached {
			reached = append(reached, s.places[i].trace)
		}
	}
	return reached, steps, nil
}

// run goes on from a behaviour that reached the level before, drawn from all of
// them, until it reaches this one or cannot.
func (s *splitting[S, A]) run(out *model.Steps[S, A], to, number int) stage[S, A] {
	// Streams of different levels and numbers are those of different runs.
	bits := rng.New(s.opt.Seed, uint64(to)<<32|uint64(number))
	begin := &s.from[bits.Below(uint64(len(s.from)))]
	p := stage[S, A]{trace: *clone(begin)}
	for {
		here := *p.trace.Last()
		if s.level(&here) >= to {
			p.reached = true
			return p
		}
		steps := out.From(s.m, here)
		if len(steps) == 0 || p.trace.Len() >= s.opt.Steps {
			return p
		}
		p.trace.Steps = append(p.trace.Steps, steps[bits.Below(uint64(len(steps)))])
		p.steps++
	}
}
