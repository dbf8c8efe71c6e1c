package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
)

func TestDefaultIsASpec(t *testing.T) {
	if _, err := Find(Default); err != nil {
		t.Error(err)
	}
}

func TestSpecsAreDescribed(t *testing.T) {
	for _, e := range Specs() {
		if e.Doc == "" {
			t.Errorf("%s: no line about it", e.Name)
		}
		for _, p := range e.Params {
			if again, err := p.Parse(fmt.Sprint(p.Default)); p.Sentence == "" || err != nil || again != p.Default {
				t.Errorf("%s: %s has no sentence, or a default it does not allow: %v", e.Name, p.Name, err)
			}
		}
		d := build(t, e).Describe()
		if len(d.Properties) == 0 {
			t.Errorf("%s claims nothing", e.Name)
		}
		met := 0
		for _, a := range d.Actions {
			if a.Met {
				met++
				if a.Sentence == "" || a.Actor == "" {
					t.Errorf("%s: nothing is said about %s", e.Name, a.Name)
				}
			}
		}
		if met == 0 {
			t.Errorf("%s: no action was met", e.Name)
		}
	}
}

// TestRangesAreTheConstructors: what a parameter allows is exactly what the
// spec's constructor takes, so that neither hides a value of the other.
func TestRangesAreTheConstructors(t *testing.T) {
	for _, e := range Specs() {
		for i, p := range e.Params {
			with := func(value any) error {
				values := e.defaults()
				values[i].Value = value
				_, err := e.Build(values)
				return err
			}
			for _, word := range p.Words {
				if err := with(word); err != nil {
					t.Errorf("%s: %s=%s is refused: %v", e.Name, p.Name, word, err)
				}
			}
			switch p.Type {
			case Word:
				if err := with("no such word"); err == nil {
					t.Errorf("%s: %s takes any word", e.Name, p.Name)
				}
			case Int:
				if err := with(p.Min); err != nil {
					t.Errorf("%s: the least %s is refused: %v", e.Name, p.Name, err)
				}
				// A spec with many parameters refuses some of them together.
				if err := with(p.Max); err != nil && !strings.HasPrefix(err.Error(), "impossible: ") {
					t.Errorf("%s: the largest %s is refused: %v", e.Name, p.Name, err)
				}
				if with(p.Min-1) == nil || with(p.Max+1) == nil {
					t.Errorf("%s: %s may be less than %d or more than %d", e.Name, p.Name, p.Min, p.Max)
				}
			}
		}
	}
}

// TestKnownCounts checks through the catalog what other tools count: that the
// parameters reach the models they are named after.
func TestKnownCounts(t *testing.T) {
	for _, c := range []struct {
		spec     string
		params   string
		distinct uint64
		outcomes string
	}{
		{"twophase", "managers=5", 8832, "holds"},
		{"twophase", "managers=3 bug=abort", 0, "violated"},
		{"lifecycle", "workers=1 requests=1", 329, "holds"},
		{"lifecycle", "workers=2 requests=1", 650, "holds"},
		{"lifecycle", "workers=1 bug=reconnect", 0, "violated"},
		{"lifecycle", "workers=1 bug=hang", 0, "violated"},
		{"philosophers", "n=2", 0, "violated"},
		{"philosophers", "n=2 order=mixed", 0, "holds"},
		{"tokenring", "nodes=3", 0, "holds"},
		{"tokenring", "nodes=3 fairness=weak", 0, "violated"},
		{"abp", "messages=2", 0, "holds"},
		{"abp", "messages=2 fairness=weak", 0, "violated"},
		{"peterson", "", 0, "holds"},
		{"grid", "counters=2 modulus=7", 49, "holds"},
	} {
		e, err := Find(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		r, got := found(t, build(t, *e, strings.Fields(c.params)...), Options{})
		if c.distinct > 0 && r.Distinct != c.distinct {
			t.Errorf("%s %s: %d states, want %d", c.spec, c.params, r.Distinct, c.distinct)
		}
		if r.Worst().String() != c.outcomes {
			t.Errorf("%s %s: %s; want %s", c.spec, c.params, got, c.outcomes)
		}
		if r.Worst() == properties.Violated && !slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Trace != nil }) {
			t.Errorf("%s %s: violated without a trace", c.spec, c.params)
		}
	}
}
