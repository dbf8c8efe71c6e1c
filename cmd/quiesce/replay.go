package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// newReplay returns the command that walks traces through their specs again.
func newReplay() *cobra.Command {
	var spec string
	var set settings
	var real driven
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Say whether a trace is a behaviour of its spec, or of the real Buildbot",
		Long: `Walk a trace through its spec again. It passes if every step is one that the
model allows, leads to the recorded state, and the trace shows what it claims.
If not, the first place where they part is shown.

The file names its spec and parameters. --spec, --variant and --param replace
them: so a trace tells whether a changed protocol still allows it.

With --on the steps are taken on the real Buildbot as well. The answer is one of
  reproduced      the code takes the steps and ends as the trace does
  fixed           it takes the steps and ends otherwise
  not applicable  it cannot be brought to take step k, and why
A loop is taken twice. "fixed" on the version that the model is of means that the
model is wrong.

Exit codes: 0 it is and it does, 1 it is not or does not, 2 the file cannot be
read or its spec is unknown. With --on: 0 reproduced, 1 fixed, 2 also if there is
no Buildbot that can be driven, 3 not applicable. The worst of several files
decides: fixed, not applicable, reproduced.`,
		Example: `  quiesce trace replay out/lifecycle-*.json
  quiesce trace replay trace.json --param bug=none
  quiesce trace replay out/latent-*.json --on buildbot
  quiesce trace replay trace.json --on buildbot=../buildbot --python venv/bin/python
  quiesce trace replay apalache.itf.json --spec twophase --param managers=3`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			if real.python != "" && real.on.name == "" {
				return usagef("--python says how to run Buildbot; add --on buildbot")
			}
			// All files are replayed, and the worst decides: a folder of traces
			// is a regression test.
			worst := properties.Holds
			for _, path := range args {
				outcome, err := replay(cmd, path, spec, &set, &real)
				if err != nil {
					return err
				}
				worst = properties.Worst([]properties.Outcome{worst, outcome})
			}
			return quit(codeOf(worst))
		}),
	}
	cmd.Flags().StringVar(&spec, "spec", "", "replay on this `SPEC` instead of the recorded one")
	complete(cmd, "spec", func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return specArg(cmd, nil, typed)
	})
	set.flags(cmd)
	real.flags(cmd, "replay on the real Buildbot as well")
	return cmd
}

// replay prints the result for one file. A trace that is not reproduced is a
// result, on standard output; only what cannot be replayed at all is an error.
func replay(cmd *cobra.Command, path, spec string, set *settings, real *driven) (properties.Outcome, error) {
	d, instance, err := recorded(cmd, path, spec, set)
	if err != nil {
		return 0, err
	}
	if real.on.name != "" {
		return replayOn(cmd, path, d, instance, real)
	}
	out := cmd.OutOrStdout()
	name := catalog.Title(instance.Spec, instance.Values)
	err = instance.Replay(d)
	if err == nil {
		fmt.Fprintf(out, "%s: reproduced on %s: %s\n", path, name, shown(d))
		return properties.Holds, nil
	}
	where, ok := errors.AsType[*codec.Divergence](err)
	if !ok {
		return 0, usage(err)
	}
	fmt.Fprintf(out, "%s: not reproduced on %s\n%s", path, name, where.Explain())
	return properties.Violated, nil
}

// recorded reads the trace of path and returns the instance it is of, or is to
// be taken for.
func recorded(cmd *cobra.Command, path, spec string, set *settings) (*codec.Document, *catalog.Instance, error) {
	d, err := open(cmd, path)
	if err != nil {
		return nil, nil, err
	}
	if d.Spec == "" && spec == "" {
		return nil, nil, usagef("%s: it does not say which spec it is of; add --spec SPEC", path)
	}
	variant, err := set.read()
	if err != nil {
		return nil, nil, err
	}
	instance, err := catalog.Recorded(d, spec, variant, set.params)
	if err != nil {
		return nil, nil, usagef("%s: %w", path, err)
	}
	return d, instance, nil
}

// replayOn prints what the real Buildbot makes of one file.
func replayOn(cmd *cobra.Command, path string, d *codec.Document, instance *catalog.Instance, real *driven) (properties.Outcome, error) {
	model, err := realOf(instance)
	if err != nil {
		return 0, usagef("%s: %w", path, err)
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	verdict, err := model.Replay(ctx, d, real.options())
	if err != nil {
		return 0, undriven(err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %v\n", path, verdict)
	switch verdict.Outcome {
	case buildbot.Reproduced:
		return properties.Holds, nil
	case buildbot.Fixed:
		return properties.Violated, nil
	}
	return properties.Inconclusive, nil
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
