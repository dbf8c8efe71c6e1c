package fixed_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
)

type (
	set8   = fixed.Set[uint8, uint8]
	set64  = fixed.Set[uint8, uint64]
	pair   struct{ A, B uint8 }
	queue3 = fixed.Queue[pair, [3]pair]
	entry  = fixed.Entry[uint8, pair]
	map4   = fixed.Map[uint8, pair, [4]entry]
)

// The state of a model may have all of them, in any order, without padding.
func TestPlain(t *testing.T) {
	type state struct {
		A set8
		B queue3
		C map4
		D fixed.Queue[set8, [64]set8]
		E fixed.Map[int8, bool, [1]fixed.Entry[int8, bool]]
	}
	for name, err := range map[string]error{
		"state": model.Plain[state](), "set64": model.Plain[set64](),
		"set32": model.Plain[fixed.Set[uint8, uint32]](), "set16": model.Plain[fixed.Set[uint8, uint16]](),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := model.Plain[fixed.Queue[uint16, [2]uint16]](); err == nil {
		t.Error("a queue of wider elements has padding, and Plain does not say so")
	}
}

// Every set of eight elements, and everything that can be done to it.
func TestSetExhaustively(t *testing.T) {
	for content := range 256 {
		var s set8
		var want []uint8
		for e := range uint8(8) {
			if content>>e&1 != 0 {
				want = append(want, e)
				if !s.Add(e) {
					t.Fatalf("%d does not fit", e)
				}
			}
		}
		if got := slices.Collect(s.All()); !slices.Equal(got, want) || s.Len() != len(want) {
			t.Fatalf("got %v, length %d, want %v", got, s.Len(), want)
		}
		for e := range uint8(16) {
			has := slices.Contains(want, e)
			if s.Has(e) != has || s.Fits(e) != (e < 8) {
				t.Errorf("%v: Has(%d) is %t, Fits %t", want, e, s.Has(e), s.Fits(e))
			}
			more, less := s, s
			if more.Add(e) != (e < 8) || more.Has(e) != (e < 8) || e >= 8 && more != s {
				t.Errorf("%v with %d is %v", want, e, more.View())
			}
			if less.Remove(e) != has || less.Has(e) || !has && less != s {
				t.Errorf("%v without %d is %v", want, e, less.View())
			}
			if has && (less == s || !less.Add(e) || less != s) {
				t.Errorf("%v: %d removed and added again gives %v", want, e, less.View())
			}
		}
	}
}

func TestSetAllEndsEarly(t *testing.T) {
	var s set64
	s.Add(3)
	s.Add(63)
	if s.Add(64) || s.Len() != 2 {
		t.Error("64 is in a set of 64 bits")
	}
	for e := range s.All() {
		if e != 3 {
			t.Errorf("%d comes before 3", e)
		}
		break
	}
}

// A queue against a slice.
func TestQueueDifferentially(t *testing.T) {
	r := rng.New(1, 0)
	for range 2000 {
		var q queue3
		var want []pair
		for range 20 {
			x := pair{uint8(r.Below(3)), uint8(r.Below(3))}
			switch r.Below(3) {
			case 0:
				before := q
				if q.Push(x) != (len(want) < 3) || len(want) == 3 && q != before {
					t.Fatalf("Push(%v) to %v gives %v", x, want, q.View())
				}
				if len(want) < 3 {
					want = append(want, x)
				}
			case 1:
				got, ok := q.Pop()
				if ok != (len(want) > 0) || ok && got != want[0] {
					t.Fatalf("Pop of %v is %v, %t", want, got, ok)
				}
				want = want[min(1, len(want)):]
			case 2:
				i := int(r.Below(5)) - 1
				got, ok := q.Remove(i)
				if ok != (0 <= i && i < len(want)) || ok && got != want[i] {
					t.Fatalf("Remove(%d) of %v is %v, %t", i, want, got, ok)
				}
				if ok {
					want = slices.Delete(slices.Clone(want), i, i+1)
				}
			}
			sameQueue(t, q, want)
		}
	}
}

func sameQueue(t *testing.T, q queue3, want []pair) {
	t.Helper()
	var fresh queue3
	for i, x := range want {
		fresh.Push(x)
		if got, ok := q.At(i); !ok || got != x {
			t.Fatalf("At(%d) is %v, %t, want %v", i, got, ok, x)
		}
	}
	if _, ok := q.At(len(want)); ok || q.Len() != len(want) || q.Cap() != 3 {
		t.Fatalf("length %d of %d, want %d of 3", q.Len(), q.Cap(), len(want))
	}
	if q != fresh {
		t.Fatalf("%v is not == to a queue with the same content", q.View())
	}
}

// A map against a map.
func TestMapDifferentially(t *testing.T) {
	r := rng.New(2, 0)
	for range 2000 {
		var m map4
		want := make(map[uint8]pair)
		for range 20 {
			k, v := uint8(r.Below(7)), pair{uint8(r.Below(3)), 0}
			if r.Below(3) == 0 {
				_, had := want[k]
				if m.Delete(k) != had {
					t.Fatalf("Delete(%d) of %v", k, want)
				}
				delete(want, k)
			} else {
				_, had := want[k]
				before := m
				fits := had || len(want) < 4
				if m.Set(k, v) != fits || !fits && m != before {
					t.Fatalf("Set(%d) of %v", k, want)
				}
				if fits {
					want[k] = v
				}
			}
			sameMap(t, m, want)
		}
	}
}

func sameMap(t *testing.T, m map4, want map[uint8]pair) {
	t.Helper()
	var fresh map4
	keys := slices.Sorted(maps.Keys(want))
	for i, k := range slices.Backward(keys) {
		fresh.Set(k, want[k])
		if got, ok := m.At(i); !ok || got != (entry{k, want[k]}) {
			t.Fatalf("At(%d) is %v, %t, want key %d", i, got, ok, k)
		}
	}
	for k := range uint8(8) {
		v, ok := want[k]
		if got, has := m.Get(k); got != v || has != ok {
			t.Fatalf("Get(%d) is %v, %t, want %v, %t", k, got, has, v, ok)
		}
	}
	if _, ok := m.At(len(keys)); ok || m.Len() != len(keys) || m.Cap() != 4 {
		t.Fatalf("length %d of %d, want %d of 4", m.Len(), m.Cap(), len(keys))
	}
	if _, ok := m.At(-1); ok {
		t.Fatal("there is an entry at -1")
	}
	if m != fresh {
		t.Fatalf("%v is not == to a map with the same content", m.View())
	}
}

func TestNothingAllocates(t *testing.T) {
	var s set64
	var q queue3
	var m map4
	sum := 0
	if n := testing.AllocsPerRun(100, func() {
		s.Add(7)
		for e := range s.All() {
			sum += int(e)
		}
		q.Push(pair{1, 2})
		q.Pop()
		m.Set(3, pair{})
		m.Delete(3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What changed is told in the words of the content, not of the memory.
func TestDiff(t *testing.T) {
	type state struct {
		Set   set8
		Queue queue3
		Map   map4
	}
	var from, to state
	from.Set.Add(1)
	from.Queue.Push(pair{1, 1})
	from.Map.Set(1, pair{})
	to.Set.Add(2)
	to.Queue.Push(pair{1, 2})
	to.Map.Set(2, pair{})
	want := []model.Change{
		{Path: "Set", From: "{1}", To: "{2}"},
		{Path: "Queue[0].B", From: "1", To: "2"},
		{Path: "Map", From: "{1: {A: 0, B: 0}}", To: "{2: {A: 0, B: 0}}"},
	}
	if got := model.Diff(model.View(from), model.View(to)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
