package check_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

// The benchmarks assert counts and report ratios; nothing fails for being
// slow. Figures of other tools are measured in the same run, alternating with
// ours, as CPU seconds: absolute times move from machine to machine.
//
//	make bench

// safety leaves out what needs the graph, and what SPIN is not asked for.
func safety[S, A comparable](spec properties.Spec[S, A], err error) properties.Spec[S, A] {
	if err != nil {
		panic(err)
	}
	spec.Properties, spec.Fairness, spec.Final = spec.Properties[:1], nil, nil
	return spec
}

func lifecycle33() zoo.LifecycleParams {
	return zoo.LifecycleParams{Workers: 3, Requests: 3, Losses: 1, Capacity: 1, Bug: "none"}
}

func twoPhase9() zoo.TwoPhaseParams { return zoo.TwoPhaseParams{Managers: 9, Bug: "none"} }

// A measured is one run: what it visited and what it cost.
type measured struct {
	distinct  uint64
	cpu, wall time.Duration
	bytes     float64 // per state, as the tool accounts for them
	allocs    uint64
}

func measure[S, A comparable](b *testing.B, spec properties.Spec[S, A], opt check.Options, want uint64) measured {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, wall := cpuTime(b, syscall.RUSAGE_SELF), time.Now()
	r, err := check.Run(context.Background(), spec, opt)
	m := measured{cpu: cpuTime(b, syscall.RUSAGE_SELF) - cpu, wall: time.Since(wall)}
	runtime.ReadMemStats(&after)
	if err != nil {
		b.Fatal(err)
	}
	if r.Distinct != want {
		b.Fatalf("%d states, not %d", r.Distinct, want)
	}
	m.distinct, m.bytes, m.allocs = r.Distinct, float64(r.Bytes)/float64(r.Distinct), after.Mallocs-before.Mallocs
	return m
}

func cpuTime(b *testing.B, who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A pan is a compiled SPIN verifier.
type pan struct {
	path string
	args []string
}

// spin compiles a model of testdata/promela. The machine must have spin and gcc.
func spin(b *testing.B, model string, defines, flags, args []string) pan {
	if _, err := exec.LookPath("spin"); err != nil {
		b.Skip("spin is not installed; make bench installs it")
	}
	dir := b.TempDir()
	pml, err := filepath.Abs(filepath.Join("testdata", "promela", model+".pml"))
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, args ...string) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("spin", append(append(append([]string{}, defines...), "-a"), pml)...)
	run("gcc", append(append([]string{"-w", "-O3", "-DMEMLIM=12000"}, flags...), "-o", "pan", "pan.c")...)
	return pan{filepath.Join(dir, "pan"), args}
}

var (
	panStored = regexp.MustCompile(`(\d+) states, stored`)
	panMemory = regexp.MustCompile(`([\d.]+)\s+total actual memory usage`)
)

func (p pan) measure(b *testing.B, want uint64) measured {
	cpu := cpuTime(b, syscall.RUSAGE_CHILDREN)
	out, err := exec.Command(p.path, p.args...).Output()
	m := measured{cpu: cpuTime(b, syscall.RUSAGE_CHILDREN) - cpu}
	if err != nil {
		b.Fatal(err)
	}
	if s := panStored.FindSubmatch(out); s != nil {
		m.distinct, _ = strconv.ParseUint(string(s[1]), 10, 64)
	}
	if m.distinct != want {
		b.Fatalf("SPIN stored %d states, not %d\n%s", m.distinct, want, out)
	}
	if s := panMemory.FindSubmatch(out); s != nil {
		mb, _ := strconv.ParseFloat(string(s[1]), 64)
		m.bytes = mb * 1e6 / float64(m.distinct)
	}
	return m
}

// BenchmarkAgainstSPIN compares one worker with SPIN's fastest exact
// depth-first search, its usual one and its breadth-first search.
func BenchmarkAgainstSPIN(b *testing.B) {
	settings := []struct {
		name  string
		flags []string
	}{
		{"fastest", []string{"-DSAFETY", "-DNOREDUCE", "-DNOCOMP"}},
		{"usual", []string{"-DSAFETY", "-DNOREDUCE"}},
		{"breadth-first", []string{"-DBFS", "-DSAFETY", "-DNOREDUCE"}},
	}
	for _, s := range settings {
		b.Run("twophase9/"+s.name, func(b *testing.B) {
			peer := spin(b, "twophase", []string{"-DN=9"}, s.flags, []string{"-m1000000", "-w26"})
			against(b, peer, 10_340_352, func() measured {
				return measure(b, safety(zoo.TwoPhase(twoPhase9())), check.Options{Workers: 1}, 10_340_352)
			})
		})
		b.Run("lifecycle33/"+s.name, func(b *testing.B) {
			peer := spin(b, "lifecycle", []string{"-DW=3", "-DR=3", "-DL=1", "-DC=1"}, s.flags, []string{"-m1000000", "-w24"})
			against(b, peer, 2_369_355, func() measured {
				return measure(b, safety(zoo.Lifecycle(lifecycle33())), check.Options{Workers: 1}, 2_369_355)
			})
		})
	}
}

const rounds = 3

// against alternates both and reports the ratio of the best runs.
func against(b *testing.B, peer pan, want uint64, ours func() measured) {
	for b.Loop() {
		var us, them measured
		for i := range rounds {
			o, t := ours(), peer.measure(b, want)
			if i == 0 || o.cpu < us.cpu {
				us = o
			}
			if i == 0 || t.cpu < them.cpu {
				them = t
			}
		}
		b.ReportMetric(float64(them.cpu)/float64(us.cpu), "SPIN/ours")
		b.ReportMetric(float64(us.distinct)/us.cpu.Seconds()/1e6, "Mstates/CPU-s")
		b.ReportMetric(us.bytes, "B/state")
		if them.bytes > 0 { // not every setting of SPIN says it
			b.ReportMetric(them.bytes, "SPIN-B/state")
		}
		b.ReportMetric(float64(us.allocs)/float64(us.distinct), "allocs/state")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkWorkers reports how much faster two workers are, by the clock.
func BenchmarkWorkers(b *testing.B) {
	seconds := func(m measured) float64 { return m.wall.Seconds() }
	b.Run("twophase9", func(b *testing.B) {
		run := func(workers int) measured {
			return measure(b, safety(zoo.TwoPhase(twoPhase9())), check.Options{Workers: workers}, 10_340_352)
		}
		compare(b, "wall", func() measured { return run(1) }, func() measured { return run(2) }, seconds)
	})
	b.Run("lifecycle33", func(b *testing.B) {
		run := func(workers int) measured {
			return measure(b, safety(zoo.Lifecycle(lifecycle33())), check.Options{Workers: workers}, 2_369_355)
		}
		compare(b, "wall", func() measured { return run(1) }, func() measured { return run(2) }, seconds)
	})
}

// BenchmarkLiveness reports the cost of liveness as a multiple of safety's.
func BenchmarkLiveness(b *testing.B) {
	full, err := zoo.Lifecycle(lifecycle33())
	if err != nil {
		b.Fatal(err)
	}
	compare(b, "liveness/safety",
		func() measured { return measure(b, full, check.Options{Workers: 1}, 2_369_355) },
		func() measured {
			return measure(b, safety(zoo.Lifecycle(lifecycle33())), check.Options{Workers: 1}, 2_369_355)
		},
		func(m measured) float64 { return m.cpu.Seconds() })
}

// BenchmarkGrowth reports the cost of a state among ten million as a multiple
// of that among a hundred thousand, for states with equally many steps.
func BenchmarkGrowth(b *testing.B) {
	run := func(modulus int, want uint64) measured {
		return measure(b, safety(zoo.Grid(zoo.GridParams{Counters: 5, Modulus: modulus})), check.Options{Workers: 1}, want)
	}
	compare(b, "10^7/10^5",
		func() measured { return run(25, 9_765_625) }, func() measured { return run(10, 100_000) },
		func(m measured) float64 { return m.cpu.Seconds() / float64(m.distinct) })
}

// compare alternates two measurements and reports the ratio of the best.
func compare(b *testing.B, unit string, first, second func() measured, of func(measured) float64) {
	for b.Loop() {
		x, y := 0.0, 0.0
		for i := range rounds {
			p, q := of(first()), of(second())
			if i == 0 || p < x {
				x = p
			}
			if i == 0 || q < y {
				y = q
			}
		}
		b.ReportMetric(x/y, unit)
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkFirstVerdict reports how long the command takes, from the start of
// its process, to check the smallest model.
func BenchmarkFirstVerdict(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "quiesce")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/quiesce/quiesce/cmd/quiesce").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	best := time.Hour
	for b.Loop() {
		begin := time.Now()
		out, err := exec.Command(bin, "check", "peterson").Output()
		best = min(best, time.Since(begin))
		if err != nil || !bytes.Contains(out, []byte("holds")) {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	b.ReportMetric(float64(best.Microseconds())/1e3, "ms-best")
}

// No allocation per state: what a search allocates does not grow with it.
func TestAllocationsDoNotGrow(t *testing.T) {
	for _, spec := range []properties.Spec[zoo.LifecycleState, zoo.LifecycleAction]{
		safety(zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 3, Losses: 1, Capacity: 1, Bug: "none"})),
		allOf(t),
	} {
		var r *check.Report[zoo.LifecycleState, zoo.LifecycleAction]
		allocs := testing.AllocsPerRun(1, func() {
			var err error
			if r, err = check.Run(context.Background(), spec, check.Options{Workers: 1}); err != nil {
				t.Fatal(err)
			}
		})
		if perState := allocs / float64(r.Distinct); perState > 0.02 {
			t.Errorf("%.0f allocations for %d states: %.3f a state", allocs, r.Distinct, perState)
		}
	}
}

func allOf(t *testing.T) properties.Spec[zoo.LifecycleState, zoo.LifecycleAction] {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 3, Losses: 1, Capacity: 1, Bug: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// A state takes no more memory than SPIN's default gives it, which is 85 bytes
// for the nine managers as measured with its hash table.
func TestBytesPerState(t *testing.T) {
	spec := safety(zoo.TwoPhase(zoo.TwoPhaseParams{Managers: 7, Bug: "none"}))
	r, err := check.Run(context.Background(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if perState := r.Bytes / int64(r.Distinct); perState > 85 {
		t.Errorf("%d bytes a state", perState)
	}
}
