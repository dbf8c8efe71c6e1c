package sched

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/traces"
)

type (
	lifeState  = zoo.LifecycleState
	lifeAction = zoo.LifecycleAction
	lifeBy     = func() sim.Scheduler[lifeState, lifeAction]
)

func lifecycle(t testing.TB, p zoo.LifecycleParams) properties.Spec[lifeState, lifeAction] {
	t.Helper()
	spec, err := zoo.Lifecycle(p)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

var small = zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: "reconnect"}

// every makes each scheduler by name, for the small lifecycle model.
func every(t testing.TB) map[string]lifeBy {
	spec := lifecycle(t, small)
	measure, err := Look(t.Context(), spec, 1, 200, 100)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := Count(spec.Model, 12, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	deliveries, err := Named([]string{"deliver", "StopRequest"}, spec.Actions)
	if err != nil {
		t.Fatal(err)
	}
	selection, err := LookFor(t.Context(), spec, 1, 200, 100, deliveries)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]lifeBy{
		"selective": func() sim.Scheduler[lifeState, lifeAction] {
			return Selective[lifeState, lifeAction](selection, deliveries)
		},
		"uniform":  Uniform[lifeState, lifeAction],
		"pct":      func() sim.Scheduler[lifeState, lifeAction] { return PCT[lifeState, lifeAction](3, measure.Events) },
		"pos":      POS[lifeState, lifeAction],
		"weighted": func() sim.Scheduler[lifeState, lifeAction] { return Weighted[lifeState, lifeAction](measure) },
		"paths":    paths.Scheduler,
		"timed":    func() sim.Scheduler[lifeState, lifeAction] { return Timed[lifeState, lifeAction](busy(t)) },
		"swarm": func() sim.Scheduler[lifeState, lifeAction] {
			return Swarm(Uniform[lifeState, lifeAction](), len(spec.Actions), Faults)
		},
	}
}

// busy is a network in which requests and faults come all the time.
func busy(t testing.TB) *Delays {
	d := DefaultDelays()
	var err1, err2 error
	d.Kinds[model.Request], err1 = Exponential(40 * time.Millisecond)
	d.Kinds[model.Fault], err2 = Weibull(60*time.Millisecond, 800)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return &d
}

// notes is a scheduler that writes down what another decides.
type notes[S, A comparable] struct {
	sim.Scheduler[S, A]
	runs  [][]model.Step[S, A]
	picks []string
}

func (n *notes[S, A]) Begin(seed, run uint64) {
	n.runs = append(n.runs, nil)
	n.picks = append(n.picks, "")
	n.Scheduler.Begin(seed, run)
}

func (n *notes[S, A]) Pick(at *sim.Point[S, A]) (int, time.Duration) {
	i, when := n.Scheduler.Pick(at)
	last := len(n.runs) - 1
	n.picks[last] += fmt.Sprintf(" %s", at.Labels[i].About.Name)
	if when != at.Now {
		n.picks[last] += fmt.Sprintf("@%v", when)
	}
	n.runs[last] = append(n.runs[last], at.Steps[i])
	return i, when
}

func watch[S, A comparable](t testing.TB, spec properties.Spec[S, A], by sim.Scheduler[S, A], opt sim.Options) *notes[S, A] {
	t.Helper()
	n := &notes[S, A]{Scheduler: by}
	opt.Workers = 1
	spec.Properties = nil // no run is made a second time
	spec.Final = nil
	if _, err := sim.Run(t.Context(), spec, func() sim.Scheduler[S, A] { return n }, opt); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFrozen holds the mapping from bits to choices for ever: a run named by
// scheduler, seed and number must not change. If it does, do not update the
// golden file, undo the change.
func TestFrozen(t *testing.T) {
	var b strings.Builder
	schedulers := every(t)
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range schedulers {
			if !yield(name) {
				return
			}
		}
	})
	for _, name := range names {
		n := watch(t, lifecycle(t, small), schedulers[name](), sim.Options{Seed: 7, Runs: 3, Steps: 8, Settle: 8})
		for run, picks := range n.picks {
			fmt.Fprintf(&b, "%s 7/%d:%s\n", name, run, picks)
		}
	}
	path := filepath.Join("testdata", "frozen.golden")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("runs have changed: now\n%s\nwere\n%s", b.String(), want)
	}
}

// TestRunsAreBehaviours holds every scheduler, timed ones above all, to the
// graph that the checker explores: no scheduler adds a behaviour.
func TestRunsAreBehaviours(t *testing.T) {
	spec := lifecycle(t, small)
	for name, by := range every(t) {
		n := watch(t, spec, by(), sim.Options{Seed: 3, Runs: 200, Steps: 40})
		for i, steps := range n.runs {
			tr := traces.Trace[lifeState, lifeAction]{Start: spec.Model.Init()[0], Steps: steps, Loop: traces.Finite}
			if err := traces.Check(spec.Model, &tr); err != nil {
				t.Fatalf("%s, run %d: %v", name, i, err)
			}
		}
	}
}

func TestSchedulersDependOnTheRunAlone(t *testing.T) {
	spec := lifecycle(t, small)
	for name, by := range every(t) {
		all := watch(t, spec, by(), sim.Options{Seed: 5, Runs: 60})
		alone := watch(t, spec, by(), sim.Options{Seed: 5, First: 59, Runs: 1})
		if all.picks[59] != alone.picks[0] {
			t.Errorf("%s: run 59 is%s\nafter others, and%s\nalone", name, all.picks[59], alone.picks[0])
		}
	}
}

func TestSchedulersFindTheBug(t *testing.T) {
	for name, by := range every(t) {
		rep, err := sim.Run(t.Context(), lifecycle(t, small), by, sim.Options{Seed: 7, Runs: 4000})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Verdicts[0].Outcome != properties.Violated {
			t.Errorf("%s: %v (%s)", name, rep.Verdicts[0].Outcome, rep.Verdicts[0].Reason)
		}
	}
}

// counters is a model of actors that each count to a number: the interleavings
// are the multinomial coefficient.
type counters []uint8

type count [4]uint8

func (c counters) Init() []count { return []count{{}} }

func (c counters) Next(s *count, out *model.Steps[count, uint8]) {
	for i := range c {
		if s[i] < c[i] {
			out.Add(uint8(i))[i]++
		}
	}
}

func counting(c counters) properties.Spec[count, uint8] {
	names := []string{"a", "b", "c", "d"}
	return properties.Spec[count, uint8]{
		Model: c, Actions: names[:len(c)],
		About: func(a uint8) model.About { return model.About{Name: names[a], Actor: names[a]} },
	}
}

// frequencies counts how often each sequence of actions came in runs runs.
func frequencies(t *testing.T, spec properties.Spec[count, uint8], by sim.Scheduler[count, uint8], runs uint64) map[string]int {
	out := make(map[string]int)
	for _, p := range watch(t, spec, by, sim.Options{Runs: runs, Seed: 8}).picks {
		out[p]++
	}
	return out
}

// TestInterleavingsAreUniform compares with the exact answer: Paths makes every
// interleaving equally likely, and so does Weighted when the numbers of events
// are known. A uniform choice of steps is far from it.
func TestInterleavingsAreUniform(t *testing.T) {
	c := counters{1, 2, 4}
	const ways, runs = 105, 52_500 // 7!/(1!2!4!)
	paths, err := Count(model.Model[count, uint8](c), 7, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if n := paths.Behaviours(count{}); n.Cmp(big.NewInt(ways)) != 0 {
		t.Fatalf("%v behaviours, want %d", n, ways)
	}
	measure, err := Look(t.Context(), counting(c), 1, 100, 50)
	if err != nil {
		t.Fatal(err)
	}
	chi := func(by sim.Scheduler[count, uint8]) float64 {
		sum, seen := 0.0, frequencies(t, counting(c), by, runs)
		for _, n := range seen {
			sum += (float64(n) - runs/ways) * (float64(n) - runs/ways) / (runs / ways)
		}
		return sum + float64((ways-len(seen))*runs/ways)
	}
	const limit = 153.9 // 0.999 quantile of chi-squared, 104 degrees
	if x := chi(paths.Scheduler()); x > limit {
		t.Errorf("paths: chi-squared %.0f, want under %.0f", x, limit)
	}
	if x := chi(Weighted[count, uint8](measure)); x > limit {
		t.Errorf("weighted: chi-squared %.0f, want under %.0f", x, limit)
	}
	if x := chi(Uniform[count, uint8]()); x < 10*limit {
		t.Errorf("uniform steps: chi-squared %.0f; the test cannot tell uniform from not", x)
	}
}

func TestCountLimits(t *testing.T) {
	m := model.Model[count, uint8](counters{9, 9, 9})
	if _, err := Count(m, 27, 100); err == nil || !strings.Contains(err.Error(), "more than 100 states") {
		t.Errorf("counting beyond the limit: %v", err)
	}
	if _, err := Count(m, 0, 100); err == nil {
		t.Error("behaviours of no step were counted")
	}
	// 120!/(40!)³ has 180 bits: drawing must cope with big numbers.
	big, err := Count(model.Model[count, uint8](counters{40, 40, 40}), 120, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if n := big.Behaviours(count{}).BitLen(); n < 150 {
		t.Errorf("%d bits, want more than 150", n)
	}
	if n := watch(t, counting(counters{40, 40, 40}), big.Scheduler(), sim.Options{Runs: 5}); len(n.runs[4]) != 120 {
		t.Errorf("run of %d steps, want 120", len(n.runs[4]))
	}
}

// TestGuarantee measures what PCT promises on the worst case for a random
// walk: c must wait until b has made all its steps, though it could go first.
func TestGuarantee(t *testing.T) {
	c := counters{20, 20, 1}
	spec := counting(c)
	measure, err := Look(t.Context(), spec, 1, 50, 100)
	if err != nil {
		t.Fatal(err)
	}
	if measure.Events != 41 || measure.Chains != 3 {
		t.Fatalf("measured %+v, want 41 events in 3 chains", measure)
	}
	last := func(by sim.Scheduler[count, uint8]) int {
		n := 0
		for picks, times := range frequencies(t, spec, by, 4096) {
			if strings.HasSuffix(picks, " c") {
				n += times
			}
		}
		return n
	}
	promised, _ := Guarantee(measure.Chains, measure.Events, 1).Float64()
	if n := last(PCT[count, uint8](1, measure.Events)); float64(n) < 4096*promised*0.9 {
		t.Errorf("PCT of depth 1: %d of 4096 runs, promised %.0f", n, 4096*promised)
	}
	if n := last(Uniform[count, uint8]()); n > 10 {
		t.Errorf("uniform steps: %d of 4096 runs; the case is not hard", n)
	}
	// Depth 2: a makes at least one step between two steps of c's chain is not
	// possible here, so let b stop in the middle while a does everything.
	middle := 0
	for picks, times := range frequencies(t, spec, PCT[count, uint8](2, measure.Events), 4096) {
		if strings.Contains(picks, " b"+strings.Repeat(" a", 20)+" b") {
			middle += times
		}
	}
	promised, _ = Guarantee(measure.Chains, measure.Events, 2).Float64()
	if float64(middle) < 4096*promised {
		t.Errorf("PCT of depth 2: %d of 4096 runs, promised %.1f", middle, 4096*promised)
	}
}

func TestGuaranteeIsExact(t *testing.T) {
	if g := Guarantee(4, 100, 3).String(); g != "1/40000" {
		t.Errorf("4 chains, 100 events, depth 3: %s, want 1/40000", g)
	}
	defer func() {
		if recover() == nil {
			t.Error("PCT of depth 5 over 4 events was made")
		}
	}()
	PCT[count, uint8](5, 4)
}

func TestPOSOrdersRacingPairsEvenly(t *testing.T) {
	seen := frequencies(t, counting(counters{1, 1}), POS[count, uint8](), 10_000)
	if n := seen[" a b"]; n < 4800 || n > 5200 {
		t.Errorf("a first in %d of 10000 runs, want about half", n)
	}
	// Of a long and a short actor, racing in nothing, a step of the short one
	// comes last far more often than under a uniform choice of steps.
	seen = frequencies(t, counting(counters{10, 1}), POS[count, uint8](), 10_000)
	if n := seen[" a a a a a a a a a a b"]; n < 500 {
		t.Errorf("b last in %d of 10000 runs; a uniform choice gives 10", n)
	}
}

func TestRaces(t *testing.T) {
	label := func(actor, peer string, reads, writes []string) *sim.Label {
		return &sim.Label{About: model.About{Actor: actor, Peer: peer, Reads: reads, Writes: writes}}
	}
	for _, c := range []struct {
		a, b *sim.Label
		want bool
	}{
		{label("a", "", nil, nil), label("b", "", nil, nil), false},
		{label("a", "m", nil, nil), label("b", "m", nil, nil), true},
		{label("a", "m", nil, nil), label("m", "", nil, nil), true},
		{label("a", "m", []string{"x"}, []string{"y"}), label("b", "m", []string{"x"}, []string{"z"}), false},
		{label("a", "", []string{"x"}, nil), label("b", "", nil, []string{"x"}), true},
		{label("a", "", nil, []string{"x"}), label("b", "", nil, []string{"x"}), true},
	} {
		if races(c.a, c.b) != c.want || races(c.b, c.a) != c.want {
			t.Errorf("%+v and %+v: want %v", c.a.About, c.b.About, c.want)
		}
	}
}

func TestSwarmLeavesOut(t *testing.T) {
	all := func(*sim.Label) bool { return true }
	by := Swarm(Uniform[count, uint8](), 2, all)
	seen := frequencies(t, counting(counters{5, 5}), by, 10_000)
	// Both are left out, or neither, in half of the runs: a mixture. Otherwise
	// the one left out comes when nothing else is enabled any more.
	for _, alone := range []string{" a a a a a b b b b b", " b b b b b a a a a a"} {
		if n := seen[alone]; n < 2500 || n > 2800 {
			t.Errorf("%s in %d of 10000 runs, want about a quarter", alone, n)
		}
	}
	never := frequencies(t, counting(counters{5, 5}), Swarm(Uniform[count, uint8](), 2, Faults), 10_000)
	if n := never[" a a a a a b b b b b"]; n > 400 {
		t.Errorf("steps that are not faults were left out in about %d runs", n)
	}
}

func TestReplay(t *testing.T) {
	spec := lifecycle(t, small)
	rep, err := sim.Run(t.Context(), spec, Uniform[lifeState, lifeAction], sim.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	tr := rep.Verdicts[0].Trace
	again := Replay(tr)
	opt := sim.Options{Runs: 1, Settle: -1, Workers: 1}
	rep, err = sim.Run(t.Context(), spec, func() sim.Scheduler[lifeState, lifeAction] { return again }, opt)
	if err != nil || again.Err() != nil || rep.Claims[0].Failed != 1 || rep.Steps != uint64(tr.Len()) {
		t.Fatalf("%v, %v, %+v", err, again.Err(), rep.Tally)
	}
	broken := *tr
	broken.Steps = slices.Delete(slices.Clone(tr.Steps), 0, 1)
	again = Replay(&broken)
	if _, err := sim.Run(t.Context(), spec, func() sim.Scheduler[lifeState, lifeAction] { return again }, opt); err != nil {
		t.Fatal(err)
	}
	if again.Err() == nil {
		t.Error("a trace without its first step was replayed")
	}
}

func TestEnabledKeepsValues(t *testing.T) {
	r := rng.New(6, 0)
	labels := make([]*sim.Label, 12)
	for i := range labels {
		labels[i] = &sim.Label{Name: i}
	}
	var e enabled[int]
	held := make(map[*sim.Label]int) // the dumb second implementation
	for round := range 20_000 {
		var now []*sim.Label
		for _, l := range labels {
			if r.Chance(1, 2) {
				now = append(now, l)
			}
		}
		if r.Chance(1, 4) {
			slices.Reverse(now)
		}
		e.enter(now)
		for i, l := range now {
			value, ok := held[l]
			if e.now[i].label != l || e.now[i].fresh == ok || ok && e.now[i].value != value {
				t.Fatalf("round %d: %+v for label %d, want %d (held: %v)", round, e.now[i], l.Name, value, ok)
			}
			e.now[i].value = round*100 + i
		}
		clear(held)
		for i, l := range now {
			held[l] = e.now[i].value
		}
		if len(now) > 0 {
			i := int(r.Below(uint64(len(now))))
			delete(held, now[i])
			e.took(i)
		}
	}
}
