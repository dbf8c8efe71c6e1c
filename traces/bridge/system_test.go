package bridge

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A counter goes up and down between 0 and 5. As a system it may have a bug.
type counter struct{}

type state struct{ N, Ups int8 }

type action int8

const (
	up action = iota
	down
	idle
)

func (a action) String() string { return [...]string{"up", "down", "idle"}[a] }

func (counter) Init() []state { return []state{{}} }

func (counter) Next(s *state, out *model.Steps[state, action]) {
	if s.N < 5 {
		t := out.Add(up)
		t.N++
		t.Ups = min(t.Ups+1, 100)
	}
	if s.N > 0 {
		out.Add(down).N--
	}
	out.Add(idle)
}

func spec() properties.Spec[state, action] {
	return properties.Spec[state, action]{Model: counter{}, Actions: []string{"up", "down", "idle"},
		About: func(a action) model.About { return model.About{Name: a.String()} }}
}

type seenState struct{ N int8 }

// real is the system. With a bug it forgets to count down from limit; broken
// says at which value it refuses to go up.
type real struct{ limit, broken int8 }

func (r real) Replay(_ context.Context, ts []*traces.Trace[state, action]) ([]Seen, error) {
	out := make([]Seen, len(ts))
	for i, t := range ts {
		n := int8(0)
		for k := range t.Steps {
			switch t.Steps[k].Action {
			case up:
				if r.broken != 0 && n == r.broken {
					out[i].Stopped = "it is full"
				}
				n++
			case down:
				if n != r.limit {
					n--
				}
			}
			if out[i].Stopped != "" {
				break
			}
			out[i].Model = append(out[i].Model, model.View(seenState{t.At(k + 1).N}))
			out[i].Code = append(out[i].Code, model.View(seenState{n}))
		}
	}
	return out, nil
}

func walk(seed uint64, count, steps int) []*traces.Trace[state, action] {
	w := NewWalks(spec(), seed, nil)
	var out []*traces.Trace[state, action]
	for range count {
		out = append(out, w.Next(steps))
	}
	return out
}

func TestConformOfAFaithfulSystem(t *testing.T) {
	found, err := Conform(t.Context(), System[state, action](real{limit: -1}), walk(1, 200, 30))
	if err != nil || len(found) != 0 {
		t.Errorf("%d differences, %v", len(found), err)
	}
}

func TestShrinkFindsTheSmallest(t *testing.T) {
	sys := System[state, action](real{limit: 3})
	found, err := Conform(t.Context(), sys, walk(1, 200, 30))
	if err != nil || len(found) == 0 {
		t.Fatalf("%d differences, %v", len(found), err)
	}
	for _, f := range found {
		small, err := Shrink(t.Context(), counter{}, sys, f)
		if err != nil {
			t.Fatal(err)
		}
		if got := small.Trace.Actions(); !slices.Equal(got, []action{up, up, up, down}) {
			t.Errorf("shrunk to %v", got)
		}
		if err := traces.Check(counter{}, &small.Trace); err != nil {
			t.Errorf("not a behaviour any more: %v", err)
		}
		if small.Index != f.Index || small.Divergence.Error() != "step 4, down:\n  N            model says 2, code says 3" {
			t.Errorf("%d: %v", small.Index, small.Divergence)
		}
	}
}

func TestStoppedIsADifference(t *testing.T) {
	sys := System[state, action](real{limit: -1, broken: 2})
	found, err := Conform(t.Context(), sys, walk(2, 100, 20))
	if err != nil || len(found) == 0 {
		t.Fatalf("%d differences, %v", len(found), err)
	}
	small, err := Shrink(t.Context(), counter{}, sys, found[0])
	if err != nil {
		t.Fatal(err)
	}
	if d := small.Divergence; small.Trace.Len() != 3 || d.Stopped != "it is full" ||
		d.Error() != "step 3, up: the model takes it, the code does not: it is full" {
		t.Errorf("%v: %v", small.Trace.Actions(), d)
	}
}

func TestSeenTooLittleIsADifference(t *testing.T) {
	trace := walk(1, 1, 5)[0]
	if d := Compare(trace, Seen{}); d == nil || d.At != 0 || d.Stopped == "" {
		t.Errorf("nothing was seen: %v", d)
	}
}

func TestWalksRepeatAndAreBehaviours(t *testing.T) {
	first, again, other := walk(7, 50, 40), walk(7, 50, 40), walk(8, 50, 40)
	same := 0
	for i := range first {
		if !slices.Equal(first[i].Actions(), again[i].Actions()) {
			t.Errorf("walk %d differs the second time", i)
		}
		if slices.Equal(first[i].Actions(), other[i].Actions()) {
			same++
		}
		if err := traces.Check(counter{}, first[i]); err != nil || first[i].Len() != 40 {
			t.Errorf("walk %d: %d steps, %v", i, first[i].Len(), err)
		}
	}
	if same > 1 {
		t.Errorf("%d of 50 walks are the same with another seed", same)
	}
}

func TestWalksAvoidAndCount(t *testing.T) {
	w := NewWalks(spec(), 1, func(_ *state, s *model.Step[state, action]) bool { return s.Action != idle })
	steps := uint64(0)
	for range 20 {
		steps += uint64(w.Next(30).Len())
	}
	taken := w.Taken()
	if taken[2] != (Taken{"idle", 0}) || taken[0].Steps+taken[1].Steps != steps {
		t.Errorf("taken %v in %d steps", taken, steps)
	}
	none := NewWalks(spec(), 1, func(*state, *model.Step[state, action]) bool { return false })
	if n := none.Next(10).Len(); n != 0 {
		t.Errorf("%d steps although none may be taken", n)
	}
}

func TestRoot(t *testing.T) {
	for n := range uint64(10_000) {
		if r := root(n); r*r > n || (r+1)*(r+1) <= n {
			t.Fatalf("root(%d) = %d", n, r)
		}
	}
	if r := root(1<<64 - 1); r != 1<<32-1 {
		t.Errorf("root of the largest number is %d", r)
	}
}

func ExampleCompare() {
	t := &traces.Trace[state, action]{Steps: []model.Step[state, action]{{Action: up, State: state{N: 1}}}, Loop: traces.Finite}
	seen := Seen{Model: []model.Value{model.View(seenState{1})}, Code: []model.Value{model.View(seenState{2})}}
	fmt.Println(Compare(t, seen))
	// Output:
	// step 1, up:
	//   N            model says 1, code says 2
}
