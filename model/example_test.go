package model_test

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
)

// A lamp is switched on and off by a user; its bulb may burn out while it is on.
type lamp struct{}

type lampState struct {
	On     bool
	Burned bool
}

type lampAction uint8

const (
	press lampAction = iota
	burn
)

func (a lampAction) String() string { return [...]string{"press", "burn"}[a] }

func (lamp) Init() []lampState { return []lampState{{}} }

func (lamp) Next(s *lampState, out *model.Steps[lampState, lampAction]) {
	t := out.Add(press)
	t.On = !s.On
	if s.On && !s.Burned {
		t := out.Add(burn)
		t.Burned = true
	}
}

func Example() {
	var out model.Steps[lampState, lampAction]
	for _, step := range out.From(lamp{}, lampState{On: true}) {
		fmt.Println(step.Action, model.View(step.State))
	}
	// Output:
	// press {On: false, Burned: false}
	// burn {On: true, Burned: true}
}

func ExampleDiff() {
	before, after := lampState{On: true}, lampState{On: true, Burned: true}
	for _, c := range model.Diff(model.View(before), model.View(after)) {
		fmt.Printf("%s: %s -> %s\n", c.Path, c.From, c.To)
	}
	// Output:
	// Burned: false -> true
}

func ExamplePlain() {
	type state struct {
		Flag  bool
		Count uint32
		Name  string
	}
	fmt.Println(model.Plain[lampState]())
	fmt.Println(model.Plain[state]())
	// Output:
	// <nil>
	// model_test.state is not plain data: model_test.state.Count is preceded by 3 bytes of padding at byte 1; model_test.state.Name at byte 8 has type string, which is not an integer, bool, array or struct
}
