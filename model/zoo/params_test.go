package zoo_test

import (
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/zoo"
)

// Every bad parameter is named, with its value and what is allowed.
func TestBadParameters(t *testing.T) {
	errOf := func(_ any, err error) error { return err }
	for _, test := range []struct {
		err  error
		want []string
	}{
		{errOf(zoo.TwoPhase(zoo.TwoPhaseParams{})), []string{"twophase: managers is 0, want 1 to 9"}},
		{errOf(zoo.TwoPhase(zoo.TwoPhaseParams{Managers: 10, Bug: "hang"})), []string{
			"twophase: managers is 10, want 1 to 9", `twophase: bug is "hang", want none or abort`}},
		{errOf(zoo.Philosophers(zoo.PhilosophersParams{N: 1, Order: "left"})), []string{
			"philosophers: n is 1, want 2 to 16", `philosophers: order is "left", want same or mixed`}},
		{errOf(zoo.AlternatingBit(zoo.AlternatingBitParams{Fairness: "some"})), []string{
			"abp: messages is 0, want 1 to 200", "abp: capacity is 0, want 1 to 4",
			`abp: fairness is "some", want strong or weak`}},
		{errOf(zoo.TokenRing(zoo.TokenRingParams{Nodes: 13, Fairness: "none"})), []string{
			"tokenring: nodes is 13, want 2 to 12", `tokenring: fairness is "none", want strong or weak`}},
		{errOf(zoo.Lifecycle(zoo.LifecycleParams{Workers: 5, Requests: -1, Losses: 256, Bug: "all"})), []string{
			"lifecycle: workers is 5, want 1 to 4", "lifecycle: requests is -1, want 0 to 255",
			"lifecycle: losses is 256, want 0 to 255", "lifecycle: capacity is 0, want 1 to 255",
			`lifecycle: bug is "all", want none, reconnect or hang`}},
		{errOf(zoo.Grid(zoo.GridParams{Counters: 9, Modulus: 1})), []string{
			"grid: counters is 9, want 1 to 8", "grid: modulus is 1, want 2 to 255"}},
	} {
		if test.err == nil || test.err.Error() != strings.Join(test.want, "\n") {
			t.Errorf("got:\n%v\nwant:\n%s", test.err, strings.Join(test.want, "\n"))
		}
	}
}
