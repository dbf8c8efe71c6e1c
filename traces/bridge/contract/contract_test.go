package contract

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// worker returns a class of testdata/clauses.py.
func worker(t *testing.T, class string) buildbot.UserWorker {
	t.Helper()
	path, err := filepath.Abs("testdata/clauses.py")
	if err != nil {
		t.Fatal(err)
	}
	return buildbot.UserWorker{File: path, Shown: "clauses.py", Class: class, Builds: 1}
}

func tested(t *testing.T, opt Options) *Report {
	t.Helper()
	if opt.Bridge.Processes == 0 {
		opt.Bridge.Processes = 1
	}
	r, err := Test(t.Context(), opt)
	if err != nil {
		t.Fatalf("%s: %v", opt.Worker.Class, err)
	}
	return r
}

// with returns the names of the claims with an outcome.
func with(r *Report, o properties.Outcome) []string {
	var out []string
	for i := range r.Verdicts {
		if r.Verdicts[i].Outcome == o {
			out = append(out, r.Verdicts[i].Name)
		}
	}
	return out
}

// Each class breaks one clause, and this one alone; or none.
func TestClauses(t *testing.T) {
	for i, c := range []struct {
		class, claim, what string
		deviations         int
	}{
		{"Good", "", "", 1},
		{"InThread", "", "", 1},
		{"StartHangs", startReturns, "never will", 1},
		{"StartNone", startTells, "returned None, which counts as a failure", 0},
		{"StartAsync", startTells, "start_instance is an async function", 0},
		{"StartLies", startTells, "returned True although nothing that it did had started the instance", 1},
		{"StartWaits", startAlone, "only because its worker has connected", 1},
		{"StartPolls", startAlone, "it has waited for its worker", 1},
		{"StopHangs", stopReturns, "never will", 1},
		{"StopForgets", stopEnds, "instance 1 is still there", 1},
		{"StopNothing", stopEnds, "instance 1 is still there", 0},
		{"StopAsync", stopEnds, "stop_instance is an async function", 0},
		{"StopSlips", raises, "AttributeError: 'StopSlips' object has no attribute 'started', at clauses.py:", 1},
		{"ErrorLost", raises, "is raised where nobody waits for it, at clauses.py", 1},
		{"Blocks", blocks, "time.sleep(1) blocks the master, at clauses.py:", 0},
		{"BlocksOnCommand", blocks, "boot blocks the master, at clauses.py:", 0},
		{"Spins", blocks, "spin at clauses.py:", 0},
	} {
		if testing.Short() && i%6 != 0 {
			continue // the race detector, for which this is, sees the same code in each
		}
		t.Run(c.class, func(t *testing.T) {
			r := tested(t, Options{Worker: worker(t, c.class), Deviations: c.deviations, Bridge: buildbot.Options{Budget: 300 * time.Millisecond}})
			checkClause(t, r, c.claim, c.what)
		})
	}
}

// A start that has given up and was not killed comes back when the stop is
// over; the search needs two deviations for that.
func TestStartAfterStop(t *testing.T) {
	for class, want := range map[string]string{"StartLate": startEnds, "Good": ""} {
		w := worker(t, class)
		b, err := buildbot.Open(t.Context(), buildbot.Config{Worker: &w}, buildbot.Options{Processes: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		results, err := b.Run(t.Context(), [][]buildbot.Step{{buildbot.PlayEvents(100, []string{"build", "wait", "answer 2 ok", "answer 1 ok"})}})
		if err != nil {
			t.Fatal(err)
		}
		o := &results[0].Observations[0]
		got := ""
		for _, b := range read(o).breaches {
			got += b.claim
		}
		if got != want {
			t.Errorf("%s violates %q, want %q\n%s", class, got, want, strings.Join(taken(o.Played.Moves), ", "))
		}
		if killed := !slices.Contains(taken(o.Played.Moves), "answer 1 ok"); killed != (class == "Good") {
			t.Errorf("%s: the command was killed: %t", class, killed)
		}
	}
}

// checkClause checks that the claim is violated, and no other.
func checkClause(t *testing.T, r *Report, claim, what string) {
	t.Helper()
	if claim == "" {
		if n := len(with(r, properties.Holds)); n != len(Claims) {
			t.Errorf("%d claims hold, want %d", n, len(Claims))
		}
	} else if v := r.Verdicts[indexOf(claim)]; v.Shown == nil || !strings.Contains(v.Shown.What, what) {
		t.Errorf("%q is not violated by …%s…", claim, what)
	}
	for _, v := range r.Verdicts {
		if v.Shown != nil && v.Name != claim {
			t.Errorf("%q is violated: %s\n%s", v.Name, v.Shown.What, strings.Join(taken(v.Shown.Moves), ", "))
		}
	}
}

// What a provider answers, and what its answers mean, can be said.
func TestProviderIsDescribed(t *testing.T) {
	http := worker(t, "OverHTTP")
	http.Says = []buildbot.Said{{To: "^POST ", Text: `{"id": "i1"}`}, {To: ".", Text: "{}"}}
	if r := tested(t, Options{Worker: http, Deviations: 1}); r.Worst() != properties.Holds {
		t.Errorf("OverHTTP: %v, violated %q", r.Worst(), with(r, properties.Violated))
	} else if !slices.ContainsFunc(r.Effects, func(e Effect) bool { return e.Text == "DELETE http://provider.invalid/instances/i1" }) {
		t.Errorf("OverHTTP: effects %v", r.Effects)
	}
	mute := worker(t, "OverHTTP")
	if r := tested(t, Options{Worker: mute}); !slices.Contains(with(r, properties.Violated), raises) {
		t.Error("OverHTTP understands an answer without content")
	}
	// An end that is only asked for is a breach for who believes in it, and none
	// for who looks.
	late := worker(t, "Good")
	late.Late = true
	if r := tested(t, Options{Worker: late, Deviations: 1}); !slices.Equal(with(r, properties.Violated), []string{stopEnds}) {
		t.Errorf("Good, whose instances end late: violated %q", with(r, properties.Violated))
	}
	asks := worker(t, "Asks")
	asks.Late, asks.Asks, asks.Ends = true, "^is-there", "^halt"
	if r := tested(t, Options{Worker: asks, Deviations: 1}); r.Worst() != properties.Holds {
		t.Errorf("Asks: %v, violated %q", r.Worst(), with(r, properties.Violated))
	}
}

func TestNotDecided(t *testing.T) {
	r := tested(t, Options{Worker: worker(t, "Escapes")})
	if r.Worst() != properties.Inconclusive || !strings.Contains(r.Verdicts[0].Reason, "clauses.py:") || !strings.Contains(r.Verdicts[0].Reason, "socket") {
		t.Errorf("Escapes: %v, %q", r.Worst(), r.Verdicts[0].Reason)
	}
	r = tested(t, Options{Worker: worker(t, "NeverStarts")})
	if n := len(with(r, properties.Vacuous)); n != len(Claims) {
		t.Errorf("NeverStarts: %d claims are vacuous", n)
	}
	r = tested(t, Options{Worker: worker(t, "Good"), Deviations: 1, Schedules: 7})
	if r.Worst() != properties.Inconclusive || r.Schedules != 7 || r.Deviations != 0 || r.Stopped != "the limit of 7 schedules" {
		t.Errorf("a limit of schedules: %v, %d schedules, %d deviations, %q", r.Worst(), r.Schedules, r.Deviations, r.Stopped)
	}
	r = tested(t, Options{Worker: worker(t, "Good"), Deviations: 1, Moves: 5})
	if r.Worst() != properties.Inconclusive || r.Cut == 0 {
		t.Errorf("a limit of events: %v, %d schedules cut", r.Worst(), r.Cut)
	}
}

// The report depends on neither the number of processes nor the run.
func TestReportIsAFunction(t *testing.T) {
	for _, random := range []int{0, 60} {
		var first []byte
		for _, n := range []int{1, 2} {
			r := tested(t, Options{Worker: worker(t, "StopForgets"), Deviations: 1, Random: random, Seed: 5, Bridge: buildbot.Options{Processes: n}})
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
			}
			if string(text) != string(first) {
				t.Errorf("%d processes: another report than with one", n)
			}
			if !slices.Equal(with(r, properties.Violated), []string{stopEnds}) {
				t.Errorf("random %d: violated %q", random, with(r, properties.Violated))
			}
		}
	}
}

// Without any of its events a schedule that is shown does not violate the claim.
func TestShownSchedulesAreShort(t *testing.T) {
	r := tested(t, Options{Worker: worker(t, "StopForgets"), Random: 60, Seed: 9})
	v := r.Verdicts[indexOf(stopEnds)]
	if v.Shown == nil {
		t.Fatal("not found by 60 random schedules")
	}
	if got := strings.Join(taken(v.Shown.Moves), ", "); len(v.Shown.Moves) != 4 {
		t.Errorf("a schedule of %d events: %s", len(v.Shown.Moves), got)
	}
}
