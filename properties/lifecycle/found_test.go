package lifecycle

import "github.com/quiesce/quiesce/model/latent"

func plain430() latent.Config { return Plain(latent.Buildbot430) }

// found are stands like those of the battery. They are what is left of some four
// thousand scopes, most of them drawn at random: each tells a mutant from the
// model that no other stand does.
var found = []scoped{
	{plain370, "builds=1 ask_cancel=1 connections=1 instances=2 attach_after_start=true stop_disconnects=true"},
	{plain370, "builds=1 ask_insubstantiate=1 build_wait_timeout=0 connections=2 instances=1 every_database_wait=true cancel_any_time=true attach_checked=true force_kept=true idle_rechecked=true recheck_substantiation=true drop_finishes=true"},
	{plain370, "builds=1 ask_stop=1 faults=1 fault_stop_error=1 build_wait_timeout=-1 connections=3 instances=1 cancel_any_time=true close_always=true relisted=true change_noticed=true"},
	{plain370, "builds=1 builders=2 ask_remove=1 faults=1 fault_mute=1 fault_stop_error=1 connections=3 instances=2 missing_timeout=false attach_after_start=true stop_before_close=true cancel_any_time=true idle_rechecked=true recheck_substantiation=true drop_finishes=true no_close_on_quick_stop=true"},
	{plain370, others + "builds=1 faults=1 fault_survive=1 connections=2 instances=1 attach_after_start=true login_outlives_master=true close_always=true drop_tolerated=true relisted=true drop_finishes=true none_tolerated=true no_retry=true"},
	{plain370, "builds=1 faults=2 fault_impostor=1 connections=2 instances=2 attach_after_start=true stop_before_close=true attach_checked=true own_notifier=true force_kept=true close_cancelled=true relisted=true none_tolerated=true"},
	{plain370, others + "builds=1 machine=true ask_machine=2 build_wait_timeout=0 connections=2 instances=2 login_outlives_master=true close_cancelled=true none_tolerated=true"},
	{plain370, "builds=1 machine=true faults=1 fault_impostor=1 connections=1 instances=1 second_interrupt_lost=true"},
	{plain370, "builds=1 machine=true faults=1 fault_survive=1 fault_reset=1 connections=2 instances=1 attach_after_start=true stop_before_close=true stop_only_own=true idle_rechecked=true login_outlives_master=true none_tolerated=true stop_disconnects=true"},
	{plain370, others + "builds=1 machine=true workers=2 ask_machine=1 build_wait_timeout=-1 connections=3 instances=2 missing_timeout=false login_outlives_master=true close_always=true close_cancelled=true drop_tolerated=true change_noticed=true none_tolerated=true"},
	{plain370, others + "builds=1 workers=2 ask_graceful=1 connections=3 instances=1 missing_timeout=false max_builds=1 login_outlives_master=true close_always=true relisted=true drop_finishes=true none_tolerated=true"},
	{plain370, "builds=2 ask_kill=1 build_wait_timeout=-1 connections=2 instances=2 missing_timeout=false attach_after_start=true max_builds=1"},
	{plain370, others + "builds=2 ask_stop=1 faults=2 fault_start_hangs=2 build_wait_timeout=-1 connections=2 instances=1 missing_timeout=false login_outlives_master=true close_always=true change_noticed=true drop_finishes=true none_tolerated=true recreate_notifier=true"},
	{plain370, others + "builds=2 builders=2 ask_reassign=2 faults=1 fault_respawn=1 build_wait_timeout=-1 connections=1 instances=2 attach_after_start=true login_outlives_master=true close_cancelled=true change_noticed=true drop_finishes=true none_tolerated=true no_lock=true"},
	{plain430, "builds=1 ask_drop=1 faults=1 fault_start_hangs=1 build_wait_timeout=0 connections=3 instances=2 missing_timeout=false attach_after_start=true no_lock=true"},
	{plain430, others + "builds=2 ask_graceful=1 faults=1 fault_start_cannot=1 build_wait_timeout=0 connections=2 instances=2 attach_after_start=true login_outlives_master=true close_cancelled=true change_noticed=true untracked=true"},
	{plainHEAD, "builds=1 workers=2 ask_stop=1 faults=2 fault_freeze=1 build_wait_timeout=-1 connections=3 instances=2 missing_timeout=false max_builds=1 arm_at_login=true cancel_any_time=true own_notifier=true force_kept=true close_always=true drop_tolerated=true"},
	{Sound, "builds=1 ask_drop=1 faults=1 fault_start_cannot=1 build_wait_timeout=-1 connections=2 instances=2"},
	{Sound, "builds=1 ask_drop=1 faults=2 fault_reset=2 fault_start_false=1 connections=3 instances=1 attach_after_start=true"},
	{Sound, "builds=1 ask_insubstantiate=1 faults=1 fault_start_cannot=1 build_wait_timeout=-1 connections=2 instances=2 missing_timeout=false attach_after_start=true detach_substantiates=true drop_tolerated=false"},
	{Sound, "builds=1 ask_kill=1 ask_stop_worker=1 build_wait_timeout=-1 connections=1 instances=1 missing_timeout=false recreate_notifier=true"},
	{Sound, "builds=1 ask_remove=1 faults=2 fault_start_cannot=1 connections=2 instances=2 max_builds=1 attach_sets_state=true"},
	{Sound, "builds=1 ask_stop=1 faults=1 fault_impatient=1 build_wait_timeout=0 connections=1 instances=2 every_database_wait=true pings_kept=true"},
	{Sound, "builds=1 ask_stop=1 faults=2 fault_start_hangs=2 fault_survive=1 build_wait_timeout=0 connections=1 instances=2 attach_after_start=true force_kept=false"},
	{Sound, "builds=1 ask_stop_worker=1 faults=1 fault_start_cannot=1 build_wait_timeout=0 connections=2 instances=2 attach_after_start=true idle_rechecked=false"},
	{Sound, "builds=1 builders=2 ask_kill=1 faults=1 fault_start_cannot=1 fault_respawn=1 build_wait_timeout=-1 connections=2 instances=1 missing_timeout=false"},
	{Sound, "builds=1 builders=2 ask_pause=1 ask_remove=1 faults=1 fault_reset=1 fault_mute=1 build_wait_timeout=0 connections=1 instances=2 attach_after_start=true never_starts=true"},
	{Sound, "builds=1 builders=2 faults=1 fault_mute=1 build_wait_timeout=-1 connections=2 instances=1 attach_after_start=true finished_late=true"},
	{Sound, "builds=1 faults=2 fault_impatient=2 fault_impostor=1 connections=1 instances=1 missing_timeout=false"},
	{Sound, "builds=1 workers=2 ask_stop_worker=1 build_wait_timeout=-1 connections=1 instances=2 attach_after_start=true"},
	{Sound, "builds=2 ask_cancel=1 faults=1 fault_stop_hangs=1 fault_silent=1 build_wait_timeout=-1 connections=2 instances=2 attach_after_start=true never_starts=true none_tolerated=false"},
	{Sound, "builds=2 ask_insubstantiate=1 connections=3 instances=1 missing_timeout=false attach_after_start=true"},
	{Sound, "builds=2 ask_remove=1 connections=1 instances=2 polite_close=true"},
	{Sound, "builds=2 ask_remove=1 faults=1 fault_survive=1 build_wait_timeout=-1 connections=2 instances=2"},
	{Sound, "builds=2 ask_stop=1 faults=2 fault_respawn=2 build_wait_timeout=-1 connections=1 instances=2 one_waiter=true change_noticed=false"},
	{plain370, others + "login_outlives_master=true builds=1 ask_stop_worker=1 ask_stop=1 connections=1 instances=1 attach_after_start=true missing_timeout=false build_wait_timeout=-1 drop_tolerated=false locks_need_worker=false none_tolerated=false"},
	{Sound, "builds=1 ask_stop=1 ask_cancel=1 faults=1 fault_freeze=1 connections=1 instances=1 attach_after_start=true close_always=false build_wait_timeout=-1"},
	{Sound, "builders=2 ask_reassign=1 builds=1 connections=1 instances=1 attach_after_start=true faults=1 fault_freeze=1"},
	{Sound, "machine=true ask_machine=1 builds=2 connections=1 instances=1 attach_after_start=true missing_timeout=false"},
}
