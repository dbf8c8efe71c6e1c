package check_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

// A search for one counterexample finds that of the naive checker or, where
// there is none, says so. Within a limit it says that or nothing.
func TestShortestAgainstNaive(t *testing.T) {
	inShards(t, 20_000, func(run uint64) error {
		source := rng.New(9, run)
		g := randomTable(&source)
		spec := g.spec()
		if err := shortestAgrees(&spec, explore(&spec).report(), int(source.Below(9))); err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		return nil
	})
}

func shortestAgrees[S, A comparable](spec *properties.Spec[S, A], want *check.Report[S, A], limit int) error {
	for k, p := range spec.Claims() {
		if p.Form.Live() || p.Form == properties.FormReachable {
			continue
		}
		got, err := check.FindShortest(context.Background(), *spec, p.Name, check.Options{})
		if err != nil {
			return err
		}
		wanted := want.Verdicts[k].Trace
		if !got.Whole || !reflect.DeepEqual(got.Trace, wanted) || got.States > want.Distinct {
			return fmt.Errorf("%s: %+v after %d of %d states, want\n%+v", p.Name, got.Trace, got.States, want.Distinct, wanted)
		}
		got, err = check.FindShortest(context.Background(), *spec, p.Name, check.Options{MaxStates: limit})
		if err != nil {
			return err
		}
		if got.Whole != (limit == 0 || got.States < uint64(limit)) && !got.Whole || limit > 0 && got.States > uint64(limit) {
			return fmt.Errorf("%s: %d states, whole %v, the limit is %d", p.Name, got.States, got.Whole, limit)
		}
		if got.Whole && !reflect.DeepEqual(got.Trace, wanted) || !got.Whole && got.Trace != nil {
			return fmt.Errorf("%s, at most %d states: %+v, want\n%+v", p.Name, limit, got.Trace, wanted)
		}
	}
	return nil
}

// The same on models that have a deadlock, and a goal that becomes impossible.
func TestShortestOfTheZoo(t *testing.T) {
	dining, err := zoo.Philosophers(zoo.PhilosophersParams{N: 4})
	if err != nil {
		t.Fatal(err)
	}
	want, err := check.Run(t.Context(), dining, check.Options{})
	if err == nil {
		err = shortestAgrees(&dining, want, 20)
	}
	if err != nil {
		t.Error(err)
	}
	for _, bug := range []string{"none", "reconnect", "hang"} {
		spec := smallLifecycle(t, bug)
		want, err := check.Run(t.Context(), spec, check.Options{})
		if err == nil {
			err = shortestAgrees(&spec, want, 20)
		}
		if err != nil {
			t.Errorf("bug %s: %v", bug, err)
		}
	}
}

func TestShortestRefuses(t *testing.T) {
	spec := smallLifecycle(t, "none")
	live := ""
	for _, p := range spec.Properties {
		if p.Form.Live() {
			live = p.Name
		}
	}
	for _, c := range []struct {
		name string
		opt  check.Options
	}{
		{"no such property", check.Options{}},
		{live, check.Options{}},
		{spec.Properties[0].Name, check.Options{Compact: true}},
		{spec.Properties[0].Name, check.Options{MaxStates: -1}},
	} {
		if _, err := check.FindShortest(t.Context(), spec, c.name, c.opt); err == nil {
			t.Errorf("%q, %+v: no error", c.name, c.opt)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := check.FindShortest(ended, spec, spec.Properties[0].Name, check.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
