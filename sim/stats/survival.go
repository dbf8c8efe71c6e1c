package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Time is how long something took, or, if Censored, how long it had taken
// when one stopped looking. Units are the caller's.
//
// What is known to take for ever is Never: its Value does not count. To call it
// censored would be wrong, as that says nothing of what came later.
type Time struct {
	Value    float64
	Censored bool
	Never    bool
}

// A Curve is how likely something is to take longer than a time: the estimate
// of Kaplan and Meier (J. Am. Stat. Assoc. 1958). It starts at 1 and changes at
// each of its points.
type Curve struct {
	N, Censored int
	Level       float64
	Points      []Point
	Until       float64 // the longest time seen, censored or not
}

// A Point of a curve: from Time on, Survival is the share that takes longer.
type Point struct {
	Time      float64
	AtRisk    int // not answered and still looked at just before
	Events    int
	Survival  float64
	Low, High float64 // pointwise, by Greenwood's formula on the log-log scale
}

// KaplanMeier returns the curve of times, with intervals of the given level at
// each point.
func KaplanMeier(times []Time, level float64) (*Curve, error) {
	if err := probability("confidence level", level); err != nil {
		return nil, err
	}
	sorted, err := order(times)
	if err != nil {
		return nil, err
	}
	z := distuv.UnitNormal.Quantile(1 - (1-level)/2)
	c := &Curve{N: len(sorted), Level: level, Until: sorted[len(sorted)-1].Value}
	survival, greenwood := 1.0, 0.0
	// Times that are equal make one point: all of them are at risk until then.
	for i := 0; i < len(sorted); {
		p := Point{Time: sorted[i].Value, AtRisk: len(sorted) - i}
		for ; i < len(sorted) && sorted[i].Value == p.Time; i++ {
			if sorted[i].Censored {
				c.Censored++
			} else {
				p.Events++
			}
		}
		if p.Events == 0 {
			continue
		}
		n, d := float64(p.AtRisk), float64(p.Events)
		survival *= 1 - d/n
		greenwood += d / (n * (n - d)) // infinite at the end, if all were answered
		p.Survival = survival
		p.Low, p.High = logLog(survival, greenwood, z)
		c.Points = append(c.Points, p)
	}
	return c, nil
}

// order returns times sorted; at equal times answers come before censoring, by
// convention.
func order(times []Time) ([]Time, error) {
	if len(times) == 0 {
		return nil, fmt.Errorf("stats: no times")
	}
	sorted := slices.Clone(times)
	longest := 0.0
	for i, t := range sorted {
		if t.Never {
			continue
		}
		if math.IsNaN(t.Value) || math.IsInf(t.Value, 0) || t.Value < 0 {
			return nil, fmt.Errorf("stats: time %d is %g", i, t.Value)
		}
		longest = max(longest, t.Value)
	}
	for i := range sorted {
		if sorted[i].Never { // looked at longer than anything else
			sorted[i].Value, sorted[i].Censored = longest, true
		}
	}
	slices.SortFunc(sorted, func(a, b Time) int {
		if a.Value == b.Value && a.Censored != b.Censored {
			if b.Censored {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Value, b.Value)
	})
	return sorted, nil
}

// logLog is the interval of Kalbfleisch and Prentice, which stays between 0
// and 1.
func logLog(s, greenwood, z float64) (low, high float64) {
	if s == 0 {
		return 0, 0
	}
	spread := z * math.Sqrt(greenwood) / math.Log(s)
	a, b := math.Pow(s, math.Exp(spread)), math.Pow(s, math.Exp(-spread))
	return min(a, b), max(a, b)
}

// At returns the share that takes longer than t.
func (c *Curve) At(t float64) float64 {
	s := 1.0
	for _, p := range c.Points {
		if p.Time > t {
			break
		}
		s = p.Survival
	}
	return s
}

// A Quantile is a time that a given share does not exceed, with an interval.
// What the times do not reach is +Inf: too many were censored before.
type Quantile struct {
	Share     float64
	Time      float64
	Low, High float64
	Level     float64
}

// Quantile returns the least time by which at least share are answered. Its
// interval is that of Brookmeyer and Crowley: the times at which share is
// within the interval of the curve.
func (c *Curve) Quantile(share float64) (Quantile, error) {
	if err := probability("share", share); err != nil {
		return Quantile{}, err
	}
	q := Quantile{Share: share, Level: c.Level, Time: math.Inf(1), Low: math.Inf(1), High: math.Inf(1)}
	left := 1 - share + 1e-12 // sums of floats must not miss an exact share
	for _, p := range slices.Backward(c.Points) {
		if p.Survival <= left {
			q.Time = p.Time
		}
		if p.Low <= left {
			q.Low = p.Time
		}
		if p.High <= left {
			q.High = p.Time
		}
	}
	return q, nil
}

// LogRank returns how likely it is that curves of two samples of the same kind
// differ as much as these (Mantel 1966): chi-squared with one degree of
// freedom, and its p-value. Unlike MannWhitney it takes censoring into account.
func LogRank(a, b []Time) (chi, p float64, err error) {
	both := make([]ranked, 0, len(a)+len(b))
	for i, sample := range [][]Time{a, b} {
		sorted, err := order(sample)
		if err != nil {
			return 0, 0, err
		}
		for _, t := range sorted {
			if t.Never {
				t.Value = math.Inf(1)
			}
			both = append(both, ranked{t, i})
		}
	}
	slices.SortFunc(both, func(x, y ranked) int { return cmp.Compare(x.Value, y.Value) })
	// At each time with an event the first sample is expected to have its share
	// of those still waiting; the variance is the hypergeometric one.
	atRisk := [2]float64{float64(len(a)), float64(len(b))}
	observed, expected, variance := 0.0, 0.0, 0.0
	for i := 0; i < len(both); {
		var events, gone [2]float64
		for now := both[i].Value; i < len(both) && both[i].Value == now; i++ {
			gone[both[i].sample]++
			if !both[i].Censored {
				events[both[i].sample]++
			}
		}
		n, d := atRisk[0]+atRisk[1], events[0]+events[1]
		observed += events[0]
		expected += d * atRisk[0] / n
		if n > 1 {
			variance += d * (atRisk[0] / n) * (atRisk[1] / n) * (n - d) / (n - 1)
		}
		atRisk[0] -= gone[0]
		atRisk[1] -= gone[1]
	}
	if variance == 0 {
		return 0, 1, nil
	}
	chi = (observed - expected) * (observed - expected) / variance
	return chi, distuv.ChiSquared{K: 1}.Survival(chi), nil
}

// ranked is a time and the sample it is from.
type ranked struct {
	Time
	sample int
}
