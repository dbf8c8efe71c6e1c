package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/bridge/contract"
)

// userFlags are the flags of quiesce test.
type userFlags struct {
	driven

	args, says         []string
	starts, ends, asks string
	late, json         bool
	builds, workers    limit
	schedules, random  limit
	deviations         uint8
	seed               uint64
	progress           *choice
}

// newTest returns the command that tests a user's own latent worker.
func newTest() *cobra.Command {
	flags := userFlags{driven: driven{on: system{name: theBuildbot}}, progress: one("auto", "plain", "none")}
	cmd := &cobra.Command{
		Use:   "test FILE.py:CLASS",
		Short: "Test your own latent worker class on the real Buildbot",
		Long: `Test a latent worker class, as you wrote it, on the real Buildbot. The commands,
requests and threads of its start_instance and stop_instance are held: a search
decides when each comes back, with success, with an error, or never. Sleeps and
timeouts run in virtual time. Meanwhile builds are asked for and cancelled, worker
processes connect, die and come back, the worker is removed, the master stopped.

Played are all schedules with at most --deviations events that are not calm, or
--random ones. The claims are about your code; what Buildbot does wrong by itself
is listed apart. A claim that is violated is shown by a schedule from which no
event can be left out.

An effect of start_instance that succeeds is taken to have started the instance,
and one of stop_instance to have ended it; requests that only read do neither. Say
more with --starts, --ends, --asks and --late.

Exit codes: 0 your code kept the contract in all schedules, 1 it did not, 2 the
command line or the file is wrong, or there is no Buildbot that can be driven,
3 a limit or an interruption came first, or your code does what cannot be held,
4 nothing was ever called, 5 the bridge broke.`,
		Example: `  quiesce test ssh.py:SSHLatentWorker --arg ssh_host=build1
  quiesce test cloud.py:Worker --arg 'tags=["ci"]' --says 'POST .*/servers={"id": "s1"}'
  quiesce test ssh.py:SSHLatentWorker --late --asks 'kill -0' --deviations 3
  quiesce test ssh.py:SSHLatentWorker --random 100000 --seed 7`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"py"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: coded(func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) }),
	}
	flags.register(cmd)
	return cmd
}

func (c *userFlags) register(cmd *cobra.Command) {
	c.driven.flags(cmd, "the Buildbot to test on")
	f := cmd.Flags()
	f.StringArrayVar(&c.args, "arg", nil, "an argument of the class, as `NAME=VALUE`; a VALUE that is no JSON is a string; may be repeated")
	f.Var(&c.builds, "builds", "how many builds are asked for, at most (default 2)")
	f.StringVar(&c.starts, "starts", "", "effects of start_instance that match `REGEXP` start the instance, others do not")
	f.StringVar(&c.ends, "ends", "", "effects of stop_instance that match `REGEXP` end the instance, others do not")
	f.StringVar(&c.asks, "asks", "", "effects that match `REGEXP` ask whether the instance is there, and are told the truth")
	f.BoolVar(&c.late, "late", false, "an effect that ends the instance may come back before it is gone, as that of kill")
	f.StringArrayVar(&c.says, "says", nil, "what effects come back with, output or body, as `REGEXP=TEXT`; may be repeated")
	f.Uint8Var(&c.deviations, "deviations", 2, "play all schedules with at most `N` events that are not calm")
	f.Var(&c.schedules, "schedules", "play at most N schedules")
	f.Var(&c.random, "random", "play N random schedules instead")
	f.Uint64Var(&c.seed, "seed", 1, "which random ones")
	f.Var(&c.workers, "workers", "Buildbots that run side by side (default one per CPU)")
	f.BoolVar(&c.json, "json", false, "print the report as JSON")
	f.Var(c.progress, "progress", "how to tell on standard error how far the test is")
	complete(cmd, "progress", cobra.FixedCompletions(c.progress.words, cobra.ShellCompDirectiveNoFileComp))
}

func (c *userFlags) run(cmd *cobra.Command, name string) error {
	opt, err := c.resolve(cmd, name)
	if err != nil {
		return usage(err)
	}
	ctx, release := interruptible(cmd.Context())
	defer release()
	progress := newProgress(cmd.ErrOrStderr(), c.progress.value, time.Now)
	opt.Progress = func(p contract.Progress) { progress.say(time.Now(), func() string { return playing(p) }) }
	found, err := contract.Test(ctx, opt)
	progress.clear()
	if err != nil {
		return undriven(err)
	}
	var text bytes.Buffer
	if c.json {
		err = writeUserJSON(&text, &opt.Worker, found)
	} else {
		out := newScreen(cmd.OutOrStdout())
		out.Writer = &text
		showUserTest(&out, &opt.Worker, found)
	}
	if err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(text.Bytes()); err != nil {
		return err
	}
	return quit(codeOf(found.Worst()))
}

func playing(p contract.Progress) string {
	text := fmt.Sprintf("playing  %s  %d violated", counted(uint64(p.Schedules), "schedule"), p.Violated)
	if p.Deviations >= 0 {
		text += "  " + counted(uint64(p.Deviations), "deviation")
	}
	return text
}

// resolve makes options of the command line, and refuses what cannot be meant.
func (c *userFlags) resolve(cmd *cobra.Command, name string) (contract.Options, error) {
	opt := contract.Options{Bridge: c.options(), Deviations: int(c.deviations), Schedules: int(c.schedules),
		Random: int(c.random), Seed: c.seed}
	opt.Bridge.Processes = int(c.workers)
	at := strings.LastIndex(name, ":")
	if at <= 0 || at == len(name)-1 {
		return opt, fmt.Errorf("want FILE.py:CLASS, not %q", name)
	}
	for _, exhaustive := range []string{"deviations", "schedules"} {
		if c.random > 0 && cmd.Flags().Changed(exhaustive) {
			return opt, fmt.Errorf("--random plays other schedules than --%s; leave one of them out", exhaustive)
		}
	}
	if c.random == 0 && cmd.Flags().Changed("seed") {
		return opt, fmt.Errorf("--seed chooses random schedules; say how many with --random N")
	}
	file := name[:at]
	path, err := filepath.Abs(file)
	if err != nil {
		return opt, err
	}
	if _, err := os.Stat(path); err != nil {
		return opt, err
	}
	opt.Worker = buildbot.UserWorker{File: path, Shown: file, Class: name[at+1:], Builds: int(c.builds),
		Starts: c.starts, Ends: c.ends, Asks: c.asks, Late: c.late}
	if opt.Worker.Args, err = arguments(c.args); err != nil {
		return opt, err
	}
	opt.Worker.Says, err = sayings(c.says)
	if err == nil {
		err = patterns(map[string]string{"starts": c.starts, "ends": c.ends, "asks": c.asks})
	}
	return opt, err
}

// arguments reads NAME=VALUE. A value that is no JSON is a string: nobody
// wants to quote the name of a host twice.
func arguments(given []string) (map[string]any, error) {
	out := make(map[string]any)
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--arg wants NAME=VALUE, not %q", text)
		}
		if _, twice := out[name]; twice || name == "name" || name == "password" {
			return nil, fmt.Errorf("--arg %s: it is given already", name)
		}
		var parsed any = value
		if json.Valid([]byte(value)) {
			parsed = json.RawMessage(value)
		}
		out[name] = parsed
	}
	return out, nil
}

func sayings(given []string) ([]buildbot.Said, error) {
	var out []buildbot.Said
	for _, text := range given {
		to, said, ok := strings.Cut(text, "=")
		if !ok || to == "" {
			return nil, fmt.Errorf("--says wants REGEXP=TEXT, not %q", text)
		}
		if _, err := regexp.Compile(to); err != nil {
			return nil, fmt.Errorf("--says: %w", err)
		}
		out = append(out, buildbot.Said{To: to, Text: said})
	}
	return out, nil
}

// patterns refuses those that are no regular expressions. Python searches with
// them, and knows all that Go knows but for rare forms of escapes.
func patterns(given map[string]string) error {
	for _, flag := range []string{"starts", "ends", "asks"} {
		if _, err := regexp.Compile(given[flag]); err != nil {
			return fmt.Errorf("--%s: %w", flag, err)
		}
	}
	return nil
}
