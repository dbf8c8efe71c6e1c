package catalog

import (
	"path/filepath"
	"testing"

	"github.com/quiesce/quiesce/traces/codec"
)

// Every trace of a finding is still a behaviour of the model with its
// parameters, and still shows what it claims: a trace that its own model no
// longer takes would only look "not applicable" on the real code.
func TestFindingsReplay(t *testing.T) {
	files, err := filepath.Glob("../../model/latent/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	const least = 20
	if len(files) < least {
		t.Errorf("%d traces of findings; there were at least %d", len(files), least)
	}
	for _, file := range files {
		d, err := codec.Open(file)
		if err != nil {
			t.Error(err)
			continue
		}
		instance, err := Recorded(d, "", nil, nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err := instance.Replay(d); err != nil {
			t.Error(err)
		}
	}
}
