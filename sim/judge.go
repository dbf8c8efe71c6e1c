package sim

import (
	"iter"
	"math/bits"

	"github.com/quiesce/quiesce/properties"
)

// What claims say of a state depends on the state alone, and so it is kept as
// bits: bit k%64 of word k/64 is that of claim k. A run then looks only at the
// claims for which something happens, which are few.

// opinion is what up to 64 claims say of a state.
type opinion struct {
	broken  uint64 // Always: it is false
	reached uint64 // Reachable: the goal
	trigger uint64 // LeadsTo: the trigger; Eventually: always set
	goal    uint64 // LeadsTo, Eventually
	stuck   uint64 // NoDeadlock, AlwaysPossible: false if the state has no steps
}

// progress is how far up to 64 claims are in a run.
type progress struct {
	failed  uint64
	met     uint64
	waiting uint64
	touched uint64 // the standing was written to
}

// touched yields the claims whose standing a run wrote to, in order.
func touched(said []progress) iter.Seq[int] {
	return func(yield func(k int) bool) {
		for w := range said {
			for b := said[w].touched; b != 0; b &= b - 1 {
				if !yield(64*w + bits.TrailingZeros64(b)) {
					return
				}
			}
		}
	}
}

func words(claims int) int { return (claims + 63) / 64 }

// opine evaluates every claim on a state that is visited. What a claim is about
// is looked for until it was seen.
func (m *memo[S, A]) opine(x *expansion[S, A]) {
	clear(x.says)
	s := &x.state
	for k := range m.claims {
		c, says, bit := &m.claims[k], &x.says[k/64], uint64(1)<<(k%64)
		if !m.seen[k] {
			m.seen[k] = c.Subject == nil || c.Subject(s)
		}
		switch c.Form {
		case properties.FormAlways:
			if !c.P(s) {
				says.broken |= bit
			}
		case properties.FormReachable:
			if c.P(s) {
				says.reached |= bit
			}
		case properties.FormLeadsTo, properties.FormEventually:
			if c.Form == properties.FormEventually || c.P(s) {
				says.trigger |= bit
			}
			if c.Q(s) {
				says.goal |= bit
			}
		}
	}
}

// opineStuck evaluates the claims about states without steps on such a state.
func (m *memo[S, A]) opineStuck(x *expansion[S, A]) {
	for k := range m.claims {
		c := &m.claims[k]
		if c.Form == properties.FormNoDeadlock && !c.P(&x.state) || c.Form == properties.FormAlwaysPossible && !c.Q(&x.state) {
			x.says[k/64].stuck |= 1 << (k % 64)
		}
	}
}

// judge follows every claim into the state the run has come to.
func (r *runner[S, A]) judge(x *expansion[S, A]) {
	for w := range x.says {
		says, run := &x.says[w], &r.run[w]
		for b := says.broken &^ run.failed; b != 0; b &= b - 1 {
			r.fail(64*w + bits.TrailingZeros64(b))
		}
		for b := says.reached &^ run.met; b != 0; b &= b - 1 {
			st := r.touch(64*w + bits.TrailingZeros64(b))
			st.met, st.at = true, int32(r.point.Step)
		}
		run.met |= says.reached
		if says.trigger|run.waiting != 0 {
			r.wait(w, says, run)
		}
	}
}

// judgeStep evaluates the claims about steps on one.
func (r *runner[S, A]) judgeStep(from, to *S) {
	for _, k := range r.known.steps {
		if r.run[k/64].failed>>(k%64)&1 == 0 && !r.known.claims[k].Step(from, to) {
			r.fail(k)
		}
	}
}

// touch returns the standing of claim k, to be written to.
func (r *runner[S, A]) touch(k int) *standing {
	r.run[k/64].touched |= 1 << (k % 64)
	return &r.stand[k]
}

// fail notes the first failure of claim k in a run; the trace is cut there.
func (r *runner[S, A]) fail(k int) *standing {
	st := r.touch(k)
	st.failed, st.at = true, int32(r.point.Step)
	r.run[k/64].failed |= 1 << (k % 64)
	return st
}

// wait follows the live claims of a word: what was first triggered and when it
// was answered is the run's sample of how long that takes.
func (r *runner[S, A]) wait(w int, says *opinion, run *progress) {
	p := &r.point
	// Eventually is triggered by the first state and never again.
	triggered := says.trigger &^ run.waiting &^ (r.known.eventually[w] & run.met)
	for b := run.waiting & says.goal; b != 0; b &= b - 1 {
		st := r.touch(64*w + bits.TrailingZeros64(b))
		st.waiting = false
		if !st.settled {
			st.settled, st.till, st.to = true, p.Now, int32(p.Step)
		}
	}
	run.waiting &^= says.goal
	// A claim that was met before and is answered at once tells nothing new.
	for b := triggered &^ (run.met & says.goal); b != 0; b &= b - 1 {
		st := r.touch(64*w + bits.TrailingZeros64(b))
		answered := says.goal&(b&-b) != 0
		if !st.met {
			st.met, st.since, st.from = true, p.Now, int32(p.Step)
			if answered {
				st.settled, st.till, st.to = true, p.Now, int32(p.Step)
			}
		}
		st.waiting = !answered
	}
	run.met |= triggered
	run.waiting |= triggered &^ says.goal
}

// stall judges the live claims that wait. If nothing that they assume to be
// fair would lead away from the current state, staying in it for ever is a fair
// behaviour on which they are false, whatever this run does next.
func (r *runner[S, A]) stall(x *expansion[S, A]) {
	for w := range r.run {
		for b := r.run[w].waiting &^ r.run[w].failed; b != 0; b &= b - 1 {
			k := 64*w + bits.TrailingZeros64(b)
			if x.fair&r.known.assumed[k] == 0 {
				r.fail(k).stays = true
			}
		}
	}
}

// stuck judges the claims about states without steps.
func (r *runner[S, A]) stuck(x *expansion[S, A]) {
	for w := range x.says {
		for b := x.says[w].stuck; b != 0; b &= b - 1 {
			r.fail(64*w + bits.TrailingZeros64(b))
		}
	}
}
