package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/codec"
)

// newReplay returns the command that walks traces through their specs again.
func newReplay() *cobra.Command {
	var spec string
	var set settings
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Say whether a trace is a behaviour of its spec and shows what it claims",
		Long: `Walk a trace through its spec again. It passes if every step is one that the
model allows, leads to the recorded state, and the trace shows what it claims.
If not, the first place where they part is shown.

The file names its spec and parameters. --spec, --variant and --param replace
them: so a trace tells whether a changed protocol still allows it.

Exit codes: 0 it is and it does, 1 it is not or does not, 2 the file cannot be
read or its spec is unknown.`,
		Example: `  quiesce trace replay out/lifecycle-*.json
  quiesce trace replay trace.json --param bug=none
  quiesce trace replay apalache.itf.json --spec twophase --param managers=3`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			// All files are replayed, and the worst decides: a folder of traces
			// is a regression test.
			diverged := false
			for _, path := range args {
				ok, err := replay(cmd, path, spec, &set)
				if err != nil {
					return err
				}
				diverged = diverged || !ok
			}
			if diverged {
				return quit(exitViolated)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&spec, "spec", "", "replay on this `SPEC` instead of the recorded one")
	complete(cmd, "spec", func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return specArg(cmd, nil, typed)
	})
	set.flags(cmd)
	return cmd
}

// replay prints the result for one file and returns whether it is a good one.
// A trace that is not reproduced is a result, on standard output; only what
// cannot be replayed at all is an error.
func replay(cmd *cobra.Command, path, spec string, set *settings) (ok bool, err error) {
	d, err := open(cmd, path)
	if err != nil {
		return false, err
	}
	if d.Spec == "" && spec == "" {
		return false, usagef("%s: it does not say which spec it is of; add --spec SPEC", path)
	}
	variant, err := set.read()
	if err != nil {
		return false, err
	}
	instance, err := catalog.Recorded(d, spec, variant, set.params)
	if err != nil {
		return false, usagef("%s: %w", path, err)
	}
	out := cmd.OutOrStdout()
	name := catalog.Title(instance.Spec, instance.Values)
	err = instance.Replay(d)
	if err == nil {
		fmt.Fprintf(out, "%s: reproduced on %s: %s\n", path, name, shown(d))
		return true, nil
	}
	where, ok := errors.AsType[*codec.Divergence](err)
	if !ok {
		return false, usage(err)
	}
	fmt.Fprintf(out, "%s: not reproduced on %s\n%s", path, name, where.Explain())
	return false, nil
}

// shown says what a replayed trace is evidence of. Files of other tools claim
// nothing.
func shown(d *codec.Document) string {
	steps := counted(uint64(d.Len()), "step")
	switch d.Claim.Outcome {
	case "":
		return steps + ", without a claim"
	case properties.Violated.String():
		return fmt.Sprintf("%s, and %q is violated", steps, d.Claim.Name)
	}
	return fmt.Sprintf("%s, a witness of %q", steps, d.Claim.Name)
}
