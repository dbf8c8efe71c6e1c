package sim

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// An End says why a run ended.
type End uint8

const (
	Stuck    End = iota // no step is enabled
	Quiet               // settled: nothing but faults and requests could change the state
	Restless            // still moving at the bound on settling
	Running             // still moving when its steps were used up, and runs do not settle
	Outside             // left Spec.Within
	Ended               // the scheduler ended it
	ends
)

var endNames = [...]string{"stuck", "quiet", "restless", "running", "outside", "ended"}

func (e End) String() string {
	if int(e) < len(endNames) {
		return endNames[e]
	}
	return fmt.Sprintf("End(%d)", uint8(e))
}

// standing is what one run says about one claim.
type standing struct {
	failed  bool
	open    bool          // a live claim that the run left undecided
	met     bool          // Reachable was reached; a live claim was triggered
	at      int32         // steps before the failure, or before the goal was reached
	since   time.Duration // when a live claim was first triggered
	till    time.Duration // when that was first answered; the end of the run if it was not
	from    int32         // the same in steps
	to      int32
	waiting bool // triggered and not answered
	stays   bool // it failed as nothing assumed to be fair would have led away from that state
	settled bool // the first trigger was answered
}

// runner makes runs, one after the other, in memory that it keeps.
type runner[S, A comparable] struct {
	opt    Options
	by     Scheduler[S, A]
	known  *memo[S, A]
	cover  *coverage[S, A] // nil if not measured
	at     *expansion[S, A]
	point  Point[S, A]
	settle settling[S, A]

	stand []standing // one per claim, of this run
	run   []progress // the same for all claims at once
	fired []uint64   // by name, over all runs

	record *traces.Trace[S, A] // if not nil, the run is written down
	fair   justice             // of what was written down
}

func newRunner[S, A comparable](known *memo[S, A], by Scheduler[S, A], opt Options) *runner[S, A] {
	r := &runner[S, A]{opt: opt, by: by, known: known, fired: make([]uint64, len(known.spec.Actions)),
		fair: justice{strong: strongSets(known.spec.Fairness)}}
	r.stand = make([]standing, len(known.claims))
	r.run = make([]progress, words(len(known.claims)))
	if opt.States > 0 {
		r.cover = newCoverage[S, A](opt.States, len(known.spec.Actions))
	}
	return r
}

// make makes one run and leaves what it says in r.stand. It fails only if the
// model or the scheduler broke its contract, or if ctx ended.
func (r *runner[S, A]) make(ctx context.Context, number uint64) (End, error) {
	r.begin(number)
	end, err := r.walk(ctx)
	if r.record != nil {
		r.fair.enabled = append(r.fair.enabled, r.at.fair)
	}
	if r.cover != nil {
		r.cover.state(r.at, -1)
	}
	return end, err
}

// walk takes steps until the run ends. Everything in it is done once for each
// step of each run, so it allocates nothing: what it fills belongs to r.
func (r *runner[S, A]) walk(ctx context.Context) (End, error) {
	p := &r.point
	for {
		x := r.at
		if x.outside {
			return Outside, nil
		}
		// To ask a context takes a lock; once in a while is soon enough.
		if p.Step&1023 == 0 && ctx.Err() != nil {
			return Ended, ctx.Err()
		}
		if x.err != nil {
			return Ended, x.err
		}
		p.Settling = p.Step >= r.opt.Steps
		p.State, p.Steps, p.Labels = &x.state, x.steps, x.labels
		r.stall(x)
		if len(p.Steps) == 0 {
			r.stuck(x)
			return Stuck, nil
		}
		if p.Settling {
			switch {
			case r.opt.Settle == 0:
				return Running, nil
			case !x.moves:
				return Quiet, nil
			case p.Step >= r.opt.Steps+r.opt.Settle:
				return Restless, nil
			}
			if x.external {
				p.Steps, p.Labels = r.settle.of(x)
			}
		}
		i, when := r.by.Pick(p)
		if i < 0 {
			return Ended, nil
		}
		if i >= len(p.Steps) || when < p.Now {
			return Ended, fmt.Errorf("sim: the scheduler chose step %d of %d at %v, now is %v", i, len(p.Steps), when, p.Now)
		}
		if p.Settling && x.external {
			i = r.settle.index[i]
		}
		r.step(i, when)
	}
}

// begin puts the runner at the start of a run. No trace of the run before may
// be left in what decides, or a run would depend on who made it.
func (r *runner[S, A]) begin(number uint64) {
	for w := range r.run {
		for b := r.run[w].touched; b != 0; b &= b - 1 {
			r.stand[64*w+bits.TrailingZeros64(b)] = standing{}
		}
		r.run[w] = progress{}
	}
	// The start is drawn from a stream of its own, so that a scheduler sees the
	// same bits however many initial states there are.
	first := 0
	if n := len(r.known.inits); n > 1 {
		start := rng.New(^r.opt.Seed, number)
		first = int(start.Below(uint64(n)))
	}
	r.at = r.known.start(first)
	r.by.Begin(r.opt.Seed, number)
	r.point = Point[S, A]{State: &r.at.state}
	if r.cover != nil {
		r.cover.begin()
	}
	if r.record != nil {
		*r.record = traces.Trace[S, A]{Start: r.at.state, Steps: r.record.Steps[:0], Loop: traces.Finite}
		r.fair.begin()
	}
	r.judge(r.at)
}

// step takes step i of the current state. Races are looked for before a run
// settles only, since faults and requests are no longer among the steps after that.
func (r *runner[S, A]) step(i int, when time.Duration) {
	p, from := &r.point, r.at
	if r.cover != nil {
		r.cover.state(from, i)
		if !p.Settling {
			r.cover.meet(r.known.spec.Model, from, i)
		}
	}
	r.fired[from.labels[i].Name]++
	if r.record != nil {
		r.write(from, i)
	}
	p.Now = when
	p.Step++
	if len(r.known.steps) > 0 {
		r.judgeStep(&from.state, &from.steps[i].State)
	}
	r.at = r.known.follow(from, i)
	r.judge(r.at)
}

// write notes step i from a state of a run that is written down.
func (r *runner[S, A]) write(from *expansion[S, A], i int) {
	r.record.Steps = append(r.record.Steps, from.steps[i])
	taken := uint64(0)
	if from.steps[i].State != from.state {
		taken = from.labels[i].fair
	}
	r.fair.enabled = append(r.fair.enabled, from.fair)
	r.fair.taken = append(r.fair.taken, taken)
}

// settling is the list of steps without faults and requests.
type settling[S, A comparable] struct {
	steps  []model.Step[S, A]
	labels []*Label
	index  []int // of each step among all
}

// of returns what is left of the steps of x, valid until the next call.
func (l *settling[S, A]) of(x *expansion[S, A]) ([]model.Step[S, A], []*Label) {
	l.steps, l.labels, l.index = l.steps[:0], l.labels[:0], l.index[:0]
	for i, label := range x.labels {
		if !label.External() {
			l.steps = append(l.steps, x.steps[i])
			l.labels = append(l.labels, label)
			l.index = append(l.index, i)
		}
	}
	return l.steps, l.labels
}
