package check_test

import (
	"slices"

	"github.com/quiesce/quiesce/properties"
)

// The brute-force oracle for live claims on tables of at most four places. It
// knows nothing of components: it tries every set of arcs as that which is
// taken again and again, and looks whether the set can be.

const oraclePlaces = 4

// A forever is what some infinite behaviour does again and again.
type forever struct {
	visits set // places
	takes  set // labels of arcs that change the place
}

// pair numbers the ordered pairs of different places, ends undoes it.
func pair(from, to, places int) int {
	if to > from {
		to--
	}
	return from*(places-1) + to
}

func ends(pair, places int) (from, to int) {
	from, to = pair/(places-1), pair%(places-1)
	if to >= from {
		to++
	}
	return from, to
}

// ring says for every set of pairs which places a behaviour visits that takes
// exactly those again and again: none if no behaviour does.
var ring = func() (out [1 << (oraclePlaces * (oraclePlaces - 1))]set) {
	for pairs := range out {
		out[pairs] = visited(set(pairs))
	}
	return out
}()

// visited decides by the definition in terms of cuts: all the pairs can be
// taken again and again if every proper part of the places they touch is left
// by one of them.
func visited(pairs set) set {
	var touched set
	for _, p := range pairs.items() {
		from, to := ends(p, oraclePlaces)
		touched |= 1<<from | 1<<to
	}
	for part := set(1); part < touched; part++ {
		if part&^touched == 0 && !leaves(pairs, part) {
			return 0
		}
	}
	return touched
}

func leaves(pairs, part set) bool {
	for _, p := range pairs.items() {
		if from, to := ends(p, oraclePlaces); part.has(from) && !part.has(to) {
			return true
		}
	}
	return false
}

// foreverOf returns all that can be done again and again in t, wherever it
// starts. Staying in one place takes nothing.
func foreverOf(t *table) []forever {
	type bit struct{ pair, label set }
	var bits []bit // one for each arc that changes the place
	for from, arcs := range t.next {
		for _, a := range arcs {
			if int(a.to) != from {
				bits = append(bits, bit{1 << pair(from, int(a.to), oraclePlaces), 1 << a.by})
			}
		}
	}
	seen := make(map[forever]bool)
	var out []forever
	add := func(f forever) {
		if !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	for n := range t.next {
		add(forever{visits: 1 << n})
	}
	for chosen := set(1); chosen < 1<<len(bits); chosen++ {
		var pairs, labels set
		for _, i := range chosen.items() {
			pairs |= bits[i].pair
			labels |= bits[i].label
		}
		if ring[pairs] != 0 {
			add(forever{ring[pairs], labels})
		}
	}
	return out
}

// An oracle decides live claims about a table without Within.
type oracle struct {
	t        *table
	forevers []forever
	offers   []set // by place: labels of the arcs that change it
}

func newOracle(t *table) *oracle {
	o := &oracle{t: t, forevers: foreverOf(t), offers: make([]set, len(t.next))}
	for from, arcs := range t.next {
		for _, a := range arcs {
			if int(a.to) != from {
				o.offers[from] |= 1 << a.by
			}
		}
	}
	return o
}

// fair applies the definitions of weak and strong fairness.
func (o *oracle) fair(f forever, a assumption) bool {
	always, ever := true, false
	for _, n := range f.visits.items() {
		enabled := o.offers[n]&a.covers != 0
		always = always && enabled
		ever = ever || enabled
	}
	taken := f.takes&a.covers != 0
	if a.strong {
		return taken || !ever
	}
	return taken || !always
}

// reach returns the places that arcs lead to from those in from, themselves
// included, never leaving those in inside.
func (o *oracle) reach(from, inside set) set {
	now := from & inside
	for {
		more := now
		for _, n := range now.items() {
			for _, a := range o.t.next[n] {
				more |= 1 << a.to & inside
			}
		}
		if more == now {
			return now
		}
		now = more
	}
}

// reachable returns the places that t can be in.
func (o *oracle) reachable() set { return o.reach(o.starts(), ^set(0)) }

func (o *oracle) starts() set {
	var out set
	for _, n := range o.t.init {
		out |= 1 << n
	}
	return out
}

// violated reports whether a behaviour that is fair to all of rests violates
// the live claim c: it gets to a place where the goal is due, and from there
// on never sees it.
func (o *oracle) violated(c *claim, rests []assumption) bool {
	due := o.starts()
	if c.form == properties.FormLeadsTo {
		due = o.reachable() & c.p
	}
	stuck := o.reach(due, ^c.q)
	for _, f := range o.forevers {
		unfair := func(a assumption) bool { return !o.fair(f, a) }
		if f.visits&^stuck == 0 && !slices.ContainsFunc(rests, unfair) {
			return true
		}
	}
	return false
}

// verdict returns what is to be said of the live claim c, and which of its
// assumptions are necessary if it holds.
func (o *oracle) verdict(c *claim) (properties.Outcome, []string) {
	var rests []assumption
	for _, f := range o.t.fair {
		if c.under == nil || slices.Contains(c.under, f.name) {
			rests = append(rests, f)
		}
	}
	switch {
	case o.violated(c, rests):
		return properties.Violated, nil
	case len(o.t.init) == 0,
		c.form == properties.FormLeadsTo && o.reachable()&c.p == 0,
		c.subject != nil && o.reachable()&*c.subject == 0:
		return properties.Vacuous, nil
	}
	var necessary []string
	for i, f := range rests {
		if o.violated(c, slices.Delete(slices.Clone(rests), i, i+1)) {
			necessary = append(necessary, f.String())
		}
	}
	return properties.Holds, necessary
}
