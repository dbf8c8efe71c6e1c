package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/traces/bridge"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// A system is a flag that names a real system: buildbot, which is the
// installed one, or buildbot=DIR, which is another tree.
type system struct {
	name string // empty: none
	tree string // absolute; empty: the installed one
}

const theBuildbot = "buildbot"

func (s *system) Set(text string) error {
	name, tree, named := strings.Cut(text, "=")
	if name != theBuildbot || named && tree == "" {
		return fmt.Errorf("want %s or %s=DIR", theBuildbot, theBuildbot)
	}
	if tree != "" {
		var err error
		// The Python process does not run in this directory.
		if tree, err = filepath.Abs(tree); err != nil {
			return err
		}
	}
	*s = system{name, tree}
	return nil
}

func (s *system) String() string {
	if s.tree == "" {
		return s.name
	}
	return s.name + "=" + s.tree
}

func (s *system) Type() string { return theBuildbot + "[=DIR]" }

// driven are the flags of every command that drives a real system.
type driven struct {
	on     system
	python string
}

// flags declares them. What --on means is for each command to say.
func (d *driven) flags(cmd *cobra.Command, sentence string) {
	f := cmd.Flags()
	f.Var(&d.on, "on", sentence)
	f.StringVar(&d.python, "python", "", "run Buildbot with this `INTERPRETER` (default /usr/bin/python3)")
	complete(cmd, "on", cobra.FixedCompletions([]cobra.Completion{
		cobra.CompletionWithDesc(theBuildbot, "the installed one"),
		cobra.CompletionWithDesc(theBuildbot+"=", "the folder with its package, or of a checkout"),
	}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	complete(cmd, "python", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	})
}

func (d *driven) options() buildbot.Options {
	return buildbot.Options{Tree: d.on.tree, Python: d.python}
}

// realOf returns the real system that instance is a model of.
func realOf(instance *catalog.Instance) (*catalog.Real, error) {
	if instance.Real == nil {
		return nil, fmt.Errorf("%s is not a model of Buildbot; %s is", instance.Spec, catalog.Default)
	}
	return instance.Real, nil
}

// undriven gives an error of the bridge its exit code: what is missing on this
// machine is for its user to repair, as is a wrong option; a bridge that breaks
// off in the middle is a defect. An interruption leaves everything open.
func undriven(err error) error {
	if errors.Is(err, context.Canceled) {
		return &failure{exitInconclusive, errors.New("interrupted before there was a result")}
	}
	if f, ok := errors.AsType[*bridge.Failure](err); ok {
		switch f.Cause {
		case bridge.NoProgram, bridge.NoPackage, bridge.WrongVersion, bridge.BadTree, bridge.BadWorker, bridge.NotBooted:
			return usage(err)
		}
	}
	return err
}
