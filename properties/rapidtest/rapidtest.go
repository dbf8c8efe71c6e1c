// Package rapidtest runs a spec, or a Go implementation against a spec, as a
// property test of pgregory.net/rapid inside go test.
//
// What it adds to rapid:
//
//   - Every enabled step is equally likely, whatever its name. Choices shrink to
//     the first step that is enabled.
//   - A run has a fixed number of steps, then settles without faults and
//     requests, so that properties about "in the end" can be tested.
//   - A failure has a class: the property that is false, or where and how the
//     implementation went another way. While rapid makes a failure smaller it
//     cannot turn into one of another class.
//   - After a failure the shortest trace of its class is printed and saved, for
//     a property of the spec the same that the checker finds.
//   - Saved traces are tried first, in every run of the test. A file that cannot
//     be read or that is no behaviour of the spec any more fails the test.
//
// Rapid's own flags (-rapid.checks, -rapid.seed) work as usual. Its own fail
// files need not be kept: the saved traces replace them.
package rapidtest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/codec"
	"pgregory.net/rapid"
)

// An Implementation is what is held against a spec. It is made anew for each
// run, by one goroutine, and takes the steps that the spec allows.
type Implementation[S, A comparable] interface {
	// Do makes it take action a, to the end. The error says that it could not.
	Do(a A) error

	// State returns what it looks like now, as a state of the model. Where a
	// part of it cannot be seen, keep that part as the model would have it.
	State() S
}

// Options of a test. The zero Options is ready for use.
type Options struct {
	Spec   string        // name of the spec in saved traces; empty means the name of the test
	Params []codec.Param // its parameters there

	Steps  int // of a run before it settles; 0 means 50
	Settle int // bound on settling; 0 means 250

	Dir    string // where traces are saved; empty means testdata/quiesce/NAME OF TEST
	States int    // to search for the shortest trace; 0 means that of package shrink
	Budget int    // steps that an implementation may take to find the shortest; 0 means 200,000
}

// complete fills in what was left out. It depends on the test's name alone, so
// that a saved trace is found again.
func (o Options) complete(test string) Options {
	if o.Spec == "" {
		o.Spec = test
	}
	if o.Steps == 0 {
		o.Steps = 50
	}
	if o.Settle == 0 {
		o.Settle = 250
	}
	if o.Budget == 0 {
		o.Budget = 200_000
	}
	if o.Dir == "" {
		o.Dir = filepath.Join("testdata", "quiesce", plain(test))
	}
	return o
}

// plain makes a test's name a file name, as rapid does.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, name)
}

// Check tests the properties of spec on random behaviours of its model.
func Check[S, A comparable](t rapid.TB, spec properties.Spec[S, A], opt Options) {
	t.Helper()
	Against(t, spec, nil, opt)
}

// Against tests that an implementation does what spec says: after every step
// its state is one that the model allows. start makes the implementation in the
// state that it is given, an initial one of the model.
func Against[S, A comparable](t rapid.TB, spec properties.Spec[S, A], start func(s S) Implementation[S, A], opt Options) {
	t.Helper()
	c := begin(t, spec, start, opt)
	if c.saved(t) {
		t.FailNow()
	}
	defer c.explain(t)
	rapid.Check(t, c.property)
}

// MakeFuzz returns a fuzz target for testing.F.Fuzz, whose input is the choices
// of a run. start may be nil, as in Check. What a run needs beyond its input is
// not a failure: such inputs are skipped.
func MakeFuzz[S, A comparable](spec properties.Spec[S, A], start func(s S) Implementation[S, A], opt Options) func(*testing.T, []byte) {
	return func(t *testing.T, input []byte) {
		t.Helper()
		c := begin(t, spec, start, opt)
		defer c.explain(t)
		rapid.MakeFuzz(c.property)(t, input)
	}
}

// begin refuses a spec that is no spec before rapid blames a run for it.
func begin[S, A comparable](t rapid.TB, spec properties.Spec[S, A], start func(s S) Implementation[S, A], opt Options) *tester[S, A] {
	t.Helper()
	if err := spec.Validate(); err != nil {
		t.Fatalf("rapidtest: %v", err)
	}
	if len(spec.Model.Init()) == 0 {
		t.Fatalf("rapidtest: the model has no initial state")
	}
	return &tester[S, A]{spec: spec, claims: spec.Claims(), start: start, opt: opt.complete(t.Name())}
}

// property is what rapid tests. Its message is the class of the failure and
// nothing else: rapid takes two failures for the same if their messages are.
func (c *tester[S, A]) property(t *rapid.T) {
	f := c.run(func(label string, options []string) int {
		return rapid.Custom(func(t *rapid.T) choice { return choose(t, options) }).Draw(t, label).index
	})
	if f == nil {
		return
	}
	if c.failed == nil {
		c.failed = f
	}
	if f.class != c.failed.class {
		return // another failure: not now
	}
	c.failed = f
	t.Fatalf("%s", f.class)
}

// choice is what rapid prints of a drawn step.
type choice struct {
	index int
	text  string
}

func (c choice) String() string   { return c.text }
func (c choice) GoString() string { return c.text }

// choose draws an index, each equally likely: bits, again until they are in
// range. Rapid's own integers prefer small values, which would prefer what the
// model lists first. After many tries, which only a fuzzer's input or a shrunk
// one needs, the remainder is taken.
func choose(t *rapid.T, options []string) choice {
	n, v := len(options), 0
	for range 32 {
		v = 0
		for bit := 1; bit < n; bit *= 2 {
			if rapid.Bool().Draw(t, "bit") {
				v |= bit
			}
		}
		if v < n {
			break
		}
	}
	if n == 1 {
		rapid.Bool().Draw(t, "bit") // a generator must draw something
	}
	return choice{v % n, options[v%n]}
}
