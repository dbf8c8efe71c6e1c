package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/quiesce/quiesce/sim"
)

// simulatedReport runs quiesce sim --json with args and returns the report.
func simulatedReport(t *testing.T, code int, args ...string) any {
	t.Helper()
	var stdout, stderr bytes.Buffer
	got := run(append([]string{"sim", "--json", "--progress", "none"}, args...), &stdout, &stderr)
	if got != code || stderr.Len() > 0 {
		t.Fatalf("sim %v: exit code %d, want %d; %s", args, got, code, stderr.String())
	}
	tree, err := jsonschema.UnmarshalJSON(&stdout)
	if err != nil {
		t.Fatalf("sim %v: %v", args, err)
	}
	return tree
}

func simSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../docs/sim-report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSimulationsMatchTheSchema(t *testing.T) {
	schema := simSchema(t)
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte("bug: none\ndelays: {timer: constant(1s)}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args string
	}{
		{0, "lifecycle"},
		{0, "lifecycle --scheduler pos --coverage 100"},
		{0, "lifecycle --scheduler interleavings --coverage 0"},
		{0, "lifecycle --scheduler swarm --first 7 --settle 300"},
		{0, "lifecycle --scheduler selective --select deliver --select StopRequest"},
		{0, "lifecycle --stop-at 0.01"},
		{0, "peterson --until-stable"},
		{1, "philosophers --scheduler paths --steps 20"},
		{1, "lifecycle -p bug=reconnect --scheduler pct --depth 3 --traces " + t.TempDir()},
		{1, "lifecycle -p bug=hang --scheduler timed --delay request=exponential(1s) --delay fault=exponential(1s) --against " + other},
		{4, "lifecycle -p requests=0 --runs 10"},
		{4, "twophase --steps 1 --runs 10"},
	} {
		if err := schema.Validate(simulatedReport(t, c.code, strings.Fields(c.args)...)); err != nil {
			t.Errorf("sim %s: %v", c.args, err)
		}
	}
}

// TestSimSchemaRefuses changes a good report in one way each.
func TestSimSchemaRefuses(t *testing.T) {
	schema := simSchema(t)
	property := func(r map[string]any) map[string]any { return r["properties"].([]any)[2].(map[string]any) }
	for name, change := range map[string]func(r map[string]any){
		"holds":            func(r map[string]any) { r["outcome"] = "holds" },
		"property holds":   func(r map[string]any) { property(r)["outcome"] = "holds" },
		"another field":    func(r map[string]any) { r["seconds"] = json.Number("3") },
		"no runs":          func(r map[string]any) { delete(r, "runs") },
		"more than all":    func(r map[string]any) { r["confidence"] = json.Number("1.5") },
		"violated by none": func(r map[string]any) { property(r)["failed"] = json.Number("0") },
		"violated, unseen": func(r map[string]any) { property(r)["trace"] = nil },
		"trace of unknown": func(r map[string]any) { property(r)["trace"].(map[string]any)["worth"] = "fine" },
		"failed, no word":  func(r map[string]any) { property(r)["outcome"] = "no failure" },
	} {
		r := simulatedReport(t, 1, "philosophers", "-p", "n=2", "--runs", "10").(map[string]any)
		if err := schema.Validate(r); err != nil {
			t.Fatal(err)
		}
		change(r)
		if schema.Validate(r) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50 %", 0.95: "95 %", 0.999: "99.9 %", 0.0861234: "8.61 %", 0.000149777: "0.015 %", 3e-9: "0.0000003 %",
	} {
		if got := strings.ReplaceAll(percent(p), "\u00a0", " "); got != want {
			t.Errorf("%g is %s, want %s", p, got, want)
		}
	}
}

func TestSecondsText(t *testing.T) {
	for s, want := range map[float64]string{
		0.0381: "38 ms", 1.043: "1.04 s", 12.34: "12.3 s", 200: "3m20s", 7384: "2h03m", math.Inf(1): "not reached",
	} {
		if got := secondsText(s); got != want {
			t.Errorf("%g is %s, want %s", s, got, want)
		}
	}
}

func TestNaturalAndShare(t *testing.T) {
	for text, ok := range map[string]bool{"0": true, "18446744073709551615": true, "18446744073709551616": false, "-1": false, "0x10": false, "": false} {
		var n natural
		if err := n.Set(text); (err == nil) != ok || ok && n.String() != text {
			t.Errorf("%q is %s, error %v", text, n.String(), err)
		}
	}
	for text, ok := range map[string]bool{"0.95": true, "1e-09": true, "0": false, "1": false, "NaN": false, "-0.5": false, "95%": false} {
		var s share
		if err := s.Set(text); (err == nil) != ok || ok && s.String() != text {
			t.Errorf("%q is %s, error %v", text, s.String(), err)
		}
	}
}

func TestProgressOfASimulation(t *testing.T) {
	var b bytes.Buffer
	p, c := progressTo(&b, "auto", false)
	s := simProgress{p}
	tally := &sim.Tally{Claims: []sim.ClaimTally{{Failed: 3}, {}}}
	for range 40 {
		c.at = c.at.Add(100 * time.Millisecond)
		tally.Runs += sim.Wave
		tally.Steps += 100_000
		s.tally(tally)
	}
	s.finished(tally.Runs, tally.Steps)
	want := "simulating  7,680 runs  3,000,000 steps  1,000,000 steps/s  1 violated  3.0 s\n" +
		"10,240 runs, 4,000,000 steps in 4.0 s\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
