package check

import (
	"context"

	"github.com/quiesce/quiesce/properties"
)

// stranded decides AlwaysPossible: it returns the states from which no path
// leads to the goal. A state that was not expanded may lead anywhere.
//
// Components are found after those they lead to, so one pass is enough.
func (in *search[S, A]) stranded(ctx context.Context, p *properties.Property[S]) ([]uint32, error) {
	c := newComponents(ctx, in.graph, in.ids())
	can := make([]bool, in.ids())
	var all, lost []uint32
	in.eachID(func(id uint32) { all = append(all, id) })
	found := func(states []uint32) error {
		ok := false
		for i := 0; i < len(states) && !ok; i++ {
			ok = !in.graph.expanded(states[i]) || p.Q(in.exact.at(states[i]))
			targets, _ := in.graph.edges(states[i])
			for k := 0; k < len(targets) && !ok; k++ {
				ok = can[targets[k]]
			}
		}
		for _, id := range states {
			can[id] = ok
		}
		if !ok {
			lost = append(lost, states...)
		}
		return nil
	}
	return lost, c.search(all, 0, found)
}
