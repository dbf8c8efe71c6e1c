package latent

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// follow takes the actions of the given names, each the first enabled one of
// that name, and returns the last state.
func follow(t *testing.T, c Config, names ...string) (State, []Action) {
	t.Helper()
	spec := must(Spec(c))
	s := spec.Model.Init()[0]
	var out model.Steps[State, Action]
	var taken []Action
	for _, name := range names {
		steps := out.From(spec.Model, s)
		i := slices.IndexFunc(steps, func(s model.Step[State, Action]) bool { return s.Action.Op.String() == name })
		if i < 0 {
			enabled := []string{}
			for _, s := range steps {
				enabled = append(enabled, s.Action.String())
			}
			t.Fatalf("after %v %q is not possible, only %q", taken, name, enabled)
		}
		s = steps[i].State
		taken = append(taken, steps[i].Action)
	}
	return s, taken
}

// upToRunning is the way of a build to its first step.
var upToRunning = []string{"submit", "sample", "claimed", "added", "prepared", "start returns", "connects", "info", "recorded",
	"list taken", "substantiated", "ponged", "start answered"}

func quiet(v Version) Config {
	c := Preset(v)
	c.Faults, c.Builds = 0, 1
	return c
}

func TestABuildRuns(t *testing.T) {
	s, _ := follow(t, quiet(Buildbot370), upToRunning...)
	w := &s.Workers[0]
	if s.Master.Build[0].At != BuildRunning || w.State != Substantiated || w.Conn != 1 || w.Conns[0].Login != LoginIn {
		t.Errorf("%s", model.View(s))
	}
	if w.Flags&Owed == 0 || w.Memory != 1 || w.Insts[0].Proc != ProcIn {
		t.Errorf("instance: %s", model.View(*w))
	}
	s, _ = follow(t, quiet(Buildbot370), append(slices.Clone(upToRunning), "command done", "finished")...)
	if s.Master.Build[0].At != BuildComplete || s.Workers[0].Timers != TimerWait || s.Workers[0].WFB[0].busy() {
		t.Errorf("%s", model.View(s))
	}
}

// TestRefusal is the heart of #8400, state by state.
func TestRefusal(t *testing.T) {
	way := append(slices.Clone(upToRunning), "command done", "finished", "build wait timeout")
	s, _ := follow(t, quiet(Buildbot370), way...)
	w := &s.Workers[0]
	if w.State != Insubstantiating || w.Conn != 0 || w.Holder.Kind() != FrameIns || w.Conns[0].Flags&Delivers == 0 {
		t.Errorf("the link is not closed while stop_instance runs: %s", model.View(*w))
	}
	way = append(way, "sees close", "connects", "info")
	s, _ = follow(t, quiet(Buildbot370), way...)
	w = &s.Workers[0]
	if s.Master.Events&Refused == 0 || w.Stuck != 0 || w.Conns[1].Flags&Refusal == 0 || w.Conns[1].Tracked != 1 {
		t.Errorf("not refused with an error on its way: %s", model.View(s))
	}
	s, _ = follow(t, quiet(Buildbot370), append(way, "sees refusal")...)
	if p := s.Workers[0].Insts[0].Proc; p != ProcExited || s.Workers[0].Stuck != 1 {
		t.Errorf("on 3.7.0 the process is %s, and %d operations wait in vain", p, s.Workers[0].Stuck)
	}
	head := slices.Insert(slices.Clone(way), 12, "reads connection")
	s, _ = follow(t, quiet(BuildbotHEAD), append(head, "sees close")...)
	if p := s.Workers[0].Insts[0].Proc; p != ProcOut {
		t.Errorf("on HEAD the process is %s, not about to try again", p)
	}
}

// TestHandOver: a release runs the next holder at once, inside it.
func TestHandOver(t *testing.T) {
	c := quiet(Buildbot370)
	c.Request[AskInsubstantiate] = 1
	s, _ := follow(t, c, "submit", "sample", "claimed", "added", "prepared", "insubstantiate")
	w := &s.Workers[0]
	if w.State != SubstantiatingStarting || w.Queue[0].Kind() != FrameIns {
		t.Fatalf("insubstantiate does not wait for start_instance: %s", model.View(*w))
	}
	s, _ = follow(t, c, "submit", "sample", "claimed", "added", "prepared", "insubstantiate", "start returns")
	w = &s.Workers[0]
	if w.State != Insubstantiating || w.Queue[0] != 0 || s.Master.Build[0].At != BuildFailed {
		t.Errorf("the lock was not handed over in the same step: %s", model.View(s))
	}
}

// TestEndlessLoop: stopService spins while the machine starts.
func TestEndlessLoop(t *testing.T) {
	c := quiet(Buildbot370)
	c.Machine, c.Request[AskRemove] = true, 1
	s, _ := follow(t, c, "submit", "sample", "claimed", "added", "prepared", "remove", "builders reconfigured")
	if s.Master.Events&Endless == 0 || s.Master.Stop != MasterSpins {
		t.Errorf("%s", model.View(s.Master))
	}
	spec := must(Spec(c))
	var out model.Steps[State, Action]
	if n := len(out.From(spec.Model, s)); n != 0 {
		t.Errorf("a master that never returns has %d steps", n)
	}
}

// TestUnwantedRestIsForgotten: connections nobody will hear of leave nothing
// behind but their waiters, counted once.
func TestUnwantedRestIsForgotten(t *testing.T) {
	way := append(slices.Clone(upToRunning), "command done", "finished", "build wait timeout", "detached", "sees close",
		"connects", "info", "sees close", "instance ends", "stop returns")
	s, _ := follow(t, quiet(Buildbot370), way...)
	w := s.Workers[0]
	if w.Conns != ([MaxConns]Conn{}) || w.Insts != ([MaxInsts]Inst{}) || w.Stuck != 1 || w.Waits != 0 {
		t.Errorf("%s", model.View(w))
	}
}

// Example follows a worker to its refusal while stop_instance runs.
func Example() {
	spec, err := Spec(Preset(Buildbot370))
	if err != nil {
		fmt.Println(err)
		return
	}
	ops := []Op{Submit, Sample, Claimed, BuildAdded, BuildPrepared, StartOK, Connects, InfoAnswered, WorkerRecorded, ListTaken,
		PrintsAnswered, Ponged, BuildStartAnswered, CommandDone, BuildFinished, WaitTimer, SeesClose, Connects}
	var actions []Action
	for _, o := range ops {
		actions = append(actions, Action{Op: o})
	}
	actions = append(actions, Action{Op: InfoAnswered, N: 1})
	t, err := traces.Replay(spec.Model, spec.Model.Init()[0], actions)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range t.Steps[15:] {
		fmt.Println(spec.About(s.Action).Sentence)
	}
	fmt.Println(t.Last().Workers[0].State, model.View(t.Last().Master.Events))
	// Output:
	// the build wait timer of worker 0 runs out
	// the process sees that connection 0 is closed; it will try again
	// the process of instance 0 of worker 0 connects and logs in
	// the process on connection 1 answers getWorkerInfo; the master attaches worker 0
	// INSUBSTANTIATING {refused}
}

// A stop of the master closes the connections of all its workers.
func TestStopClosesEveryWorker(t *testing.T) {
	c := quiet(Buildbot370)
	c.Workers, c.Builds = 2, 2
	spec := must(SpecOf[[2]Worker](c))
	s := spec.Model.Init()[0]
	var out model.Steps[StateOf[[2]Worker], Action]
	take := func(want func(Action, *StateOf[[2]Worker]) bool) bool {
		for _, step := range out.From(spec.Model, s) {
			if want(step.Action, &step.State) {
				s = step.State
				return true
			}
		}
		return false
	}
	// Both workers get a build, before either ends or a timer runs out.
	calm := func(a Action, _ *StateOf[[2]Worker]) bool {
		return a.Op < MissingTimer && a.Op != CommandDone && a.Op != StopMaster
	}
	for take(calm) {
	}
	if s.Workers[0].Conn == 0 || s.Workers[1].Conn == 0 {
		t.Fatalf("not both are connected: %s", model.View(s))
	}
	done := func(a Action, _ *StateOf[[2]Worker]) bool { return a.Op == CommandDone || a.Op == BuildFinished }
	for take(done) {
	}
	for _, op := range []Op{StopMaster, MasterRecorded} {
		if !take(func(a Action, _ *StateOf[[2]Worker]) bool { return a.Op == op }) {
			t.Fatalf("%s is not possible: %s", op, model.View(s))
		}
	}
	for i := range s.Workers {
		if c := s.Workers[i].Conns[0]; c.Master != EndGone {
			t.Errorf("the connection of worker %d is %s", i, c.Master)
		}
	}
}

// Kept tells as many connections as the next state has, oldest first, and does
// not mistake one whose process or login is another's.
func TestKept(t *testing.T) {
	c := quiet(Buildbot370)
	c.Exact, c.Faults, c.Fault[FaultReset], c.Fault[FaultImpostor] = true, 2, 1, 1
	spec := must(Spec(c))
	var out model.Steps[State, Action]
	seen := map[State]bool{spec.Model.Init()[0]: true}
	queue := spec.Model.Init()
	forgotten := 0
	for i := 0; i < len(queue) && i < 20_000; i++ {
		s := queue[i]
		for _, step := range out.From(spec.Model, s) {
			kept := Kept(&c, s, step.Action)
			now := step.State.Workers[0].Conns
			for k := range now {
				if now[k].Used != (k < len(kept)) {
					t.Fatalf("%v: kept %v, but now %s", step.Action, kept, model.View(now))
				}
			}
			for k, before := range kept {
				if before < MaxConns && s.Workers[0].Conns[before].Used && now[k].Inst != 0 && now[k].Inst > s.Workers[0].Conns[before].Inst {
					t.Fatalf("%v: connection %d is another's now", step.Action, before)
				}
			}
			if !slices.IsSorted(kept) {
				t.Fatalf("%v: %v is not in the order of age", step.Action, kept)
			}
			if s.Workers[0].Conns[0].Used && !slices.Contains(kept, 0) {
				forgotten++
			}
			if !seen[step.State] {
				seen[step.State] = true
				queue = append(queue, step.State)
			}
		}
	}
	if forgotten == 0 {
		t.Error("no connection is ever forgotten")
	}
}
