package main

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
	"github.com/quiesce/quiesce/sim/stats"
)

// show prints the report for people. As in the report of a check, there is no
// time of this machine in it.
func (c *simFlags) show(out *screen, these []simulated) error {
	this := &these[0]
	found := this.found
	fmt.Fprint(out, out.paragraph("", catalog.Title(found.Spec, found.Values)))
	fmt.Fprint(out, out.paragraph("", howRun(found)))
	fmt.Fprintln(out)
	fmt.Fprint(out, simTable(out, found))
	if err := c.showTraces(out, this); err != nil {
		return err
	}
	fmt.Fprint(out, simRemarks(out, found))
	if w := this.told; w != nil {
		text := fmt.Sprintf("Histories of %s are in %s; in %s there was no operation.", counted(w.written, "run"), c.histories, counted(w.empty, "run"))
		fmt.Fprint(out, "\n"+out.paragraph("", text))
	}
	if err := c.showTimes(out, these); err != nil {
		return err
	}
	if text := believe(found); text != "" {
		fmt.Fprint(out, "\n"+out.paragraph("", text))
	}
	fmt.Fprintf(out, "\n%s", out.paragraph("", simSummary(found)))
	return nil
}

// howRun says what was run: all that names a run, and what it was allowed.
func howRun(found *catalog.Simulation) string {
	o := &found.Options
	text := fmt.Sprintf("%s of seed %d", counted(found.Runs, "run"), o.Seed)
	if o.First > 0 {
		text += fmt.Sprintf(" from number %d on", o.First)
	}
	return text + fmt.Sprintf(", scheduler %s: up to %s each, and %s to settle", found.Scheduler, counted(uint64(o.Steps), "step"), grouped(uint64(o.Settle)))
}

// simTable says of each property what the runs say.
func simTable(out *screen, found *catalog.Simulation) string {
	rows := [][]cell{{{"OUTCOME", faint}, {"PROPERTY", faint}, {"RUNS", faint}}}
	for i := range found.Claims {
		k := &found.Claims[i]
		word, colour := wordOf(k)
		rows = append(rows, []cell{{word, colour}, {k.Name, bold}, {runsText(found, k), plain}})
	}
	return out.columns("", rows)
}

// wordOf says in one or two words what the runs say of a property. That no run
// violates it is no reason for green.
func wordOf(k *catalog.SimClaim) (string, ink) {
	switch {
	case k.Outcome == properties.Violated || k.Outcome == properties.Vacuous:
		return k.Outcome.String(), inkOf(k.Outcome)
	case k.Outcome == properties.Holds:
		return "reached", green
	case k.Form == properties.FormReachable.String():
		return "not reached", yellow
	case k.Tally.Open > 0:
		return "left waiting", yellow
	}
	return "no failure", plain
}

// runsText gives the counts behind a word, and what they mean.
func runsText(found *catalog.Simulation, k *catalog.SimClaim) string {
	switch {
	case found.Runs == 0 || k.Outcome == properties.Vacuous:
		return k.Reason
	case k.Form == properties.FormReachable.String():
		return "reached in " + shareText(k.Tally.Met, found.Runs, k.Bounds)
	}
	text := shareText(k.Tally.Failed, found.Runs, k.Bounds)
	if found.Test != nil {
		text += decisionText(found.Test, k.Decision)
	}
	if k.Tally.Open > 0 {
		text += fmt.Sprintf("; %s ended waiting", grouped(k.Tally.Open))
	}
	if k.Outcome == properties.Violated && k.Trace != nil {
		text += "; " + traceText(&k.Verdict)
	}
	return text
}

func decisionText(t *stats.SPRT, d stats.Decision) string {
	switch d {
	case stats.Good:
		return ": fewer than " + percent(t.High)
	case stats.Bad:
		return ": more than " + percent(t.Low)
	}
	return ": not decided"
}

// shareText returns k of n with its interval: 0 of 1,000 runs (at most 0.3 %).
func shareText(k, n uint64, b *stats.Interval) string {
	return fmt.Sprintf("%s of %s%s", grouped(k), counted(n, "run"), between(b))
}

// between returns an interval in brackets, if there is one.
func between(b *stats.Interval) string {
	switch {
	case b == nil:
		return ""
	case b.Sides == stats.AtMost:
		return fmt.Sprintf(" (at most %s)", percent(b.High))
	}
	return fmt.Sprintf(" (%s to %s)", percent(b.Low), percent(b.High))
}

// percent returns p with three digits, 8.61 %, in which no line ends.
func percent(p float64) string {
	p *= 100
	digits := 2
	if p > 0 {
		digits = max(0, 2-int(math.Floor(math.Log10(p))))
	}
	text := strconv.FormatFloat(p, 'f', min(digits, 12), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text + "\u00a0%"
}

// showTraces prints the traces, or of a spec that tells a story and has many, how
// to see one.
func (c *simFlags) showTraces(out *screen, this *simulated) error {
	var failed []int
	for i := range this.found.Claims {
		if k := &this.found.Claims[i]; k.Outcome == properties.Violated && k.Trace != nil {
			failed = append(failed, i)
		}
	}
	if len(failed) > 1 && len(c.only) == 0 && len(this.instance.Story) > 0 {
		text := "--property NAME shows the trace of one property, --traces DIR saves all of them."
		if c.traces != "" {
			text = fmt.Sprintf("--property NAME shows the trace of one property. All of them were saved in %s.", c.traces)
		}
		fmt.Fprint(out, "\n"+out.paragraph("", text))
		return nil
	}
	for _, i := range failed {
		k := &this.found.Claims[i]
		if err := showTrace(out, &k.Verdict, "none", this.files[i]); err != nil {
			return err
		}
		switch k.Worth {
		case catalog.AsFound:
			fmt.Fprint(out, "\nThis trace is as a run found it; quiesce check may find a shorter one.\n")
		case catalog.Minimal:
			fmt.Fprint(out, "\nNo step of this trace can be left out. The model is too large to find the shortest.\n")
		}
	}
	if len(failed) > 0 && c.traces == "" {
		fmt.Fprint(out, "\nNot saved: add --traces DIR to keep "+them(len(failed))+".\n")
	}
	return nil
}

// simRemarks say what a reader of the table should know besides it.
func simRemarks(out *screen, found *catalog.Simulation) string {
	var b strings.Builder
	say := func(text string) { b.WriteString("\n" + out.paragraph("", text)) }
	if p := found.Promise; p != nil {
		say(promiseText(p, found.Runs))
	}
	if s := found.Selection; s != nil {
		say(selectionText(found, s))
	}
	var ends []string
	for e, n := range found.Ends {
		if n > 0 {
			ends = append(ends, grouped(n)+" "+sim.End(e).String())
		}
	}
	if len(ends) > 0 {
		say("Runs ended " + strings.Join(ends, ", ") + ".")
	}
	if found.Coverage != nil {
		say(coverageText(found))
	}
	if len(found.Never) > 0 {
		say("Actions never taken: " + joined(found.Never))
	}
	if len(found.Idle) > 0 {
		say("Fairness sets that cover no action seen: " + joined(found.Idle))
	}
	if len(found.Delays) > 0 {
		say("Delays: " + joined(found.Delays))
	}
	if !found.Fixed && found.Runs > 0 {
		say("There are no intervals: they are exact only for a number of runs fixed in advance.")
	}
	return b.String()
}

// promiseText says what PCT promises, and what that rests on.
func promiseText(p *catalog.Promise, runs uint64) string {
	each, _ := p.EachRun.Float64()
	all := -math.Expm1(float64(runs) * math.Log1p(-each))
	one := new(big.Int).Quo(p.EachRun.Denom(), p.EachRun.Num())
	return fmt.Sprintf("Any one bug of depth %d is met by each run with a probability of at least 1 in %s, and by %s with at least %s, "+
		"if no run has more than %s and %s: none of %s looked at had.",
		p.Depth, one, counted(runs, "run"), percent(all), counted(uint64(p.Chains), "chain"), counted(uint64(p.Events), "event"), grouped(uint64(p.Looked)))
}

// selectionText says which events are uniform, and what that rests on.
func selectionText(found *catalog.Simulation, s *sched.Selection) string {
	var actors []string
	for _, a := range s.Actors {
		numbers := grouped(a.Least)
		if a.Most > a.Least {
			numbers += " to " + grouped(a.Most)
		}
		actors = append(actors, fmt.Sprintf("%s %s", a.Actor, numbers))
	}
	text := fmt.Sprintf("All interleavings of the selected events (%s) are equally likely if each actor takes a fixed number of them in every run and "+
		"none waits for another: in %s looked at they were %s.", strings.Join(found.Select, ", "), counted(uint64(s.Runs), "run"), strings.Join(actors, ", "))
	if !s.Fixed() {
		text += " So they are not fixed, and averages are used: nothing is promised."
	}
	return text
}

func coverageText(found *catalog.Simulation) string {
	v := found.Coverage
	states := fmt.Sprintf("%s, %s", counted(uint64(v.States), "state"), counted(uint64(v.Transitions), "transition"))
	if v.Full {
		states = fmt.Sprintf("more than %s (--coverage counts more)", counted(uint64(v.States), "state"))
	}
	return fmt.Sprintf("Seen: %s, %d of %d actions, %s of racing actions.", states, found.Actions-len(found.Never), found.Actions, counted(uint64(len(v.Races)), "pair"))
}

// believe says how many clean runs it takes to believe that a failure is fixed:
// of several failures the rarest, which needs most.
func believe(found *catalog.Simulation) string {
	var rarest *catalog.SimClaim
	for i := range found.Claims {
		if k := &found.Claims[i]; k.Believe > 0 && (rarest == nil || k.Believe > rarest.Believe) {
			rarest = k
		}
	}
	if rarest == nil {
		return ""
	}
	return fmt.Sprintf("Clean runs of another seed before a fix of %q is believed with %s: %s. A check says it for certain.",
		rarest.Name, percent(found.Confidence), grouped(rarest.Believe))
}

// simSummary is the last line. No outcome of a simulation is called "holds".
func simSummary(found *catalog.Simulation) string {
	worst, count := found.Worst(), 0
	for i := range found.Claims {
		if found.Claims[i].Counts() == worst {
			count++
		}
	}
	covered := fmt.Sprintf("%s, %s", counted(found.Runs, "run"), counted(found.Steps, "step"))
	text := fmt.Sprintf("%s: %d of %s; %s", worst, count, propertiesText(len(found.Claims)), covered)
	if worst == properties.Holds {
		text = fmt.Sprintf("no failure in %s of %s; %s", counted(found.Runs, "run"), propertiesText(len(found.Claims)), counted(found.Steps, "step"))
	}
	if found.Stopped != "" {
		text += "; ended: " + found.Stopped
	}
	return text
}
