package codec_test

import (
	"bytes"
	"fmt"
	"os"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// A door that can be opened, closed, and locked only while it is closed.
type Door struct{ Open, Locked bool }

type Move uint8

func (m Move) String() string { return [...]string{"Open", "Close", "Lock"}[m] }

func (Door) Init() []Door { return []Door{{}} }

func (Door) Next(d *Door, out *model.Steps[Door, Move]) {
	switch {
	case d.Open:
		out.Add(1).Open = false // Close
	case !d.Locked:
		out.Add(0).Open = true
		out.Add(2).Locked = true
	}
}

// A trace is written, read back, shown, and followed in the model again; then
// somebody changes the file.
func Example() {
	spec := &properties.Spec[Door, Move]{
		Model: Door{},
		About: func(m Move) model.About {
			says := [...]string{"opens the door", "closes the door", "locks the door"}
			return model.About{Name: m.String(), Actor: "guest", Peer: "door", Sentence: says[m]}
		},
	}
	t, err := traces.Replay(spec.Model, Door{}, []Move{0, 1, 2})
	if err != nil {
		fmt.Println(err)
	}
	var file bytes.Buffer
	if err := codec.Write(&file, codec.Of(spec, codec.Header{Spec: "door"}, &t)); err != nil {
		fmt.Println(err)
	}
	changed := bytes.Replace(file.Bytes(), []byte(`"Locked": true`), []byte(`"Locked": false`), 1)

	d, err := codec.Read(&file, "door.json")
	if err != nil {
		fmt.Println(err)
	}
	if err := codec.Text(os.Stdout, d); err != nil {
		fmt.Println(err)
	}
	again, err := codec.Replay(spec, d)
	fmt.Println(again.Len(), "steps, and then", *again.Last(), err)

	d, err = codec.Read(bytes.NewReader(changed), "door.json")
	if err != nil {
		fmt.Println(err)
	}
	_, err = codec.Replay(spec, d)
	fmt.Println(err)
	// Output:
	// door: 3 steps
	//
	// start
	//         Open    false
	//         Locked  false
	//    1. guest: opens the door
	//         Open  false -> true
	//    2. guest: closes the door
	//         Open  true -> false
	//    3. guest: locks the door
	//         Locked  false -> true
	// 3 steps, and then {false true} <nil>
	// door.json:57:17: step 3: Lock leads to another state: Locked is true, not false
}
