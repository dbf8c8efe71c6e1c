package zoo_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/zoo"
)

// What is measured: these sizes, and that nothing is lost to padding.
func TestSizes(t *testing.T) {
	if n := reflect.TypeFor[zoo.TwoPhaseState]().Size(); n != 16 {
		t.Errorf("a state of two-phase commit has %d bytes, want 16", n)
	}
	if n := reflect.TypeFor[zoo.LifecycleState]().Size(); n != 29 {
		t.Errorf("a state of the lifecycle model has %d bytes, want 29", n)
	}
}

// A value that no constant names shows its number, so that a defect is seen.
func TestNames(t *testing.T) {
	for _, test := range []struct {
		value fmt.Stringer
		want  string
	}{
		{zoo.TMCommitted, "committed"}, {zoo.RMAbsent, "absent"}, {zoo.RMState(9), "<9>"},
		{zoo.RMRcvAbortMsg, "RMRcvAbortMsg"}, {zoo.PetersonCritical, "critical"}, {zoo.PetersonLeave, "Leave"},
		{zoo.Eating, "eating"}, {zoo.PutDown, "PutDown"}, {zoo.LoseAck, "LoseAck"}, {zoo.RingWorking, "working"},
		{zoo.RingPass, "Pass"}, {zoo.Insubstantiating, "insubstantiating"}, {zoo.Stopping, "stopping"},
		{zoo.Disconnect, "Disconnect"}, {zoo.LifecycleName(19), "<19>"},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

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
