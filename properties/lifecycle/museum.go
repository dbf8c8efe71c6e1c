package lifecycle

import (
	"fmt"
	"strings"

	"github.com/quiesce/quiesce/model/latent"
)

// An Exhibit is a bug of Buildbot's history as data: the scope in which it
// shows, the switches that bring it back, and the claim that finds it. Without
// those switches the same scope satisfies the claim.
type Exhibit struct {
	ID    string // of the corpus of known bugs
	Title string
	Scope string // switches of the scope, as name=value, beside those of Sound
	Bring string // switches that bring the bug back
	Finds string // the claim that it violates
}

// Sound is the scope most exhibits start from: 3.7.0 with every proposed
// change, no faults and no requests but builds. In it every claim holds that
// its small scope can decide.
func Sound() latent.Config {
	c := latent.Preset(latent.Buildbot370)
	c.Faults = 0
	c.Fault = [len(c.Fault)]uint8{}
	c.Request = [len(c.Request)]uint8{}
	c.Rule = [len(c.Rule)]bool{}
	for _, r := range append(Repair(), latent.IdleRechecked, latent.CloseAlways, latent.CloseCancelled, latent.DropTolerated,
		latent.Relisted, latent.ChangeNoticed, latent.DropFinishes, latent.NoneTolerated) {
		c.Rule[r] = true
	}
	return c
}

// Repair returns the changes that together make every claim hold in the
// default scope of 3.7.0. None of them can be left out.
func Repair() []latent.Rule {
	return []latent.Rule{latent.ArmAtLogin, latent.StopBeforeClose, latent.RecheckSubstantiation, latent.CancelAnyTime,
		latent.ReattachChecked, latent.OwnNotifier, latent.ForceKept, latent.StopOnlyOwn, latent.LoginOutlives}
}

// Fixed returns the configuration that must satisfy the exhibit's claim.
func (e *Exhibit) Fixed() (latent.Config, error) { return Apply(Sound(), e.Scope) }

// Broken returns the configuration that must violate it.
func (e *Exhibit) Broken() (latent.Config, error) {
	c, err := e.Fixed()
	if err != nil {
		return c, err
	}
	return Apply(c, e.Bring)
}

// Apply sets switches given as name=value, separated by spaces.
func Apply(c latent.Config, settings string) (latent.Config, error) {
	all := latent.Switches()
	for _, setting := range strings.Fields(settings) {
		name, value, _ := strings.Cut(setting, "=")
		found := false
		for i := range all {
			if all[i].Name != name {
				continue
			}
			found = true
			if err := all[i].Set(&c, value); err != nil {
				return c, err
			}
		}
		if !found {
			return c, fmt.Errorf("there is no switch %q", name)
		}
	}
	return c, c.Validate()
}

// Museum returns the exhibits, in the order of the corpus.
func Museum() []Exhibit {
	return append(exhibitsOfWorkers(), exhibitsOfBuilds()...)
}

// exhibitsOfWorkers are the bugs of the latent state machine.
func exhibitsOfWorkers() []Exhibit {
	return []Exhibit{
		{"B01", "#8400 a worker is refused on every normal stop", "", "stop_before_close=false", "no reconnection refused"},
		{"B02", "#3438 a reconfiguration during the start loses the waiter", "builders=2 builds=1 ask_reassign=1",
			"recreate_notifier=true", "build 0's wait for its worker ends"},
		{"B03", "#5136 a build cannot be stopped while its worker is being prepared", "builds=1 ask_cancel=1",
			"no_cancel_while_preparing=true", "a cancelled build stops waiting"},
		{"B04", "#4935 stopService while insubstantiating crashes", "builds=1 ask_remove=1", "stop_dead_wait=true",
			"no exception stops the stop"},
		{"B05", "substantiate races with stopService", "builds=1 ask_remove=1", "stop_once=true",
			"no instance outlives its worker's service"},
		{"B06", "worker stop waits for builds that will never end", "builds=1 ask_remove=1", "soft_disconnect_skips=true",
			"no endless loop"},
		{"B08", "#5988 a running build is killed by the idle timer", "", "wait_timer_in_substantiate=true idle_rechecked=false",
			"no build killed by somebody else's decision"},
		{"B09", "#2420 the next build starts on the instance being stopped", "build_wait_timeout=0",
			"finish_kicks_first=true idle_rechecked=false", "no build killed by somebody else's decision"},
		{"B10", "#1928 a stop at once does not disconnect", "build_wait_timeout=0",
			"keep_connection=true implicit_state=true", "success means a live worker"},
		{"B11", "#4606 state derived from the connection", "", "implicit_state=true", "success means a live worker"},
		{"B12", "a substantiation is lost because the build came during the stop", "", "state_gates_builds=true",
			"request 1 is completed"},
		{"B13", "with a negative timeout a reconnecting worker becomes SUBSTANTIATED in any state",
			"build_wait_timeout=-1 faults=1 fault_reset=1 ask_insubstantiate=1", "attach_sets_state=true attach_checked=false",
			"no assertion fails"},
		{"B14", "a worker with a negative timeout is unusable after an insubstantiation",
			"builds=1 attach_after_start=true build_wait_timeout=-1 missing_timeout=false ask_insubstantiate=1 faults=1 fault_survive=1", "negative_waits=true", "build 0's wait for its worker ends"},
		{"B15", "detaching starts a substantiation", "", "detach_substantiates=true",
			"start and stop never overlap"},
		{"B16", "a second insubstantiate returns too early", "ask_stop_worker=1", "second_stop_early=true stop_once=true",
			"no stop outruns its instance"},
		{"B17", "insubstantiate while a start is queued stops twice", "ask_cancel=1", "reenter_stop=true",
			"start and stop alternate"},
		{"B18", "a cancel while a start is queued does not cancel", "ask_cancel=1", "cancel_keeps_request=true",
			"a cancelled build stops waiting"},
		{"B19", "with a negative timeout the instance survives the master", "build_wait_timeout=-1 builds=1 ask_stop=1",
			"negative_survives=true stop_once=true", "no instance outlives its worker's service"},
		{"B20", "#4708 start and stop overlap", "", "no_lock=true", "start and stop never overlap"},
		{"B21", "an exception of stop_instance leaves the worker insubstantiating", "faults=1 fault_stop_error=1",
			"stop_exception_escapes=true", "request 1 is completed"},
		{"B22", "a shutdown waits until the start has succeeded", "builds=1 missing_timeout=false ask_remove=1",
			"soft_disconnect_waits=true", "a reconfiguration always ends"},
		{"B23", "#6405 a container that starts late is stopped under the next build", "start_waits_for_attach=true ask_cancel=1",
			"stop_only_own=false", "no build killed by somebody else's decision"},
		{"B24", "#6735 a build waits for an instance that has crashed",
			"builds=1 missing_timeout=false faults=1 fault_crash=1 check_instance=true attach_checked=false", "check_instance=false",
			"build 0's wait for its worker ends"},
		{"B25", "#3572 endless retries when the instance can never start", "builds=1 never_starts=true attach_after_start=true", "retry_always=true",
			"request 0 is completed"},
		{"B26", "#2914 a worker lost from outside is not started again", "faults=1 fault_reset=1", "implicit_state=true",
			"success means a live worker"},
		{"B27", "#3511 a cancelled preparation is retried", "builds=1 ask_cancel=1 attach_after_start=true", "cancel_retries=true",
			"a cancelled build is not built again"},
		{"B28", "the missing timer is never cleared", "builds=1 faults=1 fault_mute=1", "timer_kept=true",
			"no attach fails without a fault"},
		{"B29", "the random password changes during the start", "builders=2 builds=1 missing_timeout=false ask_reassign=1",
			"password_changes=true", "build 0's wait for its worker ends"},
		{"B30", "one Deferred for several waiters", "builders=2 faults=1 fault_start_false=1", "one_waiter=true",
			"success means a live worker"},
		{"B31", "#2327 a failure is taken for success", "builds=1 faults=1 fault_start_false=1", "failure_truthy=true",
			"success means a live worker"},
		{"B32", "#2454 a container that dies is stopped twice", "faults=1 fault_crash=1", "implicit_state=true",
			"success means a live worker"},
		{"B33", "#2329 stopping the master races with latent workers", "ask_stop=1", "stop_once=true no_lock=true worker_none=true",
			"start and stop never overlap"},
		{"B36", "#5546 properties of an instance that is gone decide", "", "stale_properties=true", "request 1 is completed"},
	}
}

// exhibitsOfBuilds are the bugs of builds, connections, reconfigurations and
// providers.
func exhibitsOfBuilds() []Exhibit {
	return []Exhibit{
		{"B37", "#4575 the master cannot stop when a worker is silent", "builds=1 ask_stop=1 faults=1 fault_freeze=1",
			"pings_kept=true close_always=false", "the master's stop always ends"},
		{"B38", "a stop exactly while a build starts", "builds=1 ask_stop=1", "finished_late=true", "the master's stop always ends"},
		{"B39", "#5745 a build is stuck after its worker is lost", "builds=1 ask_stop_worker=1", "worker_none=true",
			"no build breaks off"},
		{"B40", "the link is lost while a step is interrupted", "builds=1 ask_cancel=1 faults=1 fault_reset=1",
			"second_interrupt_lost=true", "build 0 ends"},
		{"B41", "#6621 a shutdown waits for an interrupt's answer", "builds=1 ask_stop=1 faults=1 fault_freeze=1",
			"no_close_on_quick_stop=true", "the master's stop always ends"},
		{"B42", "#4460 resetting the quarantine of None", "builds=1 ask_stop_worker=1", "worker_none=true", "build 0 ends"},
		{"B43", "#5832 a worker lost before its build asks for it", "builds=1 ask_stop_worker=1", "drop_tolerated=false",
			"no build breaks off"},
		{"B45", "#7753 a shutdown stops half way on None", "builds=1 ask_stop_worker=1 ask_stop=1", "none_tolerated=false",
			"no exception stops the stop"},
		{"B46", "a request cancelled between claim and build", "builds=1 ask_drop=1", "drop_finishes=false",
			"a cancelled request is not built"},
		{"B48", "#7837 a build never finishes during a reconfiguration", "builders=2 builds=1 ask_reassign=1", "half_reconfig=true",
			"no build breaks off"},
		{"B49", "detached runs twice", "builds=1", "detach_twice=true", "no exception on None"},
		{"B50", "a stop does not wait for the disconnection to be dealt with", "builds=1 ask_remove=1", "no_delivery=true",
			"a stop waits for its disconnections"},
		{"B51", "#6052 the connection is cleared too late", "builds=1 build_wait_timeout=0 faults=1 fault_reset=1", "connection_late=true attach_checked=false",
			"no assertion fails"},
		{"B52", "#4678 cannot attach: the old connection does not close", "builds=1 build_wait_timeout=0 faults=1 fault_cut=1", "polite_close=true attach_checked=false",
			"no assertion fails"},
		{"B54", "#3030 a duplicate worker kills the good one", "builds=1 faults=1 fault_impostor=1", "accept_duplicate=true",
			"no build killed by somebody else's decision"},
		{"B55", "#8587 a login while the master goes away", "builds=1 ask_stop=1", "login_outlives_master=false",
			"no exception on None"},
		{"B56", "a polite close does not finish", "builds=1 ask_remove=1 faults=1 fault_cut=1 never_noticed=true",
			"polite_close=true", "a worker's stop always ends"},
		{"B58", "#3630 a half-open connection is probed once in its life", "builds=1 faults=1 fault_cut=1", "never_noticed=true",
			"build 0 ends"},
		{"B60", "a close waits for the peer (msgpack)", "builds=1 ask_remove=1 faults=1 fault_cut=1 never_noticed=true",
			"polite_close=true", "a reconfiguration always ends"},
		{"B61", "#6908 the master hangs on its lock during a reconfiguration", "builds=1 ask_remove=1",
			"arm_at_login=false stop_before_close=false", "a reconfiguration always ends"},
		{"B71", "#9135 a builder that loses and regains a worker", "builders=2 ask_reassign=2", "relisted=false",
			"request 1 is completed"},
		{"B72", "#3015 changed builder assignments are not seen", "builders=2 ask_reassign=2", "no_sibling=true",
			"request 1 is completed"},
		{"B74", "#5611 pause and quarantine share one flag", "builds=1 ask_pause=1 faults=1 fault_start_false=1", "shared_pause=true",
			"a paused worker starts nothing"},
		{"B75", "a worker refuses builds while its instance goes", "build_wait_timeout=0", "state_gates_builds=true",
			"request 1 is completed"},
		{"B76", "#4782 a failed start leaves a container", "builds=1 faults=1 fault_start_error=1", "leak_on_failure=true",
			"the provider forgets no instance"},
		{"B77", "#5308 a stop that fails is forgotten", "builds=1 faults=1", "fault_stop_error=1", "the provider forgets no instance"},
		{"B79", "#4844 stop_instance calls disconnect itself", "", "stop_disconnects=true", "request 1 is completed"},
		{"B80", "#2874 a start that failed is granted later", "builds=1 faults=1 fault_start_false=1", "leak_on_failure=true",
			"the provider forgets no instance"},
		{"B82", "a stop returns before the instance has ended", "", "stop_returns_early=true", "an instance starts alone"},
	}
}

// An Absence is a bug of the corpus that the model's scope does not cover.
type Absence struct{ ID, Why string }

// Absent returns the bugs that are not exhibited, with the reason.
func Absent() []Absence {
	return []Absence{
		{"B07", "what survived were database writes, which the model does not keep apart"},
		{"B34", "a question of time: starts are only slower when they are serialised"},
		{"B35", "a bound on a rate: the model has no clock"},
		{"B44", "builds that trigger builds are not modelled"},
		{"B47", "what a step logs is not modelled"},
		{"B53", "harmless by itself; with a build waiting it is a question of time"},
		{"B57", "regular workers: their pause and graceful updates are not awaited"},
		{"B59", "a question of time: a lost worker is noticed, but late"},
		{"B62", "needs hundreds of logins waiting for one lock"},
		{"B63", "the start of the master is not modelled"},
		{"B64", "regular workers: the instance of a latent one is replaced"},
		{"B65", "a bound on a rate: the model has no clock"},
		{"B66", "needs a master that is killed and started again"},
		{"B67", "inside the worker process"},
		{"B68", "inside the worker process"},
		{"B69", "what a worker process answers is not modelled"},
		{"B70", "a question of time: every login meets the last one's leavings"},
		{"B73", "the assertion is about the type of a value"},
		{"B78", "needs a master that is killed and started again"},
		{"B81", "needs two workers that share a naming scheme of one provider"},
		{"B83", "clients of the provider's library are not modelled"},
		{"B84", "inside the worker process; the master's side is B58"},
	}
}
