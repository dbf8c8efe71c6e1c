package latent

// A Rule is a switch that changes one rule of the protocol. With all rules
// off, but for those its version sets, a Config is the real Buildbot.
type Rule uint8

// Differences between versions.
const (
	CheckInstance  Rule = iota // D1
	WaitAlways                 // D2
	WaitsAfterPing             // D3
	DropHeard                  // D4
	NoneTolerated              // D6, D7
	LocksNeedWorker
	AbortRefused  // D9
	LoginOutlives // D10
	// What older versions did; bugs.md calls them knobs.
	NoLock
	Implicit
	NoPrepCancel
	CancelRetries
	StopDeadWait
	StopOnce
	SoftSkips
	SoftWaits
	Untracked
	WaitInSubstantiate
	FinishKicksFirst
	KeepConnection
	StateGates
	AttachSetsState
	NegativeWaits
	DetachSubstantiates
	SecondStopEarly
	ReenterStop
	CancelKeepsRequest
	NegativeSurvives
	StopEscapes
	RetryAlways
	TimerKept
	PasswordChanges
	OneWaiter
	FailureTruthy
	StaleProperties
	PingsKept
	FinishedLate
	WorkerNone
	SecondInterruptLost
	RecreateNotifier
	DetachTwice
	NoDelivery
	ConnectionLate
	AcceptOwn
	PoliteClose
	NeverNoticed
	NoRetry
	StopKeepsPing
	HalfReconfig
	NoSibling
	SharedPause
	// Provider variants.
	LeakOnFailure
	StopReturnsEarly
	NeverStarts
	StartWaitsForAttach
	AttachAfterStart
	GracefulDisconnects
	// Changes that somebody might propose.
	RefusalDelivered
	StopBeforeClose
	KillBeforeClose
	RecheckSubstantiation
	ArmAtLogin
	CancelAnyTime
	ReattachChecked
	OwnNotifier
	ForceKept
	StopOnlyOwn
	IdleRechecked
	Relisted
	DropTolerated
	DropFinishes
	CloseAlways
	CloseCancelled
	ChangeNoticed
	rules
)

// begins says with which version a rule begins that differs between them.
var begins = []struct {
	rule Rule
	with Version
}{
	{CheckInstance, Buildbot430}, {WaitAlways, Buildbot430}, {WaitsAfterPing, Buildbot430}, {DropHeard, Buildbot430},
	{NoneTolerated, Buildbot430}, {LocksNeedWorker, Buildbot430}, {AbortRefused, BuildbotHEAD}, {LoginOutlives, BuildbotHEAD},
}

// ruleTable names each rule and says in one sentence what it does when on.
var ruleTable = [rules]struct{ name, group, sentence string }{
	CheckInstance:         {"check_instance", "version", "While an instance starts the master asks the provider every now and then whether it still exists (since 3.8.0)."},
	WaitAlways:            {"stop_waits_for_background", "version", "stopService waits for background operations in every state, not only inside its loop (since 3.10.0)."},
	WaitsAfterPing:        {"waits_after_ping", "version", "A build waits for the database between the answer to its ping and taking the connection (since 4.0.0)."},
	DropHeard:             {"drop_heard", "version", "Cancelling a request that is just being started is noticed; the build then returns without finishing (since 4.0.0)."},
	NoneTolerated:         {"none_tolerated", "version", "Cancelling a build whose worker has gone does not raise (since 4.1.0 and 4.2.0)."},
	LocksNeedWorker:       {"locks_need_worker", "version", "A build that sets up its locks after its worker has gone breaks off there (seen on 4.3.0)."},
	AbortRefused:          {"abort_refused", "version", "Closing a connection aborts it: nothing more is sent, not even the error of a refused login (HEAD)."},
	LoginOutlives:         {"login_outlives_master", "version", "A login that waited while the master stopped fails as unauthorised instead of raising (HEAD)."},
	NoLock:                {"no_lock", "museum", "start_instance and stop_instance are not serialised by a lock."},
	Implicit:              {"implicit_state", "museum", "There is no state variable: substantiated means connected."},
	NoPrepCancel:          {"no_cancel_while_preparing", "museum", "Cancelling a build that waits for its worker only sets flags."},
	CancelRetries:         {"cancel_retries", "museum", "A preparation that was cancelled ends as retry."},
	StopDeadWait:          {"stop_dead_wait", "museum", "stopService in INSUBSTANTIATING uses a notifier that no longer exists."},
	StopOnce:              {"stop_once", "museum", "stopService makes one pass and does not enter SHUT_DOWN."},
	SoftSkips:             {"soft_disconnect_skips", "museum", "A soft disconnect returns at once while a build exists."},
	SoftWaits:             {"soft_disconnect_waits", "museum", "A soft disconnect first waits until the substantiation has succeeded or failed."},
	Untracked:             {"untracked", "museum", "Background operations are not tracked: nothing waits for them."},
	WaitInSubstantiate:    {"wait_timer_in_substantiate", "museum", "substantiate on a substantiated worker arms the build wait timer."},
	FinishKicksFirst:      {"finish_kicks_first", "museum", "The end of a build asks the distributor before it starts the stop."},
	KeepConnection:        {"keep_connection", "museum", "A stop because the build wait timeout is 0 does not close the connection."},
	StateGates:            {"state_gates_builds", "museum", "canStartBuild refuses while the instance is being stopped, and nobody asks again."},
	AttachSetsState:       {"attach_sets_state", "museum", "A successful attach sets SUBSTANTIATED whatever the state."},
	NegativeWaits:         {"negative_waits", "museum", "With a negative build wait timeout substantiation still waits for a new connection."},
	DetachSubstantiates:   {"detach_substantiates", "museum", "Losing the connection in INSUBSTANTIATING_SUBSTANTIATING starts the instance."},
	SecondStopEarly:       {"second_stop_early", "museum", "A second insubstantiate returns at once."},
	ReenterStop:           {"reenter_stop", "museum", "insubstantiate in INSUBSTANTIATING_SUBSTANTIATING stops the instance a second time."},
	CancelKeepsRequest:    {"cancel_keeps_request", "museum", "insubstantiate in INSUBSTANTIATING_SUBSTANTIATING waits but leaves the request standing."},
	NegativeSurvives:      {"negative_survives", "museum", "With a negative build wait timeout stopping the master leaves the instance."},
	StopEscapes:           {"stop_exception_escapes", "museum", "An exception of stop_instance ends insubstantiate before it resets the state."},
	RetryAlways:           {"retry_always", "museum", "Every failed start is retried at once, without quarantine and whatever the reason."},
	TimerKept:             {"timer_kept", "museum", "The missing timer's handle is kept after it ran out; cancelling it then raises."},
	PasswordChanges:       {"password_changes", "museum", "A reconfiguration changes the random password of a worker that is starting."},
	OneWaiter:             {"one_waiter", "museum", "Waiters share one Deferred: only the first gets the result."},
	FailureTruthy:         {"failure_truthy", "museum", "A failed substantiation looks like success to the build."},
	StaleProperties:       {"stale_properties", "museum", "Properties of an instance that is gone decide whether the worker suits a build."},
	PingsKept:             {"pings_kept", "museum", "Stopping the master does not abort pings."},
	FinishedLate:          {"finished_late", "museum", "Stopping the master waits for the end of a build under the number it has at that moment."},
	WorkerNone:            {"worker_none", "museum", "The end of a build needs the worker object, which a disconnection takes away."},
	SecondInterruptLost:   {"second_interrupt_lost", "museum", "Losing the connection does not end a step that is already being interrupted."},
	RecreateNotifier:      {"recreate_notifier", "museum", "A reconfiguration replaces the notifier, the lock and the background operations."},
	DetachTwice:           {"detach_twice", "museum", "disconnect also calls detached itself."},
	NoDelivery:            {"no_delivery", "museum", "A disconnect does not wait until its notifications have been handled."},
	ConnectionLate:        {"connection_late", "museum", "detached clears the connection only after its waits."},
	AcceptOwn:             {"accept_duplicate", "museum", "Arbitration closes the older connection although it has answered."},
	PoliteClose:           {"polite_close", "museum", "Closing a half-open connection waits until TCP gives up."},
	NeverNoticed:          {"never_noticed", "museum", "Nothing ever notices a half-open connection."},
	NoRetry:               {"no_retry", "museum", "A worker process exits when its connection is lost."},
	StopKeepsPing:         {"no_close_on_quick_stop", "museum", "Stopping the master does not close a connection whose step does not answer the interrupt."},
	HalfReconfig:          {"half_reconfig", "museum", "A build that ends while builders are being reconfigured meets one without configuration."},
	NoSibling:             {"no_sibling", "museum", "Changed builder assignments do not reach a worker whose own configuration is unchanged."},
	SharedPause:           {"shared_pause", "museum", "Pause and quarantine share one flag."},
	LeakOnFailure:         {"leak_on_failure", "provider", "A failed start_instance leaves an instance that stop_instance does not know."},
	StopReturnsEarly:      {"stop_returns_early", "provider", "stop_instance returns before the instance has ended."},
	NeverStarts:           {"never_starts", "provider", "Every start_instance fails with LatentWorkerCannotSubstantiate."},
	StartWaitsForAttach:   {"start_waits_for_attach", "provider", "start_instance returns only after the worker has attached."},
	AttachAfterStart:      {"attach_after_start", "provider", "The worker process connects only after start_instance has returned."},
	GracefulDisconnects:   {"stop_disconnects", "provider", "stop_instance calls the worker's disconnect itself."},
	RefusalDelivered:      {"refusal_delivered", "fix", "The loss of a refused connection is delivered like any other."},
	StopBeforeClose:       {"stop_before_close", "fix", "A soft disconnect closes the connection only after the instance has been stopped."},
	KillBeforeClose:       {"kill_before_reconnect", "fix", "stop_instance ends the worker process before it can connect again."},
	RecheckSubstantiation: {"recheck_substantiation", "fix", "_substantiate gives up if it was cancelled while it waited for the lock."},
	ArmAtLogin:            {"arm_at_login", "fix", "The loss of a connection is notified from the beginning of its login."},
	CancelAnyTime:         {"cancel_any_time", "fix", "A build that was cancelled before it asks for its worker does not ask."},
	ReattachChecked:       {"attach_checked", "fix", "attached looks again at state and connection after each of its waits."},
	OwnNotifier:           {"own_notifier", "fix", "Each disconnection has a notifier of its own."},
	ForceKept:             {"force_kept", "fix", "A forced substantiation happens even if the instance is already gone when its turn comes."},
	StopOnlyOwn:           {"stop_only_own", "fix", "An insubstantiation that waits for the lock is void once a build wants the worker anew, unless the service stops."},
	Relisted:              {"relisted", "fix", "A builder that gets a worker back lists it again."},
	DropTolerated:         {"drop_tolerated", "fix", "A build whose worker is gone before it is prepared ends and is retried."},
	DropFinishes:          {"drop_finishes", "fix", "A request cancelled while its build is being started ends as cancelled."},
	CloseAlways:           {"close_always", "fix", "Stopping the master closes the connection of a build that does not stop even if its step does not run yet."},
	CloseCancelled:        {"close_cancelled", "fix", "Stopping the master closes the connection of a step that does not stop even if somebody has interrupted it before."},
	ChangeNoticed:         {"change_noticed", "fix", "A change of the builders of a worker is acted upon even if it only undoes one that failed."},
	IdleRechecked:         {"idle_rechecked", "fix", "insubstantiate does nothing if it was asked for by an idle timer and a build uses the worker when its turn comes."},
}

func (r Rule) String() string { return ruleTable[r].name }
