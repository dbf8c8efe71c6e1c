package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/sim/stats"
	"github.com/quiesce/quiesce/traces/codec"
)

// A levels is a flag that says what the levels of importance splitting are: auto,
// distance, steps, a trace file, or names of actions.
type levels struct{ text string }

func (l *levels) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("want auto, distance, steps, a trace FILE.json, or names of actions with commas between them")
	}
	l.text = text
	return nil
}

func (l *levels) String() string { return l.text }

func (l *levels) Type() string { return "auto|distance|steps|FILE.json|NAME,NAME..." }

// apply says what l means.
func (l *levels) apply(cmd *cobra.Command, opt *catalog.RareOptions) (err error) {
	switch text := l.text; {
	case text == catalog.LevelsAuto || text == catalog.LevelsDistance || text == catalog.LevelsSteps:
		opt.Levels = text
	case strings.HasSuffix(text, ".json") || text == "-":
		opt.Toward, err = open(cmd, text)
	default:
		for name := range strings.SplitSeq(text, ",") {
			opt.Names = append(opt.Names, strings.TrimSpace(name))
		}
	}
	return err
}

func completeLevels(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{
		cobra.CompletionWithDesc(catalog.LevelsAuto, "distance if the model is small enough, else steps"),
		cobra.CompletionWithDesc(catalog.LevelsDistance, "how far a state is from a violation"),
		cobra.CompletionWithDesc(catalog.LevelsSteps, "how much of the shortest counterexample has happened, in order"),
	}, cobra.ShellCompDirectiveDefault
}

// refuseFlags says of flags that were given that they cannot be honoured, and why.
func refuseFlags(cmd *cobra.Command, why string, names ...string) error {
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return usagef("--%s %s", name, why)
		}
	}
	return nil
}

// runRare estimates the probability of a rare violation and reports it.
func (c *simFlags) runRare(cmd *cobra.Command, args []string) error {
	err := refuseFlags(cmd, "cannot be had with --rare: each enabled step is taken alike, until the property is violated or --steps are made",
		"first", "settle", "scheduler", "depth", "select", "delay", "property", "coverage", "until-stable", "stop-at", "against", "plot", "histories", "switches", "batch")
	if err != nil {
		return err
	}
	instance, err := c.instance(args)
	if err != nil {
		return err
	}
	if err := folder("traces", c.traces); err != nil {
		return err
	}
	found, err := c.estimate(cmd, instance)
	if err != nil {
		return err
	}
	files, unsaved := saveTraces(c.traces, []*codec.Document{found.Trace})
	var text bytes.Buffer
	if c.json {
		err = writeRareJSON(&text, found, files[0])
	} else {
		out := newScreen(cmd.OutOrStdout())
		out.Writer = &text
		showRare(&out, found, files[0])
	}
	if err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(text.Bytes()); err != nil {
		return err
	}
	if unsaved != nil {
		return usage(unsaved)
	}
	return quit(codeOf(found.Outcome()))
}

// estimate makes the replicas until they are done or interrupted.
func (c *simFlags) estimate(cmd *cobra.Command, instance *catalog.Instance) (*catalog.Rarity, error) {
	ctx, release := interruptible(cmd.Context())
	defer release()
	progress := newSimProgress(cmd.ErrOrStderr(), c.progress.value, time.Now)
	opt := catalog.RareOptions{
		Property: c.rare, Seed: uint64(c.seed), Replicas: int(c.replicas), Runs: int(c.runs), Steps: int(c.steps),
		Workers: int(c.workers), Confidence: float64(c.confidence), Search: progress.update, Progress: progress.replica(int(c.replicas)),
	}
	if err := c.levels.apply(cmd, &opt); err != nil {
		return nil, err
	}
	found, err := instance.Rare(ctx, opt)
	if found != nil {
		progress.finished(found.Runs, found.Steps)
	}
	if errors.Is(err, context.Canceled) {
		if found == nil || len(found.Estimates) == 0 {
			return nil, &failure{exitInconclusive, errors.New("interrupted before the first replica was finished")}
		}
		return found, nil
	}
	return found, err
}

// replica is catalog.RareOptions.Progress.
func (p simProgress) replica(all int) func(replica, level, last int, steps uint64) {
	return func(replica, level, last int, steps uint64) {
		p.say(p.now(), func() string {
			return fmt.Sprintf("splitting  replica %d of %d  level %d of %d  %s", replica+1, all, level, last, counted(steps, "step"))
		})
	}
}

// showRare prints an estimate for people.
func showRare(out *screen, r *catalog.Rarity, file string) {
	o := &r.Options
	say := func(text string) { fmt.Fprint(out, out.paragraph("", text)) }
	say(catalog.Title(r.Spec, r.Values))
	say(fmt.Sprintf("How probable it is that a run of up to %s, each enabled step being equally likely, violates %q (%s)",
		counted(uint64(o.Steps), "step"), r.Property, r.Form))
	fmt.Fprintln(out)
	rows := [][]cell{{{"LEVEL", faint}, {rareHeading(r), faint}, {"REACHED", faint}}}
	for i, l := range r.Levels {
		rows = append(rows, []cell{{fmt.Sprint(i + 1), plain}, {levelText(r, i), plain},
			{fmt.Sprintf("%s of %s", grouped(l.Reached), counted(l.Started, "run")), plain}})
	}
	fmt.Fprint(out, out.columns("", rows))
	fmt.Fprintln(out)
	say(estimateText(r))
	if r.Exact != nil {
		say(exactText(r))
	} else {
		say(fmt.Sprintf("Not compared with the exact answer: the model has more than %s.", counted(catalog.Solvable, "state")))
	}
	say(costText(r))
	if r.Trace != nil {
		text := "The levels are the steps of a counterexample, which --traces DIR saves."
		if file != "" {
			text = fmt.Sprintf("The levels are the steps of a counterexample, saved in %s", file)
		}
		say(text)
	}
	fmt.Fprintf(out, "\n%s", out.paragraph("", rareSummary(r)))
}

// rareHeading says what the levels of r are.
func rareHeading(r *catalog.Rarity) string {
	if len(r.Names) > 0 {
		return "AFTER"
	}
	return "STEPS TO A VIOLATION, AT MOST"
}

func levelText(r *catalog.Rarity, i int) string {
	switch {
	case i == len(r.Levels)-1:
		return "the violation"
	case len(r.Names) > 0:
		return r.Levels[i].Name
	}
	return fmt.Sprint(len(r.Levels) - 1 - i)
}

func estimateText(r *catalog.Rarity) string {
	n := counted(uint64(len(r.Estimates)), "replica")
	seeds := fmt.Sprintf("seeds %d to %d", r.Options.Seed, r.Options.Seed+uint64(len(r.Estimates))-1)
	switch {
	case r.Stopped:
		return fmt.Sprintf("Interrupted after %s of %d: their mean is %s. There is no interval, as slow replicas are cut off more often.",
			n, r.Options.Replicas, probabilityText(r.Mean))
	case r.Mean == 0:
		return fmt.Sprintf("None of %s (%s) came to a violation. Of all levels together, its probability is at most %s (%s), if the runs for each were independent.",
			n, seeds, probabilityText(r.AtMost), percent(r.Options.Confidence))
	case r.Bounds == nil:
		return fmt.Sprintf("Estimate: %s, the mean of %s (%s). Their relative error is %s, and they are skewed: there is no interval that could be trusted. "+
			"More --runs for each level, or better --levels, make them agree.", probabilityText(r.Mean), n, seeds, percent(r.Relative))
	}
	return fmt.Sprintf("Estimate: %s (%s to %s with %s), the mean of %s (%s) with Student's interval; relative error %s.", probabilityText(r.Mean),
		probabilityText(r.Bounds.Low), probabilityText(r.Bounds.High), percent(r.Options.Confidence), n, seeds, percent(r.Relative))
}

func exactText(r *catalog.Rarity) string {
	text := fmt.Sprintf("Exactly: %s, by the model solved as a Markov chain of %s", probabilityText(*r.Exact), counted(uint64(r.States), "state"))
	switch {
	case r.Bounds == nil:
		return text + "."
	case r.Within():
		return text + ", inside the interval."
	}
	return text + fmt.Sprintf(", outside the interval, as it may be in %s of estimates.", percent(1-r.Options.Confidence))
}

func costText(r *catalog.Rarity) string {
	text := fmt.Sprintf("Cost: %s begun, %s.", counted(r.Runs, "run"), counted(r.Steps, "step"))
	if r.Plain > 0 && r.Bounds != nil {
		text += fmt.Sprintf(" About %s plain runs would be as precise.", probabilityText(r.Plain))
	}
	return text
}

// probabilityText writes a probability, or a large number, with three digits.
func probabilityText(p float64) string {
	if p == 0 {
		return "0"
	}
	return fmt.Sprintf("%.3g", p)
}

func rareSummary(r *catalog.Rarity) string {
	word := r.Outcome().String()
	if r.Mean == 0 {
		return fmt.Sprintf("%s: %q; no replica met it; %s", word, r.Property, counted(r.Steps, "step"))
	}
	return fmt.Sprintf("%s: %q, in about one of %s runs; %s", word, r.Property, probabilityText(1/r.Mean), counted(r.Steps, "step"))
}

// The JSON of quiesce sim --rare --json, described by docs/rare-report.schema.json.
type jsonRarity struct {
	Spec       string         `json:"spec"`
	Params     catalog.Values `json:"params"`
	Property   string         `json:"property"`
	Form       string         `json:"form"`
	Sentence   string         `json:"sentence"`
	Seed       uint64         `json:"seed"`
	Replicas   int            `json:"replicas"`
	Runs       int            `json:"runs"`
	Steps      int            `json:"steps"`
	Confidence figure         `json:"confidence"`
	Levels     string         `json:"levels"`
	Reached    []jsonLevel    `json:"reached"`
	Estimates  []figure       `json:"estimates"`
	Mean       figure         `json:"mean"`
	Interval   *jsonInterval  `json:"interval"`
	Relative   *figure        `json:"relativeError"`
	AtMost     *figure        `json:"atMost"`
	Plain      *figure        `json:"plainRuns"`
	Exact      *jsonExact     `json:"exact"`
	Begun      uint64         `json:"begun"`
	Taken      uint64         `json:"taken"`
	Stopped    *string        `json:"stopped"`
	Outcome    string         `json:"outcome"`
	Trace      *jsonSimTrace  `json:"trace"`
}

type jsonLevel struct {
	Name    *string `json:"name"`
	Started uint64  `json:"started"`
	Reached uint64  `json:"reached"`
}

type jsonExact struct {
	Probability figure `json:"probability"`
	States      int    `json:"states"`
	Inside      *bool  `json:"inside"`
}

func writeRareJSON(w io.Writer, r *catalog.Rarity, file string) error {
	o := &r.Options
	out := jsonRarity{
		Spec: r.Spec, Params: r.Values, Property: r.Property, Form: r.Form, Sentence: r.Sentence,
		Seed: o.Seed, Replicas: o.Replicas, Runs: o.Runs, Steps: o.Steps, Confidence: figure(o.Confidence),
		Levels: o.Levels, Reached: []jsonLevel{}, Estimates: []figure{}, Mean: figure(r.Mean),
		Begun: r.Runs, Taken: r.Steps, Outcome: r.Outcome().String(), Interval: intervalJSON(r.Bounds),
	}
	for i := range r.Levels {
		l := jsonLevel{Started: r.Levels[i].Started, Reached: r.Levels[i].Reached}
		if name := r.Levels[i].Name; name != "" {
			l.Name = &name
		}
		out.Reached = append(out.Reached, l)
	}
	for _, e := range r.Estimates {
		out.Estimates = append(out.Estimates, figure(e))
	}
	if !math.IsInf(r.Relative, 0) {
		relative, plainRuns := figure(r.Relative), figure(r.Plain)
		out.Relative, out.Plain = &relative, &plainRuns
	}
	if r.Mean == 0 && !r.Stopped {
		bound := figure(r.AtMost)
		out.AtMost = &bound
	}
	if r.Exact != nil {
		out.Exact = &jsonExact{Probability: figure(*r.Exact), States: r.States}
		if r.Bounds != nil {
			inside := r.Within()
			out.Exact.Inside = &inside
		}
	}
	if r.Stopped {
		stopped := "interrupted"
		out.Stopped = &stopped
	}
	if r.Trace != nil {
		out.Trace = &jsonSimTrace{*traceJSON(&catalog.Verdict{Trace: r.Trace}, file), string(r.Worth)}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func intervalJSON(b *stats.Interval) *jsonInterval {
	if b == nil {
		return nil
	}
	return &jsonInterval{figure(b.Low), figure(b.High)}
}
