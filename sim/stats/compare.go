package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Comparison says how two samples differ.
type Comparison struct {
	U     float64 // pairs in which the first is greater, ties counting half
	P     float64 // two-sided p-value of the hypothesis that neither tends to be greater
	Exact bool    // P is exact, else a normal approximation corrected for ties and continuity

	// Greater is the chance that a random value of the first sample is greater
	// than one of the second, ties counting half: the effect size A of Vargha
	// and Delaney (2000). Delta is Cliff's delta, from -1 to 1.
	Greater, Delta float64

	// Size is the effect in words, by the thresholds of Vargha and Delaney:
	// negligible, small, medium, large.
	Size string
}

// exactPairs is the largest product of sample sizes for which the p-value is
// computed exactly.
const exactPairs = 2500

// MannWhitney compares two samples by ranks (Mann, Whitney, 1947). The samples
// must not be empty. For censored times use LogRank.
func MannWhitney(a, b []float64) (Comparison, error) {
	ranks, ties, err := rank(a, b)
	if err != nil {
		return Comparison{}, err
	}
	n, m := float64(len(a)), float64(len(b))
	sum := 0.0
	for i := range a {
		sum += ranks[i]
	}
	c := Comparison{U: sum - n*(n+1)/2}
	c.Greater = c.U / (n * m)
	c.Delta = 2*c.Greater - 1
	c.Size = size(c.Delta)
	if ties == 0 && len(a)*len(b) <= exactPairs {
		c.Exact = true
		c.P = exact(len(a), len(b), c.U)
		return c, nil
	}
	variance := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	if variance <= 0 {
		c.P = 1 // all values are equal
		return c, nil
	}
	z := max(math.Abs(c.U-n*m/2)-0.5, 0) / math.Sqrt(variance)
	c.P = min(1, 2*distuv.UnitNormal.Survival(z))
	return c, nil
}

// rank returns the ranks of a and then of b in both together, equal values
// sharing theirs, and the sum of t³-t over groups of t equal values.
func rank(a, b []float64) (ranks []float64, ties float64, err error) {
	for _, sample := range [][]float64{a, b} {
		times := make([]Time, len(sample))
		for i, v := range sample {
			times[i].Value = v
		}
		if _, err := order(times); err != nil {
			return nil, 0, err
		}
	}
	all := append(slices.Clone(a), b...)
	at := make([]int, len(all))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(all[i], all[j]) })
	ranks = make([]float64, len(all))
	for i := 0; i < len(at); {
		j := i
		for j < len(at) && all[at[j]] == all[at[i]] {
			j++
		}
		for k := i; k < j; k++ {
			ranks[at[k]] = float64(i+j+1) / 2
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return ranks, ties, nil
}

// exact returns the two-sided p-value of u without ties. ways[i] counts the
// orders of n and m values in which i pairs are the wrong way round: the
// coefficients of the Gaussian binomial, by its product formula.
func exact(n, m int, u float64) float64 {
	ways := make([]float64, n*m+1)
	ways[0] = 1
	for k := 1; k <= n; k++ {
		for i := n * m; i >= m+k; i-- { // times 1 - q^(m+k)
			ways[i] -= ways[i-m-k]
		}
		for i := k; i <= n*m; i++ { // divided by 1 - q^k
			ways[i] += ways[i-k]
		}
	}
	all, tail := 0.0, 0.0
	for i, w := range ways {
		all += w
		if float64(i) <= min(u, float64(n*m)-u) {
			tail += w
		}
	}
	return min(1, 2*tail/all)
}

// size is the word for an effect. The thresholds are conventions, no more.
func size(delta float64) string {
	switch d := math.Abs(delta); {
	case d < 0.11:
		return "negligible"
	case d < 0.28:
		return "small"
	case d < 0.43:
		return "medium"
	}
	return "large"
}
