package check

import (
	"errors"
	"math/bits"

	"github.com/quiesce/quiesce/properties"
)

// live decides LeadsTo and Eventually. The property is violated if and only if
// some fair behaviour stays for ever in the region: expanded states that do
// not satisfy the goal, entered from where the trigger held. For ever means in
// one strongly connected component, or stuttering in one state.
//
// Weak fairness of a set is met in a component if the set is disabled
// somewhere in it or taken inside it; strong fairness if it is taken inside or
// nowhere enabled. If a strong set is enabled and not taken, the states that
// enable it are removed and the rest is searched again (Emerson, Lei,
// "Modalities for model checking", 1987, in the form for Streett conditions of
// Latvala, Heljanko, "Coping with strong fairness", 2000). A component is fair
// only by what happens inside itself, never by what surrounds it.
type live[S any] struct {
	comps *components
	masks []uint64 // fairness bits by label
	weak  uint64
	firm  uint64 // strong sets
	roots []uint32

	fair    [][]uint32 // fair components found; a single state may be one by stuttering
	lonely  uint64     // weak sets that alone make some component unfair
	collect bool       // keep fair components; otherwise stop at the first
	found   bool
}

// region marks the states where the property can be violated. It returns those
// at which a violation can begin, and whether the trigger holds anywhere.
func (in *search[S, A]) region(p *properties.Property[S], c *components) (roots []uint32, triggered bool) {
	c.parts = 1
	in.eachID(func(id uint32) {
		s := in.exact.at(id)
		trigger := p.Form == properties.FormLeadsTo && p.P(s)
		triggered = triggered || trigger
		if !in.graph.expanded(id) || p.Q(s) {
			return
		}
		c.part[id] = 1
		if trigger {
			roots = append(roots, id)
		}
	})
	if p.Form == properties.FormEventually {
		triggered = true
		for _, s := range in.spec.Model.Init() {
			if id := in.exact.find(hashOf(&s), &s); id != noID && c.part[id] == 1 {
				roots = append(roots, id)
			}
		}
	}
	return roots, triggered
}

// eachID calls f with the id of every visited state.
func (in *search[S, A]) eachID(f func(id uint32)) {
	for _, s := range in.used {
		for id := s.from; id < s.to; id++ {
			f(id)
		}
	}
}

// run looks for fair components in the region.
func (l *live[S]) run() error {
	err := l.comps.search(l.roots, 1, l.judge)
	if err == errFound {
		return nil
	}
	return err
}

// necessary returns the sets without any one of which the property would be
// violated. With weak fairness alone the search has already seen them: those
// that alone made some component unfair. Removing a strong set changes which
// components there are, so with strong fairness each set is dropped in turn
// and the region searched again.
func (l *live[S]) necessary(region []uint32) (out uint64, err error) {
	if l.firm == 0 {
		return l.lonely, nil
	}
	for rest := l.weak | l.firm; rest != 0; rest &= rest - 1 {
		without := rest & -rest
		l.comps.restart(region)
		try := &live[S]{comps: l.comps, masks: l.masks, weak: l.weak &^ without, firm: l.firm &^ without, roots: l.roots}
		if err := try.run(); err != nil {
			return 0, err
		}
		if try.found {
			out |= without
		}
	}
	return out, nil
}

// errFound ends a search that has its answer.
var errFound = errors.New("found")

// judge decides whether a component, or part of it, is fair.
func (l *live[S]) judge(states []uint32) error {
	always, ever, taken := l.enabled(states)
	if unmet := always & l.weak &^ taken; unmet != 0 {
		if bits.OnesCount64(unmet) == 1 {
			l.lonely |= unmet
		}
		return nil // nor is any part of it: the set is enabled and not taken there too
	}
	bad := ever & l.firm &^ taken
	if bad == 0 {
		l.found = true
		if !l.collect {
			return errFound
		}
		l.fair = append(l.fair, append([]uint32(nil), states...))
		return nil
	}
	var rest []uint32
	for _, id := range states {
		if l.enabledAt(id)&bad == 0 {
			rest = append(rest, id)
		}
	}
	return l.comps.search(rest, l.comps.reopen(rest), l.judge)
}

// enabled returns the sets enabled in all of the states, those enabled in
// some, and those taken on an edge inside the component.
func (l *live[S]) enabled(states []uint32) (always, ever, taken uint64) {
	always = ^uint64(0)
	for _, id := range states {
		here := uint64(0)
		targets, labels := l.comps.g.edges(id)
		for i, to := range targets {
			if labels == nil {
				break
			}
			m := l.masks[label(labels, i)]
			here |= m
			if m&^taken != 0 && len(states) > 1 && l.comps.inside(id, to) {
				taken |= m
			}
		}
		always &= here
		ever |= here
	}
	return always, ever, taken
}

func (l *live[S]) enabledAt(id uint32) (here uint64) {
	targets, labels := l.comps.g.edges(id)
	for i := range targets {
		if labels != nil {
			here |= l.masks[label(labels, i)]
		}
	}
	return here
}
