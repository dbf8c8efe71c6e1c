package sched

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
)

// script is a model of actors that each take their events in order, capital
// letters being selected, and wait for nobody.
type script []string

type at [3]uint8

type played struct {
	Who  uint8
	What byte
}

func (c script) Init() []at { return []at{{}} }

func (c script) Next(s *at, out *model.Steps[at, played]) {
	for i, line := range c {
		if int(s[i]) < len(line) {
			out.Add(played{uint8(i), line[s[i]]})[i]++
		}
	}
}

func playing(c script) properties.Spec[at, played] {
	var names []string
	for _, line := range c {
		for _, e := range line {
			if !slices.Contains(names, string(e)) {
				names = append(names, string(e))
			}
		}
	}
	return properties.Spec[at, played]{
		Model: c, Actions: names,
		About: func(a played) model.About {
			return model.About{Name: string(a.What), Actor: fmt.Sprint("actor ", a.Who)}
		},
	}
}

func capital(l *sim.Label) bool { return strings.ToUpper(l.About.Name) == l.About.Name }

// exactly runs a scheduler once for each sequence of choices that its bits could
// make and returns the exact probability of each behaviour, as its events.
func exactly(t *testing.T, c script, w *selective[at, played]) map[string]*big.Rat {
	t.Helper()
	out := make(map[string]*big.Rat)
	var choices, sizes []uint64
	next := 0
	w.below = func(n uint64) uint64 {
		if next == len(choices) {
			choices, sizes = append(choices, 0), append(sizes, n)
		}
		if sizes[next] != n {
			t.Fatalf("choice %d is of %d and was of %d", next, n, sizes[next])
		}
		next++
		return choices[next-1]
	}
	for {
		next = 0
		n := watch(t, playing(c), sim.Scheduler[at, played](w), sim.Options{Runs: 1})
		p := big.NewRat(1, 1)
		for _, size := range sizes {
			p.Mul(p, big.NewRat(1, int64(size)))
		}
		text := ""
		for _, s := range n.runs[0] {
			text += fmt.Sprintf("%d%c ", s.Action.Who, s.Action.What)
		}
		if out[text] == nil {
			out[text] = new(big.Rat)
		}
		out[text].Add(out[text], p)
		last := len(choices) - 1
		for last >= 0 && choices[last] == sizes[last]-1 {
			last--
		}
		if last < 0 {
			return out
		}
		choices, sizes = choices[:last+1], sizes[:last+1]
		choices[last]++
	}
}

// naive is the dumb second implementation: the probability of every behaviour,
// by following the rule of the paper with numbers of events counted in advance.
func naive(c script, s at, turn int, p *big.Rat, text string, out map[string]*big.Rat) {
	add := func(q *big.Rat, text string) {
		if out[text] == nil {
			out[text] = new(big.Rat)
		}
		out[text].Add(out[text], q)
	}
	left := func(i int) (n int64) {
		for _, e := range c[i][s[i]:] {
			if e >= 'A' && e <= 'Z' {
				n++
			}
		}
		return n
	}
	all := int64(0)
	for i := range c {
		all += left(i)
	}
	if turn < 0 && all > 0 {
		for i := range c {
			if n := left(i); n > 0 {
				naive(c, s, i, new(big.Rat).Mul(p, big.NewRat(n, all)), text, out)
			}
		}
		return
	}
	var may []int
	for i, line := range c {
		if int(s[i]) < len(line) && (line[s[i]] >= 'a' || i == turn) {
			may = append(may, i)
		}
	}
	if len(may) == 0 {
		add(p, text)
		return
	}
	for _, i := range may {
		e, then, next := c[i][s[i]], s, turn
		then[i]++
		if e < 'a' {
			next = -1
		}
		naive(c, then, next, new(big.Rat).Mul(p, big.NewRat(1, int64(len(may)))), text+fmt.Sprintf("%d%c ", i, e), out)
	}
}

// TestSelectedInterleavingsAreExactlyUniform enumerates every choice the scheduler
// can make, on models small enough for it: there is no chance in this test.
func TestSelectedInterleavingsAreExactlyUniform(t *testing.T) {
	for _, c := range []struct {
		script script
		ways   int64
	}{
		{script{"A", "B"}, 2},
		{script{"AxA", "yB"}, 3},
		{script{"xxxA", "B"}, 2}, // a uniform choice of steps has A last in 15 of 16 runs
		{script{"AA", "yBB"}, 6},
		{script{"xA", "B", "C"}, 6},
		{script{"A", "xx"}, 1},
	} {
		selection, err := LookFor(t.Context(), playing(c.script), 1, 2, 50, capital)
		if err != nil {
			t.Fatal(err)
		}
		if !selection.Fixed() {
			t.Fatalf("%v: numbers of selected events vary: %+v", c.script, selection)
		}
		w := Selective[at, played](selection, capital).(*selective[at, played])
		got := exactly(t, c.script, w)
		want := make(map[string]*big.Rat)
		naive(c.script, at{}, -1, big.NewRat(1, 1), "", want)
		if !maps.EqualFunc(got, want, func(a, b *big.Rat) bool { return a.Cmp(b) == 0 }) {
			t.Errorf("%q: the scheduler gives\n%v, by the paper it is\n%v", c.script, got, want)
		}
		selected := make(map[string]*big.Rat)
		for text, p := range got {
			key := ""
			for e := range strings.FieldsSeq(text) {
				if e[1] < 'a' {
					key += e + " "
				}
			}
			if selected[key] == nil {
				selected[key] = new(big.Rat)
			}
			selected[key].Add(selected[key], p)
		}
		if int64(len(selected)) != c.ways {
			t.Errorf("%q: %d interleavings of selected events, want %d", c.script, len(selected), c.ways)
		}
		for key, p := range selected {
			if p.Cmp(big.NewRat(1, c.ways)) != 0 {
				t.Errorf("%q: %s has probability %v, want 1/%d", c.script, key, p, c.ways)
			}
		}
	}
}

// TestSelectionVaries: the promise rests on numbers that are the same in every
// run, and that they are not is said.
func TestSelectionVaries(t *testing.T) {
	spec := lifecycle(t, small)
	pick, err := Named([]string{"fault", "RecvStart"}, spec.Actions)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LookFor(t.Context(), spec, 1, 100, 100, pick)
	if err != nil {
		t.Fatal(err)
	}
	if s.Fixed() || len(s.Actors) != 3 || s.Actors[0].Actor != "network" || s.Actors[0].Most != 1 {
		t.Errorf("selected events: %+v", s)
	}
	none, err := Named([]string{"StopRequest"}, spec.Actions)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LookFor(t.Context(), playing(script{"A"}), 1, 5, 5, none); err == nil || !strings.Contains(err.Error(), "none of the selected") {
		t.Errorf("nothing was selected: %v", err)
	}
	if _, err := Named([]string{"timers"}, spec.Actions); err == nil || !strings.Contains(err.Error(), `"timers" is not an action, nor a kind`) {
		t.Errorf("a bad name: %v", err)
	}
}
