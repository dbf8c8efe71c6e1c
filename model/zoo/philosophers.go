package zoo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
	"github.com/quiesce/quiesce/properties"
)

// PhilosophersParams are the parameters of [Philosophers].
type PhilosophersParams struct {
	N     int    // philosophers at the table, 2 to 16
	Order string // "same": all take the left fork first; "mixed": the last one the right fork
}

// PhilosophersState is a state of the dining philosophers.
type PhilosophersState struct {
	Taken       fixed.Set[uint8, uint16] // forks that are not on the table
	Philosopher Philosophy
}

// Philosophy is what the philosophers are doing; beyond their number they are
// absent.
type Philosophy [16]PhilosopherState

// View shows those that are there.
func (p Philosophy) View() any { return present(p[:]) }

// PhilosopherState is what one philosopher is doing.
type PhilosopherState uint8

const (
	PhilosopherAbsent PhilosopherState = iota
	Thinking
	Hungry // holding the first fork, waiting for the second
	Eating
)

func (s PhilosopherState) String() string {
	return word([]string{"absent", "thinking", "hungry", "eating"}, s)
}

// PhilosophersAction is a step of one philosopher.
type PhilosophersAction struct {
	Name        PhilosophersName
	Philosopher uint8
}

// PhilosophersName is the name of an action.
type PhilosophersName uint8

const (
	TakeFirst PhilosophersName = iota
	TakeSecond
	PutDown
)

var philosophersNames = []string{"TakeFirst", "TakeSecond", "PutDown"}

func (n PhilosophersName) String() string { return word(philosophersNames, n) }

type philosophers struct {
	n     uint8
	mixed bool
}

// forks returns the forks of philosopher i in the order of taking. Fork i is
// to the left of philosopher i.
func (m *philosophers) forks(i uint8) (first, second uint8) {
	left, right := i, (i+1)%m.n
	if m.mixed && i == m.n-1 {
		return right, left
	}
	return left, right
}

func (m *philosophers) Init() []PhilosophersState {
	var s PhilosophersState
	for i := range m.n {
		s.Philosopher[i] = Thinking
	}
	return []PhilosophersState{s}
}

// Next has a philosopher take one fork at a time, which is the whole problem,
// and put both down at once, which is not.
func (m *philosophers) Next(s *PhilosophersState, out *model.Steps[PhilosophersState, PhilosophersAction]) {
	for i := range m.n {
		first, second := m.forks(i)
		if s.Philosopher[i] == Thinking && !s.Taken.Has(first) {
			t := out.Add(PhilosophersAction{TakeFirst, i})
			t.Taken.Add(first)
			t.Philosopher[i] = Hungry
		}
		if s.Philosopher[i] == Hungry && !s.Taken.Has(second) {
			t := out.Add(PhilosophersAction{TakeSecond, i})
			t.Taken.Add(second)
			t.Philosopher[i] = Eating
		}
		if s.Philosopher[i] == Eating {
			t := out.Add(PhilosophersAction{PutDown, i})
			t.Taken.Remove(first)
			t.Taken.Remove(second)
			t.Philosopher[i] = Thinking
		}
	}
}

// Philosophers are the dining philosophers (Dijkstra, "Hierarchical ordering of
// sequential processes", 1971). If all take their forks in the same order they
// may all hold one and wait for ever; if one of them does not, they cannot.
//
// The states are the ways to put thinking, hungry and eating round a table such
// that no fork has two holders. By the transfer matrix of that condition there
// are (1+√2)^n + (1-√2)^n of them in the same order, a Pell-Lucas number; in
// mixed order they are a Pell number.
func Philosophers(p PhilosophersParams) (properties.Spec[PhilosophersState, PhilosophersAction], error) {
	err := errors.Join(
		within("philosophers", "n", p.N, 2, len(Philosophy{})),
		oneOf("philosophers", "order", p.Order, "same", "mixed"))
	if err != nil {
		return properties.Spec[PhilosophersState, PhilosophersAction]{}, err
	}
	m := &philosophers{n: uint8(p.N), mixed: p.Order == "mixed"}
	someoneEats := func(s *PhilosophersState) bool { return slices.Contains(s.Philosopher[:m.n], Eating) }
	nobodyEats := func(s *PhilosophersState) bool { return !someoneEats(s) }
	spec := properties.Spec[PhilosophersState, PhilosophersAction]{
		Model: m,
		Properties: []properties.Property[PhilosophersState]{
			properties.Always("a fork has one holder", m.neighbours).
				Says("two neighbours never eat together").
				About("someone eats", someoneEats),
			properties.LeadsTo("eating goes on", nobodyEats, someoneEats).
				Says("whenever nobody eats someone will"),
		},
		About:   aboutPhilosophers,
		Actions: philosophersNames,
		// There is always a philosopher who should be able to do something.
		Final: func(*PhilosophersState) bool { return false },
	}
	// Enough for the table as a whole. That each philosopher eats would need
	// more, since two neighbours may take turns for ever.
	for i := range m.n {
		spec.Fairness = append(spec.Fairness, properties.Weak(fmt.Sprintf("philosopher %d", i),
			func(a PhilosophersAction) bool { return a.Philosopher == i }))
	}
	return spec, nil
}

// neighbours does not look at the forks: it says what they are for.
func (m *philosophers) neighbours(s *PhilosophersState) bool {
	for i := range m.n {
		if s.Philosopher[i] == Eating && s.Philosopher[(i+1)%m.n] == Eating {
			return false
		}
	}
	return true
}

func aboutPhilosophers(a PhilosophersAction) model.About {
	self := fmt.Sprintf("philosopher %d", a.Philosopher)
	about := model.About{Name: a.Name.String(), Actor: self}
	switch a.Name {
	case TakeFirst:
		about.Sentence = self + " takes the first fork"
	case TakeSecond:
		about.Sentence = self + " takes the second fork and eats"
	case PutDown:
		about.Sentence = self + " puts both forks down and thinks"
	}
	return about
}
