package buildbot

import (
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
)

// shortest finds a shortest trace to a state with breadth first search: the
// dumb way, so that these tests do not depend on the checker.
func shortest(t *testing.T, c latent.Config, goal func(s *latent.State) bool) *traces.Trace[latent.State, latent.Action] {
	t.Helper()
	spec, err := latent.Spec(c)
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		state  latent.State
		parent int
		action latent.Action
	}
	nodes := []node{{state: spec.Model.Init()[0], parent: -1}}
	seen := map[latent.State]bool{nodes[0].state: true}
	var out model.Steps[latent.State, latent.Action]
	for i := 0; i < len(nodes) && len(nodes) < 1_000_000; i++ {
		if goal(&nodes[i].state) {
			tr := &traces.Trace[latent.State, latent.Action]{Start: nodes[0].state, Loop: traces.Finite}
			for k := i; nodes[k].parent >= 0; k = nodes[k].parent {
				tr.Steps = append([]model.Step[latent.State, latent.Action]{{Action: nodes[k].action, State: nodes[k].state}}, tr.Steps...)
			}
			return tr
		}
		for _, s := range out.From(spec.Model, nodes[i].state) {
			if !seen[s.State] {
				seen[s.State] = true
				nodes = append(nodes, node{s.State, i, s.Action})
			}
		}
	}
	t.Fatal("no state like that")
	return nil
}

// stoppable is the default scope with the worker's own stop in place of the
// master's, which the bridge does not drive.
func stoppable() latent.Config {
	c := latent.Preset(latent.Buildbot370)
	c.Builds = 1
	c.Request[latent.AskStop] = 0
	c.Request[latent.AskStopWorker] = 1
	return c
}

// stuck is the refused connection's consequence: nothing is outstanding, and
// stopService waits for background operations.
func stuck(s *latent.State) bool {
	w := &s.Workers[0]
	return w.Stop == latent.StopBackground && w.Holder == 0 && w.State == latent.NotSubstantiated
}

func TestReplay(t *testing.T) {
	c := stoppable()
	found := shortest(t, c, stuck)
	found.Loop = found.Len() // and so it stays
	got, err := ReplayLatent(t.Context(), c, found, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != Reproduced || !strings.HasPrefix(got.String(), "reproduced on Buildbot 3.7.0") {
		t.Errorf("%v\n%v", got, found.Actions())
	}
	fixed, err := ReplayLatent(t.Context(), c, found, Options{Tree: patched(t, "refused_attach.patch")})
	if err != nil {
		t.Fatal(err)
	}
	if fixed.Outcome != Fixed || !strings.Contains(fixed.String(), "StopService  model says pending") {
		t.Errorf("on the patched copy: %v", fixed)
	}
}

// The default check's story: the master is asked to stop, and does not.
func TestReplayOfTheMastersStop(t *testing.T) {
	c := latent.Preset(latent.Buildbot370)
	found := shortest(t, c, func(s *latent.State) bool { return s.Master.Stop == latent.MasterServices && stuck(s) })
	got, err := ReplayLatent(t.Context(), c, found, Options{})
	if err != nil || got.Outcome != Reproduced {
		t.Errorf("%v, %v\n%v", got, err, found.Actions())
	}
}

// What a newer version does wrong is not called fixed in an older one.
func TestReplayOfANewerVersion(t *testing.T) {
	c := latent.Preset(latent.Buildbot430)
	c.Builds, c.Faults, c.Request[latent.AskDrop] = 1, 0, 1
	lost := func(s *latent.State) bool { return s.Master.Build[0].At == latent.BuildLost }
	got, err := ReplayLatent(t.Context(), c, shortest(t, c, lost), Options{})
	if err != nil || got.Outcome != NotApplicable || !strings.Contains(got.Why, "the trace is of 4.3.0") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReplayIsNotApplicable(t *testing.T) {
	c := stoppable()
	c.Rule[latent.NoLock] = true
	trace := &traces.Trace[latent.State, latent.Action]{Loop: traces.Finite}
	got, err := ReplayLatent(t.Context(), c, trace, Options{})
	if err != nil || got.String() != "not applicable at step 1 because no_lock: the real code has no such switch" {
		t.Errorf("a variant: %v, %v", got, err)
	}
	c = latent.Preset(latent.Buildbot370)
	c.Workers = 2
	got, err = ReplayLatent(t.Context(), c, trace, Options{})
	if err != nil || got.String() != "not applicable at step 1 because workers: 2, the bridge drives one" {
		t.Errorf("two workers: %v, %v", got, err)
	}
}

// A worker that freezes keeps a reconfiguration waiting that changes its
// builders: the answer to the new list is awaited with the master-wide lock held.
func TestReplayOfAReconfiguration(t *testing.T) {
	c := latent.Preset(latent.Buildbot370)
	c.Builders, c.Builds = 2, 1
	c.Fault = [len(c.Fault)]uint8{latent.FaultFreeze: 1}
	c.Request = [len(c.Request)]uint8{latent.AskReassign: 1}
	found := shortest(t, c, func(s *latent.State) bool {
		w := &s.Workers[0]
		return s.Master.Conf == latent.ReconfList && w.Insts[0].Proc == latent.ProcFrozen && w.Conns[w.Conn-1].Login == latent.LoginIn
	})
	got, err := ReplayLatent(t.Context(), c, found, Options{})
	if err != nil || got.Outcome != Reproduced {
		t.Errorf("%v, %v\n%v", got, err, found.Actions())
	}
}
