package rapidtest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/rapidtest"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
	"pgregory.net/rapid"
)

// TestMaster is all that a user writes to hold the master of master_test.go
// against the lifecycle model.
func TestMaster(t *testing.T) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1})
	if err != nil {
		t.Fatal(err)
	}
	rapidtest.Against(t, spec, newMaster(false), rapidtest.Options{})
}

// FuzzMaster is the same as a fuzz target.
func FuzzMaster(f *testing.F) {
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(make([]byte, 4096))
	f.Fuzz(rapidtest.MakeFuzz(spec, newMaster(false), rapidtest.Options{}))
}

func lifecycle(t testing.TB, bug string) properties.Spec[zoo.LifecycleState, zoo.LifecycleAction] {
	t.Helper()
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: bug})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// recorder is a test that may fail: it keeps what it is told.
type recorder struct {
	name   string
	log    strings.Builder
	failed bool
}

var errSkipped = errors.New("skipped")

func (r *recorder) Helper()                      {}
func (r *recorder) Name() string                 { return r.name }
func (r *recorder) Logf(f string, args ...any)   { fmt.Fprintf(&r.log, f+"\n", args...) }
func (r *recorder) Log(args ...any)              { fmt.Fprintln(&r.log, args...) }
func (r *recorder) Skipf(f string, args ...any)  { panic(errSkipped) }
func (r *recorder) Skip(args ...any)             { panic(errSkipped) }
func (r *recorder) SkipNow()                     { panic(errSkipped) }
func (r *recorder) Errorf(f string, args ...any) { r.Logf(f, args...); r.failed = true }
func (r *recorder) Error(args ...any)            { r.Log(args...); r.failed = true }
func (r *recorder) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)            { r.Error(args...); runtime.Goexit() }
func (r *recorder) FailNow()                     { r.failed = true; runtime.Goexit() }
func (r *recorder) Fail()                        { r.failed = true }
func (r *recorder) Failed() bool                 { return r.failed }

// record runs a test in a folder of its own, where rapid leaves its fail files.
func record(t *testing.T, dir string, test func(t rapid.TB)) *recorder {
	t.Helper()
	t.Chdir(dir)
	r := &recorder{name: "TestRecorded/x"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	return r
}

// failingRecord is record for a test that must fail. Rapid draws a new seed each
// time, so that a bug may escape a hundred runs; thirty times that it does not.
func failingRecord(t *testing.T, dir string, test func(t rapid.TB)) *recorder {
	t.Helper()
	for range 30 {
		if r := record(t, dir, test); r.failed {
			return r
		}
	}
	t.Fatal("the test passed thirty times")
	return nil
}

func want(t *testing.T, r *recorder, failed bool, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if r.failed != failed || !strings.Contains(r.log.String(), text) {
			t.Fatalf("failed: %v, want %v and %q in\n%s", r.failed, failed, text, r.log.String())
		}
	}
}

func saved(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "testdata", "quiesce", "TestRecorded_x", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestCheckerAndRapidGiveTheSameFile is the promise: the trace that a test with
// rapid saves has the bytes of the one the checker writes.
func TestCheckerAndRapidGiveTheSameFile(t *testing.T) {
	for bug, claim := range map[string]string{"reconnect": "no connection accepted", "hang": "stop leads to"} {
		spec, dir := lifecycle(t, bug), t.TempDir()
		r := failingRecord(t, dir, func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{Spec: "lifecycle"}) })
		want(t, r, true, claim, "canonical", "saved as")
		paths := saved(t, dir)
		if len(paths) != 1 {
			t.Fatalf("saved %v", paths)
		}
		got, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		rep, err := check.Run(t.Context(), spec, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		same := false
		for _, v := range rep.Verdicts {
			if v.Trace == nil {
				continue
			}
			var b strings.Builder
			h := codec.Header{Spec: "lifecycle", Tool: "quiesce", Claim: codec.Claim{Name: v.Property,
				Form: v.Form.String(), Sentence: v.Sentence, Outcome: v.Outcome.String()}}
			if err := codec.Write(&b, codec.Of(&spec, h, v.Trace)); err != nil {
				t.Fatal(err)
			}
			same = same || b.String() == string(got)
		}
		if !same {
			t.Errorf("bug %s: %s is none of the checker's files", bug, paths[0])
		}
		again := record(t, dir, func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{Spec: "lifecycle"}) })
		want(t, again, true, "saved trace", "still shows")
		if strings.Contains(again.log.String(), "[rapid]") {
			t.Error("rapid was run though a saved trace fails")
		}
	}
}

func TestImplementationThatDiffers(t *testing.T) {
	spec, dir := lifecycle(t, "none"), t.TempDir()
	against := func(forgetful bool) *recorder {
		return record(t, dir, func(t rapid.TB) { rapidtest.Against(t, spec, newMaster(forgetful), rapidtest.Options{}) })
	}
	r := failingRecord(t, dir, func(t rapid.TB) { rapidtest.Against(t, spec, newMaster(true), rapidtest.Options{}) })
	want(t, r, true, "after RecvAttach the implementation differs in Worker[].Master", "the shortest behaviour", "saved as")
	if paths := saved(t, dir); len(paths) != 1 {
		t.Fatalf("saved %v", paths)
	}
	want(t, against(true), true, "saved trace", "after RecvAttach the implementation differs")
	want(t, against(false), false, "passes", "[rapid] OK, passed ")
	none := record(t, dir, func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{}) })
	want(t, none, true, "this test has none")
}

// TestShortestIsTheSameFromEverySeed: rapid finds other failures with other
// seeds, and the trace that is saved is one for each class.
func TestShortestIsTheSameFromEverySeed(t *testing.T) {
	spec := lifecycle(t, "none")
	files := make(map[string]string)
	for range 5 {
		dir := t.TempDir()
		r := failingRecord(t, dir, func(t rapid.TB) { rapidtest.Against(t, spec, newMaster(true), rapidtest.Options{}) })
		want(t, r, true, "the implementation differs")
		_, class, _ := strings.Cut(r.log.String(), "the implementation differs in ")
		class, _, _ = strings.Cut(class, "\n")
		data, err := os.ReadFile(saved(t, dir)[0])
		if err != nil {
			t.Fatal(err)
		}
		if old, ok := files[class]; ok && old != string(data) {
			t.Errorf("two traces of the class %q", class)
		}
		files[class] = string(data)
	}
}

func TestStaleFilesFailTheTest(t *testing.T) {
	spec, dir := lifecycle(t, "none"), t.TempDir()
	test := func() *recorder {
		return record(t, dir, func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{}) })
	}
	folder := filepath.Join(dir, "testdata", "quiesce", "TestRecorded_x")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "a.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, test(), true, "a.json:1:")
	other, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 3, Requests: 2, Losses: 1, Capacity: 1})
	if err != nil {
		t.Fatal(err)
	}
	tr := traces.Trace[zoo.LifecycleState, zoo.LifecycleAction]{Start: other.Model.Init()[0], Loop: traces.Finite}
	for name, h := range map[string]codec.Header{"not a behaviour of the spec any more": {},
		"does not claim any more": {Claim: codec.Claim{Name: "gone"}}} {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if h.Claim.Name != "" {
			tr.Start = spec.Model.Init()[0]
		} else {
			tr.Start = other.Model.Init()[0]
		}
		if _, err := codec.Save(folder, codec.Of(&spec, h, &tr)); err != nil {
			t.Fatal(err)
		}
		want(t, test(), true, name)
	}
}

// wide is a model with one step per name in every state: nine names, of which
// the first few in the alphabet would be preferred by a biased choice.
type wide struct{}

func (wide) Init() []uint8 { return []uint8{0} }
func (wide) Next(s *uint8, out *model.Steps[uint8, uint8]) {
	for a := range uint8(9) {
		*out.Add(a) = a
	}
}

func TestChoiceIsUnbiased(t *testing.T) {
	var count [9]int
	total := 0
	spec := properties.Spec[uint8, uint8]{Model: wide{}, Actions: []string{"x"},
		About: func(a uint8) model.About { return model.About{Name: "x", Actor: "x", Kind: model.Request} },
		Properties: []properties.Property[uint8]{properties.AlwaysStep("count", func(_, to *uint8) bool {
			count[*to]++
			total++
			return true
		})}}
	rapidtest.Check(t, spec, rapidtest.Options{Steps: 200})
	for a, n := range count {
		// 20,000 draws: a ninth each, within 5 deviations.
		if share := float64(n) / float64(total); share < 0.1 || share > 0.1222 {
			t.Errorf("step %d was taken in %.1f %% of draws, want 11.1 %%", a, 100*share)
		}
	}
}

// broken fails in three ways.
type broken struct{ how string }

func (b broken) Do(a uint8) error {
	switch b.how {
	case "panic":
		panic("on fire")
	case "error":
		return errors.New("no thanks")
	}
	return nil
}
func (b broken) State() uint8 { return 99 }

func TestWaysToFail(t *testing.T) {
	spec := properties.Spec[uint8, uint8]{Model: wide{}, Actions: []string{"x"},
		About: func(a uint8) model.About { return model.About{Name: "x", Actor: "x"} }}
	for how, text := range map[string]string{"panic": "the implementation panics in x\n1 steps, the shortest",
		"error": "the implementation refuses x", "state": "after x the implementation differs in"} {
		r := record(t, t.TempDir(), func(t rapid.TB) {
			rapidtest.Against(t, spec, func(uint8) rapidtest.Implementation[uint8, uint8] { return broken{how} }, rapidtest.Options{})
		})
		want(t, r, true, text)
	}
	r := record(t, t.TempDir(), func(t rapid.TB) { rapidtest.Check(t, properties.Spec[uint8, uint8]{}, rapidtest.Options{}) })
	want(t, r, true, "no model")
}
