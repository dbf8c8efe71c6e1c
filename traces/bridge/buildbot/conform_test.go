package buildbot

import (
	"os"
	"strconv"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
)

// traceCount is how many walks the test compares; QUIESCE_TRACES asks for more.
func traceCount(t *testing.T, usual int) int {
	if text := os.Getenv("QUIESCE_TRACES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return usual
}

func TestModelAndCodeAgree(t *testing.T) {
	got, err := ConformLatent(t.Context(), ConformOptions{Traces: traceCount(t, 600), Seed: 1, Version: latent.Buildbot370})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d traces, %d steps, on Buildbot %s", got.Traces, got.Steps, got.Versions.Buildbot)
	for i, f := range got.Findings {
		t.Errorf("%d. %s, %d walks such as %d: %v\n%v", i+1, f.Scope, f.Walks, f.Index, f.Divergence, f.Trace.Actions())
	}
	for _, a := range got.Taken {
		if a.Steps == 0 {
			t.Logf("never taken: %s", a.Name)
		}
	}
}
