package modeltest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/quiesce/quiesce/model"
)

// A call is one call of Next, with all it was given and what became of it.
type call[S, A comparable] struct {
	state S                  // what it was asked about
	given *S                 // what Next was given: a copy of state, with an address of its own
	out   model.Steps[S, A]  // what Next added to
	steps []model.Step[S, A] // a copy of what out held at the end
}

// next returns the steps of s, collected in memory that has room for n of them
// before it must move. It reports a state modified, and, with the next call,
// anything used after this one.
// It reports false if Next panicked.
func (g *graph[S, A]) next(s S, n int) ([]model.Step[S, A], bool) {
	c, panicked := ask(g.m, s, n)
	if panicked != nil {
		g.found.add(NoPanic, "Next", "asked about %v: %v", text{s}, panicked)
		return nil, false
	}
	if *c.given != s {
		g.found.add(Unmodified, "", "in %v it left %v", text{s}, text{*c.given})
		*c.given = s
	}
	if l := g.last; l != nil && (*l.given != l.state || !slices.Equal(l.out.All(), l.steps)) {
		g.found.add(NotKept, "", "Next in %v changed what belongs to the call before it, in %v", text{s}, text{l.state})
	}
	g.last = c
	return c.steps, true
}

// ask calls Next once, with memory that nobody else uses.
func ask[S, A comparable](m model.Model[S, A], s S, n int) (c *call[S, A], panicked any) {
	given := s
	c = &call[S, A]{state: s, given: &given}
	c.out.Reserve(n)
	defer func() {
		panicked = recover()
		c.steps = slices.Clone(c.out.All())
	}()
	c.out.From(lent[S, A]{m, c.given}, s)
	return c, nil
}

// lent is a model that passes its Next a state which is not that of the Steps:
// whatever Next does to it cannot reach the steps.
type lent[S, A comparable] struct {
	model.Model[S, A]
	given *S
}

func (l lent[S, A]) Next(_ *S, out *model.Steps[S, A]) { l.Model.Next(l.given, out) }

// together asks for the steps of every state from several goroutines at once,
// as a checker with several workers does. The race detector, if it is on, says
// more than the comparison can.
func (g *graph[S, A]) together() {
	if g.found.has(Pure, Ordered, NotKept, NoPanic) {
		return // what goes wrong alone says nothing of going together
	}
	const goroutines = 4
	var first [goroutines]string
	var wait sync.WaitGroup
	for w := range goroutines {
		wait.Go(func() {
			for k := range g.asked {
				i := g.asked[(k+w*len(g.asked)/goroutines)%len(g.asked)] // each begins elsewhere
				c, panicked := ask(g.m, g.states[i], 0)
				switch {
				case panicked != nil:
					first[w] = fmt.Sprintf("in %v it panicked: %v", text{g.states[i]}, panicked)
				case !slices.Equal(c.steps, g.steps[i]):
					first[w] = fmt.Sprintf("in %v: %s", text{g.states[i]}, difference(g.steps[i], c.steps))
				default:
					continue
				}
				return
			}
		})
	}
	wait.Wait()
	for _, detail := range first {
		if detail != "" {
			g.found.add(Concurrent, "", "%s", detail)
		}
	}
}
