package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/traces/bridge"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// exportFlags are the flags of quiesce trace export.
type exportFlags struct {
	settings
	driven

	form *choice
	to   string // file; empty: standard output
}

// newExport returns the command that writes traces as regression tests.
func newExport() *cobra.Command {
	var targets []string
	for _, t := range buildbot.Targets {
		targets = append(targets, string(t))
	}
	flags := exportFlags{form: one(targets...)}
	flags.on = system{name: theBuildbot}
	cmd := &cobra.Command{
		Use:   "export FILE --to FORMAT",
		Short: "Write a trace as a regression test",
		Long: `Write a trace of ` + catalog.Default + `, in which a worker or the master is to be stopped and does
not stop, as a test: for trial or pytest, as a file of Buildbot's own tree
(buildbot), or as a skeleton for another implementation (go). The Python tests
need Buildbot and Twisted, and nothing else. Comments tell the story.

The test has no hold on the database. So that it is sure to fail where the defect
is, its steps are taken on the real Buildbot first; if what it asserts holds
there, nothing is written.

Exit codes: 0 written, 1 it would not fail on this Buildbot, 2 the file cannot be
read or has nothing to do with a stop, or there is no Buildbot that can be driven,
3 the trace is not applicable to the code.`,
		Example: `  quiesce trace export trace.json --to trial -o test_worker_stops.py
  python3 -m twisted.trial test_worker_stops`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: traceFiles,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, args[0])
		}),
	}
	f := cmd.Flags()
	f.Var(flags.form, "to", "the kind of test")
	f.StringVarP(&flags.to, "output", "o", "", "write to `FILE` instead of standard output, and name the test after it")
	flags.settings.flags(cmd)
	flags.driven.flags(cmd, "the Buildbot on which the test must fail")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic(err)
	}
	complete(cmd, "to", cobra.FixedCompletions(targets, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (e *exportFlags) run(cmd *cobra.Command, path string) error {
	d, instance, err := recorded(cmd, path, "", &e.settings)
	if err != nil {
		return err
	}
	model, err := realOf(instance)
	if err != nil {
		return usagef("%s: %w", path, err)
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	test, err := model.Export(ctx, d, testName(e.to, d), buildbot.Target(e.form.value), e.options())
	if err != nil {
		return unwritten(path, err)
	}
	if !test.Fails {
		fmt.Fprintf(cmd.ErrOrStderr(), "quiesce: %s: the test would not fail on Buildbot %s: either it is fixed there, "+
			"or the trace needs an answer of the database to be late, which a test by itself cannot arrange\n", path, test.Driven)
		return quit(exitViolated)
	}
	if e.to == "" {
		_, err := cmd.OutOrStdout().Write(test.Text)
		return err
	}
	err = replaceFile(e.to, func(w io.Writer) error {
		_, err := w.Write(test.Text)
		return err
	})
	if err == nil {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: a test of %s, which fails on Buildbot %s\n", e.to, counted(uint64(test.Steps), "step"), test.Driven)
	}
	return err
}

// unwritten gives an error of an export its exit code. What is not about the
// bridge is about the trace.
func unwritten(path string, err error) error {
	if _, ok := errors.AsType[*catalog.NotApplicable](err); ok {
		return &failure{exitInconclusive, fmt.Errorf("%s: %w", path, err)}
	}
	if _, ok := errors.AsType[*bridge.Failure](err); ok || errors.Is(err, context.Canceled) {
		return undriven(err)
	}
	return usagef("%s: %w", path, err)
}

// testName returns the name of the test: that of the file it is written to, as
// its runner finds it, else what the trace is about.
func testName(file string, d *codec.Document) string {
	base := filepath.Base(file)
	if m := testFile.FindStringSubmatch(base); m != nil {
		return m[1] + m[2]
	}
	words := notWord.Split(strings.ToLower(d.Claim.Name), -1)
	name := strings.Trim(strings.Join(words, "_"), "_")
	if name == "" || name[0] < 'a' {
		name = strings.TrimSuffix("stop_"+name, "_")
	}
	return name
}

var (
	notWord  = regexp.MustCompile(`[^a-z0-9]+`)
	testFile = regexp.MustCompile(`^(?:test_([a-z][a-z0-9]*(?:_[a-z0-9]+)*)\.py|([a-z][a-z0-9]*(?:_[a-z0-9]+)*)_test\.go)$`)
)
