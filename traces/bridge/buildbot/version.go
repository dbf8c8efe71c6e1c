package buildbot

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/model/latent"
)

// numbered is a version of Buildbot as it says it: a release, perhaps with
// Debian's revision, a number of commits after one, or the date of a commit.
var numbered = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(\.dev\d+)?`)

// ModelOf returns the version of model/latent for a Buildbot that says it has
// version text. The note says in what way it is not exactly that one; it is
// empty if it is. The error says what is known.
func ModelOf(text string) (v latent.Version, note string, err error) {
	parts := numbered.FindStringSubmatch(text)
	if parts == nil {
		return 0, "", unknownVersion(text)
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n } // digits, or nothing
	release := number(1)*1000 + number(2)
	dated, between := number(1) > 1000, parts[4] != ""
	switch {
	case dated:
		return latent.BuildbotHEAD, "a date is not a release: taken for HEAD", nil
	case release < 3007:
		return 0, "", unknownVersion(text)
	case release == 3007 && !between:
		return latent.Buildbot370, "", nil
	case release < 4000:
		return latent.Buildbot370, "the nearest version that is known; rules of 4.3.0 began in 3.8.0 and 3.10.0", nil
	case release < 4002 || release == 4002 && between:
		return latent.Buildbot430, "the nearest version that is known; rules of 4.3.0 began as late as 4.2.0", nil
	case release <= 4003 && !between:
		return latent.Buildbot430, "", nil
	case between && release >= 4003:
		return latent.BuildbotHEAD, "", nil
	}
	return latent.BuildbotHEAD, "newer than any release that is known: taken for HEAD", nil
}

func unknownVersion(text string) error {
	var known []string
	for _, v := range latent.Versions() {
		known = append(known, v.String())
	}
	return fmt.Errorf("no version of the model is like Buildbot %q; known are %s, and --param version says which to compare with",
		text, strings.Join(known, ", "))
}
