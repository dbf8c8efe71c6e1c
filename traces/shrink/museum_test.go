package shrink_test

import (
	"bytes"
	"flag"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	pack "github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
	"github.com/quiesce/quiesce/traces/shrink"
)

// whole makes TestMuseum compare every exhibit with a check of all claims on
// the whole graph: minutes instead of seconds.
var whole = flag.Bool("whole", false, "compare with whole graphs of any size")

// seeds is how many simulations must hand back the same trace of each exhibit.
var seeds = flag.Uint64("seeds", 3, "make this many simulations of each exhibit")

type latentBy = func() sim.Scheduler[latent.State, latent.Action]

// TestMuseum finds every bug of the museum by simulation and holds the shrunk
// trace against the checker's, byte for byte. Without -whole, exhibits with a
// large graph are held against other seeds' traces only. None needs a search of
// more than 20,000 states, though there are graphs of millions.
func TestMuseum(t *testing.T) {
	const search = 20_000
	graph := 10_000
	if *whole {
		graph = 5_000_000
	}
	checked := 0
	for _, e := range pack.Museum() {
		c, err := e.Broken()
		if err != nil {
			t.Fatal(err)
		}
		spec, err := pack.Spec(c)
		if err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
		k := slices.IndexFunc(spec.Properties, func(p properties.Property[latent.State]) bool { return p.Name == e.Finds })
		all := spec
		spec.Properties = spec.Properties[k : k+1]
		var files [][]byte
		for seed := range *seeds {
			v := simulated(t, spec, seed)
			if v.Trace == nil {
				t.Errorf("%s: %q was not found", e.ID, e.Finds)
				break
			}
			r, err := shrink.Counterexample(t.Context(), spec, v.Property, v.Trace, shrink.Options{States: search})
			if err != nil {
				t.Fatalf("%s: %v", e.ID, err)
			}
			refuted(t, &spec, v.Property, r.Trace)
			if !r.Canonical {
				t.Errorf("%s: %q is locally minimal only", e.ID, e.Finds)
				break
			}
			files = append(files, file(t, &all, v.Property, r.Trace))
		}
		if len(files) < 2 {
			continue
		}
		rep, err := check.Run(t.Context(), all, check.Options{MaxStates: graph})
		if err != nil {
			t.Fatalf("%s: %v", e.ID, err)
		}
		if rep.Complete {
			checked++
			files = append(files, file(t, &all, e.Finds, rep.Verdicts[k].Trace))
		}
		for _, f := range files[1:] {
			if !bytes.Equal(f, files[0]) {
				t.Errorf("%s: two traces of %q", e.ID, e.Finds)
			}
		}
	}
	if checked < 30 {
		t.Errorf("%d exhibits were held against the checker, want at least 30", checked)
	}
}

// TestDefaultScope solves everything that is violated in the default scope of
// Buildbot 3.7.0, a graph of 700,000 states, and compares it with the checker's.
func TestDefaultScope(t *testing.T) {
	if testing.Short() {
		t.Skip("two searches of a large graph")
	}
	spec, err := pack.Spec(latent.Preset(latent.Buildbot370))
	if err != nil {
		t.Fatal(err)
	}
	rep, err := check.Run(t.Context(), spec, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var found []shrink.Found[latent.State, latent.Action]
	var want []properties.Verdict[latent.State, latent.Action]
	for _, v := range rep.Verdicts {
		if v.Outcome == properties.Violated {
			found = append(found, shrink.Found[latent.State, latent.Action]{Property: v.Property, Trace: v.Trace})
			want = append(want, v)
		}
	}
	got, err := shrink.All(t.Context(), spec, found, shrink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	early := 0
	for i, v := range want {
		if got[i].States*10 < rep.Distinct {
			early++
		}
		if !got[i].Canonical || !bytes.Equal(file(t, &spec, v.Property, got[i].Trace), file(t, &spec, v.Property, v.Trace)) {
			t.Errorf("two traces of %q", v.Property)
		}
	}
	// A live claim that needs a fault needs the whole graph; there are three.
	if early < 16 {
		t.Errorf("%d of %d claims were solved on a tenth of the graph, want 16", early, len(want))
	}
}

// simulated runs one scheduler after the other until the claim is violated.
func simulated(t *testing.T, spec properties.Spec[latent.State, latent.Action], seed uint64) properties.Verdict[latent.State, latent.Action] {
	t.Helper()
	var v properties.Verdict[latent.State, latent.Action]
	for _, by := range []latentBy{
		sched.Uniform[latent.State, latent.Action],
		sched.POS[latent.State, latent.Action],
		func() sim.Scheduler[latent.State, latent.Action] {
			return sched.PCT[latent.State, latent.Action](4, 40)
		},
	} {
		rep, err := sim.Run(t.Context(), spec, by, sim.Options{Seed: seed, Runs: 20_000,
			Enough: func(tally *sim.Tally) bool { return tally.Claims[0].Failed > 0 }})
		if err != nil {
			t.Fatal(err)
		}
		if v = rep.Verdicts[0]; v.Trace != nil {
			break
		}
	}
	return v
}
