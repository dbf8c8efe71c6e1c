package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
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
	out := make([]float64, len(c))
	var moving []int // states with moves, which are the unknowns
	row := make([]int, len(c))
	for s, moves := range c {
		sum := 0.0
		for _, m := range moves {
			if m.To < 0 || m.To >= len(c) || m.P < 0 {
				return nil, fmt.Errorf("stats: chain: from state %d to %d with probability %g", s, m.To, m.P)
			}
			sum += m.P
		}
		switch {
		case len(moves) == 0:
			if goal(s) {
				out[s] = 1
			}
		case math.Abs(sum-1) > 1e-9:
			return nil, fmt.Errorf("stats: chain: the moves from state %d have probability %g together", s, sum)
		default:
			row[s] = len(moving)
			moving = append(moving, s)
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
