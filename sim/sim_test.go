package sim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

func lifecycle(t testing.TB, bug string) properties.Spec[zoo.LifecycleState, zoo.LifecycleAction] {
	t.Helper()
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: bug})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func run[S, A comparable](t testing.TB, spec properties.Spec[S, A], opt sim.Options) *sim.Report[S, A] {
	t.Helper()
	rep, err := sim.Run(t.Context(), spec, sched.Uniform[S, A], opt)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func verdict[S, A comparable](t testing.TB, rep *sim.Report[S, A], name string) properties.Verdict[S, A] {
	t.Helper()
	i := slices.IndexFunc(rep.Verdicts, func(v properties.Verdict[S, A]) bool { return strings.Contains(v.Property, name) })
	if i < 0 {
		t.Fatalf("no verdict on %q", name)
	}
	return rep.Verdicts[i]
}

func TestKnownBugsAreFound(t *testing.T) {
	for _, c := range []struct{ bug, claim string }{
		{"reconnect", "no connection accepted"},
		{"hang", "stop leads to"},
	} {
		spec := lifecycle(t, c.bug)
		rep := run(t, spec, sim.Options{Seed: 7, Runs: 2000})
		for k, v := range rep.Verdicts {
			found := strings.Contains(v.Property, c.claim)
			if found != (v.Outcome == properties.Violated) && !strings.Contains(v.Property, properties.DeadlockName) {
				t.Errorf("bug %s: %q is %v (%s)", c.bug, v.Property, v.Outcome, v.Reason)
			}
			if v.Trace != nil {
				if err := properties.Refute(&spec, &spec.Claims()[k], v.Trace); err != nil {
					t.Errorf("bug %s: %v", c.bug, err)
				}
			}
		}
	}
}

func TestCorrectModelsPass(t *testing.T) {
	rep := run(t, lifecycle(t, "none"), sim.Options{Seed: 7, Runs: 3000})
	ring, err := zoo.TokenRing(zoo.TokenRingParams{Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, tally := range []sim.Tally{rep.Tally, run(t, ring, sim.Options{Runs: 500}).Tally} {
		for _, c := range tally.Claims {
			if c.Failed > 0 || c.Open > 0 {
				t.Errorf("%s: %d runs failed, %d left it open", c.Name, c.Failed, c.Open)
			}
		}
	}
	if v := verdict(t, rep, "no connection"); v.Outcome != properties.Inconclusive || v.Reason != "0 of 3000 runs; runs are a sample" {
		t.Errorf("a clean sample is %v (%s), want inconclusive", v.Outcome, v.Reason)
	}
}

func TestOneRunAloneIsThatRun(t *testing.T) {
	spec := lifecycle(t, "reconnect")
	all := run(t, spec, sim.Options{Seed: 7, Runs: 2000})
	k := slices.IndexFunc(all.Claims, func(c sim.ClaimTally) bool { return c.Failed > 0 })
	alone := run(t, spec, sim.Options{Seed: 7, First: all.Claims[k].First, Runs: 1})
	if alone.Verdicts[k].Outcome != properties.Violated {
		t.Fatalf("run %d alone does not break %q", all.Claims[k].First, all.Claims[k].Name)
	}
	if got, want := fmt.Sprint(*alone.Verdicts[k].Trace), fmt.Sprint(*all.Verdicts[k].Trace); got != want {
		t.Errorf("run %d alone is %s\namong others it was %s", all.Claims[k].First, got, want)
	}
}

// machine is a model given by a function, for the small cases below.
type machine func(s *uint8, out *model.Steps[uint8, string8])

type string8 [8]byte

func (m machine) Init() []uint8                                   { return []uint8{0} }
func (m machine) Next(s *uint8, out *model.Steps[uint8, string8]) { m(s, out) }

func word(s string) (w string8) { copy(w[:], s); return w }

func about(a string8) model.About {
	name := strings.TrimRight(string(a[:]), "\x00")
	kind := model.Internal
	switch name {
	case "ask":
		kind = model.Request
	case "break":
		kind = model.Fault
	}
	return model.About{Name: name, Actor: "one", Kind: kind}
}

// server answers what is asked, unless it is broken, and may go round in
// circles (2, 3) before it does.
func server(answers bool) properties.Spec[uint8, string8] {
	m := machine(func(s *uint8, out *model.Steps[uint8, string8]) {
		switch *s {
		case 0:
			*out.Add(word("ask")) = 2
			*out.Add(word("break")) = 9
		case 2:
			*out.Add(word("spin")) = 3
			if answers {
				*out.Add(word("answer")) = 0
			}
		case 3:
			*out.Add(word("spin")) = 2
		}
	})
	asked := func(s *uint8) bool { return *s == 2 }
	idle := func(s *uint8) bool { return *s == 0 }
	return properties.Spec[uint8, string8]{
		Model: m, About: about, Actions: []string{"ask", "break", "spin", "answer", "never"},
		Properties: []properties.Property[uint8]{
			properties.LeadsTo("asked leads to answered", asked, idle),
			properties.Reachable("can break", func(s *uint8) bool { return *s == 9 }),
			properties.Always("on fire is safe", idle).About("it is on fire", func(s *uint8) bool { return *s == 77 }),
			properties.LeadsTo("fire is put out", func(s *uint8) bool { return *s == 77 }, idle),
		},
		Fairness: []properties.Fairness[string8]{
			properties.Weak("spins", func(a string8) bool { return a == word("spin") }),
			properties.Strong("answers", func(a string8) bool { return a == word("answer") }),
			properties.Weak("nothing", func(a string8) bool { return false }),
		},
	}
}

func TestRestlessRunsGiveLassos(t *testing.T) {
	rep := run(t, server(false), sim.Options{Runs: 300, Steps: 20})
	v := verdict(t, rep, "asked")
	if v.Outcome != properties.Violated || !v.Trace.Infinite() || v.Trace.Loop == v.Trace.Len() {
		t.Errorf("spinning for ever without an answer is %v with trace %v", v.Outcome, v.Trace)
	}
	if rep.Ends[sim.Restless] == 0 {
		t.Errorf("no run ended restless: %v", rep.Ends)
	}
}

func TestUnfairLoopsAreNotReported(t *testing.T) {
	// With the answer available, spinning for ever is unfair. A bound of one
	// step on settling leaves runs undecided, which is what the report must say.
	rep := run(t, server(true), sim.Options{Runs: 500, Steps: 2, Settle: 1})
	v := verdict(t, rep, "asked")
	if v.Outcome != properties.Inconclusive || rep.Claims[0].Open == 0 || !strings.Contains(v.Reason, "left it waiting") {
		t.Errorf("%v (%s), %+v", v.Outcome, v.Reason, rep.Claims[0])
	}
	if v.Assuming == nil {
		t.Error("the verdict does not say which fairness it assumes")
	}
}

func TestWhatNeverHappenedIsSaid(t *testing.T) {
	rep := run(t, server(true), sim.Options{Runs: 300})
	if v := verdict(t, rep, "on fire"); v.Outcome != properties.Vacuous && v.Outcome != properties.Violated {
		t.Errorf("a claim without its subject is %v", v.Outcome)
	}
	if v := verdict(t, rep, "put out"); v.Outcome != properties.Vacuous {
		t.Errorf("a claim never triggered is %v (%s)", v.Outcome, v.Reason)
	}
	if v := verdict(t, rep, "can break"); v.Outcome != properties.Holds || *v.Trace.Last() != 9 {
		t.Errorf("a goal that was reached is %v, with witness %v", v.Outcome, v.Trace)
	}
	if !slices.Equal(rep.Never, []string{"never"}) || !slices.Equal(rep.Idle, []string{"WF(nothing)"}) {
		t.Errorf("never %v, idle %v", rep.Never, rep.Idle)
	}
}

func TestSettlingHasNoFaultsAndNoRequests(t *testing.T) {
	spy := &spy{t: t, Scheduler: sched.Uniform[uint8, string8]()}
	_, err := sim.Run(t.Context(), server(true), func() sim.Scheduler[uint8, string8] { return spy },
		sim.Options{Runs: 200, Steps: 3, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if spy.settling == 0 {
		t.Error("no run settled")
	}
}

type spy struct {
	sim.Scheduler[uint8, string8]
	t        *testing.T
	settling int
}

func (s *spy) Pick(at *sim.Point[uint8, string8]) (int, time.Duration) {
	if at.Settling != (at.Step >= 3) {
		s.t.Errorf("step %d: settling %v", at.Step, at.Settling)
	}
	for i, l := range at.Labels {
		if l.About.Name != strings.TrimRight(string(at.Steps[i].Action[:]), "\x00") {
			s.t.Errorf("label %q for action %q", l.About.Name, at.Steps[i].Action)
		}
		if at.Settling && l.External() {
			s.t.Errorf("%s is offered while settling", l.About.Name)
		}
	}
	if at.Settling {
		s.settling++
	}
	return s.Scheduler.Pick(at)
}

func TestWaits(t *testing.T) {
	rep := run(t, server(true), sim.Options{Runs: 300, Steps: 4, Settle: 30, Waits: true})
	if len(rep.Waits[0]) != int(rep.Claims[0].Met) || len(rep.Waits[1]) != 0 {
		t.Fatalf("%d waits, %d runs triggered the claim", len(rep.Waits[0]), rep.Claims[0].Met)
	}
	for _, w := range rep.Waits[0] {
		if !w.Censored && w.Steps%2 == 0 {
			t.Errorf("run %d: answered after %d steps, the graph allows odd numbers only", w.Run, w.Steps)
		}
	}
}

func TestRacesAreFound(t *testing.T) {
	spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	rep := run(t, spec, sim.Options{Runs: 300, States: 1000})
	if len(rep.Coverage.Races) == 0 {
		t.Error("philosophers do not race for forks")
	}
	if v := verdict(t, rep, properties.DeadlockName); v.Outcome != properties.Violated {
		t.Errorf("the deadlock of the philosophers: %v (%s)", v.Outcome, v.Reason)
	}
}

func TestStableEnds(t *testing.T) {
	rep := run(t, server(true), sim.Options{Runs: 1 << 30, States: 100, Stable: true})
	if rep.Stopped == "" || rep.Runs > 16*sim.Wave || rep.Coverage.States != 4 {
		t.Errorf("%d runs, %+v, %q", rep.Runs, rep.Coverage, rep.Stopped)
	}
}

func TestEnoughIsAskedBetweenWaves(t *testing.T) {
	var asked []uint64
	rep := run(t, server(true), sim.Options{Runs: 10 * sim.Wave, Enough: func(tally *sim.Tally) bool {
		asked = append(asked, tally.Runs)
		return tally.Runs == 2*sim.Wave
	}})
	if rep.Runs != 2*sim.Wave || !slices.Equal(asked, []uint64{sim.Wave, 2 * sim.Wave}) || rep.Stopped == "" {
		t.Errorf("%d runs, asked at %v, stopped %q", rep.Runs, asked, rep.Stopped)
	}
}

func TestInterruptionGivesAnHonestReport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opt := sim.Options{Runs: 1 << 40, Seed: 7, Progress: func(tally *sim.Tally) {
		if tally.Runs >= 4*sim.Wave {
			cancel()
		}
	}}
	rep, err := sim.Run(ctx, lifecycle(t, "reconnect"), sched.Uniform[zoo.LifecycleState, zoo.LifecycleAction], opt)
	if !errors.Is(err, context.Canceled) || rep.Stopped != "interrupted" || rep.Runs < 4*sim.Wave {
		t.Fatalf("%v, %+v", err, rep.Tally)
	}
	if v := verdict(t, rep, "no connection"); v.Outcome != properties.Violated || v.Trace == nil {
		t.Errorf("what was found before the interruption is lost: %v", v.Outcome)
	}
}

func TestBrokenContractsAreErrors(t *testing.T) {
	unknown := server(true)
	unknown.Actions = []string{"ask"}
	calls := uint8(0)
	flaky := server(true)
	flaky.Model = machine(func(s *uint8, out *model.Steps[uint8, string8]) {
		calls++
		*out.Add(word("spin")) = calls
	})
	flaky.Properties[2] = properties.Always("small", func(s *uint8) bool { return *s < 200 })
	for _, c := range []struct {
		spec properties.Spec[uint8, string8]
		opt  sim.Options
		want string
	}{
		{unknown, sim.Options{}, `is named "break", which is not in the spec's list`},
		{flaky, sim.Options{Workers: 1, Settle: -1}, "depends on something hidden"},
		{server(true), sim.Options{Steps: -1}, "none may be negative"},
		{server(true), sim.Options{First: 1<<64 - 5}, "run numbers end at"},
		{server(true), sim.Options{Stable: true}, "how many states it may keep"},
		{properties.Spec[uint8, string8]{}, sim.Options{}, "no model"},
	} {
		_, err := sim.Run(t.Context(), c.spec, sched.Uniform[uint8, string8], c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestConstraintEndsRuns(t *testing.T) {
	spec := server(true)
	spec.Within = func(s *uint8) bool { return *s != 3 }
	rep := run(t, spec, sim.Options{Runs: 400})
	if rep.Ends[sim.Outside] == 0 || rep.Ends[sim.Restless] != 0 {
		t.Errorf("%v", rep.Ends)
	}
	// What lies beyond says nothing: the runs cut off are left waiting.
	if c := rep.Claims[0]; c.Failed != 0 || c.Open == 0 {
		t.Errorf("%+v", c)
	}
}

// TestStallsRefuteClaimsThatAssumeLittle: whoever does not assume that answers
// come cannot claim that they do, wherever the run goes on to.
func TestStallsRefuteClaimsThatAssumeLittle(t *testing.T) {
	spec := server(true)
	spec.Properties[0] = spec.Properties[0].Assuming("nothing")
	rep := run(t, spec, sim.Options{Runs: 400})
	v := verdict(t, rep, "asked")
	if v.Outcome != properties.Violated || v.Trace.Loop != v.Trace.Len() || *v.Trace.Last() != 2 {
		t.Errorf("%v, %+v", v.Outcome, v.Trace)
	}
	if strings.Join(v.Assuming, " ") != "WF(nothing)" {
		t.Errorf("assuming %v", v.Assuming)
	}
}
