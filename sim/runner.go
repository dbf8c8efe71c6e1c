package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
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
	spec   *properties.Spec[S, A]
	claims []properties.Property[S] // as Claims gives them: making that list costs
	opt    Options
	inits  []S // so does making these

	by     Scheduler[S, A]
	labels *labels[S, A]
	out    model.Steps[S, A]
	cover  *coverage[S, A] // nil if not measured
	point  Point[S, A]
	cur    S
	prev   S

	stand []standing // one per claim, of this run
	fired []uint64   // by name, over all runs
	seen  []bool     // by claim, over all runs: its subject was met

	assumed []uint64 // by claim: the fairness sets that it may rest on
	waiting int      // claims triggered and not answered

	record *traces.Trace[S, A] // if not nil, the run is written down
	fair   justice[S, A]       // of what was written down
}

func newRunner[S, A comparable](spec *properties.Spec[S, A], by Scheduler[S, A], opt Options) *runner[S, A] {
	r := &runner[S, A]{
		spec: spec, claims: spec.Claims(), opt: opt, inits: spec.Model.Init(), by: by,
		labels: newLabels(spec),
		fired:  make([]uint64, len(spec.Actions)),
	}
	r.stand = make([]standing, len(r.claims))
	r.seen = make([]bool, len(r.claims))
	for k := range r.claims {
		r.assumed = append(r.assumed, assumed(spec, &r.claims[k]))
	}
	if opt.States > 0 {
		r.cover = newCoverage[S, A](opt.States, len(spec.Actions))
	}
	return r
}

// run makes one run and leaves what it says in r.stand. It fails only if the
// model or the scheduler broke its contract, or if ctx ended.
func (r *runner[S, A]) run(ctx context.Context, number uint64) (End, error) {
	r.begin(number)
	end, err := r.walk(ctx)
	if r.cover != nil {
		r.cover.state(&r.cur, -1)
	}
	return end, err
}

// walk takes steps until the run ends. Everything in it is done once for each
// step of each run, so it allocates nothing: what it fills belongs to r.
func (r *runner[S, A]) walk(ctx context.Context) (End, error) {
	for {
		if r.spec.Within != nil && !r.spec.Within(&r.cur) {
			return Outside, nil
		}
		p := &r.point
		// To ask a context takes a lock; once in a while is soon enough.
		if p.Step&1023 == 0 && ctx.Err() != nil {
			return Ended, ctx.Err()
		}
		p.Settling = p.Step >= r.opt.Steps
		p.Steps = r.out.From(r.spec.Model, r.cur)
		if len(p.Steps) == 0 {
			p.Labels = nil
			r.stall()
			r.stuck()
			return Stuck, nil
		}
		p.Labels = r.labels.of(p.Steps)
		if r.labels.err != nil {
			return Ended, r.labels.err
		}
		r.stall()
		if p.Settling {
			switch {
			case r.opt.Settle == 0:
				return Running, nil
			case !r.calm():
				return Quiet, nil
			case p.Step >= r.opt.Steps+r.opt.Settle:
				return Restless, nil
			}
		}
		i, when := r.by.Pick(p)
		if i < 0 {
			return Ended, nil
		}
		if i >= len(p.Steps) || when < p.Now {
			return Ended, fmt.Errorf("sim: the scheduler chose step %d of %d at %v, now is %v", i, len(p.Steps), when, p.Now)
		}
		r.step(i, when)
	}
}

// begin puts the runner at the start of a run. No trace of the run before may
// be left in what decides, or a run would depend on who made it.
func (r *runner[S, A]) begin(number uint64) {
	// The start is drawn from a stream of its own, so that a scheduler sees the
	// same bits however many initial states there are.
	start := rng.New(^r.opt.Seed, number)
	r.cur = r.inits[start.Below(uint64(len(r.inits)))]
	r.by.Begin(r.opt.Seed, number)
	r.point = Point[S, A]{State: &r.cur}
	clear(r.stand)
	r.waiting = 0
	if r.cover != nil {
		r.cover.begin()
	}
	if r.record != nil {
		*r.record = traces.Trace[S, A]{Start: r.cur, Steps: r.record.Steps[:0], Loop: traces.Finite}
	}
	r.check()
}

// calm takes faults and requests out of the enabled steps. It reports whether
// any of the rest changes the state.
func (r *runner[S, A]) calm() bool {
	p := &r.point
	n, moves := 0, false
	for i := range p.Steps {
		if p.Labels[i].External() {
			continue
		}
		if n != i {
			p.Steps[n], p.Labels[n] = p.Steps[i], p.Labels[i]
		}
		moves = moves || p.Steps[n].State != r.cur
		n++
	}
	p.Steps, p.Labels = p.Steps[:n], p.Labels[:n]
	return moves
}

// step takes step i of the point. Races are looked for before a run settles
// only, since faults and requests are no longer among the steps after that.
func (r *runner[S, A]) step(i int, when time.Duration) {
	p := &r.point
	if r.cover != nil {
		r.cover.state(&r.cur, i)
		if !p.Settling {
			r.cover.meet(r.spec.Model, p, i)
		}
	}
	r.fired[p.Labels[i].Name]++
	r.prev = r.cur
	r.cur = p.Steps[i].State
	if r.record != nil {
		r.record.Steps = append(r.record.Steps, p.Steps[i])
	}
	p.Now = when
	p.Step++
	r.check()
}

// check evaluates every claim on the current state and the step to it.
func (r *runner[S, A]) check() {
	for k := range r.claims {
		c, st := &r.claims[k], &r.stand[k]
		if !r.seen[k] {
			r.seen[k] = c.Subject == nil || c.Subject(&r.cur)
		}
		switch c.Form {
		case properties.FormAlways:
			if !st.failed && !c.P(&r.cur) {
				r.fail(st)
			}
		case properties.FormAlwaysStep:
			if !st.failed && r.point.Step > 0 && !c.Step(&r.prev, &r.cur) {
				r.fail(st)
			}
		case properties.FormReachable:
			if !st.met && c.P(&r.cur) {
				st.met, st.at = true, int32(r.point.Step)
			}
		case properties.FormLeadsTo, properties.FormEventually:
			r.wait(c, st)
		}
	}
}

// fail notes the first failure of a run; the trace is cut there.
func (r *runner[S, A]) fail(st *standing) {
	st.failed, st.at = true, int32(r.point.Step)
}

// wait follows a live claim: what was first triggered and when it was answered
// is the run's sample of how long that takes.
func (r *runner[S, A]) wait(c *properties.Property[S], st *standing) {
	p := &r.point
	if st.waiting {
		if c.Q(&r.cur) {
			st.waiting = false
			r.waiting--
			if !st.settled {
				st.settled, st.till, st.to = true, p.Now, int32(p.Step)
			}
		}
		return
	}
	if st.met && c.Form == properties.FormEventually {
		return
	}
	if c.Form == properties.FormLeadsTo && !c.P(&r.cur) {
		return
	}
	first := !st.met
	if first {
		st.met, st.since, st.from = true, p.Now, int32(p.Step)
	}
	if !c.Q(&r.cur) {
		st.waiting = true
		r.waiting++
	} else if first {
		st.settled, st.till, st.to = true, p.Now, int32(p.Step)
	}
}

// stall judges the live claims that wait. If nothing that they assume to be
// fair would lead away from the current state, staying in it for ever is a fair
// behaviour on which they are false, whatever this run does next.
func (r *runner[S, A]) stall() {
	if r.waiting == 0 {
		return
	}
	enabled := uint64(0)
	for i, l := range r.point.Labels {
		if l.fair&^enabled != 0 && r.point.Steps[i].State != r.cur {
			enabled |= l.fair
		}
	}
	for k := range r.stand {
		st := &r.stand[k]
		if st.waiting && !st.failed && enabled&r.assumed[k] == 0 {
			r.fail(st)
			st.stays = true
		}
	}
}

// stuck judges the claims about states without steps.
func (r *runner[S, A]) stuck() {
	for k := range r.claims {
		c, st := &r.claims[k], &r.stand[k]
		switch c.Form {
		case properties.FormNoDeadlock:
			if !c.P(&r.cur) {
				r.fail(st)
			}
		case properties.FormAlwaysPossible:
			if !c.Q(&r.cur) {
				r.fail(st)
			}
		}
	}
}
