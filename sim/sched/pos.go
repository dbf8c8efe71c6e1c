package sched

import (
	"slices"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim"
)

// POS is the partial order sampling of Yuan, Yang and Gu ("Partial order aware
// concurrency sampling", CAV 2018): every event gets a random priority when it
// becomes enabled, the highest is taken, and the events that race with it get
// new priorities. Of two racing events enabled by the same step each comes first
// with probability one half, unless a third one that races with one of them
// comes before both.
//
// Two steps race if one may write what the other reads or writes. Where About
// does not say what they read and write, they race if they share an actor or a
// peer.
func POS[S, A comparable]() sim.Scheduler[S, A] { return &pos[S, A]{} }

type pos[S, A comparable] struct {
	bits rng.Source
	open enabled[uint64]
}

func (p *pos[S, A]) Begin(seed, run uint64) {
	p.bits.Seed(seed, run)
	p.open.begin()
}

func (p *pos[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	p.open.enter(at.Labels)
	now := p.open.now
	best := 0
	for i := range now {
		if now[i].fresh {
			now[i].value = p.bits.Uint64()
		}
		if now[i].value > now[best].value {
			best = i
		}
	}
	for i := range now {
		if i != best && races(now[i].label, now[best].label) {
			now[i].value = p.bits.Uint64()
		}
	}
	p.open.took(best)
	return best, at.Now
}

// races errs on the side of saying yes: a needless new priority costs nothing but
// a draw, while a race that is not seen is explored less.
func races(a, b *sim.Label) bool {
	if a.Reads == nil && a.Writes == nil || b.Reads == nil && b.Writes == nil {
		meets := func(who string) bool { return who != "" && (who == b.Actor || who == b.Peer) }
		return meets(a.Actor) || meets(a.Peer)
	}
	return touches(a.Writes, b.Writes) || touches(a.Writes, b.Reads) || touches(b.Writes, a.Reads)
}

func touches(a, b []string) bool {
	return slices.ContainsFunc(a, func(field string) bool { return slices.Contains(b, field) })
}
