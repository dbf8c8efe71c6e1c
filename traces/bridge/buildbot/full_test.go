package buildbot

import (
	"testing"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

func TestExploreFull(t *testing.T) {
	for i, scope := range Scopes(latent.Buildbot370) {
		f, err := OpenFull(t.Context(), scope.Config, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := bridge.NewWalks(f.Spec(), uint64(i), nil)
		var ts []*traces.Trace[*Belief, latent.Action]
		n := 0
		for range 5 {
			ts = append(ts, w.Next(40))
			n += ts[len(ts)-1].Len()
		}
		found, err := bridge.Conform(t.Context(), f, ts)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d steps, %d found", scope.Name, n, len(found))
		for _, d := range found {
			small, err := bridge.Shrink(t.Context(), f.Spec().Model, f, d)
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("%v\n%v", small.Divergence, small.Trace.Actions())
		}
		f.Close()
	}
}
