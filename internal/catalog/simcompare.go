package catalog

import (
	"slices"

	"github.com/quiesce/quiesce/sim/stats"
)

// A Contrast says how the times of one live property differ between two
// variants.
type Contrast struct {
	Property string
	P        float64 // that times of one distribution would differ as much

	// Ranks compares the times by rank (Mann–Whitney). It is nil if some runs
	// ended while they waited: of those it is not known where they rank, and P is
	// that of a log-rank test.
	Ranks *stats.Comparison
}

// Against compares the times of s with those of other, for each property that
// both have times of.
func (s *Simulation) Against(other *Simulation) ([]Contrast, error) {
	var out []Contrast
	for i := range s.Claims {
		c := &s.Claims[i]
		d := other.Claim(c.Name)
		if d == nil || len(c.Times) == 0 || len(d.Times) == 0 {
			continue
		}
		contrast := Contrast{Property: c.Name}
		var err error
		if slices.ContainsFunc(slices.Concat(c.Times, d.Times), censored) {
			_, contrast.P, err = stats.LogRank(c.Times, d.Times)
		} else {
			a, b := ranked(c.Times, d.Times)
			var ranks stats.Comparison
			ranks, err = stats.MannWhitney(a, b)
			contrast.Ranks, contrast.P = &ranks, ranks.P
		}
		if err != nil {
			return nil, err
		}
		out = append(out, contrast)
	}
	return out, nil
}

// Claim returns the claim of that name, or nil.
func (s *Simulation) Claim(name string) *SimClaim {
	i := slices.IndexFunc(s.Claims, func(c SimClaim) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Claims[i]
}

func censored(t stats.Time) bool { return t.Censored && !t.Never }

// ranked returns the values of two samples, in which never is longer than
// anything that happened. Ranks need no more than that.
func ranked(a, b []stats.Time) (x, y []float64) {
	never := 1.0
	for _, t := range slices.Concat(a, b) {
		never = max(never, t.Value+1)
	}
	values := func(times []stats.Time) []float64 {
		out := make([]float64, len(times))
		for i, t := range times {
			out[i] = t.Value
			if t.Never {
				out[i] = never
			}
		}
		return out
	}
	return values(a), values(b)
}
