package buildbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/traces/bridge"
)

// open boots a bridge for a test. A machine without Buildbot fails the test:
// a skipped one would hide that nothing was driven.
func open(t testing.TB, config Config, opt Options) *Bridge {
	t.Helper()
	b, err := Open(t.Context(), config, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func run(t testing.TB, b *Bridge, traces ...[]Step) []Result {
	t.Helper()
	results, err := b.Run(t.Context(), traces)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// one runs a single trace that must end well and returns its last observation.
func one(t testing.TB, b *Bridge, steps ...Step) Observation {
	t.Helper()
	r := run(t, b, steps)[0]
	if r.End != Done {
		t.Fatalf("the trace ended in %s at %s", r.End, r.Where)
	}
	return r.Observations[len(steps)-1]
}

func TestPython(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), defaultPython, "-W", "error::ResourceWarning", "-m", "unittest", "discover", "-t", ".", "-s", "tests")
	cmd.Dir = "python"
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("\nOK")) {
		t.Fatalf("the tests of the Python side: %v\n%s", err, out)
	}
}

func TestBuildCycle(t *testing.T) {
	b := open(t, Config{}, Options{Processes: 1})
	last := one(t, b, Build(0), StartDone(OK), Attach(), CommandDone(0, 0), Advance(10_000), StopDone(OK))
	if len(last.Builds) != 1 || last.Builds[0].Result != "success" {
		t.Errorf("builds: %+v, want one success", last.Builds)
	}
	if last.State != "NOT_SUBSTANTIATED" || last.Start != (Calls{1, 0}) || last.Stop != (Calls{1, 0}) || last.Conn != nil {
		t.Errorf("after the cycle: %+v", last)
	}
	if last.T != 10_000 {
		t.Errorf("%d ms passed, want 10000", last.T)
	}
}

// The first of the two defects behind issue 8400 of Buildbot: after one refused
// connection the master cannot be stopped, although nothing is outstanding.
func TestRefusedAttachHangsTheMaster(t *testing.T) {
	b := open(t, Config{}, Options{Processes: 1})
	last := one(t, b, Attach(), Build(0), StartDone(OK), Attach(), CommandDone(1, 0),
		Shutdown(), StopDone(OK), Advance(1_000_000_000))
	if last.Connections[0].Status != "refused" || last.Calls["shutdown"] != "pending" {
		t.Fatalf("connection %+v, calls %v: want refused and pending", last.Connections[0], last.Calls)
	}
	if last.Lock || last.Start.Open+last.Stop.Open > 0 || last.DeferWaiter != 1 {
		t.Errorf("lock %t, open calls %d, background operations %d: want nothing but one that never ends",
			last.Lock, last.Start.Open+last.Stop.Open, last.DeferWaiter)
	}
	control := one(t, b, Build(0), StartDone(OK), Attach(), CommandDone(0, 0), Shutdown(), StopDone(OK))
	if control.Calls["shutdown"] != "fired" {
		t.Errorf("without the refused connection: shutdown %s", control.Calls["shutdown"])
	}
}

func TestSpinIsAnObservation(t *testing.T) {
	b := open(t, Config{Unit: true, Machine: true}, Options{Processes: 1, Budget: 300 * time.Millisecond})
	results := run(t, b, []Step{Want(0), StopService(), Observe()}, []Step{Observe()})
	spin := results[0]
	if spin.End != Spin || len(spin.Observations) != 1 || spin.Where != "buildbot/worker/latent.py:stopService" {
		t.Errorf("end %s after %d steps at %s, want a spin in stopService after 1", spin.End, len(spin.Observations), spin.Where)
	}
	if results[1].End != Done {
		t.Errorf("the trace after a spinning one ended in %s", results[1].End)
	}
}

func TestNotApplicable(t *testing.T) {
	b := open(t, Config{Unit: true}, Options{Processes: 1})
	before := b.Booted
	for _, s := range []Step{StartDone(OK), StopDone(Error), Lose(0), Reply(0), EndBuild(0), Want(7), AnswerDatabase(), CommandDone(3, 0)} {
		o := one(t, b, s)
		if o.NotApplicable == "" {
			t.Errorf("%s was taken in the initial state", s)
		}
		o.NotApplicable = ""
		if !same(o, before) {
			t.Errorf("%s changed something although it is not applicable", s)
		}
	}
}

func TestResultsDoNotDependOnProcesses(t *testing.T) {
	traces := walks(1, 230, 20)
	var first []byte
	for _, n := range []int{1, 3} {
		b := open(t, Config{Unit: true}, Options{Processes: n})
		results := run(t, b, traces...)
		text, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if len(results) != len(traces) || !bytes.Equal(text, first) {
			t.Errorf("%d processes: %d results, other bytes than with one", n, len(results))
		}
	}
}

func TestAnswersFitTheSchema(t *testing.T) {
	b := open(t, Config{Unit: true}, Options{Processes: 1})
	for _, r := range run(t, b, walks(2, 30, 20)...) {
		for _, o := range r.Observations {
			if o.State == "" || o.Builders["b0"] == "" {
				t.Fatalf("an observation without its fields: %+v", o)
			}
		}
	}
	for _, bad := range []string{
		`{"protocol":1,"id":1,"observations":[{}]}`,
		`{"protocol":1,"id":1,"end":"maybe"}`,
		`{"protocol":1,"id":1,"error":{"kind":"odd","message":""}}`,
		`{"protocol":1,"id":-1}`,
		`[]`,
	} {
		if checkAnswer([]byte(bad)) == nil {
			t.Errorf("the schema allows %s", bad)
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	script := func(text string) string {
		path := filepath.Join(dir, strings.Fields(text)[1])
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		opt    Options
		cause  bridge.Cause
		what   string
		advice string
	}{
		{Options{Python: "/nowhere/python3"}, bridge.NoProgram, "no such file", "apt-get install python3"},
		{Options{Tree: dir}, bridge.BadTree, "no package buildbot in " + dir, "checkout"},
		{Options{Python: script(": dies; echo no luck >&2; exit 3")}, bridge.Died, "exit status 3", ""},
		{Options{Python: script(": prints; read x; echo hello")}, bridge.BadAnswer, "not a JSON object", "standard output"},
		{Options{Python: script(`: number; read x; echo '{"protocol":1,"id":77,"result":{}}'`)}, bridge.BadAnswer, "request 77", ""},
		{Options{Python: script(`: version; read x; echo '{"protocol":2,"id":1,"result":{}}'`)}, bridge.BadAnswer, "protocol 2", ""},
		{Options{Python: script(`: old; read x; echo '{"protocol":1,"id":1,"error":{"kind":"version","message":"3.6"}}'`)}, bridge.WrongVersion, "3.6", "3.7.0"},
		{Options{Python: script(`: none; read x; echo '{"protocol":1,"id":1,"error":{"kind":"import","message":"No module"}}'`)}, bridge.NoPackage, "No module", "apt-get install"},
	} {
		c.opt.Processes = 2
		_, err := Open(t.Context(), Config{}, c.opt)
		var f *bridge.Failure
		if !errors.As(err, &f) || f.Cause != c.cause || !strings.Contains(f.What, c.what) || !strings.Contains(f.Advice, c.advice) {
			t.Errorf("%+v:\ngot  %v\nwant %s: …%s…", c.opt, err, c.cause, c.what)
		}
	}
}

func TestCancelKillsTheProcesses(t *testing.T) {
	b := open(t, Config{Unit: true, Machine: true}, Options{Processes: 1, Budget: time.Hour / 10, Patience: time.Hour / 10})
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	timer := time.AfterFunc(300*time.Millisecond, func() { cancel(reason) })
	defer timer.Stop()
	_, err := b.Run(ctx, [][]Step{{Want(0), StopService()}})
	if !errors.Is(err, reason) {
		t.Fatalf("error %v, want %v", err, reason)
	}
	if n := processesIn(t, b.files.dir); n != 0 {
		t.Errorf("%d processes still run", n)
	}
}

func TestCloseRemovesFiles(t *testing.T) {
	b, err := Open(t.Context(), Config{Unit: true}, Options{Processes: 1})
	if err != nil {
		t.Fatal(err)
	}
	dir := b.files.dir
	if processesIn(t, dir) == 0 {
		t.Error("processesIn finds nothing although a bridge runs")
	}
	b.Close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) || processesIn(t, dir) != 0 {
		t.Errorf("after Close: %s is still there (%v), or its processes are", dir, err)
	}
}

// processesIn counts processes with that working directory.
func processesIn(t *testing.T, dir string) int {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, link := range links {
		if where, err := os.Readlink(link); err == nil && strings.TrimSuffix(where, " (deleted)") == dir {
			n++
		}
	}
	return n
}

func same(a, b Observation) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && slices.Equal(x, y)
}
