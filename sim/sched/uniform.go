// Package sched has the schedulers of simulated runs: which enabled step is
// taken, and when.
//
// All decide with integers only, and with bits from internal/rng only. The
// mapping from bits to choices is frozen by golden tests: a run named by a seed
// and a number is the same on every machine, for ever.
package sched

import (
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim"
)

// Uniform takes each enabled step with equal probability. What is rarely
// enabled is rarely taken, and a behaviour of many choices is less likely than
// one of few; see [Paths] for the alternative. It is fair with probability 1.
func Uniform[S, A comparable]() sim.Scheduler[S, A] { return &uniform[S, A]{} }

type uniform[S, A comparable] struct{ bits rng.Source }

func (u *uniform[S, A]) Begin(seed, run uint64) { u.bits.Seed(seed, run) }

func (u *uniform[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	return int(u.bits.Below(uint64(len(at.Steps)))), at.Now
}
