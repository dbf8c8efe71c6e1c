package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/traces/bridge"
	"github.com/quiesce/quiesce/traces/codec"
)

// quiesce runs the command in this process.
func quiesce(t *testing.T, args ...string) (code int, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	if errs.Len() > 0 {
		t.Logf("quiesce %s: %s", strings.Join(args, " "), &errs)
	}
	return code, out.String()
}

const interpreter = "/usr/bin/python3"

// repaired returns a copy of the installed Buildbot in which a refused
// connection does not keep the worker from being stopped.
func repaired(t *testing.T) (tree string) {
	t.Helper()
	where, err := exec.CommandContext(t.Context(), interpreter, "-c", "import buildbot, os; print(os.path.dirname(buildbot.__file__))").Output()
	if err != nil {
		t.Fatalf("Buildbot is not installed; make packages does that: %v", err)
	}
	tree = t.TempDir()
	if err := os.CopyFS(filepath.Join(tree, "buildbot"), os.DirFS(strings.TrimSpace(string(where)))); err != nil {
		t.Fatal(err)
	}
	patch, err := filepath.Abs("../../traces/bridge/buildbot/testdata/fixes/refused_attach.patch")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "patch", "-p1", "--batch", "-d", tree, "-i", patch).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return tree
}

// refusal returns a trace file of the refused connection.
func refusal(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	code, out := quiesce(t, "check", "latent", "-p", "builds=1", "-p", "faults=0",
		"--property", "the master's stop always ends", "--traces", dir, "--progress", "none")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || code != exitViolated || len(files) != 1 {
		t.Fatalf("exit code %d, files %v, %v\n%s", code, files, err, out)
	}
	return files[0]
}

// The whole way of a defect: found in the model, reproduced on the code,
// exported as a test that fails, repaired, and gone by every measure.
func TestDefectFromFindingToRepair(t *testing.T) {
	trace, tree := refusal(t), repaired(t)
	if code, out := quiesce(t, "trace", "replay", trace, "--on", "buildbot"); code != exitPass || !strings.Contains(out, ": reproduced on Buildbot 3.7.0") {
		t.Errorf("on the installed Buildbot: exit code %d\n%s", code, out)
	}
	if code, out := quiesce(t, "trace", "replay", trace, "--on", "buildbot="+tree); code != exitViolated || !strings.Contains(out, ": fixed in Buildbot 3.7.0") {
		t.Errorf("on the repaired one: exit code %d\n%s", code, out)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "test_worker_stops.py")
	if code, out := quiesce(t, "trace", "export", trace, "--to", "trial", "-o", file); code != exitPass {
		t.Fatalf("export: exit code %d\n%s", code, out)
	}
	if out, passed := trial(t, dir, ""); passed || !strings.Contains(out, "FAILED (failures=1)") {
		t.Errorf("on the installed Buildbot the test does not fail, or not cleanly:\n%s", out)
	}
	if out, passed := trial(t, dir, tree); !passed {
		t.Errorf("on the repaired one the test does not pass:\n%s", out)
	}
	if code, out := quiesce(t, "trace", "export", trace, "--to", "trial", "--on", "buildbot="+tree); code != exitViolated || out != "" {
		t.Errorf("a test that would not fail: exit code %d\n%s", code, out)
	}
}

// trial runs the test in dir on a tree, or the installed one.
func trial(t *testing.T, dir, tree string) (out string, passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), interpreter, "-m", "twisted.trial", "test_worker_stops")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "LANG=C.UTF-8", "PYTHONPATH=" + dir + ":" + tree}
	all, err := cmd.CombinedOutput()
	return string(all), err == nil
}

// A Buildbot that is not the one modelled is told apart, and the difference is
// shown by a short trace.
func TestConformShowsADifference(t *testing.T) {
	code, out := quiesce(t, "conform", "--traces", "6", "--seed", "3", "--on", "buildbot="+repaired(t))
	if code != exitViolated {
		t.Errorf("exit code %d, want %d", code, exitViolated)
	}
	for _, want := range []string{"Difference 1 of ", "model says ", "code says ", "   1. "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing", want)
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "6 traces, ") || strings.HasSuffix(last, " 0 divergences") {
		t.Errorf("the last line is %q", last)
	}
}

func TestSystemFlag(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"buildbot": "buildbot", "buildbot=/tree": "buildbot=/tree", "buildbot=tree": "buildbot=" + filepath.Join(here, "tree"),
		"buildbot=a=b": "buildbot=" + filepath.Join(here, "a=b"), "buildbot=": "", "": "", "buildbots": "", "=/tree": "",
	} {
		var s system
		if err := s.Set(text); (err == nil) != (want != "") || s.String() != want {
			t.Errorf("%q is %q, error %v; want %q", text, s.String(), err, want)
		}
	}
}

// What its user can repair is not called a defect of ours.
func TestUndriven(t *testing.T) {
	for cause, want := range map[bridge.Cause]int{
		bridge.NoProgram: exitUsage, bridge.NoPackage: exitUsage, bridge.WrongVersion: exitUsage, bridge.BadTree: exitUsage,
		bridge.NotBooted: exitUsage, bridge.Died: exitInternal, bridge.Hung: exitInternal, bridge.BadAnswer: exitInternal, bridge.BadRequest: exitInternal,
	} {
		fails := coded(func(*cobra.Command, []string) error {
			return undriven(fmt.Errorf("scope: %w", &bridge.Failure{Cause: cause, What: "it"}))
		})
		var text bytes.Buffer
		if code := report(fails(nil, nil), &text); code != want || !strings.Contains(text.String(), cause.String()+": it") {
			t.Errorf("%v: exit code %d, want %d; %s", cause, code, want, &text)
		}
	}
}

func TestTestName(t *testing.T) {
	claimed := func(name string) *codec.Document {
		return &codec.Document{Header: codec.Header{Claim: codec.Claim{Name: name}}}
	}
	for _, c := range []struct{ file, claim, want string }{
		{"out/test_worker_stops.py", "x", "worker_stops"},
		{"worker_stops_test.go", "x", "worker_stops"},
		{"worker.py", "a stop ends", "a_stop_ends"},
		{"test_Worker.py", "the master's stop always ends", "the_master_s_stop_always_ends"},
		{"", "0 is --- done!", "stop_0_is_done"},
		{"", "", "stop"},
		{"", "é", "stop"},
	} {
		if got := testName(c.file, claimed(c.claim)); got != c.want {
			t.Errorf("%q of %q is called %q, want %q", c.file, c.claim, got, c.want)
		}
	}
}
