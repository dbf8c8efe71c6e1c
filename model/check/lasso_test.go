package check_test

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A toll is what a behaviour costs: first faults, then steps.
type toll struct{ faults, steps int }

func (a toll) less(b toll) bool {
	return a.faults < b.faults || a.faults == b.faults && a.steps < b.steps
}

func (a toll) plus(b toll) toll { return toll{a.faults + b.faults, a.steps + b.steps} }

func (g *naive[S, A]) tollOf(a A) toll {
	if g.spec.About(a).Kind == model.Fault {
		return toll{1, 1}
	}
	return toll{0, 1}
}

// cheapestTo returns the least toll to everything that next leads to from the
// starts, by making ways cheaper until none gets cheaper.
func cheapestTo[K comparable](starts []K, next func(k K, to func(K, toll))) map[K]toll {
	best := make(map[K]toll)
	var todo []K
	offer := func(k K, t toll) {
		if old, known := best[k]; !known || t.less(old) {
			best[k] = t
			todo = append(todo, k)
		}
	}
	for _, k := range starts {
		offer(k, toll{})
	}
	for len(todo) > 0 {
		k := todo[0]
		todo = todo[1:]
		at := best[k]
		next(k, func(to K, more toll) { offer(to, at.plus(more)) })
	}
	return best
}

// A due is a state, and whether the goal of a live property is due in it.
type due struct {
	state int
	goal  bool
}

// shortestLasso returns the least toll of a stem and a loop together that
// violate the live property p. There is one.
func (g *naive[S, A]) shortestLasso(p *properties.Property[S]) toll {
	enter := func(n int, before bool) due {
		s := &g.states[n]
		return due{n, (before || p.Form == properties.FormLeadsTo && p.P(s)) && !p.Q(s)}
	}
	var starts []due
	for _, n := range g.starts {
		starts = append(starts, enter(n, p.Form == properties.FormEventually))
	}
	stems := cheapestTo(starts, func(k due, to func(due, toll)) {
		for _, e := range g.edges[k.state] {
			to(enter(e.to, k.goal), g.tollOf(e.action))
		}
	})
	var best *toll
	for k, stem := range stems {
		if !k.goal || g.cut[k.state] {
			continue
		}
		if loop, ok := g.shortestLoop(p, k.state); ok && (best == nil || stem.plus(loop).less(*best)) {
			best = new(stem.plus(loop))
		}
	}
	return *best
}

// A round is a state on the way round a loop, with the sets that are met
// whatever follows, and the strong sets that were enabled.
type round struct {
	state     int
	met, owed set
}

// shortestLoop returns the least toll of a fair way from n back to n through
// expanded states that do not satisfy the goal.
func (g *naive[S, A]) shortestLoop(p *properties.Property[S], n int) (toll, bool) {
	rests := g.assumed(p)
	enter := func(r round) round {
		for i, f := range rests {
			enabled := g.enabled(f, r.state, everywhere)
			if f.Strong && enabled {
				r.owed |= 1 << i
			}
			if !f.Strong && !enabled {
				r.met |= 1 << i
			}
		}
		return r
	}
	fair := func(r round) bool {
		for i, f := range rests {
			if !r.met.has(i) && (!f.Strong || r.owed.has(i)) {
				return false
			}
		}
		return true
	}
	start := enter(round{state: n})
	ways := cheapestTo([]round{start}, func(r round, to func(round, toll)) {
		for _, e := range g.edges[r.state] {
			if e.to == r.state || g.cut[e.to] || p.Q(&g.states[e.to]) {
				continue
			}
			met := r.met
			for i, f := range rests {
				if f.Covers(e.action) {
					met |= 1 << i
				}
			}
			to(enter(round{e.to, met, r.owed}), g.tollOf(e.action))
		}
	})
	var best *toll
	for r, t := range ways {
		if r.state == n && fair(r) && (best == nil || t.less(*best)) {
			best = &t
		}
	}
	if best == nil {
		return toll{}, false
	}
	return *best, true
}

// shortestLassos says which lasso of a report has not, of all that violate its
// property, the fewest faults and then the fewest steps, stem and loop
// together.
func (g *naive[S, A]) shortestLassos(r *check.Report[S, A]) error {
	claims := g.spec.Claims()
	for i := range claims {
		lasso := r.Verdicts[i].Trace
		if !claims[i].Form.Live() || lasso == nil {
			continue
		}
		var got toll
		for _, a := range lasso.Actions() {
			got = got.plus(g.tollOf(a))
		}
		if want := g.shortestLasso(&claims[i]); got != want {
			return fmt.Errorf("%s: %+v, shortest %+v: %+v", claims[i].Name, got, want, lasso)
		}
	}
	return nil
}
