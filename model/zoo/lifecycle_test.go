package zoo_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

type lifecycleSpec = properties.Spec[zoo.LifecycleState, zoo.LifecycleAction]

func lifecycle(t testing.TB, p zoo.LifecycleParams) lifecycleSpec {
	spec, err := zoo.Lifecycle(p)
	return checked(t, spec, err, swapWorkers(0, p.Workers-1), swapWorkers(0, p.Workers/2))
}

func swapWorkers(i, j int) func(*zoo.LifecycleState) {
	return func(s *zoo.LifecycleState) { s.Worker[i], s.Worker[j] = s.Worker[j], s.Worker[i] }
}

// The same model in TLA+, Promela and Rust gives these under TLC, SPIN and
// Stateright; the rows with other losses or capacity are from SPIN 6.5.2 alone.
func TestLifecycleFigures(t *testing.T) {
	for _, test := range []struct {
		workers, requests, losses, capacity int
		want                                figures
	}{
		{1, 1, 1, 1, figures{329, 1_129, 18}},
		{1, 2, 1, 1, figures{1_400, 5_480, 25}},
		{1, 3, 1, 1, figures{3_227, 13_309, 34}},
		{2, 1, 1, 1, figures{650, 2_252, 18}},
		{2, 2, 1, 1, figures{27_840, 169_518, 35}},
		{2, 3, 1, 1, figures{147_686, 1_005_864, 42}},
		{3, 1, 1, 1, figures{971, 3_375, 18}},
		{3, 2, 1, 1, figures{79_338, 492_128, 35}},
		{4, 1, 1, 1, figures{1_292, 4_498, 18}},
		{4, 2, 1, 1, figures{155_894, 973_310, 35}},
		{1, 3, 0, 1, figures{1_365, 4_535, 34}},
		{1, 2, 2, 2, figures{13_208, 77_858, 31}},
		{2, 1, 2, 2, figures{6_034, 33_225, 24}},
		{2, 2, 2, 1, figures{48_804, 330_465, 36}},
	} {
		p := zoo.LifecycleParams{Workers: test.workers, Requests: test.requests, Losses: test.losses, Capacity: test.capacity}
		if got := explore(lifecycle(t, p).Model, nil); got != test.want {
			t.Errorf("%+v: got %+v, want %+v", p, got, test.want)
		}
	}
}

// Workers are interchangeable: with two builds to do a third worker adds no
// new class of states.
func TestLifecycleSymmetry(t *testing.T) {
	for _, test := range []struct{ workers, requests, want int }{
		{1, 2, 1_400}, {2, 1, 329}, {3, 1, 329}, {4, 1, 329}, {2, 2, 14_060}, {3, 2, 14_060}, {4, 2, 14_060},
	} {
		spec := lifecycle(t, zoo.LifecycleParams{Workers: test.workers, Requests: test.requests, Losses: 1, Capacity: 1})
		if got := explore(spec.Model, spec.Canon).distinct; got != test.want {
			t.Errorf("%d workers, %d requests: %d classes, want %d", test.workers, test.requests, got, test.want)
		}
	}
}

// Every action that the spec lists is taken somewhere.
func TestLifecycleActions(t *testing.T) {
	for _, p := range []zoo.LifecycleParams{
		{Workers: 1, Requests: 1, Losses: 1, Capacity: 1},
		{Workers: 1, Requests: 1, Losses: 0, Capacity: 1},
		{Workers: 2, Requests: 1, Losses: 1, Capacity: 1, Bug: "hang"},
		{Workers: 1, Requests: 2, Losses: 1, Capacity: 2, Bug: "reconnect"},
	} {
		spec := lifecycle(t, p)
		taken := make(map[string]bool)
		var out model.Steps[zoo.LifecycleState, zoo.LifecycleAction]
		shortest(spec.Model, func(s *zoo.LifecycleState) bool {
			for _, step := range out.From(spec.Model, *s) {
				taken[spec.About(step.Action).Name] = true
			}
			return false
		})
		for _, name := range spec.Actions {
			if !taken[name] {
				t.Errorf("%+v: %s is never taken", p, name)
			}
		}
		if len(taken) != len(spec.Actions) {
			t.Errorf("%+v: %d actions are taken, %d are listed", p, len(taken), len(spec.Actions))
		}
	}
}

// A worker that was told to stop while it booted is accepted: 7 steps.
func TestLifecycleReconnect(t *testing.T) {
	for workers := 1; workers <= 2; workers++ {
		p := zoo.LifecycleParams{Workers: workers, Requests: 2, Losses: 1, Capacity: 1, Bug: "reconnect"}
		spec := lifecycle(t, p)
		got := shortest(spec.Model, func(s *zoo.LifecycleState) bool { return s.Wrong })
		if got == nil || got.Len() != 7 {
			t.Fatalf("%d workers: got %+v, want a behaviour of 7 steps", workers, got)
		}
		if err := properties.Refute(&spec, claim(t, &spec, accepted), got); err != nil {
			t.Error(err)
		}
		wantOutcomes(t, spec, properties.Violated, properties.Holds, properties.Holds)
		p.Bug = "none"
		wantOutcomes(t, lifecycle(t, p), properties.Holds)
	}
}

const (
	accepted = "no connection accepted outside substantiating"
	stops    = "stop leads to every worker stopped"
)

// The claim is about the books of the master; the workers may lag behind.
func TestLifecycleStoppedIsNotOff(t *testing.T) {
	spec := lifecycle(t, zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1})
	stopped := claim(t, &spec, stops).Q
	got := shortest(spec.Model, func(s *zoo.LifecycleState) bool {
		return s.StopRequested && s.Requests == 0 && stopped(s) && s.Worker[0].Self != zoo.Off
	})
	if got == nil {
		t.Error("a worker never runs without being in the books of the master")
	}
}

// The message that ends it is lost, and the master never asks again: the
// behaviour stutters there, which no fairness forbids.
func TestLifecycleHang(t *testing.T) {
	spec := lifecycle(t, zoo.LifecycleParams{Workers: 1, Requests: 2, Losses: 1, Capacity: 1, Bug: "hang"})
	ends := deadlock(spec.Model)
	got := shortest(spec.Model, func(s *zoo.LifecycleState) bool { return ends(s) && !spec.Final(s) })
	if got == nil || got.Len() != 8 || !slices.Contains(got.Actions(), zoo.LifecycleAction{Name: zoo.LoseDetach}) {
		t.Fatalf("got %+v, want a deadlock after 8 steps", got)
	}
	if err := properties.Refute(&spec, claim(t, &spec, properties.DeadlockName), got); err != nil {
		t.Error(err)
	}
	got.Loop = got.Len()
	if err := properties.Refute(&spec, claim(t, &spec, stops), got); err != nil {
		t.Error(err)
	}
	wantOutcomes(t, spec, properties.Holds, properties.Violated, properties.Violated)
}

func ExampleLifecycle() {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 0, Capacity: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := traces.Replay(spec.Model, spec.Model.Init()[0], []zoo.LifecycleAction{
		{Name: zoo.Submit}, {Name: zoo.Substantiate}, {Name: zoo.RecvStart}, {Name: zoo.BootDone}, {Name: zoo.RecvAttach},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, step := range t.Steps {
		about := spec.About(step.Action)
		fmt.Printf("%d. %s (%s)\n", i+1, about.Sentence, about.Kind)
		for _, c := range model.Diff(model.View(*t.At(i)), model.View(step.State)) {
			fmt.Printf("   %s: %s → %s\n", c.Path, c.From, c.To)
		}
	}
	// Output:
	// 1. a user asks for a build (request)
	//    Requests: 1 → 0
	//    Pending: 0 → 1
	// 2. the master gives worker 0 a build and tells it to start (step)
	//    Worker[0].Master: not substantiated → substantiating
	//    Worker[0].Start: 0 → 1
	//    Pending: 1 → 0
	// 3. worker 0 receives the start message (deliver)
	//    Worker[0].Self: off → booting
	//    Worker[0].Start: 1 → 0
	// 4. worker 0 has booted and asks to be attached (step)
	//    Worker[0].Self: booting → connecting
	//    Worker[0].Attach: 0 → 1
	// 5. the master receives the attach message of worker 0 (deliver)
	//    Worker[0].Master: substantiating → substantiated
	//    Worker[0].Self: connecting → attached
	//    Worker[0].Attach: 1 → 0
}
