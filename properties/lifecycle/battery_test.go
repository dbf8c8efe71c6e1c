package lifecycle

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/latent"
)

// A stand is a scope of the battery: small, and exercising some part of the
// model. The battery's verdicts are what mutants are measured by.
type stand struct {
	base  func() latent.Config
	scope string
}

func plain370() latent.Config  { return Plain(latent.Buildbot370) }
func plainHEAD() latent.Config { return Plain(latent.BuildbotHEAD) }

var battery = []stand{
	{plain370, "builds=2"},
	{plain370, "builds=1 ask_stop=1"},
	{plain370, "builds=1 ask_stop=1 every_database_wait=true"},
	{plain370, "builds=1 ask_remove=1 missing_timeout=false"},
	{plain370, "builds=1 ask_cancel=1 connections=1 instances=1"},
	{plain370, "builds=1 ask_drop=1 ask_graceful=1"},
	{plain370, "builds=1 ask_kill=1 connections=1 instances=1"},
	{plain370, "builds=1 ask_stop_worker=1 connections=1 instances=1"},
	{plain370, "builds=1 build_wait_timeout=-1 ask_insubstantiate=1 connections=1"},
	{plain370, "builds=1 build_wait_timeout=0 ask_stop=1"},
	{plain370, "builds=1 machine=true ask_stop=1"},
	{plain370, "builds=1 machine=true ask_remove=1"},
	{plain370, "builds=1 machine=true faults=1 fault_start_false=1 connections=1 instances=1 missing_timeout=false"},
	{plain370, "builds=1 machine=true ask_machine=1"},
	{plain370, "builders=2 ask_reassign=2"},
	{plain370, "builds=1 faults=1 fault_start_false=1 connections=1 instances=1"},
	{plain370, "builds=1 faults=1 fault_stop_error=1 fault_survive=1 connections=1"},
	{plain370, "builds=1 ask_stop=1 faults=1 fault_freeze=1 connections=1"},
	{plain370, "builds=1 ask_stop=1 faults=1 fault_start_hangs=1 fault_stop_hangs=1"},
	{plainHEAD, "builds=1 ask_stop=1"},
	{plainHEAD, "builds=1 ask_drop=1"},
	{plainHEAD, "builds=1 faults=1 fault_crash=1 missing_timeout=false connections=1 instances=1"},
	{plainHEAD, "builds=1 faults=1 fault_survive=1 connections=1"},
	{Sound, "builds=2"},
	{Sound, "builds=2 build_wait_timeout=0"},
	{Sound, "builds=1 build_wait_timeout=-1 ask_stop=1"},
	{Sound, "ask_stop=1"},
	{Sound, "builds=1 ask_remove=1"},
	{Sound, "builds=1 ask_pause=1 connections=1"},
	{Sound, "builders=2 max_builds=1 connections=1 instances=1"},
	{Sound, "builders=2 ask_reassign=2"},
	{Sound, "builds=1 ask_cancel=1 attach_after_start=true"},
	{Sound, "builds=1 faults=1 fault_reset=1 ask_stop=1 connections=1"},
	{Sound, "builds=1 faults=1 fault_cut=1 connections=1"},
	{Sound, "builds=1 faults=1 fault_crash=1 fault_respawn=1 connections=1"},
	{Sound, "builds=1 faults=1 fault_mute=1 fault_start_cannot=1"},
	{Sound, "builds=1 faults=1 fault_silent=1 fault_impatient=1 connections=1"},
	{Sound, "builds=1 faults=1 fault_impostor=1 connections=2"},
	{plain370, "builds=1 faults=1 fault_impostor=1 missing_timeout=false attach_after_start=true"},
	{plain370, "builds=1 machine=true ask_cancel=1 ask_machine=1 missing_timeout=false connections=1 instances=1"},
	{Sound, "builds=1 ask_stop_worker=1 second_stop_early=true stop_once=true connections=1 instances=1"},
	{Sound, "no_lock=true"},
	{Sound, "builds=1 ask_pause=1 faults=1 fault_start_false=1 connections=1 attach_after_start=true shared_pause=true"},
	{Sound, "builds=1 ask_remove=1 no_delivery=true"},
	{Sound, "builds=2 stop_returns_early=true connections=1 attach_after_start=true"},
	{Sound, "builds=1 ask_remove=1 stop_dead_wait=true"},
	{Sound, "builds=1 faults=1 fault_mute=1 timer_kept=true"},
	{plain370, "builds=1 ask_stop_worker=1 ask_stop=1 connections=1 instances=1"},
}

var show = flag.Bool("battery", false, "print the battery's verdicts")

// batteryLimit bounds each stand, so that a mutant that blows up the state
// space is not waited for.
const batteryLimit = 40_000

// verdicts decides every stand and returns one line for each claim.
func verdicts(t *testing.T) string {
	var out strings.Builder
	for i, s := range battery {
		c, err := Apply(s.base(), s.scope)
		if err != nil {
			t.Fatalf("stand %d: %v", i, err)
		}
		for _, v := range decide(t, c, "", batteryLimit).Verdicts {
			fmt.Fprintf(&out, "%d %s: %s\n", i, v.Property, v.Outcome)
		}
	}
	return out.String()
}

// TestBattery: every claim is decided both ways somewhere, so that a claim
// that cannot fail, or one that cannot hold, is noticed.
func TestBattery(t *testing.T) {
	text := verdicts(t)
	if *show {
		fmt.Fprint(os.Stdout, text)
		return
	}
	holds, fails := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, outcome, _ := strings.Cut(rest, ": ")
		holds[name] = holds[name] || outcome == "holds"
		fails[name] = fails[name] || outcome == "violated"
	}
	for name := range holds {
		if !holds[name] && !strings.HasSuffix(name, "whatever the provider does") {
			t.Errorf("%q holds nowhere in the battery", name)
		}
		if !fails[name] && name != "the model's room suffices" {
			t.Errorf("%q is violated nowhere in the battery", name)
		}
	}
}
