package buildbot

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
)

var defects = []struct {
	scenario Scenario
	fix      string
	says     []string // by the test where the bug is
}{
	{RefusedAttach, "refused_attach.patch", []string{"stopService does not end", "start/stop lock free",
		"stop_instance calls not returned: 0", "never end: True"}},
	{UnboundedStop, "unbounded_stop.patch", []string{"stopService does not end", "start/stop lock held",
		"stop_instance calls not returned: 1"}},
}

// The done-when of the export: a maintainer runs the file with trial and sees
// it fail, applies a fix, and sees it pass.
func TestExportedTestsFailWhereTheBugIs(t *testing.T) {
	for _, d := range defects {
		driven, violated, err := Drive(t.Context(), d.scenario, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !violated {
			t.Errorf("%s: the installed Buildbot does not do it", d.scenario.Name)
		}
		fixed := patched(t, d.fix)
		if _, violated, err := Drive(t.Context(), d.scenario, Options{Tree: fixed}); err != nil || violated {
			t.Errorf("%s on the patched copy: violated %t, error %v", d.scenario.Name, violated, err)
		}
		for _, to := range []Target{Trial, Pytest, Tree} {
			t.Run(fmt.Sprintf("%s/%s", d.scenario.Name, to), func(t *testing.T) {
				text, err := Export(driven, to)
				if err != nil {
					t.Fatal(err)
				}
				out, passed := trial(t, driven.Name, text, "")
				if passed || !strings.Contains(out, "FAILED (failures=1)") {
					t.Errorf("on the installed Buildbot it does not fail, or not cleanly:\n%s", out)
				}
				for _, want := range d.says {
					if !strings.Contains(out, want) {
						t.Errorf("the failure does not say %q:\n%s", want, out)
					}
				}
				if out, passed := trial(t, driven.Name, text, fixed); !passed {
					t.Errorf("on the patched copy it does not pass:\n%s", out)
				}
			})
		}
	}
}

// A counterexample of the checker becomes a test: the shortest way to a master
// that does not stop although nothing is outstanding.
func TestTraceBecomesATest(t *testing.T) {
	c := latent.Preset(latent.Buildbot370)
	found := shortest(t, c, func(s *latent.State) bool { return s.Master.Stop == latent.MasterServices && stuck(s) })
	s := ScenarioOf(c, found, "found_by_the_checker", "The master does not stop.", []string{"As the checker found it."})
	driven, violated, err := Drive(t.Context(), s, Options{})
	if err != nil || !violated {
		t.Fatalf("violated %t, %v\n%v\n%v", violated, err, found.Actions(), s.Steps)
	}
	text, err := Export(driven, Trial)
	if err != nil {
		t.Fatal(err)
	}
	if out, passed := trial(t, driven.Name, text, ""); passed || !strings.Contains(out, "stopService does not end") {
		t.Errorf("it does not fail:\n%s", out)
	}
	if out, passed := trial(t, driven.Name, text, patched(t, "refused_attach.patch")); !passed {
		t.Errorf("on the patched copy:\n%s", out)
	}
}

// trial runs a Python test with twisted.trial on a tree, or the installed one.
func trial(t *testing.T, name string, text []byte, tree string) (out string, passed bool) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "test_"+name+".py"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), defaultPython, "-m", "twisted.trial", "test_"+name)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "LANG=C.UTF-8", "PYTHONPATH=" + dir + ":" + tree}
	all, err := cmd.CombinedOutput()
	return string(all), err == nil
}

// patched returns a copy of the installed package with a fix applied.
func patched(t *testing.T, fix string) (tree string) {
	t.Helper()
	where, err := exec.CommandContext(t.Context(), defaultPython, "-c",
		"import buildbot, os; print(os.path.dirname(buildbot.__file__))").Output()
	if err != nil {
		t.Fatalf("Buildbot is not installed: %v", err)
	}
	tree = t.TempDir()
	if err := os.CopyFS(filepath.Join(tree, "buildbot"), os.DirFS(strings.TrimSpace(string(where)))); err != nil {
		t.Fatal(err)
	}
	patch, err := filepath.Abs(filepath.Join("testdata", "fixes", fix))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "patch", "-p1", "--batch", "-d", tree, "-i", patch).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", fix, err, out)
	}
	return tree
}

// The skeleton for other implementations compiles, fails with one that never
// stops and passes with one that does.
func TestExportedGoSkeleton(t *testing.T) {
	const implementation = `package latent

import "testing"

type fake struct{ asked bool }

func (f *fake) Connect() {}
func (f *fake) ConnectSlowly() {}
func (f *fake) Answer(int) {}
func (f *fake) Disconnect(int) {}
func (f *fake) Want() {}
func (f *fake) BuildEnds() {}
func (f *fake) StartReturns(string) {}
func (f *fake) StopReturns(string) {}
func (f *fake) Advance(int64) {}
func (f *fake) Insubstantiate() {}
func (f *fake) StopService() { f.asked = true }
func (f *fake) Stopped() bool { return STOPS && f.asked }

func newWorker(*testing.T, int, int) latentWorker { return &fake{} }
`
	text, err := Export(RefusedAttach, Go)
	if err != nil {
		t.Fatal(err)
	}
	for _, stops := range []string{"false", "true"} {
		dir := t.TempDir()
		for name, content := range map[string]string{"go.mod": "module latent\n\ngo 1.26\n", "refused_test.go": string(text),
			"worker_test.go": strings.Replace(implementation, "STOPS", stops, 1)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "go", "test", ".")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if (err == nil) != (stops == "true") || stops == "false" && !bytes.Contains(out, []byte("StopService does not end")) {
			t.Errorf("stops %s: %v\n%s", stops, err, out)
		}
	}
}

func TestExportGolden(t *testing.T) {
	for _, to := range Targets {
		s := RefusedAttach
		s.Version = "3.7.0"
		text, err := Export(s, to)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "export_"+string(to)+".golden", text)
	}
}

func TestExportRefuses(t *testing.T) {
	bad := RefusedAttach
	bad.Name = "no good"
	if _, err := Export(bad, Trial); err == nil {
		t.Error("a name that is not an identifier was accepted")
	}
	if _, err := Export(RefusedAttach, "java"); err == nil || !strings.Contains(err.Error(), "trial pytest buildbot go") {
		t.Errorf("to java: %v, want the targets there are", err)
	}
	bad = RefusedAttach
	bad.Steps = append([]Step{}, Silence(0))
	for _, to := range Targets {
		if _, err := Export(bad, to); err == nil || !strings.Contains(err.Error(), "step 1") {
			t.Errorf("to %s: %v, want which step cannot be exported", to, err)
		}
	}
}
