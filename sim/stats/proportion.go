// Package stats turns counts and times of simulated runs into statements with
// a known error: intervals, sequential tests, survival curves, comparisons. It
// knows nothing of models. Nothing in it decides what a run does, so it may use
// floats; what it returns is for people and plots.
package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Sides says on which sides an interval may be wrong.
type Sides uint8

const (
	TwoSided Sides = iota // half of the error on each side
	AtMost                // all of the error above: only High says something, Low is 0
	AtLeast               // all of the error below: only Low says something, High is 1
)

func (s Sides) String() string {
	switch s {
	case TwoSided:
		return "two-sided"
	case AtMost:
		return "at most"
	case AtLeast:
		return "at least"
	}
	return fmt.Sprintf("Sides(%d)", uint8(s))
}

// An Interval holds the true value with probability at least Level.
type Interval struct {
	Low, High float64
	Level     float64
	Sides     Sides
}

// ClopperPearson returns the exact interval for the probability of what
// happened in k of n independent runs (Clopper, Pearson, Biometrika 1934). It
// never claims more than its level, and usually less. It is for an n fixed in
// advance: whoever stops when the interval looks good needs SPRT instead.
func ClopperPearson(k, n uint64, level float64, sides Sides) (Interval, error) {
	if n == 0 || k > n {
		return Interval{}, fmt.Errorf("stats: interval for %d of %d runs", k, n)
	}
	if err := probability("confidence level", level); err != nil {
		return Interval{}, err
	}
	below, above := (1-level)/2, (1-level)/2 // the error allowed on each side
	switch sides {
	case AtMost:
		below, above = 0, 1-level
	case AtLeast:
		below, above = 1-level, 0
	}
	out := Interval{Low: 0, High: 1, Level: level, Sides: sides}
	if k > 0 && below > 0 {
		out.Low = distuv.Beta{Alpha: float64(k), Beta: float64(n-k) + 1}.Quantile(below)
	}
	if k < n && above > 0 {
		out.High = upper(k, n, above)
	}
	return out, nil
}

// upper solves P(at most k of n) = error. For k = 0 that is (1-p)^n = error.
func upper(k, n uint64, above float64) float64 {
	if k == 0 {
		return -math.Expm1(math.Log(above) / float64(n))
	}
	return distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(1 - above)
}

// RunsNeeded returns how many runs without a failure are needed before one may
// say, at the given level, that failures are rarer than p: the least n with
// (1-p)^n <= 1-level.
func RunsNeeded(p, level float64) (uint64, error) {
	if err := probability("failure rate", p); err != nil {
		return 0, err
	}
	if err := probability("confidence level", level); err != nil {
		return 0, err
	}
	n := math.Ceil(math.Log(1-level) / math.Log1p(-p))
	if n >= 1<<63 {
		return 0, fmt.Errorf("stats: a failure rate of %g needs more than 2^63 runs", p)
	}
	return uint64(n), nil
}

// RunsToBelieve returns how many clean runs are needed after a fix, when k of n
// runs failed before it, to say at the given level that the fix did something:
// RunsNeeded for the rate that the runs before it make sure of, so half of the
// error is spent on that rate and half on the clean runs.
func RunsToBelieve(k, n uint64, level float64) (uint64, error) {
	if k == 0 {
		return 0, fmt.Errorf("stats: no run failed before the fix: no number of clean runs says anything about it")
	}
	half := 1 - (1-level)/2
	before, err := ClopperPearson(k, n, half, AtLeast)
	if err != nil {
		return 0, err
	}
	return RunsNeeded(before.Low, half)
}

// probability reports a number that is not strictly between 0 and 1. Written so
// that NaN fails as well.
func probability(what string, p float64) error {
	if !(p > 0 && p < 1) {
		return fmt.Errorf("stats: %s %g, want more than 0 and less than 1", what, p)
	}
	return nil
}
