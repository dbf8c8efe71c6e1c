package check_test

import (
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

// What a model takes for granted is an assumption of every verdict but of those
// that a behaviour with an end has decided.
func TestGiven(t *testing.T) {
	const given = "messages are slower than the master"
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 1, Requests: 1, Losses: 1, Capacity: 1, Bug: "reconnect"})
	if err != nil {
		t.Fatal(err)
	}
	spec.Given = []string{given}
	rep, err := check.Run(t.Context(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	with, without := 0, 0
	for _, v := range rep.Verdicts {
		shown := v.Outcome == properties.Violated && !v.Form.Live() && v.Form != properties.FormAlwaysPossible
		switch {
		case shown && v.Given == nil:
			without++
		case !shown && len(v.Given) == 1 && v.Given[0] == given:
			with++
		default:
			t.Errorf("%s, %s: given %q", v.Property, v.Outcome, v.Given)
		}
	}
	if with == 0 || without == 0 {
		t.Errorf("%d verdicts with an assumption, %d without", with, without)
	}
}
