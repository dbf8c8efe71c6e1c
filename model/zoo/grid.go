package zoo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// GridParams are the parameters of [Grid].
type GridParams struct {
	Counters int // dimensions, 1 to 8
	Modulus  int // size in each dimension, 2 to 255
}

// GridState is a point of the grid.
type GridState struct{ Counter [8]uint8 }

// GridAction is an increment of one counter.
type GridAction struct{ Counter uint8 }

type grid struct{ counters, modulus uint8 }

func (m *grid) Init() []GridState { return []GridState{{}} }

func (m *grid) Next(s *GridState, out *model.Steps[GridState, GridAction]) {
	for i := range m.counters { // always enabled: every state costs the same
		t := out.Add(GridAction{i})
		if t.Counter[i]++; t.Counter[i] == m.modulus {
			t.Counter[i] = 0
		}
	}
}

// Grid counts in several dimensions, each modulo the same number: a model of
// any size whose figures are known without a computer, to measure how the cost
// of a state grows with their number.
//
// With k counters modulo n it has n^k states, each of out-degree k, and depth
// k(n-1).
func Grid(p GridParams) (properties.Spec[GridState, GridAction], error) {
	err := errors.Join(
		within("grid", "counters", p.Counters, 1, len(GridState{}.Counter)),
		within("grid", "modulus", p.Modulus, 2, 255))
	if err != nil {
		return properties.Spec[GridState, GridAction]{}, err
	}
	m := &grid{counters: uint8(p.Counters), modulus: uint8(p.Modulus)}
	return properties.Spec[GridState, GridAction]{
		Model: m,
		Properties: []properties.Property[GridState]{
			properties.Always("on the grid", func(s *GridState) bool {
				return slices.Max(s.Counter[:]) < m.modulus
			}).Says("every counter stays below the modulus"),
			properties.Reachable("the far corner", func(s *GridState) bool {
				return slices.Min(s.Counter[:m.counters]) == m.modulus-1
			}).Says("all counters can be at their last value together"),
		},
		About: func(a GridAction) model.About {
			self := fmt.Sprintf("counter %d", a.Counter)
			return model.About{Name: "Increment", Actor: self, Sentence: self + " counts up by one"}
		},
		Actions: []string{"Increment"},
		Canon:   func(s *GridState) { slices.Sort(s.Counter[:m.counters]) },
	}, nil
}
