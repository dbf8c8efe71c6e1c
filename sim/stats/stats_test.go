package stats_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/sim/stats"
)

var update = flag.Bool("update", false, "write golden files")

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.6g, want %.6g", what, got, want)
	}
}

// TestClopperPearson holds intervals found in tables and textbooks, and "the
// rule of three" for no failures.
func TestClopperPearson(t *testing.T) {
	for _, c := range []struct {
		k, n      uint64
		level     float64
		sides     stats.Sides
		low, high float64
	}{
		{0, 10, 0.95, stats.TwoSided, 0, 0.3085},
		{10, 10, 0.95, stats.TwoSided, 0.6915, 1},
		{5, 100, 0.95, stats.TwoSided, 0.0164, 0.1128},
		{81, 263, 0.95, stats.TwoSided, 0.2527, 0.3676}, // Newcombe, Stat. Med. 1998
		{15, 148, 0.95, stats.TwoSided, 0.0578, 0.1617}, // the same
		{0, 20, 0.95, stats.TwoSided, 0, 0.1684},        // the same
		{1, 29, 0.95, stats.TwoSided, 0.0009, 0.1776},   // the same
		{0, 10_000, 0.95, stats.TwoSided, 0, 3.688e-4},
		{0, 10_000, 0.95, stats.AtMost, 0, 2.995e-4},
		{3, 10, 0.95, stats.AtMost, 0, 0.6066},
		{3, 10, 0.95, stats.AtLeast, 0.0873, 1},
	} {
		got, err := stats.ClopperPearson(c.k, c.n, c.level, c.sides)
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("%d of %d, %v", c.k, c.n, c.sides)
		near(t, what+", low", got.Low, c.low, 0.5e-4)
		near(t, what+", high", got.High, c.high, 0.5e-4)
	}
	if high := must(stats.ClopperPearson(0, 1e6, 0.95, stats.AtMost)).High; math.Abs(high/2.9957e-6-1) > 1e-4 {
		t.Errorf("0 of 10^6 means at most %g", high)
	}
}

// TestClopperPearsonCovers computes the coverage exactly, by the binomial
// distribution: never less than the level.
func TestClopperPearsonCovers(t *testing.T) {
	const n = 40
	for _, sides := range []stats.Sides{stats.TwoSided, stats.AtMost, stats.AtLeast} {
		for p := 0.005; p < 1; p += 0.005 {
			covered, chance := 0.0, math.Pow(1-p, n)
			for k := range uint64(n + 1) {
				in := must(stats.ClopperPearson(k, n, 0.9, sides))
				if in.Low <= p && p <= in.High {
					covered += chance
				}
				chance *= float64(n-k) / float64(k+1) * p / (1 - p)
			}
			if covered < 0.9-1e-9 {
				t.Errorf("%v: %.4f covered at p = %.3f", sides, covered, p)
			}
		}
	}
}

func TestRunsNeeded(t *testing.T) {
	for _, c := range []struct {
		p, level float64
		want     uint64
	}{{0.01, 0.95, 299}, {0.05, 0.95, 59}, {0.1, 0.99, 44}, {1e-6, 0.95, 2995731}} {
		if got := must(stats.RunsNeeded(c.p, c.level)); got != c.want {
			t.Errorf("p %g, level %g: %d runs, want %d", c.p, c.level, got, c.want)
		}
		if math.Pow(1-c.p, float64(c.want)) > 1-c.level || math.Pow(1-c.p, float64(c.want-1)) <= 1-c.level {
			t.Errorf("%d is not the least number", c.want)
		}
	}
	believe := must(stats.RunsToBelieve(5, 100, 0.95))
	low := must(stats.ClopperPearson(5, 100, 0.975, stats.AtLeast)).Low
	if believe != must(stats.RunsNeeded(low, 0.975)) || believe < 200 || believe > 250 {
		t.Errorf("after 5 failures in 100, %d clean runs", believe)
	}
}

func TestSPRT(t *testing.T) {
	test := stats.SPRT{Low: 0.01, High: 0.05, Alpha: 0.05, Beta: 0.05}
	if err := test.Validate(); err != nil {
		t.Fatal(err)
	}
	// By hand: good once n·ln(0.95/0.99) <= ln(0.05/0.95), so from 72 runs on.
	if test.Decide(0, 71) != stats.Undecided || test.Decide(0, 72) != stats.Good || test.Decide(2, 2) != stats.Bad {
		t.Errorf("clean: %v after 71, %v after 72; 2 of 2 failing: %v",
			test.Decide(0, 71), test.Decide(0, 72), test.Decide(2, 2))
	}
	r := rng.New(1, 0)
	wrong := func(rate uint64, bad stats.Decision) (n int) { // rate in thousandths
		for range 4000 {
			failed, runs := uint64(0), uint64(0)
			d := stats.Undecided
			for d == stats.Undecided {
				runs++
				if r.Chance(rate, 1000) {
					failed++
				}
				d = test.Decide(failed, runs)
			}
			if d == bad {
				n++
			}
		}
		return n
	}
	// Errors of 5 % at most, but for chance (3 deviations: 41 of 4000).
	if n := wrong(10, stats.Bad); n > 241 {
		t.Errorf("a good rate was called bad in %d of 4000", n)
	}
	if n := wrong(50, stats.Good); n > 241 {
		t.Errorf("a bad rate was called good in %d of 4000", n)
	}
}

// TestKaplanMeier holds the curve of the drug 6-MP in Freireich's trial of 1963,
// as printed in textbooks (Kleinbaum, Klein, Survival analysis).
func TestKaplanMeier(t *testing.T) {
	c := must(stats.KaplanMeier(freireich, 0.95))
	want := []struct {
		time     float64
		risk     int
		survival float64
	}{{6, 21, 0.8571}, {7, 17, 0.8067}, {10, 15, 0.7529}, {13, 12, 0.6902}, {16, 11, 0.6275}, {22, 7, 0.5378}, {23, 6, 0.4482}}
	if len(c.Points) != len(want) || c.Censored != 12 {
		t.Fatalf("%d points, %d censored", len(c.Points), c.Censored)
	}
	for i, p := range c.Points {
		if p.Time != want[i].time || p.AtRisk != want[i].risk {
			t.Errorf("point %d: %+v", i, p)
		}
		near(t, fmt.Sprint("survival at ", p.Time), p.Survival, want[i].survival, 0.5e-4)
	}
	// R's survfit with conf.type "log-log" gives 0.620 to 0.952 at 6.
	near(t, "low at 6", c.Points[0].Low, 0.620, 0.5e-3)
	near(t, "high at 6", c.Points[0].High, 0.952, 0.5e-3)
	median := must(c.Quantile(0.5))
	if median.Time != 23 || median.Low != 13 || !math.IsInf(median.High, 1) {
		t.Errorf("median %+v, want 23 from 13 on", median)
	}
	near(t, "at 9.5", c.At(9.5), 0.8067, 0.5e-4)
	near(t, "at 0", c.At(0), 1, 0)
	placebo := must(stats.KaplanMeier(freireichPlacebo, 0.95))
	if m := must(placebo.Quantile(0.5)); m.Time != 8 {
		t.Errorf("median without the drug %v, want 8", m.Time)
	}
	chi, p, err := stats.LogRank(freireich, freireichPlacebo)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log-rank", chi, 16.79, 0.005)
	if p > 1e-4 || p < 1e-5 {
		t.Errorf("log-rank p %g", p)
	}
}

var freireich, freireichPlacebo = times("6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"),
	times("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")

func times(text string) (out []stats.Time) {
	for word := range strings.FieldsSeq(text) {
		number, censored := strings.CutSuffix(word, "+")
		var t stats.Time
		fmt.Sscan(number, &t.Value)
		t.Censored = censored
		out = append(out, t)
	}
	return out
}

// TestNever: what takes for ever counts as such, whatever its value, and more
// than if it were censored when one stopped looking.
func TestNever(t *testing.T) {
	sample := times("1 2 3")
	for range 3 {
		sample = append(sample, stats.Time{Value: 0.5, Never: true})
	}
	c := must(stats.KaplanMeier(sample, 0.95))
	near(t, "half are never answered", c.At(3), 0.5, 1e-12)
	if q := must(c.Quantile(0.6)); !math.IsInf(q.Time, 1) || c.Censored != 3 || c.Until != 3 {
		t.Errorf("%+v, %d censored, until %g", q, c.Censored, c.Until)
	}
	chi, _, err := stats.LogRank(sample, times("1 2 3 4 5 6"))
	if err != nil || chi <= 0 {
		t.Errorf("log-rank %g, %v", chi, err)
	}
}

// TestWithoutCensoring: the curve is then the share of greater values, and
// quantiles those of the sorted sample.
func TestWithoutCensoring(t *testing.T) {
	r := rng.New(2, 0)
	for range 200 {
		sample := make([]stats.Time, 1+r.Below(30))
		for i := range sample {
			sample[i].Value = float64(r.Below(12))
		}
		c := must(stats.KaplanMeier(sample, 0.9))
		for x := -0.5; x < 13; x += 0.5 {
			greater := 0
			for _, s := range sample {
				if s.Value > x {
					greater++
				}
			}
			near(t, "share greater", c.At(x), float64(greater)/float64(len(sample)), 1e-9)
		}
		slices.SortFunc(sample, func(a, b stats.Time) int { return int(a.Value - b.Value) })
		for tenth := 1; tenth < 10; tenth++ {
			at := (tenth*len(sample) + 9) / 10
			q := must(c.Quantile(float64(tenth) / 10))
			if q.Time != sample[at-1].Value || q.Low > q.Time || q.High < q.Time {
				t.Fatalf("%d tenths of %v: %+v", tenth, sample, q)
			}
		}
	}
}

func TestMannWhitney(t *testing.T) {
	// In tables U = 2 is the critical value of 5 and 5 for 0.05 two-sided. Of
	// the 252 orders 1, 1 and 2 have U = 0, 1 and 2.
	c := must(stats.MannWhitney([]float64{1, 2, 3, 4, 7}, []float64{5, 6, 8, 9, 10}))
	if c.U != 2 || !c.Exact {
		t.Errorf("%+v", c)
	}
	near(t, "p of U = 2, 5 and 5", c.P, 8.0/252, 1e-12)
	near(t, "effect", c.Greater, 0.08, 1e-12)
	near(t, "Cliff's delta", c.Delta, -0.84, 1e-12)
	if c.Size != "large" {
		t.Errorf("size %s", c.Size)
	}
	same := must(stats.MannWhitney([]float64{1, 1, 1}, []float64{1, 1}))
	if same.P != 1 || same.Greater != 0.5 || same.Size != "negligible" {
		t.Errorf("equal samples: %+v", same)
	}
	// Ties, by hand: groups of 3, 2 and 2 give a variance of
	// 30/12·(12 - 36/110) = 29.18, so z = (8.5-0.5)/5.402 = 1.481.
	tied := must(stats.MannWhitney([]float64{1, 2, 2, 3, 5}, []float64{2, 3, 4, 4, 6, 7}))
	if tied.Exact || tied.U != 6.5 {
		t.Errorf("%+v", tied)
	}
	near(t, "p with ties", tied.P, 0.1386, 0.0002)
}

// TestExactByEnumeration counts all orders of two small samples.
func TestExactByEnumeration(t *testing.T) {
	const n, m = 4, 5
	var us []float64
	for set := range 1 << (n + m) {
		var a, b []float64
		for i := range n + m {
			if set>>i&1 == 1 {
				a = append(a, float64(i))
			} else {
				b = append(b, float64(i))
			}
		}
		if len(a) == n {
			us = append(us, must(stats.MannWhitney(a, b)).U)
		}
	}
	for set := range 1 << (n + m) {
		var a, b []float64
		for i := range n + m {
			if set>>i&1 == 1 {
				a = append(a, float64(i))
			} else {
				b = append(b, float64(i))
			}
		}
		if len(a) != n {
			continue
		}
		c := must(stats.MannWhitney(a, b))
		least := 0
		for _, u := range us {
			if u <= min(c.U, n*m-c.U) {
				least++
			}
		}
		near(t, "p", c.P, min(1, 2*float64(least)/float64(len(us))), 1e-12)
	}
}

// TestApproximationMeetsExact: where both can be had they agree.
func TestApproximationMeetsExact(t *testing.T) {
	r := rng.New(3, 0)
	for range 20 {
		var a, b []float64
		for i := range 60 {
			if r.Chance(1, 2) {
				a = append(a, float64(i))
			} else {
				b = append(b, float64(i))
			}
		}
		exact := must(stats.MannWhitney(a, b))
		a2, b2 := append(a, 1000, 1001, 1002), append(b, 1003)
		a2[len(a2)-1] = 1001 // one tie: now approximate
		approx := must(stats.MannWhitney(a2, b2))
		if !exact.Exact || approx.Exact {
			t.Fatal("want one exact and one approximate value")
		}
		if exact.P > 0.05 && approx.P < 0.01 {
			t.Errorf("exact %g, approximate %g", exact.P, approx.P)
		}
	}
}

func TestSplitting(t *testing.T) {
	p, in, err := stats.Splitting([]stats.Level{{1000, 100}, {1000, 50}, {1000, 200}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "estimate", p, 0.001, 1e-12)
	// Variance of the logarithm: (0.9/0.1 + 0.95/0.05 + 0.8/0.2)/1000 = 0.032.
	near(t, "low", in.Low, 0.001*math.Exp(-1.96*math.Sqrt(math.Log1p(0.032))), 1e-7)
	near(t, "high", in.High, 0.001*math.Exp(1.96*math.Sqrt(math.Log1p(0.032))), 1e-7)
	p, in, err = stats.Splitting([]stats.Level{{1000, 100}, {1000, 0}}, 0.95)
	if err != nil || p != 0 || math.Abs(in.High-0.1*0.002991) > 1e-6 {
		t.Errorf("a level not reached: %g, %+v, %v", p, in, err)
	}
}

func TestChain(t *testing.T) {
	// The gambler's ruin: from i of n, with chance p to win each time, the exact
	// answer is (1-r^i)/(1-r^n) with r = (1-p)/p.
	const n, p = 12, 0.45
	c := make(stats.Chain, n+1)
	for i := 1; i < n; i++ {
		c[i] = []stats.Move{{i + 1, p}, {i - 1, 1 - p}}
	}
	win := must(c.Absorbed(func(s int) bool { return s == n }))
	r := (1 - p) / p
	for i := range c {
		near(t, fmt.Sprint("from ", i), win[i], (1-math.Pow(r, float64(i)))/(1-math.Pow(r, n)), 1e-12)
	}
	if _, err := (stats.Chain{{{1, 1}}, {{0, 1}}}).Absorbed(func(int) bool { return true }); err == nil {
		t.Error("a chain that never ends has an answer")
	}
	if _, err := (stats.Chain{{{1, 0.5}}, nil}).Absorbed(func(int) bool { return true }); err == nil {
		t.Error("probabilities that sum to a half have an answer")
	}
	if _, err := (stats.Chain{{{7, 1}}}).Absorbed(func(int) bool { return true }); err == nil {
		t.Error("a move to nowhere has an answer")
	}
}

func TestBadInput(t *testing.T) {
	fail := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	_, err := stats.ClopperPearson(3, 2, 0.95, stats.TwoSided)
	fail("3 of 2", err)
	_, err = stats.ClopperPearson(0, 0, 0.95, stats.TwoSided)
	fail("no runs", err)
	_, err = stats.ClopperPearson(1, 2, 95, stats.TwoSided)
	fail("level 95", err)
	_, err = stats.RunsNeeded(0, 0.95)
	fail("rate 0", err)
	_, err = stats.RunsToBelieve(0, 10, 0.95)
	fail("nothing to believe", err)
	fail("no indifference", stats.SPRT{Low: 0.1, High: 0.1, Alpha: 0.05, Beta: 0.05}.Validate())
	_, err = stats.KaplanMeier(nil, 0.95)
	fail("no times", err)
	_, err = stats.KaplanMeier([]stats.Time{{Value: -1}}, 0.95)
	fail("negative time", err)
	_, err = stats.MannWhitney(nil, []float64{1})
	fail("empty sample", err)
	_, err = stats.MannWhitney([]float64{math.NaN()}, []float64{1})
	fail("NaN", err)
	_, _, err = stats.Splitting([]stats.Level{{0, 0}}, 0.95)
	fail("level without runs", err)
	_, err = stats.SVG("t", "x")
	fail("plot of nothing", err)
}

func TestPlots(t *testing.T) {
	a := stats.Series{Name: "drug", Curve: must(stats.KaplanMeier(freireich, 0.95))}
	b := stats.Series{Name: "placebo", Curve: must(stats.KaplanMeier(freireichPlacebo, 0.95))}
	svg := must(stats.SVG("Remission", "weeks", a, b))
	for range 5 {
		if again := must(stats.SVG("Remission", "weeks", a, b)); !bytes.Equal(svg, again) {
			t.Fatal("the same curves give other bytes")
		}
	}
	golden(t, "remission.svg", svg)
	text := stats.Terminal(60, func(x float64) string { return fmt.Sprintf("%.0f weeks", x) }, a, b)
	golden(t, "remission.txt", []byte(text))
	for line := range strings.Lines(text) {
		if len(line) > 61 {
			t.Errorf("wider than 60 columns: %s", line)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; go test -update writes it anew", name)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func Example() {
	// 5 of 1000 runs failed; then came a fix.
	in, _ := stats.ClopperPearson(5, 1000, 0.95, stats.TwoSided)
	fmt.Printf("between %.5f and %.5f\n", in.Low, in.High)
	n, _ := stats.RunsToBelieve(5, 1000, 0.95)
	fmt.Println(n, "clean runs before one may believe that it is fixed")
	in, _ = stats.ClopperPearson(0, n, 0.95, stats.AtMost)
	fmt.Printf("0 of %d means at most %.5f\n", n, in.High)
	// Output:
	// between 0.00163 and 0.01163
	// 2268 clean runs before one may believe that it is fixed
	// 0 of 2268 means at most 0.00132
}
