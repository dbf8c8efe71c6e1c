package catalog

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
)

func rarity(t *testing.T, i *Instance, opt RareOptions) *Rarity {
	t.Helper()
	if opt.Confidence == 0 {
		opt.Confidence = 0.999
	}
	if opt.Replicas == 0 {
		opt.Replicas = 20
	}
	r, err := i.Rare(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEstimatesMeetTheExactAnswer holds splitting to the model solved as a Markov
// chain, for the lifecycle and for Buildbot's in a small scope, down to two in a
// million.
func TestEstimatesMeetTheExactAnswer(t *testing.T) {
	reconnect := []string{"lifecycle", "workers=1", "requests=1", "bug=reconnect"}
	buildbot := []string{"latent", "builds=1", "faults=0"}
	for _, c := range []struct {
		spec     []string
		property string
		levels   string
		most     float64 // probability
	}{
		{reconnect, "no connection accepted outside substantiating", LevelsDistance, 0.1},
		{reconnect, "no connection accepted outside substantiating", LevelsSteps, 0.1},
		{buildbot, "no connection accepted too late", LevelsDistance, 0.005},
		{buildbot, "no reconnection refused", LevelsDistance, 2e-6},
		{buildbot, "no reconnection refused", LevelsSteps, 2e-6},
		{[]string{"philosophers", "n=4"}, properties.DeadlockName, LevelsAuto, 0.9},
	} {
		r := rarity(t, instanceOf(t, c.spec[0], c.spec[1:]...), RareOptions{Property: c.property, Levels: c.levels, Runs: 500, Seed: 11, Steps: map[bool]int{true: 6}[c.levels == LevelsAuto]})
		switch {
		case r.Exact == nil || *r.Exact <= 0 || *r.Exact > c.most:
			t.Errorf("%v, %q: the exact answer is %v", c.spec, c.property, r.Exact)
		case !r.Within():
			t.Errorf("%v, %q by %s: exactly %.3g, estimated %+v", c.spec, c.property, c.levels, *r.Exact, r.Bounds)
		case r.Outcome() != properties.Violated || len(r.Estimates) != 20:
			t.Errorf("%v, %q: %v from %d replicas", c.spec, c.property, r.Outcome(), len(r.Estimates))
		}
		if steps := c.levels == LevelsSteps; steps != (r.Trace != nil) || steps != (len(r.Names) > 0) {
			t.Errorf("%v by %s: names %q, trace %v", c.spec, c.levels, r.Names, r.Trace != nil)
		}
	}
}

// TestIntervalsHoldWhatTheySay counts over many seeds: 95 % means about that.
func TestIntervalsHoldWhatTheySay(t *testing.T) {
	i := instanceOf(t, "lifecycle", "workers=1", "requests=1", "bug=reconnect")
	inside, made := 0, 0
	for seed := range uint64(60) {
		r := rarity(t, i, RareOptions{Property: "no connection accepted outside substantiating", Runs: 200, Replicas: 10,
			Seed: 100 * seed, Confidence: 0.95})
		if r.Bounds != nil {
			made++
		}
		if r.Within() {
			inside++
		}
	}
	if made < 55 || inside < 51 { // of 60, 57 are expected
		t.Errorf("%d of %d intervals hold the exact answer", inside, made)
	}
}

// TestNoIntervalThatCannotBeTrusted: levels that lead elsewhere, and too little
// effort. The mean is then of few lucky replicas, or of none.
func TestNoIntervalThatCannotBeTrusted(t *testing.T) {
	i := instanceOf(t, "latent", "builds=1", "faults=0")
	r := rarity(t, i, RareOptions{Property: "no reconnection refused", Runs: 20, Replicas: 6, Names: []string{"stop"}})
	if r.Bounds != nil || r.Within() || r.Mean != 0 || !math.IsInf(r.Relative, 1) || r.AtMost < *r.Exact || r.AtMost >= 1 {
		t.Errorf("mean %v, %+v, at most %v", r.Mean, r.Bounds, r.AtMost)
	}
	if r.Outcome() != properties.Violated { // the exact answer says so
		t.Errorf("it is %v", r.Outcome())
	}
	r = rarity(t, i, RareOptions{Property: "no reconnection refused", Levels: LevelsSteps, Runs: 60, Replicas: 10, Seed: 1})
	if r.Mean == 0 || r.Relative <= Trusted || r.Bounds != nil {
		t.Errorf("mean %v, relative error %v, %+v: an interval of replicas that differ so much", r.Mean, r.Relative, r.Bounds)
	}
}

func TestRarityIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	i := instanceOf(t, "lifecycle", "workers=1", "requests=1", "bug=reconnect")
	var first *Rarity
	for _, workers := range []int{1, 2, 5} {
		r := rarity(t, i, RareOptions{Property: "no connection accepted outside substantiating", Levels: LevelsSteps,
			Runs: 100, Replicas: 3, Seed: 3, Workers: workers})
		r.Options.Workers = 0
		if first == nil {
			first = r
		}
		if !reflect.DeepEqual(r, first) {
			t.Errorf("%d workers: %+v, one: %+v", workers, r, first)
		}
	}
}

// TestTowardATrace takes the levels from a trace file: those of the checker's
// trace are those of LevelsSteps, and another model's trace is refused.
func TestTowardATrace(t *testing.T) {
	i := instanceOf(t, "lifecycle", "workers=1", "requests=1", "bug=reconnect")
	opt := RareOptions{Property: "no connection accepted outside substantiating", Runs: 100, Replicas: 3, Levels: LevelsSteps}
	own := rarity(t, i, opt)
	opt.Toward, opt.Levels = own.Trace, LevelsAuto
	if given := rarity(t, i, opt); !reflect.DeepEqual(given.Estimates, own.Estimates) || given.Trace != nil {
		t.Errorf("%v, by the same steps found by itself %v", given.Estimates, own.Estimates)
	}
	other := instanceOf(t, "lifecycle", "workers=1", "requests=1", "bug=none")
	_, err := other.Rare(t.Context(), opt1(opt))
	if err == nil || !strings.Contains(err.Error(), "nothing violates") {
		t.Errorf("a property that holds: %v", err)
	}
	opt.Property = properties.DeadlockName
	i = instanceOf(t, "philosophers", "n=3")
	if _, err := i.Rare(t.Context(), opt1(opt)); err == nil || !strings.Contains(err.Error(), "the trace is none of this model") {
		t.Errorf("a trace of another model: %v", err)
	}
}

func opt1(o RareOptions) RareOptions { o.Confidence = 0.95; return o }

func TestRareOptionsThatCannotBeHonoured(t *testing.T) {
	i := instanceOf(t, "lifecycle", "workers=1", "requests=1", "bug=reconnect")
	good := RareOptions{Property: "no connection accepted outside substantiating", Confidence: 0.95, Replicas: 2}
	for want, change := range map[string]func(*RareOptions){
		"no property is called":  func(o *RareOptions) { o.Property = "x" },
		"confidence 2":           func(o *RareOptions) { o.Confidence = 2 },
		"1 replicas: want 2 to":  func(o *RareOptions) { o.Replicas = 1 },
		"at most 1048576":        func(o *RareOptions) { o.Steps = 1 << 30 },
		"fly is not an action":   func(o *RareOptions) { o.Names = []string{"fly"} },
		"has the form leads to":  func(o *RareOptions) { o.Property = "stop leads to every worker stopped" },
		"there is no rare event": func(o *RareOptions) { o.Property = properties.DeadlockName },
	} {
		opt := good
		change(&opt)
		if _, err := i.Rare(t.Context(), opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	good.Replicas = 1000
	good.Progress = func(replica, _, _ int, _ uint64) {
		if replica == 3 {
			cancel()
		}
	}
	r, err := i.Rare(ctx, good)
	if err == nil || r == nil || !r.Stopped || len(r.Estimates) != 3 || r.Bounds != nil || r.Mean == 0 {
		t.Errorf("interrupted: %+v, %v", r, err)
	}
}
