package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim/stats"
)

// quantiles are those of the times that are shown.
var quantiles = []float64{0.5, 0.9, 0.99}

// showTimes prints how long live properties took, and how the variants differ.
func (c *simFlags) showTimes(out *screen, these []simulated) error {
	this := these[0].found
	timed, one := 0, ""
	for i := range this.Claims {
		k := &this.Claims[i]
		if len(k.Times) == 0 && k.AtOnce == 0 {
			continue
		}
		timed, one = timed+1, k.Name
		if err := timesText(out, k, this); err != nil {
			return err
		}
	}
	if timed == 1 {
		curves, err := series(these, one)
		if err != nil {
			return err
		}
		if len(curves) > 0 {
			fmt.Fprintf(out, "\nShare answered, and by when\n%s", stats.Terminal(out.width, secondsText, curves...))
		}
		if c.plot != "" {
			fmt.Fprintf(out, "\nDrawn in %s\n", c.plot)
		}
	}
	if len(these) > 1 {
		return showAgainst(out, these)
	}
	return nil
}

// timesText prints the quantiles of the times of one property.
func timesText(out *screen, k *catalog.SimClaim, found *catalog.Simulation) error {
	never, ended := k.Unanswered()
	text := fmt.Sprintf("Time to answer %q: %s waited", k.Name, counted(uint64(len(k.Times)), "run"))
	if never > 0 {
		text += fmt.Sprintf(", %s for ever", grouped(uint64(never)))
	}
	if ended > 0 {
		text += fmt.Sprintf(", %s until they ended", grouped(uint64(ended)))
	}
	if k.AtOnce > 0 {
		text += fmt.Sprintf("; %s were answered at once", grouped(uint64(k.AtOnce)))
	}
	fmt.Fprint(out, "\n"+out.paragraph("", text))
	if len(k.Times) == 0 {
		return nil
	}
	marks, err := quantilesOf(k, found.Confidence)
	rows := [][]cell{}
	for _, q := range marks {
		interval := fmt.Sprintf("(%s to %s)", secondsText(q.Low), secondsText(q.High))
		if math.IsInf(q.Low, 1) {
			interval = "" // all of it is beyond what was seen
		}
		rows = append(rows, []cell{{percent(q.Share), faint}, {secondsText(q.Time), bold}, {interval, plain}})
	}
	fmt.Fprint(out, out.columns("  ", rows))
	return err
}

// quantilesOf returns the quantiles of the times of one property.
func quantilesOf(k *catalog.SimClaim, confidence float64) ([]stats.Quantile, error) {
	curve, err := stats.KaplanMeier(k.Times, confidence)
	if err != nil {
		return nil, err
	}
	var out []stats.Quantile
	for _, share := range quantiles {
		q, err := curve.Quantile(share)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// series returns the curves of one property in all variants that have it.
func series(these []simulated, property string) ([]stats.Series, error) {
	var out []stats.Series
	for i := range these {
		if these[i].found == nil {
			continue
		}
		k := these[i].found.Claim(property)
		if k == nil || len(k.Times) == 0 {
			continue
		}
		curve, err := stats.KaplanMeier(k.Times, these[i].found.Confidence)
		if err != nil {
			return nil, err
		}
		out = append(out, stats.Series{Name: these[i].label, Curve: curve})
	}
	return out, nil
}

// picture draws the times of the one live property.
func (c *simFlags) picture(these []simulated) error {
	live := c.live(these[0].instance)[0]
	curves, err := series(these, live)
	if err != nil {
		return err
	}
	if len(curves) == 0 {
		return fmt.Errorf("--plot: no run waited for %q, so there is nothing to draw", live)
	}
	svg, err := stats.SVG(live, "seconds", curves...)
	if err != nil {
		return err
	}
	return replaceFile(c.plot, func(w io.Writer) error {
		_, err := w.Write(svg)
		return err
	})
}

// showAgainst compares two variants: how often properties fail, and how long the
// live ones took.
func showAgainst(out *screen, these []simulated) error {
	this, other := these[0].found, these[1].found
	if other == nil {
		fmt.Fprintf(out, "\n%s was not simulated: interrupted\n", these[1].label)
		return nil
	}
	fmt.Fprint(out, "\n"+out.paragraph("", "Against "+catalog.Title(other.Spec, other.Values)+", in "+counted(other.Runs, "run")))
	rows := [][]cell{{{"PROPERTY", faint}, {these[0].label, faint}, {these[1].label, faint}}}
	for i := range this.Claims {
		k := &this.Claims[i]
		there := cell{"no such property", yellow}
		if o := other.Claim(k.Name); o != nil {
			there = cell{briefly(o), plain}
		}
		rows = append(rows, []cell{{k.Name, bold}, {briefly(k), plain}, there})
	}
	fmt.Fprint(out, out.columns("", rows))
	contrasts, err := this.Against(other)
	if err != nil {
		return err
	}
	for _, d := range contrasts {
		fmt.Fprint(out, "\n"+out.paragraph("", contrastText(&d, these)))
	}
	return nil
}

// briefly returns in how many runs a property was violated, or reached if that is
// what it is about.
func briefly(k *catalog.SimClaim) string {
	n, what := k.Tally.Failed, "fail"
	if k.Form == properties.FormReachable.String() {
		n, what = k.Tally.Met, "reach it"
	}
	return fmt.Sprintf("%s %s%s", grouped(n), what, between(k.Bounds))
}

// contrastText says which variant takes longer, and how sure that is.
func contrastText(d *catalog.Contrast, these []simulated) string {
	r := d.Ranks
	if r == nil {
		return fmt.Sprintf("The times of %q differ as much by chance with p %s (log-rank test; some runs ended while they waited).", d.Property, pText(d.P))
	}
	return fmt.Sprintf("Of %q, %s takes longer than %s in %s of pairs of runs: a %s effect (Cliff's delta %s; Mann–Whitney p %s).",
		d.Property, these[0].label, these[1].label, percent(r.Greater), r.Size, strconv.FormatFloat(r.Delta, 'f', 2, 64), pText(d.P))
}

// pText keeps to what a p-value can tell.
func pText(p float64) string {
	if p < 1e-6 {
		return "below 0.000001"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

// secondsText returns a virtual time with about three digits.
func secondsText(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case math.IsInf(s, 1):
		return "not reached"
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	}
	return clock(d)
}
