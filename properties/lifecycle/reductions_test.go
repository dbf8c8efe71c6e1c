package lifecycle

import (
	"context"
	"fmt"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// TestForgettingIsSound: what the model forgets makes no difference to any
// verdict, nor to the length of any counterexample. Exact forgets nothing but
// dead connections; scopes in which it has no end are left out.
func TestForgettingIsSound(t *testing.T) {
	fewer := 0
	for _, scope := range []scoped{
		{Sound, "builds=2"},
		{Sound, "builds=2 ask_stop=1"},
		{Sound, "builds=1 ask_remove=1"},
		{Sound, "builds=1 build_wait_timeout=-1 ask_stop=1"},
		{Sound, "builds=1 faults=1 fault_mute=1 ask_stop=1"},
		{plain370, "builds=1 build_wait_timeout=-1 ask_stop=1"},
		{plain370, "builds=2 build_wait_timeout=-1 ask_stop=1"},
		{plain370, "builds=1 ask_pause=1 build_wait_timeout=-1 ask_stop=1 connections=1"},
		{plainHEAD, "builds=1 build_wait_timeout=-1 ask_stop=1 connections=1"},
	} {
		c, err := Apply(scope.base(), scope.scope)
		if err != nil {
			t.Fatal(err)
		}
		brief := decide(t, c, "", 0)
		c.Exact = true
		exact := decide(t, c, "", 300_000)
		if !exact.Complete {
			t.Errorf("%s: without end when exact", scope.scope)
			continue
		}
		if brief.Distinct > exact.Distinct {
			t.Errorf("%s: %d states, %d when exact", scope.scope, brief.Distinct, exact.Distinct)
		}
		if brief.Distinct < exact.Distinct {
			fewer++
		}
		same(t, scope.scope, brief, exact)
	}
	if fewer == 0 {
		t.Error("nothing is ever forgotten")
	}
}

func same(t *testing.T, scope string, a, b *report) {
	t.Helper()
	for i := range a.Verdicts {
		v, w := &a.Verdicts[i], &b.Verdicts[i]
		if v.Outcome != w.Outcome {
			t.Errorf("%s: %q is %s, %s when exact", scope, v.Property, v.Outcome, w.Outcome)
		}
		if v.Form == properties.FormAlways && v.Trace != nil && w.Trace != nil && v.Trace.Len() != w.Trace.Len() {
			t.Errorf("%s: %q takes %d steps, %d when exact", scope, v.Property, v.Trace.Len(), w.Trace.Len())
		}
	}
}

// TestSymmetryIsSound: with two workers sorted no safety verdict changes, and
// about half the states remain.
func TestSymmetryIsSound(t *testing.T) {
	c := Plain(latent.Buildbot370)
	c.Workers, c.Builds = 2, 2
	full, sorted := grow[[2]latent.Worker](t, c, false), grow[[2]latent.Worker](t, c, true)
	for i := range full.Verdicts {
		if v, w := &full.Verdicts[i], &sorted.Verdicts[i]; v.Outcome != w.Outcome {
			t.Errorf("%q is %s, %s with symmetry", v.Property, v.Outcome, w.Outcome)
		}
	}
	if sorted.Distinct >= full.Distinct || sorted.Distinct*2 < full.Distinct {
		t.Errorf("%d states with symmetry, %d without", sorted.Distinct, full.Distinct)
	}
}

// grow decides the safety claims of a scope with several workers.
func grow[C latent.Crew](t *testing.T, c latent.Config, symmetry bool) *check.Report[latent.StateOf[C], latent.Action] {
	t.Helper()
	spec, err := SpecOf[C](c)
	if err != nil {
		t.Fatal(err)
	}
	var kept []properties.Property[latent.StateOf[C]]
	for _, p := range spec.Properties {
		if p.Form == properties.FormAlways {
			kept = append(kept, p)
		}
	}
	spec.Properties, spec.Fairness = kept, nil
	rep, err := check.Run(context.Background(), spec, check.Options{Workers: 2, Symmetry: symmetry, MaxStates: 6_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// Example decides the default scope without faults and prints what is wrong.
func ExampleSpec() {
	c := Plain(latent.Buildbot370)
	c.Builds = 1
	spec, err := Spec(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	rep, err := check.Run(context.Background(), spec, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range rep.Verdicts {
		if v.Outcome == properties.Violated {
			fmt.Printf("%s: %d steps\n", v.Property, v.Trace.Len())
		}
	}
	// Output:
	// no reconnection refused: 18 steps
}

// TestMergedWaitsAreSound: to answer the waits for the database at once that
// every_database_wait tells apart changes the outcome of no claim.
func TestMergedWaitsAreSound(t *testing.T) {
	fewer := 0
	for _, s := range []scoped{
		{Sound, "builds=2"},
		{Sound, "builds=2 ask_stop=1"},
		{Sound, "builds=1 ask_remove=1"},
		{plain370, "builds=2"},
		{plain370, "builds=1 ask_stop=1"},
		{plain370, "builds=1 ask_cancel=1"},
		{plain370, "builds=1 ask_stop=1 faults=1 fault_mute=1"},
		{plain370, "builds=1 build_wait_timeout=-1 ask_stop=1"},
		{plain370, "builds=1 build_wait_timeout=0 ask_stop=1 connections=1"},
		{plain370, "builds=1 faults=1 fault_reset=1 connections=1"},
		{plainHEAD, "builds=1 ask_stop=1 connections=1"},
		{plainHEAD, "builds=1 ask_drop=1"},
	} {
		c, err := Apply(s.base(), s.scope)
		if err != nil {
			t.Fatal(err)
		}
		merged := decide(t, c, "", 300_000)
		c.Fine = true
		fine := decide(t, c, "", 300_000)
		if !merged.Complete || !fine.Complete {
			t.Errorf("%s: too large", s.scope)
			continue
		}
		if merged.Distinct < fine.Distinct {
			fewer++
		}
		for i := range merged.Verdicts {
			if v, w := &merged.Verdicts[i], &fine.Verdicts[i]; v.Outcome != w.Outcome {
				t.Errorf("%s: %q is %s, %s with every wait", s.scope, v.Property, v.Outcome, w.Outcome)
			}
		}
	}
	if fewer == 0 {
		t.Error("no wait is ever merged")
	}
}
