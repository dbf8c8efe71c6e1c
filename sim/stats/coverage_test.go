package stats_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim/stats"
)

// exponential draws a time with mean 1. Here floats are welcome.
func exponential(r *rng.Source) float64 {
	return -math.Log1p(-float64(r.Uint64()>>11) / (1 << 53))
}

// TestIntervalsHoldTheTruth draws samples of a known distribution, some of
// them censored, and counts how often intervals of 90 % hold its median and its
// survival at 1.
func TestIntervalsHoldTheTruth(t *testing.T) {
	r := rng.New(1, 0)
	const samples, n = 1000, 80
	median, survival := 0, 0
	for range samples {
		times := make([]stats.Time, n)
		for i := range times {
			x, stop := exponential(&r), 3*exponential(&r)
			times[i] = stats.Time{Value: min(x, stop), Censored: stop < x}
		}
		c := must(stats.KaplanMeier(times, 0.9))
		if q := must(c.Quantile(0.5)); q.Low <= math.Ln2 && math.Ln2 <= q.High {
			median++
		}
		at := slices.IndexFunc(c.Points, func(p stats.Point) bool { return p.Time > 1 })
		if p := c.Points[at-1]; p.Low <= math.Exp(-1) && math.Exp(-1) <= p.High {
			survival++
		}
	}
	// 900 are expected; the deviation is 9.5, and both intervals are approximate.
	for what, got := range map[string]int{"median": median, "survival at 1": survival} {
		if got < 860 || got > 945 {
			t.Errorf("%s: %d of %d intervals hold the true value", what, got, samples)
		}
	}
}

// TestPValuesAreUniform: of two samples of one distribution, a test says "p less
// than 5 %" in 5 % of cases, and of two that differ far more often.
func TestPValuesAreUniform(t *testing.T) {
	r := rng.New(2, 0)
	const times = 1000
	draw := func(n int, scale float64) (values []float64, out []stats.Time) {
		for range n {
			x := scale * exponential(&r)
			values, out = append(values, x), append(out, stats.Time{Value: x})
		}
		return
	}
	small := func(scale float64, n int) (mann, log int) {
		for range times {
			a, at := draw(n, 1)
			b, bt := draw(n, scale)
			if must(stats.MannWhitney(a, b)).P < 0.05 {
				mann++
			}
			if _, p, err := stats.LogRank(at, bt); err != nil {
				t.Fatal(err)
			} else if p < 0.05 {
				log++
			}
		}
		return
	}
	for _, n := range []int{30, 60} { // exact, then approximate
		if mann, log := small(1, n); mann < 25 || mann > 75 || log < 25 || log > 80 {
			t.Errorf("n %d: %d and %d of %d p-values of equal samples are below 5 %%", n, mann, log, times)
		}
		if mann, log := small(2, n); mann < 400 || log < 400 {
			t.Errorf("n %d: %d and %d of %d p-values of different samples are below 5 %%", n, mann, log, times)
		}
	}
}

// TestComparisonsAreSymmetric exchanges the samples.
func TestComparisonsAreSymmetric(t *testing.T) {
	r := rng.New(3, 0)
	for range 300 {
		var a, b []float64
		for range 1 + r.Below(12) {
			a = append(a, float64(r.Below(9)))
		}
		for range 1 + r.Below(12) {
			b = append(b, float64(r.Below(9)))
		}
		x, y := must(stats.MannWhitney(a, b)), must(stats.MannWhitney(b, a))
		near(t, "p", x.P, y.P, 1e-12)
		near(t, "greater", x.Greater, 1-y.Greater, 1e-12)
		if x.Size != y.Size || x.Exact != y.Exact || x.P < 0 || x.P > 1 {
			t.Errorf("%+v and %+v", x, y)
		}
		greater := 0.0
		for _, u := range a {
			for _, v := range b {
				switch {
				case u > v:
					greater++
				case u == v:
					greater += 0.5
				}
			}
		}
		near(t, "U by counting pairs", x.U, greater, 1e-9)
	}
}

func TestSizesInWords(t *testing.T) {
	for want, b := range map[string][]float64{
		"negligible": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		"small":      {2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
		"medium":     {3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		"large":      {20, 21, 22, 23, 24, 25, 26, 27, 28, 29},
	} {
		if c := must(stats.MannWhitney([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, b)); c.Size != want {
			t.Errorf("delta %.2f is %s, want %s", c.Delta, c.Size, want)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	for got, want := range map[string]string{
		stats.TwoSided.String(): "two-sided", stats.AtMost.String(): "at most", stats.AtLeast.String(): "at least",
		stats.Sides(9).String(): "Sides(9)", stats.Good.String(): "good", stats.Bad.String(): "bad", stats.Undecided.String(): "undecided",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPlotLimits(t *testing.T) {
	c := must(stats.KaplanMeier(times("0 0 0"), 0.95)) // all at once: no length to scale by
	text := stats.Terminal(1, func(float64) string { return "now" }, stats.Series{Name: "x", Curve: c})
	if strings.Count(text, "\n") != 10 || strings.Contains(text, "#") {
		t.Error(text)
	}
	if _, err := stats.SVG("t", "x", stats.Series{Name: "x", Curve: c}); err != nil {
		t.Error(err)
	}
	if _, err := stats.SVG("t", "x", make([]stats.Series, 6)...); err == nil {
		t.Error("six curves were drawn in five colours")
	}
}
