package sim

import (
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// TestMemoChangesNothing: whatever is kept, by however many workers, the report
// is that of a simulation that keeps nothing.
func TestMemoChangesNothing(t *testing.T) {
	r := rng.New(10, 0)
	for range 60 {
		spec := randomSpec(&r)
		if r.Chance(1, 4) {
			inside := r.Uint64() | r.Uint64()
			spec.Within = func(s *node) bool { return inside>>*s&1 == 1 }
		}
		opt := Options{Seed: r.Uint64(), Runs: 600, Steps: 1 + int(r.Below(12)), Waits: true, Workers: 1, Memo: -1}
		if r.Chance(1, 2) {
			opt.States = 1 + int(r.Below(7))
		}
		want, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, bytes := range []int64{1, 700, 1500, 4000, 0} {
			opt.Memo, opt.Workers = bytes, 1+int(r.Below(3))
			got, err := Run(t.Context(), spec, newAnyStep[node, edge], opt)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%d bytes kept:\n%+v\nnothing kept:\n%+v", bytes, got, want)
			}
		}
	}
}

// TestMemoKeepsExpansions walks a memo at random. What it says of a state must
// be what the spec says, what it keeps must fit, and nothing is kept twice.
func TestMemoKeepsExpansions(t *testing.T) {
	r := rng.New(11, 0)
	kept, full := 0, 0
	for range 300 {
		spec := randomSpec(&r)
		room := int64(r.Below(6000))
		m := newMemo(&spec, room)
		x := m.start(0)
		for range 200 {
			checkExpansion(t, &spec, m, x)
			if len(x.steps) == 0 {
				x = m.start(0)
				continue
			}
			i := int(r.Below(uint64(len(x.steps))))
			to := x.steps[i].State
			if x = m.follow(x, i); x.state != to {
				t.Fatalf("step %d leads to %v, the memo says %v", i, to, x.state)
			}
		}
		used := int64(0)
		// A sum is the same in any order.
		for s, x := range m.known {
			if used += m.state + m.step*int64(len(x.steps)); x.state != s || !x.kept {
				t.Fatalf("%v is kept as %+v", s, x)
			}
		}
		if used+m.room != room || m.room < 0 {
			t.Fatalf("%d of %d bytes are used, %d are left", used, room, m.room)
		}
		kept += len(m.known)
		if m.room < m.state {
			full++
		}
	}
	if kept < 500 || full < 20 {
		t.Errorf("%d states were kept and %d memos full: the test saw too little", kept, full)
	}
}

// checkExpansion says again, claim by claim and step by step, what x says.
func checkExpansion(t *testing.T, spec *properties.Spec[node, edge], m *memo[node, edge], x *expansion[node, edge]) {
	t.Helper()
	var out model.Steps[node, edge]
	s := x.state
	steps := out.From(spec.Model, s)
	if len(steps) != len(x.steps) {
		t.Fatalf("%v has %d steps, want %d", s, len(x.steps), len(steps))
	}
	fair, external, moves := uint64(0), false, false
	for i := range steps {
		about := aboutEdge(steps[i].Action)
		outside := about.Kind == model.Request || about.Kind == model.Fault
		away := steps[i].State != s
		external = external || outside
		moves = moves || away && !outside
		for k, f := range spec.Fairness {
			if away && f.Covers(steps[i].Action) {
				fair |= 1 << k
			}
		}
		if x.steps[i] != steps[i] || !reflect.DeepEqual(x.labels[i].About, about) {
			t.Fatalf("step %d of %v is %+v, %+v, want %+v", i, s, x.steps[i], x.labels[i], steps[i])
		}
	}
	if x.fair != fair || x.external != external || x.moves != moves {
		t.Fatalf("%v: fair %b, external %v, moves %v, want %b, %v, %v", s, x.fair, x.external, x.moves, fair, external, moves)
	}
	for k, c := range m.claims {
		bit := func(word uint64) bool { return word>>k&1 == 1 }
		says, stuck := x.says[0], false
		if len(steps) == 0 && c.Form == properties.FormNoDeadlock {
			stuck = !c.P(&s)
		}
		if len(steps) == 0 && c.Form == properties.FormAlwaysPossible {
			stuck = !c.Q(&s)
		}
		want := [5]bool{
			c.Form == properties.FormAlways && !c.P(&s), c.Form == properties.FormReachable && c.P(&s),
			c.Form == properties.FormLeadsTo && c.P(&s) || c.Form == properties.FormEventually,
			c.Form.Live() && c.Q(&s), stuck,
		}
		if got := [5]bool{bit(says.broken), bit(says.reached), bit(says.trigger), bit(says.goal), bit(says.stuck)}; got != want {
			t.Fatalf("%v: %s is %v, want %v", s, c.Name, got, want)
		}
	}
}

// TestManyClaims: opinions are kept in words of 64 claims, and the last of 150
// is judged like the first.
func TestManyClaims(t *testing.T) {
	r := rng.New(12, 0)
	for range 20 {
		few := randomSpec(&r)
		many := few
		many.Properties = nil
		for i := range 25 {
			for _, p := range few.Properties {
				p.Name += string(rune('a' + i))
				many.Properties = append(many.Properties, p)
			}
		}
		opt := Options{Runs: 300, Steps: 8, Waits: true}
		want, err := Run(t.Context(), few, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Run(t.Context(), many, newAnyStep[node, edge], opt)
		if err != nil {
			t.Fatal(err)
		}
		for k := range many.Properties {
			a, b := got.Claims[k], want.Claims[k%len(few.Properties)]
			a.Name = b.Name
			if a != b || !reflect.DeepEqual(got.Waits[k], want.Waits[k%len(few.Properties)]) {
				t.Fatalf("claim %d: %+v, want %+v", k, got.Claims[k], b)
			}
		}
	}
}
