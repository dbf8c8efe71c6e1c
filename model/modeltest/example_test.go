package modeltest_test

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/modeltest"
)

// Transfer moves money between two accounts, one coin at a time.
type Transfer struct{ From, To uint8 }

// Move is the only action: a coin changes hands.
type Move struct{ Coin uint8 }

type bank struct{}

func (bank) Init() []Transfer { return []Transfer{{From: 2}} }

func (bank) Next(s *Transfer, out *model.Steps[Transfer, Move]) {
	if s.From > 0 {
		out.Add(Move{s.From}).To++
		s.From-- // wrong: this is the state one comes from, not the one that Add returned
	}
}

func ExampleCheck() {
	fmt.Println(modeltest.Check(bank{}, modeltest.Options{States: 100}))
	// Output:
	// Next does not modify the state: in {From: 2, To: 0} it left {From: 1, To: 0} (and 499 more times)
}
