package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/traces/codec"
)

// simFlags are the flags of quiesce sim.
type simFlags struct {
	settings

	// What to run: see catalog.SimOptions.
	seed      natural
	first     natural
	runs      limit
	steps     limit
	settle    limit
	workers   limit
	coverage  natural
	scheduler *choice
	depth     limit
	selected  []string // names or kinds of actions
	delays    []string
	only      []string // names of properties; none means all

	// When to end.
	stable bool
	stopAt share

	// Many configurations: see catalog.SwarmOptions.
	switches []string
	batch    limit

	// A rare violation: see catalog.RareOptions.
	rare     string // name of the property; empty: make runs
	levels   levels
	replicas limit

	// What to say.
	confidence share
	against    string // variant file to compare with
	plot       string // file of the picture of times
	traces     string // folder to save in; empty: nowhere
	histories  string // folder for the history of each run; empty: none are made
	json       bool
	progress   *choice
}

const simHelp = `Make random runs of a spec and say what they show: for each property how many
runs violate it and between which bounds the probability of that lies. A run
takes up to --steps steps; then no fault and no request happens any more, and
everything must settle. Each property that is violated is solved on the model:
its trace is the shortest there is, the one that quiesce check finds. Without
SPEC the variant file may name one; else it is ` + catalog.Default + `.

With --rare, runs are made in stages towards a violation that plain runs would
hardly meet, and its probability is estimated. It is compared with the exact one
where the model is small enough to be solved.

Runs never show that a property holds. A run is named by its seed and number:
--seed S --first N --runs 1 makes it again, on any machine. What is printed does
not depend on --workers.

Exit codes:
  0  all runs were made and none of them violates anything
  1  something is violated
  2  the command line or a file it names is wrong
  3  interrupted, or a run ended before a property was decided
  4  something never happened that a property is about, or that should be reached
  5  internal error: the model broke its contract, or a defect of quiesce`

// newSim returns the command that simulates a spec.
func newSim() *cobra.Command {
	flags := simFlags{
		coverage: 200_000, confidence: 0.95, replicas: 10, levels: levels{text: catalog.LevelsAuto},
		scheduler: one(catalog.Schedulers...), progress: one("auto", "plain", "none"),
	}
	cmd := &cobra.Command{
		Use:   "sim [SPEC]",
		Short: "Make random runs of a spec, with or without time, and count",
		Long:  simHelp,
		Example: `  quiesce sim lifecycle --param bug=reconnect --runs 20000 --seed 7
  quiesce sim latent --scheduler pct --depth 3 --until-stable
  quiesce sim lifecycle --scheduler selective --select RecvAttach --select MasterStop
  quiesce sim latent -p builds=1 -p faults=0 --rare 'no reconnection refused'
  quiesce sim lifecycle --stop-at 0.001
  quiesce sim lifecycle --scheduler timed --delay 'timer=constant(1s)' \
      --property 'stop leads to every worker stopped' --plot stop.svg
  quiesce sim --variant new.yaml --against old.yaml --scheduler timed`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: specArg,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args)
		}),
	}
	flags.register(cmd)
	return cmd
}

func (c *simFlags) register(cmd *cobra.Command) {
	c.flags(cmd)
	f := cmd.Flags()
	f.Var(&c.runs, "runs", "how many runs (default 1000; at most 1048576 with --until-stable; as many as it takes with --stop-at)")
	f.Var(&c.seed, "seed", "seed of all runs")
	f.Var(&c.first, "first", "number of the first run")
	f.Var(&c.steps, "steps", "steps of a run before it settles (default 200)")
	f.Var(&c.settle, "settle", "steps within which a run must settle (default 5 times --steps)")
	f.Var(&c.workers, "workers", "goroutines that simulate; the report does not depend on it (default one per CPU)")
	f.Var(c.scheduler, "scheduler", "how steps are chosen")
	f.Var(&c.depth, "depth", "depth of the bugs that the scheduler pct is to find (default 2)")
	f.StringArrayVar(&c.selected, "select", nil, "events of the scheduler selective: a `NAME` or kind of actions; may be repeated")
	f.StringArrayVar(&c.delays, "delay", nil, "set a delay of the scheduler timed, as `NAME=DELAY`; may be repeated")
	f.StringArrayVar(&c.only, "property", nil, "look at this property alone, by its `NAME`; may be repeated")
	f.Var(&c.coverage, "coverage", "count up to so many distinct states; 0 counts none and is faster")
	f.BoolVar(&c.stable, "until-stable", false, "end when a doubling of the runs shows no new state, transition or race")
	f.Var(&c.stopAt, "stop-at", "end when a sequential test says of each property whether it fails in fewer runs than this share, or in more than a tenth of it")
	f.StringSliceVar(&c.switches, "switches", nil, "of the scheduler swarm: draw a configuration for each batch of runs, of these parameters or `GROUPS` of them")
	f.Var(&c.batch, "batch", "with --switches: runs for each configuration (default 100)")
	f.StringVar(&c.rare, "rare", "", "estimate how probable a violation of the property `NAME` is, by importance splitting")
	f.Var(&c.levels, "levels", "how far a behaviour is on the way to it: by distance, steps of a counterexample, a trace file, or names of actions in order")
	f.Var(&c.replicas, "replicas", "how often the estimate is repeated; its interval is made of how they differ")
	f.Var(&c.confidence, "confidence", "of every interval and test")
	f.StringVar(&c.against, "against", "", "simulate the variant of this YAML `FILE` too, and compare")
	f.StringVar(&c.plot, "plot", "", "write a picture of the times of the one live property to the SVG `FILE`")
	f.StringVar(&c.traces, "traces", "", "save every trace that is found in folder `DIR`")
	f.StringVar(&c.histories, "histories", "", "write the history of each run, as operations on the worker, in folder `DIR`")
	f.BoolVar(&c.json, "json", false, "print the report as one JSON object, the same bytes for any --workers")
	f.Var(c.progress, "progress", "how to tell on standard error how far the simulation is")
	complete(cmd, "scheduler", cobra.FixedCompletions(c.scheduler.words, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "progress", cobra.FixedCompletions(c.progress.words, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "property", c.completeProperty)
	complete(cmd, "select", c.completeAction)
	complete(cmd, "switches", completeSwitch)
	complete(cmd, "rare", c.completeProperty)
	complete(cmd, "levels", completeLevels)
	for _, flag := range []string{"traces", "histories"} {
		complete(cmd, flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		})
	}
	for flag, extension := range map[string]cobra.Completion{"against": "yaml", "plot": "svg"} {
		complete(cmd, flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{extension}, cobra.ShellCompDirectiveFilterFileExt
		})
	}
}

// A simulated variant and what was found, with the paths of its saved traces.
type simulated struct {
	label    string
	instance *catalog.Instance
	variant  *catalog.Variant    // nil if no file was named
	found    *catalog.Simulation // nil if it was interrupted before it began
	files    []string
	told     *historian // nil if no histories were asked for
}

// run simulates and reports. As with a check, nothing is printed before all is
// known.
func (c *simFlags) run(cmd *cobra.Command, args []string) error {
	if c.rare != "" {
		return c.runRare(cmd, args)
	}
	if err := refuseFlags(cmd, "is for --rare NAME", "levels", "replicas"); err != nil {
		return err
	}
	if cmd.Flags().Changed("switches") {
		return c.runSwarm(cmd, args)
	}
	if err := refuseFlags(cmd, "is for --switches", "batch"); err != nil {
		return err
	}
	these, err := c.variants(args)
	if err != nil {
		return err
	}
	if err := c.prepare(these); err != nil {
		return err
	}
	if err := c.simulate(cmd, these); err != nil {
		return err
	}
	this := &these[0]
	var unsaved error
	this.files, unsaved = c.save(this.found)
	if c.plot != "" {
		unsaved = errors.Join(unsaved, c.picture(these))
	}
	var text bytes.Buffer
	if c.json {
		err = writeSimJSON(&text, these)
	} else {
		out := newScreen(cmd.OutOrStdout())
		out.Writer = &text
		err = c.show(&out, these)
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
	return quit(codeOf(this.found.Worst()))
}

// variants returns what to simulate: the variant that the flags describe, and the
// one to compare it with, of the same spec. --param means both.
func (c *simFlags) variants(args []string) ([]simulated, error) {
	instance, err := c.instance(args)
	if err != nil {
		return nil, err
	}
	these := []simulated{{label: "this", instance: instance, variant: c.file}}
	if c.variant != "" {
		these[0].label = c.variant
	}
	if c.against == "" {
		return these, nil
	}
	other := settings{params: c.params, variant: c.against}
	instance, err = other.instance([]string{instance.Spec})
	if err != nil {
		return nil, err
	}
	return append(these, simulated{label: c.against, instance: instance, variant: other.file}), nil
}

// prepare refuses what cannot be honoured.
func (c *simFlags) prepare(these []simulated) error {
	if c.plot != "" {
		if c.scheduler.value != "timed" {
			return usagef("--plot draws times: only --scheduler timed has them")
		}
		if live := c.live(these[0].instance); len(live) != 1 {
			return usagef("--plot draws the times of one live property, here are %d (choose with --property NAME)", len(live))
		}
	}
	if c.histories != "" && (c.stable || c.stopAt > 0 || c.runs > mostHistories) {
		return usagef("--histories writes a file for each run: give a number of --runs of at most %d, without --until-stable and --stop-at", mostHistories)
	}
	return errors.Join(folder("traces", c.traces), folder("histories", c.histories))
}

// simulate makes the runs of all variants until they are done or interrupted. To
// be interrupted is no error if there is a report to show.
func (c *simFlags) simulate(cmd *cobra.Command, these []simulated) error {
	ctx, release := interruptible(cmd.Context())
	defer release()
	for i := range these {
		found, err := c.one(ctx, cmd.ErrOrStderr(), &these[i], i > 0)
		these[i].found = found
		switch {
		case errors.Is(err, context.Canceled) && these[0].found == nil:
			return &failure{exitInconclusive, errors.New("interrupted before the first run")}
		case errors.Is(err, context.Canceled):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// one makes the runs of one variant. Of the variant to compare with only counts
// are wanted.
func (c *simFlags) one(ctx context.Context, stderr io.Writer, v *simulated, counts bool) (*catalog.Simulation, error) {
	progress := newSimProgress(stderr, c.progress.value, time.Now)
	opt := c.simOptions(progress)
	opt.Variant, opt.Unsolved = v.variant, counts
	if c.histories != "" && !counts {
		v.told = &historian{dir: c.histories, spec: v.instance.Spec, seed: uint64(c.seed)}
		opt.History = v.told.add
	}
	found, err := v.instance.Simulate(ctx, opt)
	if found != nil {
		progress.finished(found.Runs, found.Steps)
	}
	return found, err
}

// simOptions returns what the flags ask for.
func (c *simFlags) simOptions(progress simProgress) catalog.SimOptions {
	return catalog.SimOptions{
		Options: sim.Options{
			Seed: uint64(c.seed), First: uint64(c.first), Runs: uint64(c.runs),
			Steps: int(c.steps), Settle: int(c.settle), Workers: int(c.workers),
			States: int(c.coverage), Stable: c.stable, Progress: progress.tally,
		},
		Only: c.only, Scheduler: c.scheduler.value, Depth: int(c.depth), Select: c.selected, Delays: c.delays,
		Confidence: float64(c.confidence), StopAt: float64(c.stopAt), Search: progress.update,
	}
}

func (c *simFlags) save(found *catalog.Simulation) ([]string, error) {
	all := make([]*codec.Document, len(found.Claims))
	for i := range all {
		// How a reachable property was reached is not asked for.
		if found.Claims[i].Outcome == properties.Violated {
			all[i] = found.Claims[i].Trace
		}
	}
	return saveTraces(c.traces, all)
}

// live returns the names of the live properties to look at.
func (c *simFlags) live(instance *catalog.Instance) []string {
	var out []string
	for _, p := range instance.Describe().Properties {
		live := p.Form == properties.FormLeadsTo.String() || p.Form == properties.FormEventually.String()
		if live && (len(c.only) == 0 || slices.Contains(c.only, p.Name)) {
			out = append(out, p.Name)
		}
	}
	return out
}
