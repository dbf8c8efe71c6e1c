package lifecycle

import (
	"testing"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// repaired is the default scope of a version with the repair, but for without.
func repaired(v latent.Version, without latent.Rule, all bool) latent.Config {
	c := latent.Preset(v)
	for _, r := range Repair() {
		c.Rule[r] = all || r != without
	}
	return c
}

func broken(rep *report) []string {
	var out []string
	for _, v := range rep.Verdicts {
		if v.Outcome != properties.Holds {
			out = append(out, v.Property+": "+v.Outcome.String())
		}
	}
	return out
}

// TestRepair: with the repair every claim holds in the default scope of 3.7.0,
// which is the way out that the story ends with.
func TestRepair(t *testing.T) {
	rep := decide(t, repaired(latent.Buildbot370, 0, true), "", 0)
	if bad := broken(rep); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}

// TestRepairIsSmall: whatever is left out of it is missed.
func TestRepairIsSmall(t *testing.T) {
	for _, r := range Repair() {
		rep := decide(t, repaired(latent.Buildbot370, r, false), "", brokenLimit)
		if len(broken(rep)) == 0 {
			t.Errorf("without %s everything holds all the same", r)
		}
	}
}

const (
	refusal    = "no reconnection refused"
	masterStop = "the master's stop always ends"
)

// TestStory8400: without any fault the default scopes of both versions show
// the refused worker and, after stop_instance has returned, the master that
// cannot be stopped.
func TestStory8400(t *testing.T) {
	for _, v := range both {
		c := latent.Preset(v)
		c.Faults = 0
		refused := verdict(t, decide(t, c, refusal, 0), refusal)
		stop := verdict(t, decide(t, c, masterStop, 0), masterStop)
		if refused.Outcome != properties.Violated || stop.Outcome != properties.Violated {
			t.Errorf("%s: refused %s, stop %s", v, refused.Outcome, stop.Outcome)
			continue
		}
		returned := false
		for _, a := range stop.Trace.Actions() {
			returned = returned || a.Op == latent.StopReturns
		}
		if !returned {
			t.Errorf("%s: the stop hangs before stop_instance has returned: %v", v, stop.Trace.Actions())
		}
	}
}

// TestTwoWaysOut: the refusal goes if the instance is stopped before its
// connection is closed; the stop ends if every login is armed and no restart
// is lost. Neither helps with the other.
func TestTwoWaysOut(t *testing.T) {
	c := latent.Preset(latent.Buildbot370)
	c.Faults = 0
	for _, way := range []struct {
		rules  []latent.Rule
		mended string
		still  string
	}{
		{[]latent.Rule{latent.StopBeforeClose}, refusal, masterStop},
		{[]latent.Rule{latent.ArmAtLogin, latent.ForceKept}, masterStop, refusal},
	} {
		d := c
		for _, r := range way.rules {
			d.Rule[r] = true
		}
		if v := verdict(t, decide(t, d, way.mended, 0), way.mended); v.Outcome != properties.Holds {
			t.Errorf("with %v %q is %s", way.rules, way.mended, v.Outcome)
		}
		if v := verdict(t, decide(t, d, way.still, 0), way.still); v.Outcome != properties.Violated {
			t.Errorf("with %v %q is %s", way.rules, way.still, v.Outcome)
		}
	}
}
