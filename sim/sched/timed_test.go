package sched

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/sim"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestClocks holds Timed to what it says of clocks, kept in a map and by name:
// a clock never changes while its action stays enabled, the first to run out
// is taken, and time never goes back.
func TestClocks(t *testing.T) {
	by := Timed[lifeState, lifeAction](busy(t)).(*timed[lifeState, lifeAction])
	c := &clockCheck{t: t, timed: by, set: make(map[*sim.Label]time.Duration)}
	opt := sim.Options{Runs: 500, Seed: 3, Workers: 1}
	spec := lifecycle(t, small)
	spec.Properties, spec.Final = nil, nil
	if _, err := sim.Run(t.Context(), spec, func() sim.Scheduler[lifeState, lifeAction] { return c }, opt); err != nil {
		t.Fatal(err)
	}
	if c.kept < 1000 || c.dropped < 100 {
		t.Errorf("%d clocks kept, %d dropped: the test saw too little", c.kept, c.dropped)
	}
}

type clockCheck struct {
	t *testing.T
	*timed[lifeState, lifeAction]
	set           map[*sim.Label]time.Duration
	kept, dropped int
}

func (c *clockCheck) Begin(seed, run uint64) {
	clear(c.set)
	c.timed.Begin(seed, run)
}

func (c *clockCheck) Pick(at *sim.Point[lifeState, lifeAction]) (int, time.Duration) {
	i, when := c.timed.Pick(at)
	now := make(map[*sim.Label]time.Duration)
	for k, l := range at.Labels {
		clock := c.clocks.now[k].value
		if old, ok := c.set[l]; ok {
			c.kept++
			if clock != old {
				c.t.Fatalf("the clock of %s was %v and is %v", l.About.Name, old, clock)
			}
		}
		if clock < when || clock < at.Now {
			c.t.Fatalf("the clock of %s runs out at %v; %v was taken, now is %v", l.About.Name, clock, when, at.Now)
		}
		now[l] = clock
	}
	for l := range c.set {
		if _, ok := now[l]; !ok {
			c.dropped++
		}
	}
	if now[at.Labels[i]] != when {
		c.t.Fatalf("%s was taken at %v, its clock says %v", at.Labels[i].About.Name, when, now[at.Labels[i]])
	}
	delete(now, at.Labels[i])
	c.set = now
	return i, when
}

func TestTiesAreEven(t *testing.T) {
	var d Delays // all zero: everything happens at once
	seen := frequencies(t, counting(counters{1, 1, 1}), Timed[count, uint8](&d), 12_000)
	for order, n := range seen {
		if n < 1800 || n > 2200 {
			t.Errorf("%s in %d of 12000 runs, want about 2000", order, n)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d orders, want 6", len(seen))
	}
}

func TestDelaysByName(t *testing.T) {
	slow, err := Constant(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	d := Delays{Names: map[string]Delay{"a": slow}}
	seen := frequencies(t, counting(counters{1, 2}), Timed[count, uint8](&d), 10)
	if seen[" b b a@1h0m0s"] != 10 {
		t.Errorf("%v, want a last, after an hour", seen)
	}
}

func TestSetDelays(t *testing.T) {
	var d Delays
	for key, text := range map[string]string{"a": "constant(1s)", "fault": "exponential(1h)", "step": "uniform(1s, 2s)"} {
		if err := d.Set(key, text, []string{"a", "step"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	// A name goes before a kind that is called the same.
	if d.Names["a"].String() != "constant(1s)" || d.Kinds[model.Fault].String() != "exponential(1h0m0s)" ||
		d.Kinds[model.Internal].String() != "constant(0s)" || d.Names["step"].String() != "uniform(1s, 2s)" {
		t.Errorf("%+v", d)
	}
	for key, want := range map[string]string{"zz": `"zz" is not an action`, "a": "-1s, want"} {
		text := "constant(1s)"
		if key == "a" {
			text = "constant(-1s)"
		}
		if err := d.Set(key, text, []string{"a"}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestTimeEnds(t *testing.T) {
	if got := later(math.MaxInt64-5, 10); got != math.MaxInt64 {
		t.Errorf("time goes round to %v", got)
	}
}

// TestQuantiles holds the tables against gonum's distributions: at the nodes
// exactly, but for a nanosecond and the last digits of a float, and between them in
// probability.
func TestQuantiles(t *testing.T) {
	ms := func(d Delay, err error) Delay {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const s = float64(time.Second)
	for _, c := range []struct {
		delay Delay
		want  interface {
			Quantile(float64) float64
			CDF(float64) float64
			Mean() float64
		}
	}{
		{ms(Exponential(600 * time.Second)), distuv.Exponential{Rate: 1 / (600 * s)}},
		{ms(Weibull(90*time.Second, 1500)), distuv.Weibull{K: 1.5, Lambda: 90 * s}},
		{ms(Weibull(time.Second, 700)), distuv.Weibull{K: 0.7, Lambda: s}},
		{ms(LogNormal(20*time.Millisecond, 500)), distuv.LogNormal{Mu: math.Log(0.02 * s), Sigma: 0.5}},
		{ms(LogNormal(time.Minute, 1200)), distuv.LogNormal{Mu: math.Log(60 * s), Sigma: 1.2}},
	} {
		for node := 1; node < len(c.delay.table); node++ {
			tail := float64(fan-node%fan) / math.Pow(fan, float64(node/fan+1))
			if tail < 1e-7 {
				break // 1-tail loses too many digits of a float
			}
			got, want := float64(c.delay.table[node]), c.want.Quantile(1-tail)
			if math.Abs(got-want) > 2+1e-7*want {
				t.Fatalf("%v: node %d is %.0f, gonum's quantile %.0f", c.delay, node, got, want)
			}
		}
		for i := range 4096 {
			word := uint64(i)<<52 + 1<<51
			u := (float64(i) + 0.5) / 4096
			within := 0.0008
			if u < 1./fan {
				within = 1. / fan // the first interval is linear from zero
			}
			if f := c.want.CDF(float64(interpolate(c.delay.table, word))); math.Abs(f-u) > within {
				t.Fatalf("%v: the quantile at %.5f is that at %.5f", c.delay, u, f)
			}
		}
		sum, r := 0.0, rng.New(1, 1)
		for range 1_000_000 {
			sum += float64(c.delay.draw(&r))
		}
		if mean := sum / 1e6; math.Abs(mean/c.want.Mean()-1) > 0.01 {
			t.Errorf("%v: mean of draws %.0f, want %.0f", c.delay, mean, c.want.Mean())
		}
	}
}

// TestDrawsAreFrozen holds what every machine must draw.
func TestDrawsAreFrozen(t *testing.T) {
	texts := []string{"constant(1s)", "uniform(1s, 2s)", "exponential(10m0s)", "lognormal(20ms, 0.500)",
		"weibull(1m30s, 1.500)", "empirical(times)"}
	want := []string{" 1s 1s 1s", " 1.732625579s 1.409021084s 1.176053504s",
		" 13m11.478983252s 5m15.587659061s 1m56.190248484s", " 27.279312ms 17.826778ms 12.559478ms",
		" 1m48.251304454s 58.643531222s 30.124482658s", " 3s 2s 1s"}
	for i, text := range texts {
		d, err := ParseDelay(text, func(string) ([]byte, error) { return []byte("3s\n1s # one\n\n2s"), nil })
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != text {
			t.Errorf("%s is written %s", text, d)
		}
		r, got := rng.New(7, 0), ""
		for range 3 {
			got += " " + d.draw(&r).String()
		}
		if got != want[i] {
			t.Errorf("%s: %q, want %q", text, got, want[i])
		}
	}
}

func TestTailLevels(t *testing.T) {
	d, err := Exponential(time.Second)
	if err != nil {
		t.Fatal(err)
	}
	words := []uint64{0, 1 << 62, 0xfe << 56, 0xff << 56, 0xffff << 48, 0xffffff << 40, 1<<64 - 1<<32, 1<<64 - 1}
	last := time.Duration(-1)
	for _, w := range words {
		q := interpolate(d.table, w)
		if q < last {
			t.Errorf("the quantile at %#x is %v, less than %v", w, q, last)
		}
		last = q
	}
	// 2^-32 of tail, less one part in 256 of that: 31.something ln 2.
	if last < 22*time.Second || last > 23*time.Second {
		t.Errorf("the longest delay is %v, want about 22.2s", last)
	}
}

func TestBadDelays(t *testing.T) {
	for text, want := range map[string]string{
		"constant(-1s)":        "-1s, want 0s to",
		"uniform(2s, 1s)":      "1s, want 2s to",
		"uniform(1s)":          "takes 2 values, not 1",
		"exponential(0s)":      "0s, want 1ns to",
		"exponential(999999h)": "want 1ns to 87600h",
		"weibull(1s, 0.05)":    "shape 0.050, want 0.1 to 100",
		"weibull(1s, 1.2345)":  "up to three digits",
		"lognormal(1s, 9)":     "sigma 9.000, want 0.001 to 5",
		"lognormal(1s, -1)":    "is not a number such as 0.5",
		"normal(1s)":           `no distribution "normal"`,
		"constant 1s":          "want constant(10s)",
		"constant(1)":          `"1" is not a time`,
		"empirical(none)":      "no such file",
		"empirical(empty)":     "no samples",
		"empirical(bad)":       `bad:2:3: "x" is not a time`,
		"empirical(neg)":       "neg:1:1: -1s, want 0s to",
	} {
		_, err := ParseDelay(text, func(name string) ([]byte, error) {
			files := map[string]string{"empty": "# nothing\n", "bad": "1s\n  x\n", "neg": "-1s"}
			if data, ok := files[name]; ok {
				return []byte(data), nil
			}
			return nil, os.ErrNotExist
		})
		want = strings.Replace(want, "no such file", os.ErrNotExist.Error(), 1)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	if _, err := ParseDelay("empirical(x)", nil); err == nil {
		t.Error("a file was read where none can be")
	}
}

func FuzzParseDelay(f *testing.F) {
	for _, text := range []string{"constant(1s)", "uniform(1s, 2s)", "weibull(1m30s, 1.500)", "empirical(x)", "(", "x()", "lognormal(1s,5)"} {
		f.Add(text, "1s\n2s")
	}
	f.Fuzz(func(t *testing.T, text, file string) {
		d, err := ParseDelay(text, func(string) ([]byte, error) { return []byte(file), nil })
		if err != nil {
			return
		}
		r := rng.New(1, 1)
		if x := d.draw(&r); x < 0 || x > Longest {
			t.Errorf("%s drew %v", text, x)
		}
		again, err := ParseDelay(d.String(), func(string) ([]byte, error) { return []byte(file), nil })
		if err != nil || !slices.Equal(again.table, d.table) || again.low != d.low || again.width != d.width {
			t.Errorf("%s is written %s, which is another delay (%v)", text, d, err)
		}
	})
}
