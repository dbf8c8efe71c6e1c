package stats

import (
	"fmt"
	"math"
)

// SPRT is the sequential probability ratio test of Wald ("Sequential tests of
// statistical hypotheses", Ann. Math. Stat. 1945): it may be asked after every
// run and keeps its errors, and usually needs fewer runs than a fixed number.
// Between Low and High lies what one does not care about.
type SPRT struct {
	Low   float64 // a failure rate that is good enough
	High  float64 // a failure rate that is not; greater than Low
	Alpha float64 // error of calling a rate of Low or less bad
	Beta  float64 // error of calling a rate of High or more good
}

// A Decision is what a sequential test says so far.
type Decision uint8

const (
	Undecided Decision = iota
	Good               // the failure rate is less than High
	Bad                // the failure rate is more than Low
)

func (d Decision) String() string { return [...]string{"undecided", "good", "bad"}[d] }

// Validate reports parameters that make no test.
func (t SPRT) Validate() error {
	for _, p := range []struct {
		what string
		p    float64
	}{{"low failure rate", t.Low}, {"high failure rate", t.High}, {"alpha", t.Alpha}, {"beta", t.Beta}} {
		if err := probability(p.what, p.p); err != nil {
			return err
		}
	}
	if t.Low >= t.High || t.Alpha+t.Beta >= 1 {
		return fmt.Errorf("stats: rates %g and %g, errors %g and %g: want low < high, and errors that sum to less than 1",
			t.Low, t.High, t.Alpha, t.Beta)
	}
	return nil
}

// Decide says what k failures in n runs mean. A test that is valid decides
// with probability 1 if runs go on.
func (t SPRT) Decide(k, n uint64) Decision {
	// The logarithm of the likelihood of a rate of High over that of Low.
	ratio := float64(k)*math.Log(t.High/t.Low) + float64(n-k)*(math.Log1p(-t.High)-math.Log1p(-t.Low))
	switch {
	case ratio >= math.Log((1-t.Beta)/t.Alpha):
		return Bad
	case ratio <= math.Log(t.Beta/(1-t.Alpha)):
		return Good
	}
	return Undecided
}
