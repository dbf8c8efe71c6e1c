package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// conformFlags are the flags of quiesce conform.
type conformFlags struct {
	settings
	driven

	traces, steps, workers limit
	seed                   uint64
	coverage               bool
	mode                   *choice
}

// newConform returns the command that holds the model against the code.
func newConform() *cobra.Command {
	flags := conformFlags{traces: 500, steps: 40, mode: one("gated", "full")}
	flags.on = system{name: theBuildbot}
	cmd := &cobra.Command{
		Use:   "conform [SPEC]",
		Short: "Hold random walks of the model against the real Buildbot",
		Long: `Hold the model against the code: walk the model at random, take the same steps
on the real Buildbot, and compare after every step everything that can be seen
of it. Walks prefer what was taken rarely. They are a function of --seed; so is
all that is printed, whatever --workers is.

A difference is shown by the shortest trace to it that could be found, with what
the model says and what the code says. Only one of each kind is shown. Walks are
in scopes of their own, with every sign of build_wait_timeout and faults of all
kinds: the only parameter that can be set is version, for which that of the
Buildbot found is taken otherwise.

In gated mode every answer that the master waits for comes when a step says so,
so that every race can be made to happen. In full mode the master is whole, with
its distributor and its database: what it does by itself after a step is one of
the things that the model says it can.

Exit codes: 0 no difference, 1 a difference, 2 the command line is wrong, or
there is no Buildbot that can be driven, 3 interrupted, 5 the bridge broke.`,
		Example: `  quiesce conform
  quiesce conform latent --traces 2000 --seed 7
  quiesce conform --coverage
  quiesce conform --mode full --traces 100
  quiesce conform --on buildbot=../buildbot --python venv/bin/python`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: specArg,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args)
		}),
	}
	flags.register(cmd)
	return cmd
}

func (c *conformFlags) register(cmd *cobra.Command) {
	c.settings.flags(cmd)
	c.driven.flags(cmd, "the Buildbot to compare with")
	f := cmd.Flags()
	f.Var(&c.traces, "traces", "how many walks")
	f.Var(&c.steps, "steps", "how long each is, if the model can go on for so long")
	f.Uint64Var(&c.seed, "seed", 1, "which walks")
	f.Var(c.mode, "mode", "how much of the master is real")
	f.Var(&c.workers, "workers", "Buildbots that run side by side (default one per CPU)")
	f.BoolVar(&c.coverage, "coverage", false, "say what of "+measured+" was run; needs Debian's python3-coverage")
}

// measured is the file whose coverage says how much of the lifecycle is compared.
const measured = "worker/latent.py"

func (c *conformFlags) run(cmd *cobra.Command, args []string) error {
	instance, err := c.instance(args)
	if err != nil {
		return err
	}
	real, err := realOf(instance)
	if err != nil {
		return usage(err)
	}
	opt := buildbot.ConformOptions{Traces: int(c.traces), Steps: int(c.steps), Seed: c.seed, Full: c.mode.value == "full", Bridge: c.options()}
	opt.Bridge.Processes = int(c.workers)
	opt.AsFound = !c.given()
	if c.coverage {
		opt.Bridge.Cover = []string{measured}
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	found, err := real.Conform(ctx, opt)
	if err != nil {
		return undriven(err)
	}
	var text bytes.Buffer
	out := newScreen(cmd.OutOrStdout())
	out.Writer = &text
	if err := showConformance(&out, found); err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(text.Bytes()); err != nil {
		return err
	}
	if len(found.Findings) > 0 {
		return quit(exitViolated)
	}
	return nil
}

// showConformance prints what was compared, the differences, what was not
// compared, and one line to remember.
func showConformance(out *screen, found *catalog.Conformance) error {
	v := &found.Versions
	fmt.Fprint(out, out.paragraph("", fmt.Sprintf("latent, version %s, and Buildbot %s with Twisted %s on Python %s, in %s",
		found.Model, v.Buildbot, v.Twisted, v.Python, v.Path)))
	if found.Note != "" {
		fmt.Fprint(out, out.paragraph("", "Note: "+found.Note+"."))
	}
	for i := range found.Findings {
		f := &found.Findings[i]
		fmt.Fprintf(out, "\n%s\n", out.paint(fmt.Sprintf("Difference %d of %d, %s: %s", i+1, len(found.Findings),
			counted(uint64(f.Walks), "walk"), f.Scope), red))
		if err := difference(out, f, found.Documents[i]); err != nil {
			return err
		}
	}
	for _, c := range found.Covered {
		fmt.Fprintf(out, "\n%s\n", c)
		fmt.Fprint(out, out.paragraph("  ", "Lines not run: "+listed(c.MissedLines, func(n int) string { return fmt.Sprint(n) })))
		fmt.Fprint(out, out.paragraph("  ", "Branches not taken: "+listed(c.MissedBranches, branch)))
	}
	fmt.Fprintln(out)
	untaken(out, found)
	fmt.Fprintln(out, "Not compared:")
	for _, gap := range buildbot.Gaps {
		fmt.Fprint(out, out.columns("  ", [][]cell{{{"-", plain}, {gap.Why, plain}}}))
	}
	fmt.Fprintf(out, "\n%s, %s, %s\n", counted(uint64(found.Traces), "trace"), counted(uint64(found.Steps), "step"),
		counted(uint64(walksThatDiffer(found)), "divergence"))
	return nil
}

// difference prints the steps to a difference, and the difference.
func difference(w io.Writer, f *buildbot.Finding, d *codec.Document) error {
	if err := codec.Outline(w, d); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%v\n", f.Divergence)
	return err
}

// untaken says which actions no walk took: nothing was compared of them.
func untaken(out *screen, found *catalog.Conformance) {
	var never []string
	for _, a := range found.Taken {
		if a.Steps == 0 {
			never = append(never, a.Name)
		}
	}
	text := fmt.Sprintf("Actions taken: %d of %d", len(found.Taken)-len(never), len(found.Taken))
	if len(never) > 0 {
		text += "; never: " + strings.Join(never, ", ")
	}
	fmt.Fprint(out, out.paragraph("", text+"."))
}

func walksThatDiffer(found *catalog.Conformance) int {
	n := 0
	for i := range found.Findings {
		n += found.Findings[i].Walks
	}
	return n
}

// branch writes one as coverage.py does.
func branch(b [2]int) string {
	if b[1] < 0 {
		return fmt.Sprintf("%d->exit", b[0])
	}
	return fmt.Sprintf("%d->%d", b[0], b[1])
}

// listed writes items one after the other.
func listed[T any](items []T, text func(T) string) string {
	if len(items) == 0 {
		return "none"
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = text(item)
	}
	return strings.Join(words, ", ")
}
