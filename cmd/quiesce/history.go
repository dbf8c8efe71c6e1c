package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/traces/codec"
)

// newHistory returns the commands on histories.
func newHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Check concurrent histories of workers, and make them from traces",
		Long: `Check histories: what clients asked of workers, and what they were told, one
event a line:

  {"client": "manager", "call": "start", "worker": "w1"}
  {"client": "manager", "return": "ok"}

Operations are start, attach, substantiate, detach and stop; results ok, refused
and unknown. A history is linearisable if each operation could have happened at
one moment between its call and its return, in an order that a worker allows.
One that has not returned, or returned unknown, may have happened or not.

Histories come from anywhere, from quiesce sim --histories, and from a trace, as
it happens in the model or on the real Buildbot: quiesce history from.`,
		Example: `  quiesce history check mine.jsonl --html mine.html
  quiesce sim latent --scheduler pos --histories runs; quiesce history check runs/*.jsonl
  quiesce history from out/latent-*.json --on buildbot`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHistoryCheck(), newHistoryFrom())
	return cmd
}

// newHistoryCheck returns the command that decides whether histories are
// linearisable.
func newHistoryCheck() *cobra.Command {
	var html string
	timeout := 10 * time.Second
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Say whether histories are linearisable",
		Long: `Say of each history whether it is linearisable. If not, the longest order there
is is shown, what could come next, and why it cannot. FILE may be - for standard
input. Of more than twenty files only those are listed that are not linearisable.

Exit codes, the worst of several files decides:
  0  linearisable
  1  not linearisable
  2  the command line or a file is wrong; errors say file:line:column
  3  not decided: the time ran out, a gigabyte of memory was not enough, or there
     are more than 10,000 operations of one worker
  4  there are no operations`,
		Example: `  quiesce history check mine.jsonl --html mine.html
  quiesce history check --timeout 1m runs/*.jsonl`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: historyFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			switch {
			case html != "" && len(args) > 1:
				return usagef("--html draws one history, here are %d", len(args))
			case timeout <= 0:
				return usagef("--timeout %v: want more than 0, such as 10s", timeout)
			}
			return checkHistories(cmd, args, timeout, html)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&html, "html", "", "draw the history to the HTML `FILE`: the same bytes for the same history")
	f.DurationVar(&timeout, "timeout", timeout, "give up a history after this time")
	complete(cmd, "html", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return []cobra.Completion{"html"}, cobra.ShellCompDirectiveFilterFileExt
	})
	return cmd
}

func historyFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"jsonl"}, cobra.ShellCompDirectiveFilterFileExt
}

// checkHistories prints the result for each file, and of several what they come
// to together.
func checkHistories(cmd *cobra.Command, paths []string, timeout time.Duration, html string) error {
	const few = 20
	out := cmd.OutOrStdout()
	ctx, release := interruptible(cmd.Context())
	defer release()
	count := make(map[properties.Outcome]int)
	var outcomes []properties.Outcome
	for _, path := range paths {
		if ctx.Err() != nil {
			fmt.Fprintf(out, "interrupted after %d of %d histories\n", len(outcomes), len(paths))
			outcomes = append(outcomes, properties.Inconclusive)
			break
		}
		h, err := readHistory(cmd, path)
		if err != nil {
			return err
		}
		r := h.Check(timeout)
		outcomes = append(outcomes, r.Outcome)
		count[r.Outcome]++
		if len(paths) <= few || r.Outcome != properties.Holds {
			fmt.Fprintf(out, "%s: %s\n", path, historyText(h, r))
		}
		if html == "" {
			continue
		}
		if err := replaceFile(html, r.HTML); err != nil {
			return usagef("--html: %w", err)
		}
	}
	if len(paths) > 1 {
		fmt.Fprintf(out, "%s: %d linearisable, %d not, %d not decided, %d without operations\n", counted(uint64(len(paths)), "file"),
			count[properties.Holds], count[properties.Violated], count[properties.Inconclusive], count[properties.Vacuous])
	}
	return quit(codeOf(properties.Worst(outcomes)))
}

func readHistory(cmd *cobra.Command, path string) (*linear.History, error) {
	if path == "-" {
		h, err := linear.Read(cmd.InOrStdin(), "standard input")
		if err != nil {
			return nil, usage(err)
		}
		return h, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, usage(err)
	}
	defer file.Close()
	h, err := linear.Read(file, path)
	if err != nil {
		return nil, usage(err)
	}
	return h, nil
}

func historyText(h *linear.History, r *linear.Report) string {
	pending := uint64(0)
	for _, o := range h.Operations() {
		if o.Pending {
			pending++
		}
	}
	text := counted(uint64(len(h.Operations())), "operation")
	if pending > 0 {
		text += fmt.Sprintf(", %s of them pending", grouped(pending))
	}
	switch r.Outcome {
	case properties.Holds:
		return "linearisable: " + text
	case properties.Violated:
		return "not linearisable: " + text + "\n" + r.Reason
	case properties.Vacuous:
		return "no operations"
	}
	return "not decided: " + text + "; " + r.Reason
}

// newHistoryFrom returns the command that makes a history from a trace.
func newHistoryFrom() *cobra.Command {
	var spec, to string
	var set settings
	var real driven
	cmd := &cobra.Command{
		Use:   "from TRACE",
		Short: "Write what happens in a trace, or on the real Buildbot, as a history",
		Long: `Write the behaviour in a trace file of ` + catalog.Default + ` as a history: the provider's start
and stop, logins of worker processes (attach), lost connections (detach), and
builds that ask for their worker (substantiate). With --on the steps are taken on
the real Buildbot, and what is written is what it did.

Exit codes: 0 written, 2 the trace cannot be read or has no history, or there is
no Buildbot that can be driven, 3 the real Buildbot could not be brought to take
all steps; what it did until then is written.`,
		Example: `  quiesce history from out/latent-*.json -o model.jsonl
  quiesce history from out/latent-*.json --on buildbot | quiesce history check -`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			if real.python != "" && real.on.name == "" {
				return usagef("--python says how to run Buildbot; add --on buildbot")
			}
			d, instance, err := recorded(cmd, args[0], spec, &set)
			if err != nil {
				return err
			}
			h, stopped, err := historyIn(cmd, d, instance, &real)
			if err != nil {
				return err
			}
			if err := writeHistory(cmd.OutOrStdout(), to, h); err != nil {
				return err
			}
			if stopped != "" {
				return &failure{exitInconclusive, fmt.Errorf("%s: not all of its steps were taken: %s", args[0], stopped)}
			}
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&spec, "spec", "", "take the trace for one of this `SPEC` instead of the recorded one")
	f.StringVarP(&to, "output", "o", "", "write to `FILE` instead of standard output")
	complete(cmd, "spec", func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return specArg(cmd, nil, typed)
	})
	complete(cmd, "output", historyFiles)
	set.flags(cmd)
	real.flags(cmd, "write what the real Buildbot does in these steps")
	return cmd
}

// historyIn returns the history of d, of the model or of the real system, and
// why the latter did not take all steps.
func historyIn(cmd *cobra.Command, d *codec.Document, instance *catalog.Instance, real *driven) (*linear.History, string, error) {
	if real.on.name == "" {
		h, err := instance.History(d)
		if where, ok := errors.AsType[*codec.Divergence](err); ok {
			return nil, "", usagef("%s", bytes.TrimSpace([]byte(where.Explain())))
		}
		if err != nil {
			return nil, "", usage(err)
		}
		return h, "", nil
	}
	model, err := realOf(instance)
	if err != nil {
		return nil, "", usage(err)
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	h, stopped, err := model.History(ctx, d, real.options())
	if not, ok := errors.AsType[*catalog.NotApplicable](err); ok {
		return nil, "", usage(not)
	}
	if err != nil {
		return nil, "", undriven(err)
	}
	return h, stopped, nil
}

func writeHistory(out io.Writer, path string, h *linear.History) error {
	if path == "" {
		return h.Write(out)
	}
	return replaceFile(path, h.Write)
}

// A historian writes the histories of runs to a folder, and counts.
type historian struct {
	dir, spec string
	seed      uint64
	written   uint64
	empty     uint64
}

// mostHistories is how many runs may each become a file.
const mostHistories = 100_000

func (w *historian) add(run uint64, h *linear.History) error {
	if len(h.Operations()) == 0 {
		w.empty++
		return nil
	}
	w.written++
	return replaceFile(filepath.Join(w.dir, fmt.Sprintf("%s-%d-%d.jsonl", w.spec, w.seed, run)), h.Write)
}
