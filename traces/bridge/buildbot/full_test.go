package buildbot

import (
	"maps"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// The whole master, with its distributor, its build requests and its database,
// does only what the model says it can.
func TestModelAndWholeMasterAgree(t *testing.T) {
	usual := 100
	if testing.Short() {
		usual = 12 // for the race detector
	}
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, usual), Seed: 1, Full: true, Version: latent.Buildbot370})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d traces, %d steps, on Buildbot %s", got.Traces, got.Steps, got.Versions.Buildbot)
	if got.Steps < 30*got.Traces {
		t.Errorf("%d walks of %d steps in all: shorter than thirty", got.Traces, got.Steps)
	}
	for i, f := range got.Findings {
		t.Errorf("%d. %s, %d walks such as %d: %v\n%v", i+1, f.Scope, f.Walks, f.Index, f.Divergence, f.Trace.Actions())
	}
}

// driver returns the steps of the driver in a trace as a trace of beliefs.
func driver(t *testing.T, f *Full, actions []latent.Action) *traces.Trace[*Belief, latent.Action] {
	t.Helper()
	actions = slices.DeleteFunc(slices.Clone(actions), func(a latent.Action) bool { return ofItself[a.Op] })
	out, err := traces.Replay(f.model, f.model.Init()[0], actions)
	if err == nil {
		return &out
	}
	t.Fatal(err)
	return nil
}

// A refused connection keeps the whole master from stopping, and does not where
// that is repaired: the comparison tells them apart.
func TestWholeMasterDiffersWhereItIsRepaired(t *testing.T) {
	c := latent.Preset(latent.Buildbot370)
	c.Fine, c.Exact = true, true
	actions := []latent.Action{{Op: latent.Submit}, {Op: latent.StartOK}, {Op: latent.Connects}, {Op: latent.StopMaster}, {Op: latent.InfoAnswered},
		{Op: latent.InstanceEnds}, {Op: latent.StopReturns}}
	for tree, differ := range map[string]bool{"": false, patched(t, "refused_attach.patch"): true} {
		f, err := OpenFull(t.Context(), c, Options{Processes: 1, Tree: tree})
		if err != nil {
			t.Fatal(err)
		}
		trace := driver(t, f, actions)
		found, err := bridge.Conform(t.Context(), f, []*traces.Trace[*Belief, latent.Action]{trace})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if (len(found) > 0) != differ {
			t.Errorf("tree %q: %v", tree, found)
		}
		for _, d := range found {
			told := oneWay(d)
			if told.Divergence.Action != told.Trace.Steps[told.Divergence.At].Action {
				t.Errorf("step %d is %v, not %v", told.Divergence.At+1, told.Trace.Steps[told.Divergence.At].Action, told.Divergence.Action)
			}
		}
	}
}

// What is believed is what naive recursion through all orders comes to.
func TestBeliefs(t *testing.T) {
	steps, several := 0, 0
	for _, scope := range []int{3, 5} {
		c := Scopes(latent.Buildbot370)[scope].Config
		spec, err := latent.Spec(c)
		if err != nil {
			t.Fatal(err)
		}
		m := beliefsOf(&c, spec.Model)
		walks := bridge.NewWalks(properties.Spec[*Belief, latent.Action]{Model: m, About: latent.About, Actions: latent.Ops()}, 5, nil)
		for range 20 {
			walk := walks.Next(30)
			for i := range walk.Steps {
				want, got := make(map[latent.State]bool), make(map[latent.State]bool)
				for _, could := range (*walk.At(i)).could {
					var out model.Steps[latent.State, latent.Action]
					for _, step := range out.From(spec.Model, could.state) {
						if step.Action == walk.Steps[i].Action {
							rests(spec.Model, step.State, want)
						}
					}
				}
				for _, could := range walk.Steps[i].State.could {
					got[could.state] = true
				}
				if !maps.Equal(got, want) {
					t.Fatalf("walk %v, step %d: %d states are believed, %d are possible", walk.Actions(), i+1, len(got), len(want))
				}
				steps++
				if len(want) > 1 {
					several++
				}
			}
		}
	}
	if steps < 600 || several == 0 {
		t.Errorf("%d steps, after %d of them more than one state was possible", steps, several)
	}
}

// rests finds the states in which the master has nothing to do of itself.
func rests(m model.Model[latent.State, latent.Action], s latent.State, into map[latent.State]bool) {
	var out model.Steps[latent.State, latent.Action]
	moved := false
	for _, step := range out.From(m, s) {
		if ofItself[step.Action.Op] {
			rests(m, step.State, into)
			moved = true
		}
	}
	if !moved {
		into[s] = true
	}
}
