package sched

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
)

// TestTimeToStop makes the picture of docs/simulation.md: how long a master
// takes to stop, once repeating a stop every second and once never, in a network
// that loses some messages. -update draws it anew.
func TestTimeToStop(t *testing.T) {
	repeats, never := timesToStop(t, "none"), timesToStop(t, "hang")
	curves := []stats.Series{{Name: "repeats its stop", Curve: curve(t, repeats)}, {Name: "never repeats it", Curve: curve(t, never)}}
	if c := curves[0].Curve; c.Censored != 0 {
		t.Errorf("%d of %d runs of a master that repeats itself did not stop", c.Censored, c.N)
	}
	if c := curves[1].Curve; c.Censored < c.N/20 {
		t.Errorf("%d of %d runs of a master that never repeats itself did not stop", c.Censored, c.N)
	}
	if _, p, err := stats.LogRank(repeats, never); err != nil || p > 1e-9 {
		t.Errorf("log-rank: p %g, %v", p, err)
	}
	svg, err := stats.SVG("Time to stop", "seconds since the stop was asked for", curves...)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "../../docs/time-to-stop.svg", svg)
	text := stats.Terminal(76, func(s float64) string { return fmt.Sprintf("%.2f s", s) }, curves...)
	same(t, "testdata/time-to-stop.txt", []byte(text))
	page, err := os.ReadFile("../../docs/simulation.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("```\n"+text+"```\n")) {
		t.Errorf("docs/simulation.md does not show\n%s", text)
	}
}

func timesToStop(t *testing.T, bug string) []stats.Time {
	t.Helper()
	spec := lifecycle(t, zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 2, Capacity: 1, Bug: bug})
	delays := DefaultDelays()
	for key, text := range map[string]string{
		"Submit": "exponential(5s)", "StopRequest": "exponential(60s)", "BootDone": "lognormal(8s, 0.5)",
		"FinishBuild": "exponential(30s)", "timer": "constant(1s)", "LoseStop": "exponential(100ms)", "LoseDetach": "exponential(100ms)",
	} {
		// A master that never repeats a stop has no such action.
		if err := delays.Set(key, text, spec.Actions, nil); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := sim.Run(t.Context(), spec, func() sim.Scheduler[lifeState, lifeAction] { return Timed[lifeState, lifeAction](&delays) },
		sim.Options{Seed: 7, Runs: 600, Waits: true})
	if err != nil {
		t.Fatal(err)
	}
	var out []stats.Time
	for _, w := range rep.Waits[1] {
		if w.Steps > 0 { // a worker was there to be stopped
			out = append(out, stats.Time{Value: w.Time.Seconds(), Censored: w.Censored, Never: w.Never})
		}
	}
	return out
}

func curve(t *testing.T, times []stats.Time) *stats.Curve {
	t.Helper()
	c, err := stats.KaplanMeier(times, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// same compares with a file, or writes it.
func same(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; now\n%s", path, got)
	}
}
