package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/traces/codec"
)

// checkFlags are the flags of quiesce check. What they ask for and cannot be
// had together is an error, of the engine where it is about the search.
type checkFlags struct {
	settings

	// How to search: see check.Options.
	workers    limit
	maxStates  limit
	maxBytes   size
	checkpoint string
	symmetry   bool
	compact    bool
	witnesses  bool
	all        bool
	only       []string // names of properties; none means all

	// What to do with what is found.
	traces   string // folder to save in; empty: nowhere
	json     bool
	diagram  *choice
	progress *choice
}

// newCheck returns the command that decides the properties of a spec.
func newCheck() *cobra.Command {
	flags := checkFlags{
		diagram:  one("none", "text", "mermaid"),
		progress: one("auto", "plain", "none"),
	}
	cmd := &cobra.Command{
		Use:   "check [SPEC]",
		Short: "Decide every property of a spec by visiting every state",
		Long: `Decide every property of a spec by visiting every state it can reach. For each
property that is violated the shortest counterexample is shown, step by step,
with the fields that change. Without SPEC the variant file may name one; else
it is ` + catalog.Default + `.

A run that is stopped by a limit or by Ctrl-C says what it covered and is
inconclusive. A second Ctrl-C quits at once.

` + exitHelp,
		Example: `  quiesce check
  quiesce check twophase --param managers=5
  quiesce check lifecycle --param bug=hang --traces out --diagram text
  quiesce check lifecycle --variant proposal.yaml
  quiesce check twophase -p managers=5 --symmetry
  quiesce check twophase -p managers=9 --max-bytes 4GiB --checkpoint run.ckpt
  quiesce check lifecycle --json | jq '.properties[] | select(.outcome != "holds")'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: specArg,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args)
		}),
	}
	flags.register(cmd)
	return cmd
}

// register declares the flags. The limits have types of their own, so that a
// bad one is refused like any other bad flag, before anything is done.
func (c *checkFlags) register(cmd *cobra.Command) {
	c.flags(cmd)
	f := cmd.Flags()
	f.Var(&c.workers, "workers", "goroutines that search; the report does not depend on it (default one per CPU)")
	f.Var(&c.maxStates, "max-states", "end before a level with more states; what is open is inconclusive")
	f.Var(&c.maxBytes, "max-bytes", "end before the search needs more memory, such as 4GiB (default three quarters of what there is)")
	f.StringVar(&c.checkpoint, "checkpoint", "", "write the search to `FILE` now and then, and go on from it if it exists")
	f.StringVar(&c.traces, "traces", "", "save every trace that is found in folder `DIR`")
	f.BoolVar(&c.json, "json", false, "print the report as one JSON object, the same bytes for any --workers")
	f.BoolVar(&c.symmetry, "symmetry", false, "visit one state of each symmetry class; for properties of states and steps")
	f.BoolVar(&c.compact, "compact", false, "keep 128-bit fingerprints instead of states; may miss states, and says how likely that is")
	f.BoolVar(&c.witnesses, "witnesses", false, "show how each reachable property that holds is reached")
	f.BoolVar(&c.all, "all", false, "print every counterexample in full, also of a spec that tells a story instead")
	f.StringArrayVar(&c.only, "property", nil, "decide this property alone, by its `NAME`; may be repeated")
	f.Var(c.diagram, "diagram", "add a sequence diagram to each counterexample")
	f.Var(c.progress, "progress", "how to tell on standard error how far the search is")
	complete(cmd, "diagram", cobra.FixedCompletions(c.diagram.words, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "progress", cobra.FixedCompletions(c.progress.words, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "property", c.completeProperty)
	complete(cmd, "traces", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
	complete(cmd, "checkpoint", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	})
}

// completeProperty completes --property. Names depend on the parameters: some
// specs have a property for each of their parts.
func (s *settings) completeProperty(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	instance, err := s.instance(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, p := range instance.Describe().Properties {
		out = append(out, cobra.CompletionWithDesc(p.Name, p.Sentence))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// run checks and reports. The report is put together in memory and written in
// one go, so that an error in the middle leaves no half of it behind.
func (c *checkFlags) run(cmd *cobra.Command, args []string) error {
	instance, err := c.instance(args)
	if err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	found, err := c.search(cmd, instance)
	if err != nil {
		return err
	}
	files, unsaved := c.save(found)
	var text bytes.Buffer
	if c.json {
		err = writeJSON(&text, found, files)
	} else {
		out := newScreen(cmd.OutOrStdout())
		out.Writer = &text
		if c.tells(instance, found) {
			err = story(&out, instance.Story, found)
		} else {
			err = c.show(&out, found, files)
		}
	}
	if err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(text.Bytes()); err != nil {
		return err
	}
	// After the report: an hour of searching is not lost to a full disk.
	if unsaved != nil {
		return usage(unsaved)
	}
	return quit(codeOf(found.Worst()))
}

// prepare refuses what cannot be honoured.
func (c *checkFlags) prepare() error {
	if c.json && c.diagram.value != "none" {
		return usagef("--json prints no diagrams; save the traces with --traces and convert them")
	}
	return folder("traces", c.traces)
}

// folder makes the folder that a flag names, if it names one: to learn after an
// hour of searching that nothing can be saved would be too late.
func folder(flag, dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return usagef("--%s: %w", flag, err)
	}
	probe, err := os.CreateTemp(dir, ".quiesce-*.tmp")
	if err != nil {
		return usagef("--%s: %w", flag, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// search runs the check until it is done or interrupted. To be interrupted is
// no error: there is a report, which is inconclusive where it matters.
func (c *checkFlags) search(cmd *cobra.Command, instance *catalog.Instance) (*catalog.Report, error) {
	ctx, release := interruptible(cmd.Context())
	defer release()
	if _, err := os.Stat(c.checkpoint); err == nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "quiesce: note: going on from %s\n", c.checkpoint)
	}
	if c.maxBytes == 0 && c.maxStates == 0 {
		c.maxBytes = size(usualBytes())
	}
	progress := newProgress(cmd.ErrOrStderr(), c.progress.value, time.Now)
	found, err := instance.Check(ctx, catalog.Options{
		Only: c.only,
		Options: check.Options{
			Workers: int(c.workers), MaxStates: int(c.maxStates), MaxBytes: int64(c.maxBytes),
			Symmetry: c.symmetry, Compact: c.compact, Witnesses: c.witnesses,
			Checkpoint: check.Checkpoint{Path: c.checkpoint},
			Progress:   progress.update,
		},
	})
	if found != nil {
		progress.done(found.Distinct, found.Bytes)
	}
	if errors.Is(err, context.Canceled) && found != nil {
		return found, nil // the report itself says what is not decided
	}
	// The engine says which property is in the way; how to leave it out is the
	// command's to say.
	if o, ok := errors.AsType[*check.OptionError](err); ok && (c.symmetry || c.compact) && c.only == nil {
		return nil, usagef("%w (choose with --property NAME)", o)
	}
	return found, err
}

// save writes the traces and returns their paths, in the order of the verdicts.
func (c *checkFlags) save(found *catalog.Report) ([]string, error) {
	all := make([]*codec.Document, len(found.Verdicts))
	for i := range all {
		all[i] = found.Verdicts[i].Trace
	}
	return saveTraces(c.traces, all)
}

// saveTraces writes those traces that are not nil to folder dir, if there is one,
// and returns their paths; the path of what is not saved is empty. An error must
// not cost the report: it comes with the paths of what was saved before it.
func saveTraces(dir string, all []*codec.Document) ([]string, error) {
	files := make([]string, len(all))
	for i, d := range all {
		if dir == "" || d == nil {
			continue
		}
		path, err := codec.Save(dir, d)
		if err != nil {
			return files, err
		}
		files[i] = path
	}
	return files, nil
}

// show prints the report for people: what was checked, the verdicts, what led
// to them, what else should be known, and one line to remember. There is no time
// in it: the same check prints the same everywhere, so that reports can be
// compared. Time is the progress line's.
func (c *checkFlags) show(out *screen, found *catalog.Report, files []string) error {
	fmt.Fprint(out, out.paragraph("", catalog.Title(found.Spec, found.Values)))
	fmt.Fprintln(out)
	fmt.Fprint(out, verdictTable(out, found))
	unsaved := 0
	for i, v := range found.Verdicts {
		if v.Trace == nil {
			continue
		}
		if err := showTrace(out, &v, c.diagram.value, files[i]); err != nil {
			return err
		}
		if files[i] == "" {
			unsaved++
		}
	}
	fmt.Fprint(out, remarks(out, found))
	if unsaved > 0 && c.traces == "" {
		fmt.Fprint(out, "\nNot saved: add --traces DIR to keep "+them(unsaved)+".\n")
	}
	fmt.Fprintf(out, "\n%s\n", summary(found))
	return nil
}

// showTrace prints the counterexample or witness of v as quiesce trace show
// would, with its title in the colour of the outcome.
func showTrace(out *screen, v *catalog.Verdict, form, file string) error {
	brief := *v.Trace
	brief.Params = nil // they are at the top of the report
	var text bytes.Buffer
	if err := codec.Text(&text, &brief); err != nil {
		return err
	}
	title, steps, _ := strings.Cut(text.String(), "\n")
	fmt.Fprintf(out, "\n%s\n%s", out.paint(title, inkOf(v.Outcome)), steps)
	if err := diagram(out, &brief, form); err != nil {
		return err
	}
	if file != "" {
		fmt.Fprintf(out, "\nSaved in %s\n", file)
	}
	return nil
}

// diagram prints the sequence diagram of d in the format that --diagram names.
func diagram(out *screen, d *codec.Document, format string) error {
	switch format {
	case "text":
		fmt.Fprintln(out)
		return codec.Sequence(out, d)
	case "mermaid":
		fmt.Fprintln(out)
		return codec.Mermaid(out, d)
	}
	return nil
}
