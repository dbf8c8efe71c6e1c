package zoo_test

import (
	"context"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// wantOutcomes decides spec and compares the outcomes of its claims, of which
// the last one wanted stands for all that follow. Nothing in a spec of the zoo
// may be idle: every action is taken and every fairness set covers one.
func wantOutcomes[S, A comparable](t *testing.T, spec properties.Spec[S, A], wanted ...properties.Outcome) {
	t.Helper()
	r, err := check.Run(context.Background(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range r.Verdicts {
		if want := wanted[min(i, len(wanted)-1)]; v.Outcome != want {
			t.Errorf("%s: %v %s, want %v", v.Property, v.Outcome, v.Reason, want)
		}
	}
	if len(r.Never) > 0 || len(r.Idle) > 0 {
		t.Errorf("never taken: %q, idle: %q", r.Never, r.Idle)
	}
	if got := int(r.Distinct); !r.Complete || got != explore(spec.Model, nil).distinct {
		t.Errorf("%d states, complete %t, want %d", got, r.Complete, explore(spec.Model, nil).distinct)
	}
}

// What the live properties of the zoo need to hold.
func TestNecessaryFairness(t *testing.T) {
	ring := tokenRing(t, 2, "strong")
	wantNecessary(t, ring, "node 0 is served", "WF(the token moves)", "SF(node 0 begins)")
	wantNecessary(t, ring, "node 1 is served", "WF(the token moves)", "SF(node 1 begins)")
}

func wantNecessary[S, A comparable](t *testing.T, spec properties.Spec[S, A], name string, want ...string) {
	t.Helper()
	r, err := check.Run(context.Background(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Verdicts, func(v properties.Verdict[S, A]) bool { return v.Property == name })
	if got := r.Verdicts[i].Necessary; !slices.Equal(got, want) {
		t.Errorf("%s needs %q, want %q", name, got, want)
	}
}
