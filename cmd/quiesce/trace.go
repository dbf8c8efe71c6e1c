package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/traces/codec"
)

// newTrace returns the commands on trace files.
func newTrace() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Show, replay and convert traces",
		Long: `Show, replay and convert traces: the files that quiesce check --traces writes,
and Informal Trace Format (ITF) files of other tools. FILE may be - for
standard input.`,
		Example: `  quiesce trace show out/lifecycle-*.json
  quiesce trace replay out/lifecycle-*.json
  quiesce trace convert out/lifecycle-*.json --to mermaid`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newShow(), newReplay(), newConvert(), newExport())
	return cmd
}

// traceFiles completes the names of trace files.
func traceFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"json"}, cobra.ShellCompDirectiveFilterFileExt
}

// open reads the trace of path, - being standard input, and warns if somebody
// has changed it since it was written: that is allowed, and replay will say what
// it is worth, but who looks at it should know.
func open(cmd *cobra.Command, path string) (*codec.Document, error) {
	var d *codec.Document
	var err error
	if path == "-" {
		d, err = codec.Read(cmd.InOrStdin(), "standard input")
	} else {
		d, err = codec.Open(path)
	}
	if err != nil {
		return nil, usage(err)
	}
	if d.Altered() {
		fmt.Fprintf(cmd.ErrOrStderr(), "quiesce: note: %s was changed after it was written\n", path)
	}
	return d, nil
}

// newShow returns the command that prints traces. It needs no spec: a trace file
// describes itself.
func newShow() *cobra.Command {
	form := one("none", "text", "mermaid")
	cmd := &cobra.Command{
		Use:   "show FILE...",
		Short: "Print traces step by step, with the fields that change",
		Example: `  quiesce trace show out/lifecycle-*.json
  quiesce trace show trace.json --diagram text`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			out := newScreen(cmd.OutOrStdout())
			for i, path := range args {
				d, err := open(cmd, path)
				if err != nil {
					return err
				}
				if i > 0 {
					fmt.Fprintln(out)
				}
				if err := codec.Text(out, d); err != nil {
					return err
				}
				if err := diagram(&out, d, form.value); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().Var(form, "diagram", "add a sequence diagram")
	complete(cmd, "diagram", cobra.FixedCompletions(form.words, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// newConvert returns the command that writes traces in other formats.
func newConvert() *cobra.Command {
	form := one(codec.Formats...)
	var to string
	cmd := &cobra.Command{
		Use:   "convert FILE --to FORMAT",
		Short: "Write a trace in another format",
		Long: `Write a trace in another format: json, which is ours and which every reader of
ITF takes; text, step by step; sequence, a diagram in plain text; mermaid, a
diagram that GitHub and others draw.`,
		Example: `  quiesce trace convert trace.json --to mermaid
  quiesce trace convert apalache.itf.json --to text
  quiesce trace convert apalache.itf.json --to json --output ours.json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			d, err := open(cmd, args[0])
			if err != nil {
				return err
			}
			// A file is replaced only when the whole of it could be written;
			// a pipe takes what comes.
			write := func(w io.Writer) error { return codec.Convert(w, d, form.value) }
			if to == "" {
				return write(cmd.OutOrStdout())
			}
			return replaceFile(to, write)
		}),
	}
	f := cmd.Flags()
	f.Var(form, "to", "the format to write")
	f.StringVarP(&to, "output", "o", "", "write to `FILE` instead of standard output")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic(err)
	}
	complete(cmd, "to", cobra.FixedCompletions(form.words, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
