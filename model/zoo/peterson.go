package zoo

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// PetersonState is a state of Peterson's algorithm.
type PetersonState struct {
	PC   [2]PetersonPC
	Flag [2]bool // who wants to enter
	Turn uint8   // who goes first if both do
}

// PetersonPC is the next instruction of a process.
type PetersonPC uint8

const (
	PetersonIdle     PetersonPC = iota // outside, not interested
	PetersonFlagged                    // has raised its flag
	PetersonWaiting                    // has given way, waits to enter
	PetersonCritical                   // in the critical section
)

func (pc PetersonPC) String() string {
	return word([]string{"idle", "flagged", "waiting", "critical"}, pc)
}

// PetersonAction is a step of one process: one access to the shared variables.
type PetersonAction struct {
	Name    PetersonName
	Process uint8
}

// PetersonName is the name of an action.
type PetersonName uint8

const (
	PetersonRaise PetersonName = iota
	PetersonYield
	PetersonEnter
	PetersonLeave
)

var petersonNames = []string{"Raise", "Yield", "Enter", "Leave"}

func (n PetersonName) String() string { return word(petersonNames, n) }

type peterson struct{}

// Init leaves open whose turn it is at first: the algorithm must not care.
func (peterson) Init() []PetersonState { return []PetersonState{{Turn: 0}, {Turn: 1}} }

// Next has each instruction as one action. The order of the first two is what
// the algorithm is about: with turn set first both could enter.
func (peterson) Next(s *PetersonState, out *model.Steps[PetersonState, PetersonAction]) {
	for i := range uint8(2) {
		other := 1 - i
		if s.PC[i] == PetersonIdle {
			t := out.Add(PetersonAction{PetersonRaise, i})
			t.Flag[i] = true
			t.PC[i] = PetersonFlagged
		}
		if s.PC[i] == PetersonFlagged {
			t := out.Add(PetersonAction{PetersonYield, i})
			t.Turn = other
			t.PC[i] = PetersonWaiting
		}
		if s.PC[i] == PetersonWaiting && (!s.Flag[other] || s.Turn == i) {
			t := out.Add(PetersonAction{PetersonEnter, i})
			t.PC[i] = PetersonCritical
		}
		if s.PC[i] == PetersonCritical {
			t := out.Add(PetersonAction{PetersonLeave, i})
			t.Flag[i] = false
			t.PC[i] = PetersonIdle
		}
	}
}

// Peterson is mutual exclusion for two processes with nothing but shared
// variables (Peterson, "Myths about the mutual exclusion problem", 1981). A
// process may stay outside for ever; inside it makes progress.
func Peterson() (properties.Spec[PetersonState, PetersonAction], error) {
	spec := properties.Spec[PetersonState, PetersonAction]{
		Model: peterson{},
		Properties: []properties.Property[PetersonState]{
			properties.Always("mutual exclusion", func(s *PetersonState) bool {
				return s.PC[0] != PetersonCritical || s.PC[1] != PetersonCritical
			}).Says("the two processes are never in their critical sections together").
				About("a process is in its critical section", func(s *PetersonState) bool {
					return s.PC[0] == PetersonCritical || s.PC[1] == PetersonCritical
				}),
		},
		About:   aboutPeterson,
		Actions: petersonNames,
	}
	for i := range uint8(2) {
		// From the raised flag on, not only from waiting: a process that raised
		// it must also get as far as waiting.
		wants := func(s *PetersonState) bool { return s.Flag[i] }
		enters := func(s *PetersonState) bool { return s.PC[i] == PetersonCritical }
		spec.Properties = append(spec.Properties,
			properties.LeadsTo(fmt.Sprintf("process %d enters", i), wants, enters).
				Says(fmt.Sprintf("whenever process %d wants to enter it does in the end", i)))
		// Nobody has to want to enter, so raising the flag is not covered.
		spec.Fairness = append(spec.Fairness,
			properties.Weak(fmt.Sprintf("process %d", i), func(a PetersonAction) bool {
				return a.Process == i && a.Name != PetersonRaise
			}))
	}
	return spec, nil
}

// aboutPeterson calls the wish to enter a request: it is the environment's, all
// else the algorithm's.
func aboutPeterson(a PetersonAction) model.About {
	self, other := fmt.Sprintf("process %d", a.Process), fmt.Sprintf("process %d", 1-a.Process)
	about := model.About{Name: a.Name.String(), Actor: self}
	switch a.Name {
	case PetersonRaise:
		about.Kind, about.Sentence = model.Request, self+" wants to enter and raises its flag"
	case PetersonYield:
		about.Sentence = self + " lets " + other + " go first"
	case PetersonEnter:
		about.Sentence = self + " enters its critical section"
	case PetersonLeave:
		about.Sentence = self + " leaves its critical section"
	}
	return about
}
