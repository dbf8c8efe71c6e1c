package zoo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

func TestPeterson(t *testing.T) {
	spec, err := zoo.Peterson()
	checked(t, spec, err, func(s *zoo.PetersonState) {
		s.PC[0], s.PC[1] = s.PC[1], s.PC[0]
		s.Flag[0], s.Flag[1] = s.Flag[1], s.Flag[0]
		s.Turn = 1 - s.Turn
	})
	if got, want := explore(spec.Model, nil), (figures{20, 36, 5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	mutex := claim(t, &spec, "mutual exclusion")
	if got := shortest(spec.Model, func(s *zoo.PetersonState) bool { return !mutex.P(s) }); got != nil {
		t.Errorf("violated after %v", got.Actions())
	}
	if mutex.P(&zoo.PetersonState{PC: [2]zoo.PetersonPC{zoo.PetersonCritical, zoo.PetersonCritical}}) {
		t.Error("mutual exclusion holds with both inside")
	}
	wantOutcomes(t, spec, properties.Holds)
}

// A process that may stop for ever is not served: the algorithm needs fairness
// of the process that waits, and what it gives others is not its.
func TestPetersonNeedsFairness(t *testing.T) {
	spec, err := zoo.Peterson()
	checked(t, spec, err)
	stops := lasso(t, spec.Model, []zoo.PetersonAction{{zoo.PetersonRaise, 0}}, nil)
	served := claim(t, &spec, "process 0 enters")
	if err := properties.Refute(&spec, served, stops); err == nil || !strings.Contains(err.Error(), "WF(process 0)") {
		t.Errorf("a process that stops is fair: %v", err)
	}
	without := served.Assuming("process 1")
	if err := properties.Refute(&spec, &without, stops); err != nil {
		t.Errorf("without fairness of process 0: %v", err)
	}
}

// Pell numbers count the ways to sit: see the comment of Philosophers.
func TestPhilosophers(t *testing.T) {
	same, mixed := []int{2, 2}, []int{1, 2} // of 0 and 1 philosophers
	for n := 2; n <= 8; n++ {
		same = append(same, 2*same[n-1]+same[n-2])
		mixed = append(mixed, 2*mixed[n-1]+mixed[n-2])
		for order, want := range map[string]int{"same": same[n], "mixed": mixed[n]} {
			spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: n, Order: order})
			checked(t, spec, err)
			if got := explore(spec.Model, nil); got.distinct != want || got.depth != n {
				t.Errorf("%d philosophers, %s order: %+v, want %d states, depth %d", n, order, got, want, n)
			}
		}
	}
}

func TestPhilosophersDeadlock(t *testing.T) {
	for n := 2; n <= 6; n++ {
		spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: n})
		checked(t, spec, err)
		got := shortest(spec.Model, deadlock(spec.Model))
		if got == nil || got.Len() != n {
			t.Fatalf("%d philosophers: deadlock %+v, want one after %d steps", n, got, n)
		}
		if err := properties.Refute(&spec, claim(t, &spec, properties.DeadlockName), got); err != nil {
			t.Error(err)
		}
		wantOutcomes(t, spec, properties.Holds, properties.Violated, properties.Violated)

		spec, err = zoo.Philosophers(zoo.PhilosophersParams{N: n, Order: "mixed"})
		checked(t, spec, err)
		if got := shortest(spec.Model, deadlock(spec.Model)); got != nil {
			t.Errorf("%d philosophers, mixed order: deadlock after %v", n, got.Actions())
		}
		wantOutcomes(t, spec, properties.Holds)
	}
}

func tokenRing(t *testing.T, nodes int, fairness string) properties.Spec[zoo.TokenRingState, zoo.TokenRingAction] {
	spec, err := zoo.TokenRing(zoo.TokenRingParams{Nodes: nodes, Fairness: fairness})
	return checked(t, spec, err)
}

// The holder and, of each node, whether it waits, make n 2^n states; if the
// holder works there are n 2^(n-1) more.
func TestTokenRing(t *testing.T) {
	for n := 2; n <= 8; n++ {
		spec := tokenRing(t, n, "strong")
		if got, want := explore(spec.Model, nil).distinct, 3*n*power(2, n-1); got != want {
			t.Errorf("%d nodes: %d states, want %d", n, got, want)
		}
	}
	wantOutcomes(t, tokenRing(t, 3, "strong"), properties.Holds)
}

// The token comes by again and again, and each time the node lets it go: fair
// under weak fairness, not under strong fairness.
func TestTokenRingNeedsStrongFairness(t *testing.T) {
	weak, strong := tokenRing(t, 2, "weak"), tokenRing(t, 2, "strong")
	starved := lasso(t, weak.Model, []zoo.TokenRingAction{{zoo.RingAsk, 0}},
		[]zoo.TokenRingAction{{zoo.RingPass, 0}, {zoo.RingPass, 1}})
	if err := properties.Refute(&weak, claim(t, &weak, "node 0 is served"), starved); err != nil {
		t.Error(err)
	}
	err := properties.Refute(&strong, claim(t, &strong, "node 0 is served"), starved)
	if err == nil || !strings.Contains(err.Error(), "SF(node 0 begins)") {
		t.Errorf("under strong fairness: %v", err)
	}
	wantOutcomes(t, weak, properties.Holds, properties.Holds, properties.Violated, properties.Violated, properties.Holds)
}

func ExamplePeterson() {
	spec, err := zoo.Peterson()
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := traces.Replay(spec.Model, spec.Model.Init()[0], []zoo.PetersonAction{
		{zoo.PetersonRaise, 0}, {zoo.PetersonRaise, 1}, {zoo.PetersonYield, 0}, {zoo.PetersonYield, 1},
		{zoo.PetersonEnter, 1},
	})
	for _, a := range t.Actions() {
		fmt.Println(spec.About(a).Sentence)
	}
	fmt.Println(err)
	// Output:
	// process 0 wants to enter and raises its flag
	// process 1 wants to enter and raises its flag
	// process 0 lets process 1 go first
	// process 1 lets process 0 go first
	// step 5: the model does not allow {Name: Enter, Process: 1} here
}
