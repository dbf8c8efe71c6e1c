package buildbot

import (
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
)

func TestModelOf(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  latent.Version
		exact bool
	}{
		{"3.7.0", latent.Buildbot370, true}, {"3.7.0-2", latent.Buildbot370, true}, {"3.11.9", latent.Buildbot370, false},
		{"4.1.0", latent.Buildbot430, false}, {"4.2.1", latent.Buildbot430, true}, {"4.3.0", latent.Buildbot430, true},
		{"4.3.1.dev57", latent.BuildbotHEAD, true}, {"4.4.0", latent.BuildbotHEAD, false}, {"2026.08.18", latent.BuildbotHEAD, false},
		{"4.2.1.dev3", latent.Buildbot430, false}, {"5.0", latent.BuildbotHEAD, false},
	} {
		got, note, err := ModelOf(c.text)
		if err != nil || got != c.want || (note == "") != c.exact {
			t.Errorf("%s: %s, note %q, %v", c.text, got, note, err)
		}
	}
	for _, text := range []string{"", "latest", "3.6.1", "0.0.0", "v4.3.0", "99999.1"} {
		if _, _, err := ModelOf(text); err == nil || !strings.Contains(err.Error(), "3.7.0, 4.3.0, HEAD") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
