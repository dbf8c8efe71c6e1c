package sched

import (
	"fmt"
	"slices"
	"time"

	"github.com/quiesce/quiesce/internal/rng"
)

// A Delay is a distribution of time spans. The zero Delay is always zero.
//
// What is drawn from it is the same on every machine. Quantiles are computed
// once, to the nanosecond, with the software arithmetic of math/big; drawing
// looks them up and interpolates, with integers. No float is involved, as
// compilers may fuse the operations of floats and libraries differ in the last
// bit. That the quantiles are those of the distribution is tested against
// gonum's distuv.
type Delay struct {
	text  string
	low   time.Duration   // of a constant or uniform delay
	width uint64          // of a uniform delay: values above low
	table []time.Duration // quantiles, see quantiles
	seen  []time.Duration // of an empirical delay, sorted
}

// String returns the delay as ParseDelay reads it.
func (d Delay) String() string {
	if d.text == "" {
		return "constant(0s)"
	}
	return d.text
}

// Longest is the greatest delay a distribution may be asked for. Quantiles
// beyond it, in the far tail of a wide distribution, are cut to it.
const Longest = 10 * 365 * 24 * time.Hour

// Constant is always d.
func Constant(d time.Duration) (Delay, error) {
	if err := span("constant", d, 0); err != nil {
		return Delay{}, err
	}
	return Delay{text: fmt.Sprintf("constant(%v)", d), low: d}, nil
}

// Between is uniform from low to high, both possible.
func Between(low, high time.Duration) (Delay, error) {
	if err := span("uniform", low, 0); err != nil {
		return Delay{}, err
	}
	if err := span("uniform", high, low); err != nil {
		return Delay{}, err
	}
	return Delay{text: fmt.Sprintf("uniform(%v, %v)", low, high), low: low, width: uint64(high - low)}, nil
}

// Exponential has the given mean: the time to an event that may come at any
// moment, as a fault or a request may.
func Exponential(mean time.Duration) (Delay, error) {
	if err := span("exponential", mean, 1); err != nil {
		return Delay{}, err
	}
	return Delay{text: fmt.Sprintf("exponential(%v)", mean),
		table: quantiles(mean, func(e *real, _ place) *real { return e })}, nil
}

// Weibull has a scale and a shape, the shape in thousandths: below 1000 for
// what fails early if at all, above 1000 for what wears out.
func Weibull(scale time.Duration, shape int) (Delay, error) {
	if err := span("weibull", scale, 1); err != nil {
		return Delay{}, err
	}
	if shape < 100 || shape > 100_000 {
		return Delay{}, fmt.Errorf("weibull delay: shape %s, want 0.1 to 100", thousandths(shape))
	}
	power := new(real).Quo(number(1000), number(int64(shape)))
	return Delay{text: fmt.Sprintf("weibull(%v, %s)", scale, thousandths(shape)),
		table: quantiles(scale, func(e *real, _ place) *real {
			if e.Sign() == 0 {
				return e
			}
			y := log2(e)
			return exp2(y.Mul(y, power))
		})}, nil
}

// LogNormal has a median and the standard deviation of its logarithm, sigma, in
// thousandths: most answers of networks and clouds look like it.
func LogNormal(median time.Duration, sigma int) (Delay, error) {
	if err := span("lognormal", median, 1); err != nil {
		return Delay{}, err
	}
	if sigma < 1 || sigma > 5000 {
		return Delay{}, fmt.Errorf("lognormal delay: sigma %s, want 0.001 to 5", thousandths(sigma))
	}
	// e^(σz) = 2^(σz/ln 2)
	slope := new(real).Quo(number(int64(sigma)), number(1000))
	slope.Quo(slope, ln2())
	return Delay{text: fmt.Sprintf("lognormal(%v, %s)", median, thousandths(sigma)),
		table: quantiles(median, func(e *real, i place) *real {
			if e.Sign() == 0 {
				return e
			}
			z := normal(i)
			return exp2(z.Mul(z, slope))
		})}, nil
}

// Empirical draws one of the given samples, each equally likely. name is where
// they come from, such as a file.
func Empirical(name string, samples []time.Duration) (Delay, error) {
	if len(samples) == 0 {
		return Delay{}, fmt.Errorf("empirical delay %s: no samples", name)
	}
	for i, d := range samples {
		if d < 0 || d > Longest {
			return Delay{}, fmt.Errorf("empirical delay %s: sample %d is %v, want 0 to %v", name, i+1, d, Longest)
		}
	}
	return Delay{text: fmt.Sprintf("empirical(%s)", name), seen: slices.Sorted(slices.Values(samples))}, nil
}

// span reports a time outside what a delay may be.
func span(what string, d, least time.Duration) error {
	if d < least || d > Longest {
		return fmt.Errorf("%s delay: %v, want %v to %v", what, d, least, Longest)
	}
	return nil
}

// thousandths writes a number as ParseDelay reads it.
func thousandths(n int) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }

// draw returns a random delay. It uses one word for most.
func (d *Delay) draw(r *rng.Source) time.Duration {
	switch {
	case d.table != nil:
		return interpolate(d.table, r.Uint64())
	case d.seen != nil:
		return d.seen[r.Below(uint64(len(d.seen)))]
	case d.width > 0:
		return d.low + time.Duration(r.Below(d.width+1))
	}
	return d.low
}
