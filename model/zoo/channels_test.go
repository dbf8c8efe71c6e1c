package zoo_test

import (
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

func alternatingBit(t *testing.T, p zoo.AlternatingBitParams) properties.Spec[zoo.AlternatingBitState, zoo.AlternatingBitAction] {
	spec, err := zoo.AlternatingBit(p)
	return checked(t, spec, err)
}

// Agreed with a second model of the protocol, written apart in another language.
func TestAlternatingBit(t *testing.T) {
	for _, test := range []struct {
		messages, capacity int
		want               figures
	}{
		{2, 1, figures{20, 47, 8}},
		{4, 1, figures{42, 105, 14}},
		{4, 2, figures{125, 432, 18}},
		{3, 3, figures{193, 742, 19}},
		{4, 4, figures{501, 2067, 26}},
	} {
		spec := alternatingBit(t, zoo.AlternatingBitParams{Messages: test.messages, Capacity: test.capacity})
		if got := explore(spec.Model, nil); got != test.want {
			t.Errorf("%d messages, capacity %d: got %+v, want %+v", test.messages, test.capacity, got, test.want)
		}
		wantOutcomes(t, spec, properties.Holds)
	}
}

// The predicates can be false: what they exclude is made by hand.
func TestAlternatingBitClaims(t *testing.T) {
	spec := alternatingBit(t, zoo.AlternatingBitParams{Messages: 3, Capacity: 1})
	order := claim(t, &spec, "in order")
	for _, bad := range []zoo.AlternatingBitState{
		{Delivered: 2, Latest: 0}, // message 0 twice
		{Delivered: 1, Latest: 1}, // message 0 never
	} {
		if order.P(&bad) {
			t.Errorf("in order holds of %+v", bad)
		}
	}
	early := claim(t, &spec, "acknowledged after delivery")
	if early.Step(&zoo.AlternatingBitState{Sending: 0}, &zoo.AlternatingBitState{Sending: 1}) {
		t.Error("the sender may go on before the receiver has the message")
	}
}

// A channel that loses every packet is weakly fair: it is empty in between.
func TestAlternatingBitNeedsStrongFairness(t *testing.T) {
	p := zoo.AlternatingBitParams{Messages: 2, Capacity: 1, Fairness: "weak"}
	weak := alternatingBit(t, p)
	p.Fairness = "strong"
	strong := alternatingBit(t, p)
	lost := lasso(t, weak.Model, nil, []zoo.AlternatingBitAction{{Name: zoo.Send}, {Name: zoo.LosePacket}})
	if err := properties.Refute(&weak, claim(t, &weak, "all arrive"), lost); err != nil {
		t.Error(err)
	}
	err := properties.Refute(&strong, claim(t, &strong, "all arrive"), lost)
	if err == nil || !strings.Contains(err.Error(), "SF(packet channel)") {
		t.Errorf("under strong fairness: %v", err)
	}
	wantOutcomes(t, weak, properties.Holds, properties.Holds, properties.Violated, properties.Holds)
}

// The figures of the grid need no computer.
func TestGrid(t *testing.T) {
	for _, test := range []struct{ counters, modulus int }{{1, 2}, {1, 255}, {2, 7}, {3, 10}, {5, 5}, {8, 3}} {
		spec, err := zoo.Grid(zoo.GridParams{Counters: test.counters, Modulus: test.modulus})
		checked(t, spec, err, func(s *zoo.GridState) {
			last := test.counters - 1
			s.Counter[0], s.Counter[last] = s.Counter[last], s.Counter[0]
		}, func(s *zoo.GridState) {
			middle := test.counters / 2
			s.Counter[0], s.Counter[middle] = s.Counter[middle], s.Counter[0]
		})
		k, n := test.counters, test.modulus
		states := power(n, k)
		want := figures{states, 1 + k*states, k * (n - 1)}
		if got := explore(spec.Model, nil); got != want {
			t.Errorf("%d counters modulo %d: got %+v, want %+v", k, n, got, want)
		}
		if got, want := explore(spec.Model, spec.Canon).distinct, choose(n+k-1, k); got != want {
			t.Errorf("%d counters modulo %d: %d classes, want %d", k, n, got, want)
		}
	}
	spec, err := zoo.Grid(zoo.GridParams{Counters: 2, Modulus: 4})
	wantOutcomes(t, checked(t, spec, err), properties.Holds)
}
