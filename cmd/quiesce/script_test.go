package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
)

var update = flag.Bool("update", false, "rewrite golden output")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"quiesce":  main,
		"stubborn": stubborn,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			found, err := filepath.Glob("../../model/latent/testdata/latent-no-connection-accepted-too-late-*.json")
			if err != nil || len(found) != 1 {
				return fmt.Errorf("traces of the finding: %v, %v", found, err)
			}
			for name, path := range map[string]string{"TRACE": found[0], "EXAMPLES": "../../examples"} {
				absolute, err := filepath.Abs(path)
				if err != nil {
					return err
				}
				env.Setenv(name, absolute)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a program and compares its exit code, as in
//
//	exits 2 quiesce check no-such-spec
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = failed.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// stubborn is a check that does not end when it is told to. It says when it
// was told, by its exit code and at the latest after ten seconds.
func stubborn() {
	cmd := &cobra.Command{}
	cmd.SetContext(context.Background())
	cmd.SetErr(io.Discard)
	flags := checkFlags{diagram: one("none"), progress: one("none")}
	_, err := flags.search(cmd, &catalog.Instance{
		Check: func(ctx context.Context, _ catalog.Options) (*catalog.Report, error) {
			os.Stdout.WriteString("searching\n")
			<-ctx.Done()
			os.Stdout.WriteString("interrupted\n")
			time.Sleep(10 * time.Second)
			return nil, ctx.Err()
		},
	})
	os.Stdout.WriteString("not killed\n")
	os.Exit(report(err, os.Stderr))
}
