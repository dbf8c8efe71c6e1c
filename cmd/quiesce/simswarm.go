package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
)

// runSwarm simulates many configurations and reports what each showed.
func (c *simFlags) runSwarm(cmd *cobra.Command, args []string) error {
	if err := refuseFlags(cmd, "cannot be had with --switches", "until-stable", "stop-at", "against", "plot", "histories"); err != nil {
		return err
	}
	if c.scheduler.value != "swarm" {
		return usagef("--switches is for --scheduler swarm, not for %s", c.scheduler.value)
	}
	entry, values, err := c.resolve(args)
	if err != nil {
		return err
	}
	if err := folder("traces", c.traces); err != nil {
		return err
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	progress := newSimProgress(cmd.ErrOrStderr(), c.progress.value, time.Now)
	opt := catalog.SwarmOptions{SimOptions: c.simOptions(progress), Switches: c.switches, Batch: uint64(c.batch)}
	opt.Variant = c.file
	found, err := entry.Swarm(ctx, values, opt)
	stopped := catalog.Stopped(ctx, err)
	if err != nil && !stopped {
		return err
	}
	if found == nil || len(found.Batches) == 0 {
		return &failure{exitInconclusive, errors.New("interrupted before the first configuration")}
	}
	files, unsaved := c.saveSwarm(found)
	var text strings.Builder
	if c.json {
		err = writeSwarmJSON(&text, found, files, stopped)
	} else {
		out := newScreen(cmd.OutOrStdout())
		out.Writer = &text
		showSwarm(&out, found, c, catalog.Title(entry.Name, values), stopped)
		err = nil
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), text.String()); err != nil {
		return err
	}
	if unsaved != nil {
		return usage(unsaved)
	}
	return quit(codeOf(found.Worst(stopped)))
}

// saveSwarm saves the traces of all configurations. Those of one property in two
// of them are two files: their parameters are part of them.
func (c *simFlags) saveSwarm(found *catalog.Swarm) (files [][]string, unsaved error) {
	for i := range found.Batches {
		saved, err := c.save(found.Batches[i].Found)
		files, unsaved = append(files, saved), errors.Join(unsaved, err)
	}
	return files, unsaved
}

// showSwarm prints the report for people: the properties, then the configurations
// in which any of them fails.
func showSwarm(out *screen, found *catalog.Swarm, c *simFlags, title string, stopped bool) {
	runs, steps := uint64(0), uint64(0)
	for i := range found.Batches {
		runs += found.Batches[i].Found.Runs
		steps += found.Batches[i].Found.Steps
	}
	n := counted(uint64(len(found.Batches)), "configuration")
	fmt.Fprint(out, out.paragraph("", title))
	fmt.Fprint(out, out.paragraph("", fmt.Sprintf("%s of seed %d in %s, scheduler %s; drawn were %s", counted(runs, "run"), uint64(c.seed), n,
		c.scheduler.value, strings.Join(found.Switched, ", "))))
	fmt.Fprintln(out)
	rows := [][]cell{{{"OUTCOME", faint}, {"PROPERTY", faint}, {"CONFIGURATIONS", faint}}}
	claims := found.Claims()
	worst, bad := found.Worst(stopped), 0
	for _, k := range claims {
		word, colour := k.Outcome.String(), inkOf(k.Outcome)
		if k.Outcome == properties.Holds {
			word, colour = "no failure", plain
		}
		if k.Outcome == worst {
			bad++
		}
		text := fmt.Sprintf("fails in %d of %d; %s of %s", k.Failed, k.Batches, grouped(k.FailedRuns), counted(k.Runs, "run"))
		rows = append(rows, []cell{{word, colour}, {k.Name, bold}, {text, plain}})
	}
	fmt.Fprint(out, out.columns("", rows))
	for i := range found.Batches {
		showBatch(out, i, &found.Batches[i])
	}
	if stopped {
		fmt.Fprint(out, "\n"+out.paragraph("", "Interrupted: the last configuration may have fewer runs than the others."))
	}
	if worst == properties.Violated {
		text := "--traces DIR saves the trace of each violation in each configuration; a trace names its own."
		if c.traces != "" {
			text = fmt.Sprintf("The trace of each violation was saved in %s. It names its configuration.", c.traces)
		}
		fmt.Fprint(out, "\n"+out.paragraph("", text))
	}
	text := fmt.Sprintf("%s: %d of %s; %s, %s, %s", worst, bad, propertiesText(len(claims)), n, counted(runs, "run"), counted(steps, "step"))
	if worst == properties.Holds {
		text = fmt.Sprintf("no failure in %s of %s, %s", counted(runs, "run"), n, counted(steps, "step"))
	}
	fmt.Fprintf(out, "\n%s", out.paragraph("", text))
}

// showBatch prints a configuration with what fails in it.
func showBatch(out *screen, i int, b *catalog.Batch) {
	drawn := strings.Join(b.Drawn.Strings(), " ")
	if drawn == "" {
		drawn = "as it was"
	}
	fmt.Fprint(out, "\n"+out.paragraph("", fmt.Sprintf("Configuration %d, runs from %d on: %s", i+1, b.Found.Options.First, drawn)))
	for k := range b.Found.Claims {
		claim := &b.Found.Claims[k]
		if claim.Outcome != properties.Violated {
			continue
		}
		fmt.Fprint(out, out.paragraph("  ", fmt.Sprintf("violated %q: %s; %s", claim.Name,
			shareText(claim.Tally.Failed, b.Found.Runs, claim.Bounds), traceText(&claim.Verdict))))
	}
}

// The JSON of quiesce sim --switches --json, described by docs/swarm-report.schema.json.
type jsonSwarm struct {
	Spec           string             `json:"spec"`
	Switched       []string           `json:"switched"`
	Outcome        string             `json:"outcome"`
	Stopped        *string            `json:"stopped"`
	Properties     []jsonSwarmClaim   `json:"properties"`
	Configurations []jsonSwarmVariant `json:"configurations"`
}

type jsonSwarmClaim struct {
	Name           string `json:"name"`
	Outcome        string `json:"outcome"`
	Configurations int    `json:"configurations"`
	FailedIn       int    `json:"failedIn"`
	Runs           uint64 `json:"runs"`
	Failed         uint64 `json:"failed"`
}

type jsonSwarmVariant struct {
	jsonVariant
	Seed  uint64         `json:"seed"`
	First uint64         `json:"first"`
	Drawn catalog.Values `json:"drawn"`
}

func writeSwarmJSON(w io.Writer, found *catalog.Swarm, files [][]string, stopped bool) error {
	out := jsonSwarm{Spec: found.Batches[0].Found.Spec, Switched: list(found.Switched), Outcome: simOutcome(found.Worst(stopped)),
		Properties: []jsonSwarmClaim{}, Configurations: []jsonSwarmVariant{}}
	if stopped {
		why := "interrupted"
		out.Stopped = &why
	}
	for _, k := range found.Claims() {
		out.Properties = append(out.Properties, jsonSwarmClaim{k.Name, simOutcome(k.Outcome), k.Batches, k.Failed, k.Runs, k.FailedRuns})
	}
	for i := range found.Batches {
		b := &found.Batches[i]
		v, err := variantJSON(&simulated{found: b.Found, files: files[i]})
		if err != nil {
			return err
		}
		out.Configurations = append(out.Configurations, jsonSwarmVariant{v, b.Found.Options.Seed, b.Found.Options.First, b.Drawn})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// completeSwitch completes names of parameters and of groups of them.
func completeSwitch(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	entry, err := specOf(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, g := range entry.SwitchGroups() {
		out = append(out, cobra.CompletionWithDesc(g, "all parameters of this group"))
	}
	for _, p := range entry.Params {
		out = append(out, cobra.CompletionWithDesc(p.Name, p.Sentence))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
