package sched

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/sim"
)

// Delays say how long an action takes from the moment it is enabled: by its
// name, or else by its kind.
type Delays struct {
	Names map[string]Delay
	Kinds [model.Fault + 1]Delay
}

// DefaultDelays are a master and workers in one network, in the order of
// magnitude of a Buildbot installation: steps of the reactor take milliseconds,
// messages some hundredths of a second, timers run for the 10 s of the instance
// check, someone asks for something every 10 minutes (build_wait_timeout), and
// something breaks once an hour (keepalive, missing_timeout).
func DefaultDelays() Delays {
	must := func(d Delay, err error) Delay {
		if err != nil {
			panic(err) // a constant of this function is wrong
		}
		return d
	}
	return Delays{Kinds: [...]Delay{
		model.Internal: must(Between(time.Millisecond, 5*time.Millisecond)),
		model.Deliver:  must(LogNormal(20*time.Millisecond, 500)),
		model.Timer:    must(Constant(10 * time.Second)),
		model.Request:  must(Exponential(600 * time.Second)),
		model.Fault:    must(Exponential(3600 * time.Second)),
	}}
}

// Set reads a delay, as ParseDelay does, for the action name or, if key is the
// name of a kind (step, deliver, timer, request, fault), for that kind. actions
// are the names of the spec.
func (d *Delays) Set(key, text string, actions []string, open func(name string) ([]byte, error)) error {
	delay, err := ParseDelay(text, open)
	if err != nil {
		return err
	}
	for k := range d.Kinds {
		if model.Kind(k).String() == key && !slices.Contains(actions, key) {
			d.Kinds[k] = delay
			return nil
		}
	}
	if !slices.Contains(actions, key) {
		return fmt.Errorf("delays: %q is not an action, nor a kind of actions; the actions are %q", key, actions)
	}
	if d.Names == nil {
		d.Names = make(map[string]Delay)
	}
	d.Names[key] = delay
	return nil
}

// Timed gives every enabled action a clock: set when the action becomes
// enabled, dropped when it is disabled, kept while it stays enabled. The first
// to run out is taken: a generalised semi-Markov process (Glynn, "A GSMP
// formalism for discrete event systems", Proc. IEEE 1989). Clocks that run out
// together, and the results of an action that has several, are equally likely.
//
// An action that is taken and enabled again gets a new clock. It is fair if
// delays are bounded, and else with probability 1.
func Timed[S, A comparable](d *Delays) sim.Scheduler[S, A] { return &timed[S, A]{delays: d} }

type timed[S, A comparable] struct {
	delays *Delays
	bits   rng.Source
	clocks enabled[time.Duration] // when each clock runs out
}

func (t *timed[S, A]) Begin(seed, run uint64) {
	t.bits.Seed(seed, run)
	t.clocks.begin()
}

func (t *timed[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	t.clocks.enter(at.Labels)
	now := t.clocks.now
	first, ties := 0, uint64(0)
	for i := range now {
		c := &now[i]
		if c.fresh {
			if i > 0 && now[i-1].label == c.label {
				c.value = now[i-1].value // another result of the same action
			} else {
				c.value = later(at.Now, t.set(c.label))
			}
		}
		switch {
		case i == 0 || c.value < now[first].value:
			first, ties = i, 1
		case c.value == now[first].value:
			ties++
		}
	}
	when := now[first].value
	if ties > 1 {
		first = t.nth(when, t.bits.Below(ties))
	}
	t.clocks.took(first)
	return first, when
}

// nth returns the k-th step whose clock runs out at when.
func (t *timed[S, A]) nth(when time.Duration, k uint64) int {
	for i := range t.clocks.now {
		if t.clocks.now[i].value == when {
			if k == 0 {
				return i
			}
			k--
		}
	}
	panic("sched: fewer clocks run out together than were counted")
}

// set draws the delay of an action. The name is looked up for clocks that are
// set only, which most steps do for one or two actions.
func (t *timed[S, A]) set(l *sim.Label) time.Duration {
	if len(t.delays.Names) > 0 {
		if d, ok := t.delays.Names[l.About.Name]; ok {
			return d.draw(&t.bits)
		}
	}
	return t.delays.Kinds[l.Kind].draw(&t.bits)
}

// later adds without going round: time ends after 292 years.
func later(now, d time.Duration) time.Duration {
	if now > math.MaxInt64-d {
		return math.MaxInt64
	}
	return now + d
}
