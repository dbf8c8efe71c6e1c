package catalog

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
)

// TestDrawnConfigurations: each is drawn from seed and number alone, can be, and
// over many every switch of the group has had every value that it may.
func TestDrawnConfigurations(t *testing.T) {
	e, err := Find("latent")
	if err != nil {
		t.Fatal(err)
	}
	base, err := e.Values(nil, []string{"faults=2"})
	if err != nil {
		t.Fatal(err)
	}
	params, err := e.switched([]string{"provider", "faults", "build_wait_timeout"})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]map[any]bool)
	for n := range uint64(200) {
		b, err := e.drawn(base, params, 7, n)
		if err != nil {
			t.Fatal(err)
		}
		again, err := e.drawn(base, params, 7, n)
		if err != nil || !reflect.DeepEqual(again.Instance.Values, b.Instance.Values) || !reflect.DeepEqual(again.Drawn, b.Drawn) {
			t.Fatalf("configuration %d is %v and %v", n, b.Drawn, again.Drawn)
		}
		for i, s := range b.Instance.Values {
			chosen := false
			for _, p := range params {
				chosen = chosen || p.Name == s.Name
			}
			if !chosen && s.Value != base[i].Value {
				t.Fatalf("%s was drawn", s.Name)
			}
			if seen[s.Name] == nil {
				seen[s.Name] = make(map[any]bool)
			}
			seen[s.Name][s.Value] = true
		}
	}
	for name, want := range map[string]int{"never_starts": 2, "stop_returns_early": 2, "fault_reset": 2, "fault_survive": 2, "faults": 3, "build_wait_timeout": 3, "no_lock": 1} {
		if len(seen[name]) != want {
			t.Errorf("%s had the values %v, want %d of them", name, seen[name], want)
		}
	}
}

// TestSwarmFindsAndSolves: a violation is that of a check of its configuration,
// and what never happens in one configuration is not vacuous if it does in another.
func TestSwarmFindsAndSolves(t *testing.T) {
	e, err := Find("lifecycle")
	if err != nil {
		t.Fatal(err)
	}
	base, err := e.Values(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opt := SwarmOptions{SimOptions: SimOptions{Options: sim.Options{Seed: 3, Runs: 600}, Scheduler: swarmName, Confidence: 0.9},
		Switches: []string{"bug", "requests"}, Batch: 50}
	s, err := e.Swarm(t.Context(), base, opt)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, b := range s.Batches {
		checked, err := b.Instance.Check(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range b.Found.Claims {
			if c.Outcome != properties.Violated {
				continue
			}
			found++
			if c.Worth != Canonical || !reflect.DeepEqual(c.Trace, checked.Verdicts[k].Trace) {
				t.Errorf("%v: the trace of %q is not that of the check", b.Drawn, c.Name)
			}
		}
	}
	if found == 0 || len(s.Batches) != 12 || s.Worst(false) != properties.Violated {
		t.Errorf("%d violations in %d configurations: %v", found, len(s.Batches), s.Worst(false))
	}
	for _, c := range s.Claims() {
		if c.Batches != 12 || c.Runs != 600 || c.Outcome == properties.Vacuous {
			t.Errorf("%+v", c)
		}
	}
	opt.Stable, opt.States = true, 10
	if _, err := e.Swarm(t.Context(), base, opt); err == nil || !strings.Contains(err.Error(), "fixed number of runs") {
		t.Errorf("until stable: %v", err)
	}
}
