package zoo_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

type twoPhaseSpec = properties.Spec[zoo.TwoPhaseState, zoo.TwoPhaseAction]

func twoPhase(t testing.TB, managers int, bug string) twoPhaseSpec {
	spec, err := zoo.TwoPhase(zoo.TwoPhaseParams{Managers: managers, Bug: bug})
	return checked(t, spec, err, swapManagers(0, managers-1), swapManagers(0, managers/2))
}

// swapManagers exchanges two managers in all that is known of them.
func swapManagers(i, j int) func(*zoo.TwoPhaseState) {
	a, b := uint8(i), uint8(j)
	swap := func(set *fixed.Set[uint8, uint16]) {
		hasA, hasB := set.Remove(a), set.Remove(b)
		if hasA {
			set.Add(b)
		}
		if hasB {
			set.Add(a)
		}
	}
	return func(s *zoo.TwoPhaseState) {
		s.RM[a], s.RM[b] = s.RM[b], s.RM[a]
		swap(&s.Voted)
		swap(&s.Counted)
	}
}

// Published for 3, 5 and 7 managers: by TLC and SPIN, and in the examples of
// Stateright (288 and 8,832).
func TestTwoPhaseFigures(t *testing.T) {
	for managers, want := range map[int]figures{
		3: {288, 1_146, 10},
		5: {8_832, 58_146, 16},
		7: {296_448, 2_744_706, 22},
	} {
		if got := explore(twoPhase(t, managers, "none").Model, nil); got != want {
			t.Errorf("%d managers: got %+v, want %+v", managers, got, want)
		}
	}
}

// While the transaction manager has not decided, each of n managers is in one
// of four states (working, aborted, prepared, prepared and counted); after a
// commit in one of two, after an abort in one of six, counting whether it voted
// and was counted. Up to symmetry these are multisets.
func TestTwoPhaseClosedForm(t *testing.T) {
	for n := 1; n <= 6; n++ {
		spec := twoPhase(t, n, "")
		want := power(2, n) + power(4, n) + power(6, n)
		if got := explore(spec.Model, nil); got.distinct != want || got.depth != 3*n+1 {
			t.Errorf("%d managers: got %+v, want %d states, depth %d", n, got, want, 3*n+1)
		}
		want = choose(n+1, n) + choose(n+3, n) + choose(n+5, n)
		if got := explore(spec.Model, spec.Canon); got.distinct != want || got.depth != 3*n+1 {
			t.Errorf("%d managers, symmetry: got %+v, want %d classes, depth %d", n, got, want, 3*n+1)
		}
	}
}

func power(b, n int) int {
	if n == 0 {
		return 1
	}
	return b * power(b, n-1)
}

func choose(n, k int) int {
	if k == 0 {
		return 1
	}
	return choose(n-1, k-1) * n / k
}

// Stateright publishes 665 states for five managers with symmetry. That is the
// count of a depth-first search which goes on from the states it meets, but
// takes a state for known if another was met that is the same when the managers
// are sorted by nothing but what they do. Such a representative is not
// canonical, so that the count depends on the order of the search; the classes
// of symmetric states are 314, which is what Canon yields in any order.
func TestTwoPhaseSymmetryOfStateright(t *testing.T) {
	spec := twoPhase(t, 5, "none")
	if got := depthFirst(spec.Model, coarse(5)); got != 665 {
		t.Errorf("with the representative of Stateright, depth first: %d states, want 665", got)
	}
	if got := depthFirst(spec.Model, spec.Canon); got != 314 {
		t.Errorf("with a canonical representative, depth first: %d states, want 314", got)
	}
	if got := explore(spec.Model, spec.Canon).distinct; got != 314 {
		t.Errorf("with a canonical representative, breadth first: %d states, want 314", got)
	}
}

// coarse sorts n managers by their RMState alone, keeping the order of equals.
func coarse(n int) func(*zoo.TwoPhaseState) {
	return func(s *zoo.TwoPhaseState) {
		from := *s
		order := []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8}[:n]
		slices.SortStableFunc(order, func(i, j uint8) int { return int(from.RM[i]) - int(from.RM[j]) })
		s.Voted, s.Counted = fixed.Set[uint8, uint16]{}, fixed.Set[uint8, uint16]{}
		for to, i := range order {
			s.RM[to] = from.RM[i]
			if from.Voted.Has(i) {
				s.Voted.Add(uint8(to))
			}
			if from.Counted.Has(i) {
				s.Counted.Add(uint8(to))
			}
		}
	}
}

// depthFirst counts representatives and goes on from the states themselves.
func depthFirst[S, A comparable](m model.Model[S, A], canon func(*S)) int {
	seen := make(map[S]bool)
	var stack []S
	visit := func(s S) {
		rep := s
		canon(&rep)
		if !seen[rep] {
			seen[rep] = true
			stack = append(stack, s)
		}
	}
	for _, s := range m.Init() {
		visit(s)
	}
	var out model.Steps[S, A]
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, step := range out.From(m, s) {
			visit(step.State)
		}
	}
	return len(seen)
}

// All n vote and are counted, the decision is made, one learns of it, one
// aborts: 2n+3 steps.
func TestTwoPhaseBug(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		spec := twoPhase(t, n, "abort")
		consistent := claim(t, &spec, "consistent")
		got := shortest(spec.Model, func(s *zoo.TwoPhaseState) bool { return !consistent.P(s) })
		if n == 1 {
			if got != nil {
				t.Error("one manager disagrees with itself")
			}
			continue
		}
		if got == nil || got.Len() != 2*n+3 {
			t.Fatalf("%d managers: counterexample %+v, want %d steps", n, got, 2*n+3)
		}
		if err := properties.Refute(&spec, consistent, got); err != nil {
			t.Error(err)
		}
		good := twoPhase(t, n, "none")
		if got := shortest(good.Model, func(s *zoo.TwoPhaseState) bool { return !consistent.P(s) }); got != nil {
			t.Errorf("%d managers without the bug: %v", n, got.Actions())
		}
	}
}

func ExampleTwoPhase() {
	spec, err := zoo.TwoPhase(zoo.TwoPhaseParams{Managers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	var out model.Steps[zoo.TwoPhaseState, zoo.TwoPhaseAction]
	s := spec.Model.Init()[0]
	fmt.Println(model.View(s))
	for _, step := range out.From(spec.Model, s) {
		about := spec.About(step.Action)
		fmt.Printf("%s: %s\n", about.Actor, about.Sentence)
	}
	// Output:
	// {Counted: {}, Voted: {}, Commit: false, Abort: false, TM: init, RM: [working, working]}
	// transaction manager: the transaction manager decides to abort
	// manager 0: manager 0 votes yes
	// manager 0: manager 0 aborts instead of voting
	// manager 1: manager 1 votes yes
	// manager 1: manager 1 aborts instead of voting
}
