package rapidtest_test

import (
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/rapidtest"
	"pgregory.net/rapid"
)

func TestDeadlocksAreFound(t *testing.T) {
	spec, err := zoo.Philosophers(zoo.PhilosophersParams{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	spec.Properties = nil // the deadlock breaks them as well
	r := failingRecord(t, t.TempDir(), func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{}) })
	want(t, r, true, properties.DeadlockName, "canonical")
}

// trap begins in 0 or 1, may go up to 3 and from there no further.
type trap struct{}

func (trap) Init() []uint8 { return []uint8{0, 1} }
func (trap) Next(s *uint8, out *model.Steps[uint8, uint8]) {
	if *s < 3 {
		*out.Add(1)++
		*out.Add(0) = 0
	}
}

// TestForms has one claim of each form that the trap breaks, and one that it
// keeps; a constraint that keeps runs out of the trap makes all pass.
func TestForms(t *testing.T) {
	is := func(n uint8) properties.Predicate[uint8] { return func(s *uint8) bool { return *s == n } }
	not := func(n uint8) properties.Predicate[uint8] { return func(s *uint8) bool { return *s != n } }
	for _, c := range []struct {
		claim    properties.Property[uint8]
		violated bool
	}{
		{properties.Always("always", not(3)), true},
		{properties.Always("always from the start", not(1)), true},
		{properties.Always("always, kept", not(4)), false},
		{properties.AlwaysStep("step", func(from, to *uint8) bool { return *to != 3 }), true},
		{properties.AlwaysStep("step, kept", func(from, to *uint8) bool { return *to <= *from+1 }), false},
		{properties.AlwaysPossible("possible", is(0)), true},
		{properties.AlwaysPossible("possible, kept", is(3)), false},
		{properties.LeadsTo("leads", is(1), is(0)), true},
		{properties.Eventually("eventually", is(3)), false},
		{properties.Reachable("reachable", is(77)), false}, // runs cannot refute it
	} {
		spec := properties.Spec[uint8, uint8]{Model: trap{}, Actions: []string{"x"}, Properties: []properties.Property[uint8]{c.claim},
			About: func(a uint8) model.About { return model.About{Name: "x", Actor: "x"} }}
		spec.Fairness = []properties.Fairness[uint8]{properties.Strong("up", func(a uint8) bool { return a == 1 })}
		try := record
		if c.violated {
			try = failingRecord
		}
		r := try(t, t.TempDir(), func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{Steps: 12}) })
		if r.failed != c.violated || c.violated != strings.Contains(r.log.String(), `"`+c.claim.Name+`" is violated`) {
			t.Errorf("%s: failed %v, want %v\n%s", c.claim.Name, r.failed, c.violated, r.log.String())
		}
	}
}

func TestConstraintEndsRuns(t *testing.T) {
	spec := properties.Spec[uint8, uint8]{Model: trap{}, Actions: []string{"x"},
		Properties: []properties.Property[uint8]{properties.Always("small", func(s *uint8) bool { return *s < 3 })},
		About:      func(a uint8) model.About { return model.About{Name: "x", Actor: "x"} },
		Within:     func(s *uint8) bool { return *s < 2 }}
	r := record(t, t.TempDir(), func(t rapid.TB) { rapidtest.Check(t, spec, rapidtest.Options{}) })
	want(t, r, false, "OK, passed ")
}
