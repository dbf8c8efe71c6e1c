package properties_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A ring of four rooms. "walk" goes on to the next room, "wait" changes
// nothing, from room 1 "leave" leads to room 4, from which nothing leads on.
type ring struct{}

type room uint8

type move uint8

const (
	walk move = iota
	wait
	leave
)

func (ring) Init() []room { return []room{0} }

func (ring) Next(s *room, out *model.Steps[room, move]) {
	if *s == 4 {
		return
	}
	*out.Add(walk) = (*s + 1) % 4
	out.Add(wait)
	if *s == 1 {
		*out.Add(leave) = 4
	}
}

func about(a move) model.About {
	return model.About{Name: [...]string{"walk", "wait", "leave"}[a]}
}

func in(rooms ...room) properties.Predicate[room] {
	return func(s *room) bool {
		for _, r := range rooms {
			if *s == r {
				return true
			}
		}
		return false
	}
}

func only(m move) func(move) bool { return func(a move) bool { return a == m } }

func spec() *properties.Spec[room, move] {
	return &properties.Spec[room, move]{Model: ring{}, About: about,
		Fairness: []properties.Fairness[move]{
			properties.Weak("walk", only(walk)),
			properties.Strong("leave", only(leave)),
			properties.Weak("wait", only(wait)),
			properties.Weak("weakly leave", only(leave)),
		}}
}

// path walks through rooms; a step to the same room is a wait, to 4 a leave.
func path(loop int, rooms ...room) *traces.Trace[room, move] {
	t := &traces.Trace[room, move]{Start: rooms[0], Loop: loop}
	for i, r := range rooms[1:] {
		a := walk
		if r == rooms[i] {
			a = wait
		} else if r == 4 {
			a = leave
		}
		t.Steps = append(t.Steps, model.Step[room, move]{Action: a, State: r})
	}
	return t
}

func ExampleRefute() {
	s := spec()
	leaves := properties.Eventually("somebody leaves", in(4)).Assuming("walk", "leave")
	fmt.Println(properties.Refute(s, &leaves, path(0, 0, 1, 2, 3, 0)))
	patient := properties.Eventually("somebody leaves", in(4)).Assuming("walk")
	fmt.Println(properties.Refute(s, &patient, path(0, 0, 1, 2, 3, 0)))
	// Output:
	// SF(leave) is not met: it is enabled in the loop and never taken
	// <nil>
}

func TestRefute(t *testing.T) {
	const finite = traces.Finite
	none := []string{}
	for _, c := range []struct {
		name  string
		claim properties.Property[room]
		trace *traces.Trace[room, move]
		want  string // part of the error; empty: refuted
	}{
		{"always", properties.Always("p", in(0, 1)), path(finite, 0, 1, 2), ""},
		{"always holds", properties.Always("p", in(0, 1)), path(finite, 0, 1), "holds in the last state"},
		{"not a behaviour", properties.Always("p", in(0)), path(finite, 0, 2), "not a behaviour"},
		{"safety with a loop", properties.Always("p", in(0)), path(1, 0, 1), "this one has a loop"},
		{"step", properties.AlwaysStep("p", func(a, b *room) bool { return *b != 4 }), path(finite, 0, 1, 4), ""},
		{"step holds", properties.AlwaysStep("p", func(a, b *room) bool { return *b != 4 }), path(finite, 0, 1), "holds on the last step"},
		{"no step", properties.AlwaysStep("p", func(a, b *room) bool { return false }), path(finite, 0), "holds on the last step"},
		{"deadlock", properties.NoDeadlock("p", in()), path(finite, 0, 1, 4), ""},
		{"final", properties.NoDeadlock("p", in(4)), path(finite, 0, 1, 4), "has steps or is final"},
		{"no deadlock", properties.NoDeadlock("p", in()), path(finite, 0, 1), "has steps or is final"},
		{"possible", properties.AlwaysPossible("p", in(0)), path(finite, 0, 1, 4), ""},
		{"possible holds", properties.AlwaysPossible("p", in(4)), path(finite, 0, 1, 4), "the goal holds"},
		{"reachable", properties.Reachable("p", in(9)), path(finite, 0), "cannot refute"},
		{"eventually", properties.Eventually("p", in(4)).Assuming("walk"), path(0, 0, 1, 2, 3, 0), ""},
		{"eventually met", properties.Eventually("p", in(2)).Assuming("walk"), path(0, 0, 1, 2, 3, 0), "holds on this behaviour"},
		{"live needs a loop", properties.Eventually("p", in(4)), path(finite, 0, 1), "this one ends"},
		{"stutters unfairly", properties.Eventually("p", in(2)).Assuming("walk"), path(1, 0, 1), "WF(walk) is not met"},
		{"stutters, nothing assumed", properties.Eventually("p", in(2)).Assuming(none...), path(1, 0, 1), ""},
		{"stutters where all is done", properties.Eventually("p", in(2)), path(2, 0, 1, 4), ""},
		{"waits are no progress", properties.Eventually("p", in(2)).Assuming("walk"), path(1, 0, 1, 1), "WF(walk) is not met"},
		{"an action that changes nothing is never owed", properties.Eventually("p", in(4)).Assuming("wait"), path(0, 0, 1, 2, 3, 0), ""},
		{"strong", properties.Eventually("p", in(4)).Assuming("leave"), path(0, 0, 1, 2, 3, 0), "SF(leave) is not met"},
		{"weak is less", properties.Eventually("p", in(4)).Assuming("weakly leave"), path(0, 0, 1, 2, 3, 0), ""},
		{"leads to", properties.LeadsTo("p", in(1), in(4)).Assuming("walk"), path(0, 0, 1, 2, 3, 0), ""},
		{"leads to, answered before the loop", properties.LeadsTo("p", in(0), in(1)).Assuming(none...), path(2, 0, 1, 2), "holds on this behaviour"},
		{"leads to, asked again after the answer", properties.LeadsTo("p", in(0, 2), in(1)).Assuming(none...), path(2, 0, 1, 2), ""},
		{"leads to, never asked", properties.LeadsTo("p", in(3), in(4)).Assuming(none...), path(1, 0, 1), "holds on this behaviour"},
	} {
		err := properties.Refute(spec(), &c.claim, c.trace)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	p := properties.Always("p", in(0))
	many := spec()
	for i := range properties.MaxFairness {
		many.Fairness = append(many.Fairness, properties.Weak(fmt.Sprint(i), only(walk)))
	}
	change := func(f func(s *properties.Spec[room, move])) *properties.Spec[room, move] {
		s := spec()
		f(s)
		return s
	}
	for _, c := range []struct {
		spec *properties.Spec[room, move]
		want string
	}{
		{spec(), ""},
		{change(func(s *properties.Spec[room, move]) { s.Properties = append(s.Properties, p) }), ""},
		{change(func(s *properties.Spec[room, move]) { s.Model = nil }), "no model"},
		{change(func(s *properties.Spec[room, move]) { s.About = nil }), "nothing is said about its actions"},
		{change(func(s *properties.Spec[room, move]) { s.Properties = append(s.Properties, p, p) }), `two properties named "p"`},
		{change(func(s *properties.Spec[room, move]) { s.Properties = []properties.Property[room]{p.Assuming("nobody")} }), `fairness "nobody"`},
		{change(func(s *properties.Spec[room, move]) {
			s.Properties = []properties.Property[room]{{Name: "q", Form: properties.FormLeadsTo, P: in(0)}}
		}), "without its predicate"},
		{change(func(s *properties.Spec[room, move]) {
			s.Properties = []properties.Property[room]{{Form: properties.FormAlways, P: in(0)}}
		}), "has no name"},
		{change(func(s *properties.Spec[room, move]) { s.Fairness = append(s.Fairness, s.Fairness[0]) }), `two fairness sets named "walk"`},
		{change(func(s *properties.Spec[room, move]) { s.Fairness[0].Covers = nil }), "covers nothing"},
		{change(func(s *properties.Spec[room, move]) {
			s.Final = in(4)
			s.Properties = append(s.Properties, properties.Always(properties.DeadlockName, in(0)))
		}), "two properties named"},
		{many, "at most 64"},
	} {
		err := c.spec.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestFinalIsAClaim(t *testing.T) {
	s := spec()
	if len(s.Claims()) != 0 {
		t.Errorf("claims %v", s.Claims())
	}
	s.Final = in(4)
	claims := s.Claims()
	if len(claims) != 1 || claims[0].Form != properties.FormNoDeadlock || claims[0].Name != properties.DeadlockName || len(s.Properties) != 0 {
		t.Errorf("claims %v", claims)
	}
}

func TestWorst(t *testing.T) {
	const h, v, i, n = properties.Holds, properties.Violated, properties.Inconclusive, properties.Vacuous
	for _, c := range []struct {
		want properties.Outcome
		of   []properties.Outcome
	}{
		{n, nil}, {h, []properties.Outcome{h, h}}, {n, []properties.Outcome{h, n}},
		{i, []properties.Outcome{n, i, h}}, {v, []properties.Outcome{i, v, n}},
	} {
		if got := properties.Worst(c.of); got != c.want {
			t.Errorf("worst of %v is %v, not %v", c.of, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	got := fmt.Sprint(properties.FormAlways, properties.FormNoDeadlock, properties.Form(99),
		properties.Holds, properties.Outcome(99), properties.Strong("f", only(walk)))
	if want := "always no deadlock Form(99) holds Outcome(99) SF(f)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
