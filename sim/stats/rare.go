package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Level is what importance splitting saw of one level: of Started runs begun
// below it, Reached came to it.
type Level struct{ Started, Reached uint64 }

// Splitting estimates the probability of reaching the last of some levels, each
// entered from the one before: the product of the shares. The interval is
// that of a log-normal estimate with independent levels (Jegourel, Legay,
// Sedwards, CAV 2013); it is an approximation, unlike ClopperPearson. If a
// level was not reached the estimate is 0 and High the bound that the levels so
// far make sure of.
func Splitting(levels []Level, level float64) (float64, Interval, error) {
	if err := probability("confidence level", level); err != nil {
		return 0, Interval{}, err
	}
	out := Interval{Level: level}
	p, variance := 1.0, 0.0
	for i, l := range levels {
		if l.Started == 0 || l.Reached > l.Started {
			return 0, out, fmt.Errorf("stats: level %d was reached by %d of %d runs", i+1, l.Reached, l.Started)
		}
		if l.Reached == 0 {
			bound, err := ClopperPearson(0, l.Started, level, AtMost)
			out.High = p * bound.High
			return 0, out, err
		}
		share := float64(l.Reached) / float64(l.Started)
		p *= share
		variance += (1 - share) / (share * float64(l.Started))
	}
	z := distuv.UnitNormal.Quantile(1 - (1-level)/2)
	spread := math.Exp(z * math.Sqrt(math.Log1p(variance)))
	out.Low, out.High = p/spread, min(1, p*spread)
	return p, out, nil
}

// Replicas estimates a probability from the estimates of independent
// repetitions, each without bias: their mean, and the interval of Student's t.
// It is exact for normal estimates; those of splitting are skewed, the less the
// more effort each is. Low is cut at 0. The relative error is the standard error
// over the mean, infinite if that is 0.
func Replicas(estimates []float64, level float64) (mean float64, in Interval, relative float64, err error) {
	in = Interval{Level: level}
	if err := probability("confidence level", level); err != nil {
		return 0, in, 0, err
	}
	if len(estimates) < 2 {
		return 0, in, 0, fmt.Errorf("stats: %d repetitions say nothing of their spread: want 2 or more", len(estimates))
	}
	mean, deviation := stat.MeanStdDev(estimates, nil)
	n := float64(len(estimates))
	margin := deviation / math.Sqrt(n)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-level)/2)
	in.Low, in.High = max(0, mean-t*margin), min(1, mean+t*margin)
	return mean, in, margin / mean, nil
}

// A Chain is a Markov chain that ends: from each of its states, moves with
// their probabilities. A state without moves absorbs.
type Chain [][]Move

// A Move leads to a state with a probability.
type Move struct {
	To int
	P  float64
}

// Absorbed returns, for each state, the exact probability that the chain
// started there ends in a state for which goal is true: the solution of the
// linear system of first-step analysis (Kemeny, Snell, Finite Markov Chains,
// 1960). It is an error if some state cannot reach an absorbing one.
func (c Chain) Absorbed(goal func(state int) bool) ([]float64, error) {
	if err := c.valid(); err != nil {
		return nil, err
	}
	out := make([]float64, len(c))
	var moving []int // states with moves, which are the unknowns
	row := make([]int, len(c))
	for s, moves := range c {
		switch {
		case len(moves) > 0:
			row[s] = len(moving)
			moving = append(moving, s)
		case goal(s):
			out[s] = 1
		}
	}
	if len(moving) == 0 {
		return out, nil
	}
	a := mat.NewDense(len(moving), len(moving), nil)
	b := mat.NewVecDense(len(moving), nil)
	for i, s := range moving {
		a.Set(i, i, a.At(i, i)+1)
		for _, m := range c[s] {
			if len(c[m.To]) > 0 {
				a.Set(i, row[m.To], a.At(i, row[m.To])-m.P)
			} else {
				b.SetVec(i, b.AtVec(i)+m.P*out[m.To])
			}
		}
	}
	var x mat.VecDense
	if err := x.SolveVec(a, b); err != nil {
		return nil, fmt.Errorf("stats: chain: some state does not reach an end: %w", err)
	}
	for i, s := range moving {
		out[s] = x.AtVec(i)
	}
	return out, nil
}

// Within returns, for each state, the exact probability that the chain started
// there comes to a state for which goal is true within so many steps: the
// Kolmogorov equations, one step after the other. States of goal absorb.
func (c Chain) Within(goal func(state int) bool, steps int) ([]float64, error) {
	if err := c.valid(); err != nil {
		return nil, err
	}
	now, next := make([]float64, len(c)), make([]float64, len(c))
	for s := range c {
		if goal(s) {
			now[s], next[s] = 1, 1
		}
	}
	for range steps {
		for s, moves := range c {
			if goal(s) {
				continue
			}
			p := 0.0
			for _, m := range moves {
				p += m.P * now[m.To]
			}
			next[s] = p
		}
		now, next = next, now
	}
	return now, nil
}

// valid reports moves that are none, or have other than probability 1 together.
func (c Chain) valid() error {
	for s, moves := range c {
		sum := 0.0
		for _, m := range moves {
			if m.To < 0 || m.To >= len(c) || m.P < 0 {
				return fmt.Errorf("stats: chain: from state %d to %d with probability %g", s, m.To, m.P)
			}
			sum += m.P
		}
		if len(moves) > 0 && math.Abs(sum-1) > 1e-9 {
			return fmt.Errorf("stats: chain: the moves from state %d have probability %g together", s, sum)
		}
	}
	return nil
}
