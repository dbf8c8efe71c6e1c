package check_test

import (
	"fmt"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// randomTable draws a small spec. Sizes and densities are drawn first, so that
// sparse and dense graphs, rare and common predicates, all come up often: a
// uniform draw of everything would nearly always be strongly connected and
// violate nearly everything.
func randomTable(r *rng.Source) *table {
	places := 1 + below(r, 8)
	t := &table{next: make([][]arc, places)}
	for range [...]int{1, 1, 1, 2, 3}[below(r, 5)] {
		t.init = append(t.init, place(below(r, places)))
	}
	if r.Chance(1, 200) {
		t.init = nil
	}
	labels := 1 + below(r, 5)
	randomActions(r, t, labels)
	randomArcs(r, t, labels)
	sets, claims := below(r, 5), 2+below(r, 6)
	if r.Chance(1, 400) { // more than one word has bits for, or a search has in mind at once
		sets, claims = below(r, properties.MaxFairness+1), 130
	}
	for i := range sets {
		t.fair = append(t.fair, assumption{
			name:   fmt.Sprintf("f%d", i),
			strong: r.Chance(1, 2),
			covers: randomSet(r, labels, 1+below(r, 3), 4),
		})
	}
	for i := range claims {
		t.claims = append(t.claims, randomClaim(r, t, fmt.Sprintf("claim%d", i)))
	}
	if r.Chance(1, 4) {
		t.within = new(randomSet(r, places, 7, 8))
	}
	if r.Chance(1, 4) {
		t.final = new(randomSet(r, places, 1, 2))
	}
	return t
}

// randomActions names the labels. Labels may share a name, an actor or both,
// as actions with parameters do.
func randomActions(r *rng.Source, t *table, labels int) {
	actors, names := 1+below(r, 3), 1+below(r, labels)
	faults := uint64(below(r, 3)) // none, few, half
	for range labels {
		about := model.About{
			Kind:  kinds[below(r, len(kinds)-1)],
			Actor: fmt.Sprintf("p%d", below(r, actors)),
			Name:  fmt.Sprintf("do%d", below(r, names)),
		}
		if r.Chance(faults, 4) {
			about.Kind = model.Fault
		}
		if r.Chance(1, 12) {
			about.Actor = ""
		}
		t.about = append(t.about, about)
	}
	if r.Chance(1, 8) {
		t.never = append(t.never, "never")
	}
}

// randomArcs draws the graph. Half the time steps lead nearby, which makes
// long paths; ends, self loops and parallel steps come of themselves.
func randomArcs(r *rng.Source, t *table, labels int) {
	places := len(t.next)
	most := 1 + below(r, 4)
	near := r.Chance(1, 2)
	for n := range t.next {
		for range below(r, most+1) {
			to := below(r, places)
			if near {
				to = (n + places + below(r, 4) - 1) % places
			}
			t.next[n] = append(t.next[n], arc{label(below(r, labels)), place(to)})
		}
	}
}

func randomClaim(r *rng.Source, t *table, name string) claim {
	places := len(t.next)
	c := claim{name: name, bad: make([]set, places)}
	// Live forms are the hardest to decide and are drawn more often.
	c.form = [...]properties.Form{
		properties.FormAlways, properties.FormAlwaysStep, properties.FormReachable,
		properties.FormLeadsTo, properties.FormLeadsTo, properties.FormLeadsTo,
		properties.FormEventually, properties.FormEventually,
		properties.FormAlwaysPossible, properties.FormNoDeadlock,
	}[below(r, 10)]
	rare := func() set { return randomSet(r, places, 1+below(r, 3), 8) }
	c.p, c.q = rare(), rare()
	switch c.form {
	case properties.FormAlways:
		c.p = randomSet(r, places, 6, 7)
	case properties.FormAlwaysStep:
		for n := range c.bad {
			c.bad[n] = randomSet(r, places, 1, 10)
		}
	case properties.FormLeadsTo, properties.FormEventually:
		if r.Chance(1, 2) {
			c.under = []string{}
			for _, f := range t.fair {
				if r.Chance(1, 2) {
					c.under = append(c.under, f.name)
				}
			}
		}
	}
	if r.Chance(1, 8) {
		c.subject = new(rare())
	}
	return c
}

// randomSet draws a subset of [0, n), each element with chance num in den.
func randomSet(r *rng.Source, n, num, den int) set {
	var out set
	for i := range n {
		if r.Chance(uint64(num), uint64(den)) {
			out |= 1 << i
		}
	}
	return out
}

func below(r *rng.Source, n int) int { return int(r.Below(uint64(n))) }
