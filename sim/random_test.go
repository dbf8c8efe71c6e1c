package sim

import (
	"fmt"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// node and edge are the states and actions of small random graphs.
type node uint8
type edge struct{ Name, Nth uint8 }

// graph is a model given as a table: for each node its steps.
type graph struct {
	inits []node
	next  [][]model.Step[node, edge]
}

func (g *graph) Init() []node { return g.inits }

func (g *graph) Next(s *node, out *model.Steps[node, edge]) {
	for _, step := range g.next[*s] {
		*out.Add(step.Action) = step.State
	}
}

var edgeNames = []string{"a", "b", "c", "d", "e"}

// aboutEdge makes d a request and e a fault; each action belongs to an actor.
func aboutEdge(a edge) model.About {
	kinds := [...]model.Kind{model.Internal, model.Deliver, model.Timer, model.Request, model.Fault}
	return model.About{
		Name: edgeNames[a.Name], Kind: kinds[a.Name], Actor: fmt.Sprint("actor ", a.Name%3), Sentence: "x",
	}
}

// randomSpec draws a graph of up to 7 nodes with every form of claim, of random
// sets of nodes, and up to two random fairness sets.
func randomSpec(r *rng.Source) properties.Spec[node, edge] {
	n := 1 + r.Below(7)
	g := &graph{inits: []node{0}, next: make([][]model.Step[node, edge], n)}
	if n > 2 && r.Chance(1, 3) {
		g.inits = append(g.inits, 1)
	}
	for i := range g.next {
		for range r.Below(4) {
			a := edge{uint8(r.Below(uint64(len(edgeNames)))), uint8(r.Below(2))}
			g.next[i] = append(g.next[i], model.Step[node, edge]{Action: a, State: node(r.Below(n))})
		}
	}
	set := func() properties.Predicate[node] {
		bits := r.Uint64()
		return func(s *node) bool { return bits>>*s&1 == 1 }
	}
	bits := r.Uint64() | r.Uint64()
	spec := properties.Spec[node, edge]{
		Model: g, About: aboutEdge, Actions: edgeNames,
		Properties: []properties.Property[node]{
			properties.Always("always", set()).About("a subject", set()),
			properties.AlwaysStep("step", func(from, to *node) bool { return bits>>(uint(*from)*7+uint(*to))&1 == 1 }),
			properties.Reachable("reach", set()),
			properties.LeadsTo("leads", set(), set()),
			properties.Eventually("eventually", set()),
			properties.AlwaysPossible("possible", set()),
		},
		Final: set(),
	}
	for i := range r.Below(3) {
		covered := r.Uint64()
		covers := func(a edge) bool { return covered>>(a.Name*2+a.Nth)&1 == 1 }
		f := properties.Weak(fmt.Sprint("f", i), covers)
		f.Strong = r.Chance(1, 2)
		spec.Fairness = append(spec.Fairness, f)
	}
	return spec
}

// anyStep is the simplest scheduler: it draws a step, and lets a tick pass.
type anyStep[S, A comparable] struct{ bits rng.Source }

func newAnyStep[S, A comparable]() Scheduler[S, A] { return &anyStep[S, A]{} }

func (u *anyStep[S, A]) Begin(seed, run uint64) { u.bits.Seed(seed, run) }

func (u *anyStep[S, A]) Pick(at *Point[S, A]) (int, time.Duration) {
	return int(u.bits.Below(uint64(len(at.Steps)))), at.Now + time.Second
}
