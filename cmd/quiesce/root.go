package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/model/check"
)

// newRoot returns the command with all its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "quiesce",
		Short: "Check how a protocol starts and stops",
		Long: `Quiesce visits every state a protocol can reach, decides what is claimed of
it, and shows the shortest way to whatever goes wrong.

` + exitHelp,
		Example: `  quiesce check                          check the default spec
  quiesce sim lifecycle --runs 20000     how often does it go wrong?
  quiesce list                           which specs there are
  quiesce list philosophers              what one of them claims and assumes
  quiesce check philosophers --param n=4 --traces out
  quiesce trace show out/*.json          read a counterexample again
  quiesce trace replay out/*.json        is it still one?`,
		SilenceUsage:  true, // a message is enough; the help is a flag away
		SilenceErrors: true, // run prints them
	}
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.AddCommand(newCheck(), newConform(), newHistory(), newList(), newSim(), newTest(), newTrace(), newVersion())
	return root
}

// A runner does the work of a command once its flags are parsed.
type runner func(cmd *cobra.Command, args []string) error

// coded makes sure that an error of the command itself has an exit code: those
// without one are told apart from cobra's, which are all about usage.
func coded(f runner) runner {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		if _, ok := errors.AsType[*failure](err); ok || err == nil {
			return err
		}
		if _, ok := errors.AsType[*check.OptionError](err); ok {
			return usage(err)
		}
		if _, ok := errors.AsType[*check.CheckpointError](err); ok {
			return usage(err)
		}
		return &failure{exitInternal, err}
	}
}

// specArg completes the name of a spec, once.
func specArg(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	if len(args) == 0 {
		for _, e := range catalog.Specs() {
			out = append(out, cobra.CompletionWithDesc(e.Name, e.Doc))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// specOf returns the spec that args name, or the default.
func specOf(args []string) (*catalog.Entry, error) {
	name := catalog.Default
	if len(args) > 0 {
		name = args[0]
	}
	entry, err := catalog.Find(name)
	if err != nil {
		return nil, usage(err)
	}
	return entry, nil
}
