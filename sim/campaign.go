package sim

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// campaign makes runs in waves. Within a wave workers take run numbers from a
// counter; what a run says goes to its own place, and places are read in order.
type campaign[S, A comparable] struct {
	ctx     context.Context
	spec    *properties.Spec[S, A]
	claims  []properties.Property[S]
	opt     Options
	workers []worker[S, A]

	tally   Tally
	waits   [][]Wait
	stopped string
	covered *Coverage // when the number of runs last doubled

	first  uint64 // number of the first run of the wave
	places []place
	taken  atomic.Int64
}

// A worker makes runs and, when the steps of a run are wanted, makes it again
// with a second runner, so that nothing is counted twice.
type worker[S, A comparable] struct{ run, again *runner[S, A] }

// place is what one run of a wave said.
type place struct {
	done  bool
	end   End
	steps int
	stand []standing
	said  []progress
	err   error
}

// newCampaign makes all memory that waves need. Schedulers are made one for each
// runner, as they keep the state of a run.
func newCampaign[S, A comparable](ctx context.Context, spec *properties.Spec[S, A], by func() Scheduler[S, A], opt Options) *campaign[S, A] {
	c := &campaign[S, A]{ctx: ctx, spec: spec, claims: spec.Claims(), opt: opt}
	bare := opt
	bare.States = 0
	for range opt.Workers {
		known := newMemo(spec, opt.Memo/int64(opt.Workers))
		w := worker[S, A]{newRunner(known, by(), opt), newRunner(known, by(), bare)}
		w.again.record = &traces.Trace[S, A]{}
		c.workers = append(c.workers, w)
	}
	for _, claim := range c.claims {
		c.tally.Claims = append(c.tally.Claims, ClaimTally{Name: claim.Name})
	}
	c.waits = make([][]Wait, len(c.claims))
	c.places = make([]place, Wave)
	for i := range c.places {
		c.places[i].stand = make([]standing, len(c.claims))
		c.places[i].said = make([]progress, words(len(c.claims)))
	}
	return c
}

// waves makes runs until there are enough. All that may end a simulation early
// is asked between waves, in order: so a report does not depend on which worker
// was how far at the time.
func (c *campaign[S, A]) waves() error {
	for c.tally.Runs < c.opt.Runs {
		n := min(Wave, c.opt.Runs-c.tally.Runs)
		c.first = c.opt.First + c.tally.Runs
		c.wave(int(n))
		if err := c.collect(int(n)); err != nil {
			return err
		}
		stable := c.doubled() && c.opt.Stable
		if c.opt.Progress != nil {
			c.opt.Progress(&c.tally)
		}
		if c.tally.Runs == c.opt.Runs {
			break
		}
		if stable {
			c.stopped = "the last doubling of runs showed nothing new"
			break
		}
		if c.opt.Enough != nil && c.opt.Enough(&c.tally) {
			c.stopped = "enough was seen"
			break
		}
	}
	return nil
}

// doubled measures coverage each time the number of runs has doubled, and
// reports whether the doubling showed no state, transition or race that half
// as many runs had not.
func (c *campaign[S, A]) doubled() bool {
	waves := c.tally.Runs / Wave
	if c.opt.States == 0 || c.tally.Runs%Wave != 0 || waves&(waves-1) != 0 {
		return false
	}
	before := c.covered
	c.covered = c.coverage()
	c.tally.States = c.covered.States
	now := c.covered
	return before != nil && !now.Full && now.States == before.States &&
		now.Transitions == before.Transitions && len(now.Races) == len(before.Races)
}

// coverage unites what the workers have seen. It copies, and so is made rarely.
func (c *campaign[S, A]) coverage() *Coverage {
	all := newCoverage[S, A](c.opt.States, len(c.spec.Actions))
	for _, w := range c.workers {
		all.add(w.run.cover)
	}
	return all.result(c.spec.Actions)
}

// wave makes n runs. After an error no further run of the wave is begun.
func (c *campaign[S, A]) wave(n int) {
	c.taken.Store(0)
	var all sync.WaitGroup
	for _, w := range c.workers {
		all.Go(func() {
			for {
				i := int(c.taken.Add(1)) - 1
				if i >= n {
					return
				}
				c.one(w, &c.places[i], c.first+uint64(i))
				if c.places[i].err != nil {
					c.taken.Store(int64(n))
				}
			}
		})
	}
	all.Wait()
}

// one makes a run and, if it leaves live claims waiting, repeats it with its
// steps written down and looks for what refutes them.
func (c *campaign[S, A]) one(w worker[S, A], p *place, number uint64) {
	r := w.run
	r.stand, p.stand, r.run, p.said = p.stand, r.stand, p.said, r.run
	p.end, p.err = r.make(c.ctx, number)
	p.steps = r.point.Step
	p.done = p.err == nil
	r.stand, p.stand, r.run, p.said = p.stand, r.stand, p.said, r.run
	if !p.done {
		return
	}
	var run *traces.Trace[S, A]
	for k := range touched(p.said) {
		st := &p.stand[k]
		if !st.settled && st.met {
			st.till, st.to = r.point.Now, int32(r.point.Step)
		}
		if !st.waiting || st.failed {
			continue
		}
		st.open = true
		if p.end != Quiet && p.end != Restless {
			continue
		}
		if run == nil {
			if run, p.err = w.trace(c.ctx, number); p.err != nil {
				p.done = false
				return
			}
		}
		if lasso(c.spec, &c.claims[k], run, &w.again.fair) != nil {
			st.failed, st.open = true, false
		}
	}
}

// trace makes a run again and returns it, valid until the next one.
func (w worker[S, A]) trace(ctx context.Context, number uint64) (*traces.Trace[S, A], error) {
	_, err := w.again.make(ctx, number)
	return w.again.record, err
}

// collect reads the places of a wave in the order of their runs. After an
// error it still counts the runs that were finished.
func (c *campaign[S, A]) collect(n int) error {
	var failed error
	for i := range n {
		p := &c.places[i]
		if p.err != nil && failed == nil {
			failed = fmt.Errorf("run %d: %w", c.first+uint64(i), p.err)
		}
		if !p.done {
			continue
		}
		c.tally.Runs++
		c.tally.Steps += uint64(p.steps)
		c.tally.Ends[p.end]++
		for k := range touched(p.said) {
			c.count(k, &p.stand[k], c.first+uint64(i))
		}
		p.done = false
	}
	if failed != nil && c.ctx.Err() != nil {
		c.stopped = "interrupted"
		return c.ctx.Err()
	}
	return failed
}

// count adds what one run said of one claim.
func (c *campaign[S, A]) count(k int, st *standing, run uint64) {
	t := &c.tally.Claims[k]
	if st.failed {
		if t.Failed == 0 {
			t.First = run
		}
		t.Failed++
	}
	if st.open {
		t.Open++
	}
	if st.met {
		if t.Met == 0 && c.claims[k].Form == properties.FormReachable {
			t.First = run
		}
		t.Met++
	}
	if c.opt.Waits && st.met && c.claims[k].Form.Live() {
		c.waits[k] = append(c.waits[k], Wait{
			Run: run, Time: st.till - st.since, Steps: int(st.to - st.from),
			Censored: !st.settled, Never: !st.settled && st.failed,
		})
	}
}
