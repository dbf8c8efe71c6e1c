package traces_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// A clock counts to three and starts again; at two it may also jump back to
// zero by the same action, and a fault may stop it.
type clock struct{}

type face struct {
	Hour    uint8
	Stopped bool
}

type move uint8

const (
	tick move = iota
	stop
)

func (m move) String() string { return [...]string{"tick", "stop"}[m] }

func (clock) Init() []face { return []face{{}} }

func (clock) Next(s *face, out *model.Steps[face, move]) {
	if s.Stopped {
		return
	}
	out.Add(tick).Hour = (s.Hour + 1) % 3
	if s.Hour == 1 {
		out.Add(tick).Hour = 0
	}
	out.Add(stop).Stopped = true
}

func hours(loop int, list ...uint8) *traces.Trace[face, move] {
	t := &traces.Trace[face, move]{Start: face{Hour: list[0]}, Loop: loop}
	for _, h := range list[1:] {
		t.Steps = append(t.Steps, model.Step[face, move]{Action: tick, State: face{Hour: h}})
	}
	return t
}

func ExampleReplay() {
	t, err := traces.Replay(clock{}, face{}, []move{tick, stop, tick})
	for i := range t.Steps {
		fmt.Println(t.Steps[i].Action, model.View(*t.At(i + 1)))
	}
	fmt.Println(err)
	// Output:
	// tick {Hour: 1, Stopped: false}
	// stop {Hour: 1, Stopped: true}
	// step 3: the model does not allow tick here
}

func TestTraceParts(t *testing.T) {
	tr := hours(0, 0, 1, 2, 0)
	if tr.Len() != 3 || !tr.Infinite() || tr.At(0).Hour != 0 || tr.At(2).Hour != 2 || tr.Last().Hour != 0 {
		t.Errorf("the parts of %v", tr)
	}
	if !slices.Equal(tr.Actions(), []move{tick, tick, tick}) {
		t.Errorf("actions %v", tr.Actions())
	}
	empty := traces.Trace[face, move]{Loop: traces.Finite}
	if empty.Len() != 0 || empty.Infinite() || empty.Last() != &empty.Start {
		t.Errorf("the parts of an empty trace")
	}
}

func TestReplaySaysWhere(t *testing.T) {
	tr, err := traces.Replay(clock{}, face{}, []move{tick, stop, tick})
	var d *traces.Divergence[face, move]
	if !errors.As(err, &d) {
		t.Fatalf("%v", err)
	}
	if d.At != 2 || d.Want != tick || d.State != (face{1, true}) || len(d.Enabled) != 0 || tr.Len() != 2 {
		t.Errorf("%+v after %d steps", d, tr.Len())
	}
	if _, err = traces.Replay(clock{}, face{Hour: 2}, nil); !errors.As(err, &d) || d.At != -1 {
		t.Errorf("a start that is not initial: %v", err)
	}
}

func TestCheck(t *testing.T) {
	stuck := hours(3, 0, 1, 2, 0)
	wrongAction := hours(traces.Finite, 0, 1)
	wrongAction.Steps[0].Action = stop
	for _, c := range []struct {
		name  string
		trace *traces.Trace[face, move]
		at    int
		want  string // part of the error; empty: it is a behaviour
	}{
		{"finite", hours(traces.Finite, 0, 1, 2), 0, ""},
		{"second step of the same action", hours(traces.Finite, 0, 1, 0, 1), 0, ""},
		{"loop", hours(0, 0, 1, 2, 0), 0, ""},
		{"loop with a stem", hours(1, 0, 1, 2, 0, 1), 0, ""},
		{"stutters in the last state", stuck, 0, ""},
		{"start", hours(traces.Finite, 1, 2), -1, "not an initial state"},
		{"state", hours(traces.Finite, 0, 2), 0, "Hour is 1, not 2"},
		{"action", wrongAction, 0, "stop leads to another state"},
		{"open loop", hours(1, 0, 1, 2, 0), 3, "the loop does not close: Hour is 0, not 1"},
		{"loop beyond the end", hours(5, 0, 1), 1, "the loop starts at step 6 of 1"},
		{"loop before the start", hours(-2, 0, 1), 1, "the loop starts"},
	} {
		err := traces.Check(clock{}, c.trace)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var d *traces.Divergence[face, move]
		if !errors.As(err, &d) || d.At != c.at || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q at %d", c.name, err, c.want, c.at)
		}
	}
}

func TestDivergenceListsEachActionOnce(t *testing.T) {
	bad := hours(traces.Finite, 0, 1)
	bad.Steps = append(bad.Steps, model.Step[face, move]{Action: stop, State: face{}})
	var d *traces.Divergence[face, move]
	if err := traces.Check(clock{}, bad); !errors.As(err, &d) || !slices.Equal(d.Enabled, []move{tick, stop}) {
		t.Errorf("%v: enabled %v", err, d)
	}
}
