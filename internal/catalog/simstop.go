package catalog

import (
	"fmt"

	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
)

// stopping ends a simulation between two waves: when a sequential test has
// decided on every property, or when what Stable waits for cannot be seen.
type stopping struct {
	opt    *SimOptions
	test   *stats.SPRT // nil if there is none
	reason string      // why it ended the simulation
}

// sequential returns the test that tells failure rates of StopAt from those of a
// tenth of it. Between the two it may say either.
func sequential(opt *SimOptions) *stats.SPRT {
	if opt.StopAt == 0 {
		return nil
	}
	return &stats.SPRT{Low: opt.StopAt / 10, High: opt.StopAt, Alpha: 1 - opt.Confidence, Beta: 1 - opt.Confidence}
}

// enough is sim.Options.Enough.
func (s *stopping) enough(tally *sim.Tally) bool {
	if s.opt.Stable && tally.States >= s.opt.States {
		s.reason = fmt.Sprintf("coverage has room for %d states, and so cannot become stable", s.opt.States)
		return true
	}
	if s.test == nil {
		return false
	}
	for i := range tally.Claims {
		if s.test.Decide(tally.Claims[i].Failed, tally.Runs) == stats.Undecided {
			return false
		}
	}
	s.reason = "the sequential test has decided on every property"
	return true
}
