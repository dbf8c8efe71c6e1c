package main

import (
	"fmt"
	"io"
	"time"

	"github.com/quiesce/quiesce/sim"
)

// A simProgress tells how far a simulation is, and then how far the search for
// the shortest traces.
type simProgress struct{ *progress }

func newSimProgress(w io.Writer, mode string, now func() time.Time) simProgress {
	return simProgress{newProgress(w, mode, now)}
}

// tally is sim.Options.Progress.
func (p simProgress) tally(t *sim.Tally) {
	now := p.now()
	p.say(now, func() string {
		failed := 0
		for i := range t.Claims {
			if t.Claims[i].Failed > 0 {
				failed++
			}
		}
		return fmt.Sprintf("simulating  %s  %s  %s  %d violated", counted(t.Runs, "run"), counted(t.Steps, "step"),
			pace(t.Steps, now.Sub(p.began)), failed)
	})
}

// finished ends the line, as done does.
func (p simProgress) finished(runs, steps uint64) {
	if !p.shown {
		return
	}
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	took := p.now().Sub(p.began)
	fmt.Fprintf(p.out, "%s, %s in %s\n", counted(runs, "run"), counted(steps, "step"), clock(took))
}

func pace(steps uint64, took time.Duration) string {
	if took <= 0 {
		return "0 steps/s"
	}
	return grouped(uint64(float64(steps)/took.Seconds())) + " steps/s"
}
