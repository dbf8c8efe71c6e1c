package catalog

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
)

func instanceOf(t *testing.T, spec string, assignments ...string) *Instance {
	t.Helper()
	e, err := Find(spec)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Values(nil, assignments)
	if err != nil {
		t.Fatal(err)
	}
	i, err := e.Build(v)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func simulation(t *testing.T, i *Instance, opt SimOptions) *Simulation {
	t.Helper()
	if opt.Scheduler == "" {
		opt.Scheduler = "uniform"
	}
	opt.Confidence = 0.95
	s, err := i.Simulate(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTracesAreThoseOfACheck: whatever scheduler and seed found a violation, the
// document is the one of the check, to the last field.
func TestTracesAreThoseOfACheck(t *testing.T) {
	for _, c := range [][]string{
		{"lifecycle", "bug=reconnect"}, {"lifecycle", "bug=hang"}, {"twophase", "bug=abort"},
		{"philosophers", "n=3"}, {"abp", "fairness=weak"}, {"tokenring", "fairness=weak"},
	} {
		i := instanceOf(t, c[0], c[1:]...)
		checked, err := i.Check(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for seed, by := range Schedulers {
			opt := SimOptions{Options: sim.Options{Seed: uint64(seed), Runs: 600, Steps: 20}, Scheduler: by}
			if by == selectiveName {
				opt.Select = []string{"step", "deliver"}
			}
			s := simulation(t, i, opt)
			for k := range s.Claims {
				if s.Claims[k].Outcome != properties.Violated {
					continue
				}
				found++
				if s.Claims[k].Worth != Canonical || !reflect.DeepEqual(s.Claims[k].Trace, checked.Verdicts[k].Trace) {
					t.Errorf("%v by %s: the trace of %q is %s and not that of the check", c, by, s.Claims[k].Name, s.Claims[k].Worth)
				}
			}
		}
		t.Logf("%v: %d violations", c, found)
		if found == 0 && c[0] != "abp" && c[0] != "tokenring" {
			t.Errorf("%v: no scheduler found anything", c)
		}
	}
}

func TestWhatASimulationComesTo(t *testing.T) {
	claim := func(form properties.Form, o properties.Outcome, met, open uint64) SimClaim {
		return SimClaim{Verdict: Verdict{Form: form.String(), Outcome: o}, Tally: sim.ClaimTally{Met: met, Open: open}}
	}
	clean := claim(properties.FormAlways, properties.Inconclusive, 0, 0)
	for _, c := range []struct {
		name    string
		stopped string
		claims  []SimClaim
		want    properties.Outcome
	}{
		{"all runs made", "", []SimClaim{clean}, properties.Holds},
		{"interrupted", interrupted, []SimClaim{clean}, properties.Inconclusive},
		{"ended early", "enough", []SimClaim{clean}, properties.Holds},
		{"violated, interrupted", interrupted, []SimClaim{clean, claim(properties.FormAlways, properties.Violated, 0, 0)}, properties.Violated},
		{"not reached", "", []SimClaim{clean, claim(properties.FormReachable, properties.Inconclusive, 0, 0)}, properties.Vacuous},
		{"reached", "", []SimClaim{claim(properties.FormReachable, properties.Holds, 3, 0)}, properties.Holds},
		{"never triggered", "", []SimClaim{claim(properties.FormLeadsTo, properties.Vacuous, 0, 0)}, properties.Vacuous},
		{"left waiting", "", []SimClaim{claim(properties.FormLeadsTo, properties.Inconclusive, 5, 1)}, properties.Inconclusive},
	} {
		s := Simulation{Stopped: c.stopped, Claims: c.claims}
		if got := s.Worst(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestIntervalsNeedAFixedNumberOfRuns(t *testing.T) {
	i := instanceOf(t, "lifecycle", "bug=reconnect")
	fixed := simulation(t, i, SimOptions{Options: sim.Options{Runs: 1000}})
	b := fixed.Claims[0].Bounds
	want, err := stats.ClopperPearson(fixed.Claims[0].Tally.Failed, 1000, 0.95, stats.TwoSided)
	if err != nil || b == nil || *b != want || fixed.Claims[0].Believe == 0 {
		t.Errorf("bounds %v, want %v; %v", b, want, err)
	}
	if b := fixed.Claims[1].Bounds; b == nil || b.Sides != stats.AtMost || math.Abs(b.High-0.0029912) > 1e-6 {
		t.Errorf("bounds of 0 of 1000: %v", b)
	}
	early := simulation(t, i, SimOptions{StopAt: 0.01})
	if c := early.Claims[0]; early.Fixed || c.Bounds != nil || c.Believe != 0 || c.Decision != stats.Bad {
		t.Errorf("a simulation that ended by what it saw: %+v", c)
	}
	if early.Runs%sim.Wave != 0 || early.Runs > 10*sim.Wave || early.Claims[1].Decision != stats.Good {
		t.Errorf("%d runs, %v", early.Runs, early.Claims[1].Decision)
	}
}

func TestAnInterruptedSimulationReports(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opt := SimOptions{Scheduler: "uniform", Confidence: 0.95, Options: sim.Options{Runs: 1 << 40, Progress: func(t *sim.Tally) {
		if t.Runs >= 4*sim.Wave {
			cancel()
		}
	}}}
	s, err := instanceOf(t, "lifecycle", "bug=reconnect").Simulate(ctx, opt)
	if !errors.Is(err, context.Canceled) || s == nil || !s.Interrupted() || s.Runs < 4*sim.Wave {
		t.Fatalf("%+v, %v", s, err)
	}
	if c := s.Claims[0]; c.Outcome != properties.Violated || c.Trace == nil || c.Worth != AsFound {
		t.Errorf("what was found is lost: %v, %s", c.Outcome, c.Worth)
	}
}

func TestCoverageWithoutRoomEnds(t *testing.T) {
	s := simulation(t, instanceOf(t, "lifecycle"), SimOptions{Options: sim.Options{States: 50, Stable: true}})
	if !s.Coverage.Full || !strings.Contains(s.Stopped, "room for 50 states") {
		t.Errorf("%+v, %q", s.Coverage, s.Stopped)
	}
}

// TestUsualDelays reads the table of every spec, and that a file overrides it and
// a flag the file.
func TestUsualDelays(t *testing.T) {
	for name := range usualDelays {
		i := instanceOf(t, name)
		v, err := ReadVariant("v.yaml", strings.NewReader("delays:\n  connects: constant(1s)\n  timer: constant(2s)\n  stop returns: constant(3s)\n"))
		if err != nil {
			t.Fatal(err)
		}
		s := simulation(t, i, SimOptions{Options: sim.Options{Runs: 1}, Scheduler: timedName, Variant: v, Delays: []string{"connects=constant(4s)"}})
		for _, want := range []string{"connects=constant(4s)", "timer=constant(2s)", "stop returns=constant(3s)", "missing timeout=constant(1h0m0s)"} {
			if !slices.Contains(s.Delays, want) {
				t.Errorf("%s is not among %q", want, s.Delays)
			}
		}
	}
}

func TestOptionsOfASimulationThatCannotBe(t *testing.T) {
	i := instanceOf(t, "lifecycle")
	for _, c := range []struct {
		opt  SimOptions
		want string
	}{
		{SimOptions{Scheduler: "uniform", Confidence: 1}, "confidence 1"},
		{SimOptions{Scheduler: "fair", Confidence: 0.9}, "no scheduler is called fair"},
		{SimOptions{Scheduler: "uniform", Confidence: 0.9, Options: sim.Options{Steps: -1}}, "-1 steps"},
		{SimOptions{Scheduler: "uniform", Confidence: 0.9, StopAt: 2}, "failure rate of 2"},
	} {
		_, err := i.Simulate(t.Context(), c.opt)
		if _, ok := errors.AsType[*check.OptionError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestAgainst(t *testing.T) {
	of := func(times ...stats.Time) *Simulation {
		return &Simulation{Claims: []SimClaim{{Verdict: Verdict{Name: "stops"}, Times: times}}}
	}
	fast := of(stats.Time{Value: 1}, stats.Time{Value: 2}, stats.Time{Value: 3})
	slow := of(stats.Time{Value: 4}, stats.Time{Value: 0, Never: true}, stats.Time{Value: 5})
	c, err := slow.Against(fast)
	if err != nil || len(c) != 1 || c[0].Ranks == nil || c[0].Ranks.Greater != 1 {
		t.Errorf("what never ends takes longer than all else: %+v, %v", c, err)
	}
	unknown := of(stats.Time{Value: 4, Censored: true}, stats.Time{Value: 5})
	if c, err = unknown.Against(fast); err != nil || len(c) != 1 || c[0].Ranks != nil {
		t.Errorf("censored times have no ranks: %+v, %v", c, err)
	}
	if c, err = slow.Against(&Simulation{}); err != nil || len(c) != 0 {
		t.Errorf("no such property: %+v, %v", c, err)
	}
}
