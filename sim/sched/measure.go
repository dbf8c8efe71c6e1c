package sched

import (
	"context"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
)

// A Measure is what some runs of a spec showed about the size of its runs: PCT
// and Weighted need it before they can begin.
type Measure struct {
	Runs   int
	Events int               // most steps of a run before it settled
	Chains int               // most chains of events of a run, as PCT follows them
	Actors map[string]uint64 // steps by actor, in all runs
}

// Look makes runs of up to steps steps each under the uniform scheduler and
// measures them. The result depends on its arguments alone.
func Look[S, A comparable](ctx context.Context, spec properties.Spec[S, A], seed uint64, runs, steps int) (*Measure, error) {
	l := &looking[S, A]{m: Measure{Runs: runs, Actors: make(map[string]uint64)}}
	opt := sim.Options{Seed: seed, Runs: uint64(runs), Steps: steps, Settle: -1, Workers: 1}
	if _, err := sim.Run(ctx, spec, l.scheduler, opt); err != nil {
		return nil, err
	}
	return &l.m, nil
}

// looking is a uniform scheduler that takes notes. Unlike other schedulers it
// is shared by all runs, which is why Look has one worker.
type looking[S, A comparable] struct {
	bits   rng.Source
	chains chains
	m      Measure
}

func (l *looking[S, A]) scheduler() sim.Scheduler[S, A] { return l }

func (l *looking[S, A]) Begin(seed, run uint64) {
	l.bits.Seed(seed, run)
	l.chains.begin()
}

func (l *looking[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	l.chains.enter(at.Labels)
	i := int(l.bits.Below(uint64(len(at.Steps))))
	l.chains.took(i)
	l.m.Events = max(l.m.Events, at.Step+1)
	l.m.Chains = max(l.m.Chains, l.chains.count)
	l.m.Actors[at.Labels[i].Actor]++
	return i, at.Now
}
