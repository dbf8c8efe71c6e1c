package lifecycle

import "github.com/quiesce/quiesce/model/latent"

func plain370() latent.Config  { return Plain(latent.Buildbot370) }
func plainHEAD() latent.Config { return Plain(latent.BuildbotHEAD) }

// A scoped is a configuration as it is written down: where it starts from, and
// the switches that are set.
type scoped struct {
	base  func() latent.Config
	scope string
}

// battery are the scopes that were made for it.
var battery = []scoped{
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
	{Sound, "builds=1 ask_stop_worker=1 second_stop_early=true stop_once=true connections=1 instances=1"},
	{Sound, "no_lock=true"},
	{Sound, "builds=1 ask_pause=1 faults=1 fault_start_false=1 connections=1 attach_after_start=true shared_pause=true"},
	{Sound, "builds=1 ask_remove=1 no_delivery=true"},
	{Sound, "builds=2 stop_returns_early=true connections=1 attach_after_start=true"},
	{Sound, "builds=1 ask_remove=1 stop_dead_wait=true"},
	{Sound, "builds=1 faults=1 fault_mute=1 timer_kept=true"},
	{Sound, "machine=true"},
	{Sound, "machine=true builds=1 ask_stop=1"},
	{Sound, "machine=true builds=1 ask_remove=1"},
	{Sound, "machine=true builds=1 ask_machine=1"},
	{Sound, "machine=true builds=1 faults=1 fault_start_false=1"},
	{Sound, "machine=true builds=1 ask_cancel=1"},
	{Sound, "machine=true build_wait_timeout=0"},
	{Sound, "machine=true builders=2"},
	{Sound, "machine=true workers=2 builds=1"},
	{Sound, "machine=true workers=2 builds=1 starts_without_substantiate=true"},
	{Sound, "workers=2"},
	{Sound, "workers=2 builds=1 ask_stop=1"},
	{Sound, "workers=3 builds=1"},
	{plain370, "workers=2 builds=1 ask_stop=1"},
	{plain370, "workers=2 builds=1 machine=true"},
	{plain370, "workers=2 connections=1 instances=1"},
	{plain370, "builders=2"},
	{plain370, "builds=3"},
	{plainHEAD, "builds=2"},
	{plainHEAD, "builders=2"},
	{plainHEAD, "machine=true builds=1"},
	{plain370, "builds=1 ask_remove=1 build_wait_timeout=-1"},
	{plain370, "builds=2 build_wait_timeout=-1 ask_stop=1"},
	{plain370, "builds=2 max_builds=1 builders=2"},
	{plain370, "builds=1 ask_pause=1 ask_graceful=1"},
	{plain370, "builds=1 faults=1 fault_silent=1"},
	{Sound, "builds=1 faults=2 fault_respawn=1 fault_crash=1"},
	{Sound, "builds=1 faults=2 fault_cut=1 fault_freeze=1"},
	{Sound, "builds=3"},
	{Sound, "builds=1 ask_graceful=1"},
	{Sound, "builds=1 ask_kill=1"},
	{Sound, "builds=1 ask_insubstantiate=1"},
	{Sound, "build_wait_timeout=-1 builds=1 ask_insubstantiate=1"},
	{Sound, "builds=1 faults=1 fault_start_hangs=1"},
	{Sound, "builds=1 faults=1 fault_stop_hangs=1 ask_stop=1"},
	{Sound, "builds=1 faults=1 fault_stop_error=1"},
	{Sound, "builds=1 faults=1 fault_survive=1"},
	{plain370, "builds=1 check_instance=true"},
	{Sound, "every_database_wait=true ask_stop=1"},
	{plain370, "no_lock=true builds=1"},
	{Sound, "machine=true builds=1 ask_machine=1 ask_cancel=1 build_wait_timeout=0"},
	{Sound, "builds=1 faults=1 fault_impostor=1 attach_checked=false arm_at_login=false"},
	{Sound, "builds=1 faults=1 fault_impostor=1 fault_cut=1"},
	{Sound, "builds=1 faults=1 fault_impostor=1 connections=3"},
}

// proofLimit bounds a proof scope.
const proofLimit = 400_000

// proofScopes are larger than any stand. A mutant whose graph is the model's
// in every stand must be the same here too to be called equivalent.
var proofScopes = []scoped{
	{plain370, "builds=1 faults=1 fault_cut=1"},
	{plain370, "ask_insubstantiate=1 builds=1"},
	{plain370, "builds=1 check_instance=true faults=1 fault_crash=1"},
}
