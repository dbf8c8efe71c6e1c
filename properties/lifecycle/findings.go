package lifecycle

import (
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model/latent"
)

// A Judgement says what a finding is.
type Judgement uint8

const (
	Defect     Judgement = iota // real: it can be repaired, and costs somebody something
	Limitation                  // real, and known or documented: a repair would be a new feature
)

func (j Judgement) String() string { return [...]string{"real defect", "known limitation"}[j] }

// A Finding is something wrong in 3.7.0, 4.3.0 or HEAD that the model shows by
// itself: no switch brings it back. There is one for each cause.
type Finding struct {
	ID    string
	Title string
	Scope string // switches, beside those of Plain
	Claim string // the claim that it violates
	Since []latent.Version
	Judge Judgement
	Why   string // the cause, and what it costs
	Seen  string // how it was seen on the real 3.7.0, or 4.3.0, as steps of the bridge and what came of them; empty if it was not
}

// Plain is the scope findings start from: a version as it is, without faults
// and with no requests but builds.
func Plain(v latent.Version) latent.Config {
	c := latent.Preset(v)
	c.Faults = 0
	c.Fault = [len(c.Fault)]uint8{}
	c.Request = [len(c.Request)]uint8{}
	return c
}

var (
	all      = latent.Versions()
	newer    = []latent.Version{latent.Buildbot430, latent.BuildbotHEAD}
	only370  = []latent.Version{latent.Buildbot370}
	onlyHEAD = []latent.Version{latent.BuildbotHEAD}
)

// others are the proposed changes that keep the causes of other findings out
// of the way where they would come first.
const others = "arm_at_login=true stop_before_close=true cancel_any_time=true attach_checked=true own_notifier=true " +
	"force_kept=true stop_only_own=true idle_rechecked=true recheck_substantiation=true "

// Findings returns the findings, in the order of their numbers.
func Findings() []Finding {
	out := slices.Concat(findingsOfWorkers(), findingsOfBuilds(), findingsOfStops(), findingsOfMachines())
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// findingsOfWorkers returns those about the worker's states and connections.
func findingsOfWorkers() []Finding {
	return []Finding{
		{"F01", "A restart is lost behind an idle stop, and its build waits for ever", "", "build 1's wait for its worker ends", all, Defect,
			"The idle timer closes the connection and queues insubstantiate behind a start_instance that has not returned. " +
				"The next build finds SUBSTANTIATED without a connection and queues a forced insubstantiate behind that. When the first " +
				"has stopped the instance the second finds NOT_SUBSTANTIATED and returns: the substantiation it was to begin is forgotten. " +
				"The missing timer does not help, since _substantiation_failed answers waiters only while SUBSTANTIATING. Neither can the master " +
				"be stopped: it waits for the build.",
			"build; attach; cmd_done; advance 11; build; start_done; stop_done; advance 100; shutdown; advance 100000: " +
				"NOT_SUBSTANTIATED, one waiter, build in \"preparing worker\", shutdown pending"},
		{"F02", "After a refused connection stopService waits for ever", "builds=1 ask_stop=1", "the master's stop always ends", all, Defect,
			"attached adds _disconnect of the refused connection to the background operations; Perspective Broker notifies a " +
				"disconnection only after a login that has succeeded, so that this one never is. stopService holds the master-wide lock meanwhile.",
			"attach; build; start_done; attach; cmd_done; shutdown; stop_done; advance 1000000: shutdown pending, lock free, one background operation left"},
		{"F03", "A connection lost while the database records it stays for ever", "builds=1 faults=1 fault_reset=1", "no dead connection stays", all, Defect,
			"Between workerConnected and its answer nothing is armed and nothing is awaited on the link. connectionLost finds nobody to tell; " +
				"attached fails afterwards, is swallowed, and the login succeeds. The worker keeps a dead connection, every build fails its ping, " +
				"every new login fails the assertion, and stopService waits for a disconnection that never comes.",
			"build; db queue; attach; lose; db go; start_done; stop_done; shutdown; advance 1000000: conn 0 although closed, shutdown pending"},
		{"F04", "A missing timeout during a slow start ends the next build", "builds=1 faults=1 fault_impatient=1",
			"no build killed by somebody else's decision", all, Defect,
			"_substantiation_failed queues insubstantiate behind start_instance. The retried build joins the same start, the worker attaches, " +
				"the build runs; then start_instance returns and the old insubstantiate stops the instance under it.",
			"build; advance 61; advance 11; attach; start_done: INSUBSTANTIATING, stop_instance called, build in \"building\""},
		{"F05", "An idle timer during a stop turns the next build away", "builds=1 faults=1 fault_start_false=1",
			"no preparation cancelled by somebody else's decision", all, Defect,
			"The build wait timer is armed by a build that failed while its instance is still being stopped. It queues a second insubstantiate, " +
				"which cancels the substantiation that the next build has asked for meanwhile: RETRY and quarantine without cause.",
			"build; db queue; start_done false; db go; advance 6; advance 5; stop_done: second build retried, worker in quarantine"},
		{"F06", "A cancelled substantiation still starts an instance", "builds=1 faults=1 fault_start_false=1",
			"only wanted instances are started", all, Defect,
			"_substantiate does not look at the state after it has waited for the lock: it sets SUBSTANTIATING_STARTING and calls " +
				"start_instance although an insubstantiate that was queued before it has cancelled it. Nobody wants the instance.",
			"the same steps as for F05: start_instance is called a second time with no waiter"},
		{"F07", "A build is told that its worker is ready after the worker was lost", "builds=1 faults=1 fault_reset=1",
			"success means a live worker", all, Defect,
			"The answers to the last prints of attaching fail with the connection and are ignored; attached goes on, sets SUBSTANTIATED " +
				"and fires success inside connectionLost. The build fails its ping and the worker is quarantined.",
			"build; attach hold setBuilderList; hold print; reply setBuilderList; lose: SUBSTANTIATED without a connection, build retried after a failed ping"},
		{"F08", "A worker that reconnects too early ends its own start", "builds=1 faults=1 fault_reset=1", "no assertion fails", all, Defect,
			"The first connection is lost while it is being recorded; the worker comes back, attached finds the old connection and raises " +
				"AssertionError, and _substantiation_failed cancels the start. The second login succeeds all the same: a worker that is " +
				"logged in and not attached.",
			"build; db queue; attach; lose; attach: build fails with AssertionError, second connection \"logged in\""},
		{"F09", "Two disconnections at a time leave None behind", "", "no exception on None", all, Defect,
			"detached replaces _pending_conn_shutdown_notifier while an older one is being dealt with. The older then fires the younger's " +
				"and clears it; the younger meets None. A stopService that waits on the replaced object is never woken.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F10", "A worker with a negative timeout reports success while it is being stopped",
			"builds=1 build_wait_timeout=-1 ask_insubstantiate=1", "success means a live worker", all, Defect,
			"With a negative build wait timeout a login is accepted in every state, and its end fires success in every state: a build " +
				"that waits in INSUBSTANTIATING_SUBSTANTIATING is told that the worker is ready while stop_instance runs.",
			"bwt -1: build; start_done; insubstantiate; attach hold setBuilderList; advance 11; reply: second build retried, \"worker is not substantiated\""},
		{"F11", "An attach that ends after its start was cancelled is accepted", "builds=1 ask_cancel=1",
			"no connection accepted too late", all, Defect,
			"attached looks at the state only at its beginning. If the start is cancelled while it waits, the connection stays in " +
				"NOT_SUBSTANTIATED; the process of the next instance is then rejected as a duplicate, exits, and its build waits for the missing timer.",
			"build; start_done; attach hold setBuilderList; cancel; reply; stop_done; build; start_done; attach: \"rejecting duplicate worker\""},
		{"F12", "Two logins of one name both pass the arbitration", "builds=1 faults=1 fault_impostor=1 connections=2 instances=2",
			"no assertion fails", all, Defect,
			"The manager's entry is made only after getWorkerInfo has been answered, so that a second login in between meets no entry. " +
				"Its attached raises AssertionError and cancels the start of the first.",
			"build; start_done; attach hold print; attach hold print; reply 0; reply 1: build fails with AssertionError, stop_instance called"},
	}
}

// findingsOfBuilds returns those about builds and their requests.
func findingsOfBuilds() []Finding {
	return []Finding{
		{"F14", "A build that is cancelled before it asks for its worker asks all the same", "builds=1 ask_cancel=1",
			"a cancelled build stops waiting", all, Defect,
			"stopBuild only sets flags before the build waits for its worker, and nothing looks at them before substantiate: an instance " +
				"is started for a cancelled build, which goes on waiting for it.",
			"missing_timeout 0: db queue; build; db steps until the build is listed and three more; cancel; db go; start_done; advance 100000: " +
				"SUBSTANTIATING_STARTING, build in \"preparing worker\""},
		{"F15", "A cancelled build is built again if its worker goes away", "builds=1 ask_cancel=1", "a cancelled build is not built again", all, Defect,
			"lostRemote sets the result to RETRY whatever it was. The insubstantiation that the cancellation itself has asked for is what " +
				"makes the worker go away.",
			"build; cancel; attach hold startBuild; start_done; db queue; lose; db go: result retry, a second build begins"},
		{"F21", "A connection lost after the ping ends the build in the middle", "builds=1 faults=1 fault_reset=1", "no build breaks off", newer, Defect,
			"Between the answer to the ping and the use of the connection newer versions wait for the database twice. If the connection is lost there " +
				"worker.conn is None, the exception ends the build's coroutine, its request stays claimed.",
			"its trace, replayed on 4.3.0"},
		{"F22", "A request cancelled while its build starts never ends", "builds=1 ask_drop=1", "build 0 ends", newer, Defect,
			"4.3.0 notices the cancellation and returns from startBuild without finishing the build: builder and worker stay busy, a stop of the master waits for ever.",
			"its trace, replayed on 4.3.0"},
		{"F23", "Cancelling one build turns another away", "builders=2 connections=1 instances=1 attach_after_start=true ask_cancel=1",
			"no preparation cancelled by somebody else's decision", all, Defect,
			"insubstantiate does not know which build it is asked to cancel: two builds that wait for the same worker are both turned away, " +
				"the second as RETRY with the worker in quarantine.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F24", "On HEAD a forgotten instance retries for ever", "builds=1 faults=1 fault_survive=1", "a refused process gives up", onlyHEAD, Limitation,
			"A refused connection is aborted, so that its process does not learn why and connects again every two seconds.", ""},
		{"F30", "After one ping over a dead connection the builds of that builder wait for ever",
			"build_wait_timeout=-1 builds=1 faults=1 fault_reset=1", "build 0 ends", all, Defect,
			"ping adds the Deferred to ping_watchers before it sends, and the call over a dead connection (F03) raises at once. The Deferred " +
				"stays in the list, so that the next ping finds one under way and sends none: its build, and every later one, waits for an answer " +
				"that nobody will give. Only a stop of the master, which aborts pings, ends it.", "its trace, replayed on 3.7.0 and 4.3.0"},
		{"F31", "A build that is faster than its worker's first record breaks off",
			"build_wait_timeout=-1 builds=1 faults=1 fault_impostor=1", "no build breaks off", all, Defect,
			"With a negative build wait timeout a worker counts as substantiated when it is connected, but path_module is set only after the " +
				"database has recorded its first connection since the master has started. A build that takes the connection before that ends in an AttributeError; it stays " +
				"listed, its request claimed. It needs a worker process that connects by itself: one that has outlived the master's last life.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
	}
}

// findingsOfStops returns those about stopping and reconfiguring.
func findingsOfStops() []Finding {
	return []Finding{
		{"F13", "A request claimed for a worker that is being dropped stays claimed", "builds=1 ask_stop_worker=1",
			"no build breaks off", all, Limitation,
			"The distributor does not look at the worker again after the claim. If its service was stopped by itself meanwhile, as a " +
				"reconfiguration does that gives the worker another class, None raises and the request is neither built nor released.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F16", "A stop during a claim waits for a login that it blocks", "builds=1 ask_stop=1 missing_timeout=false",
			"a stop is always possible", all, Defect,
			"The shutdown flags the build whose request was just being claimed; the build asks for its worker all the same (F14) and waits " +
				"for a login, for which the master-wide lock is needed, which the shutdown holds until the build has finished. With a missing " +
				"timeout this takes an hour, without one for ever.",
			"missing_timeout 0: db queue; build; db steps up to the claim; shutdown; db steps until the build waits; start_done; attach; " +
				"advance 1000000: shutdown pending, login not answered"},
		{"F17", "A gracefully stopped latent worker is lost", "builds=1 ask_graceful=1", "request 0 is completed", all, Defect,
			"Only a successful start of attach resets the flag, and no build may start while it is set, so that no attach will come. " +
				"Nor is the worker ever shut down if a build was running: latent workers do not look again when it ends.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F18", "A worker that freezes before its first step keeps the master from stopping",
			others + "drop_tolerated=true login_outlives_master=true builds=1 ask_stop=1 faults=1 fault_freeze=1", "the master's stop always ends", all, Defect,
			"The shutdown aborts pings, and closes the connection of a step that does not end within five seconds, but nothing ends the wait " +
				"for the answer to startBuild.",
			"build; start_done; attach hold startBuild; shutdown; advance 1000000: shutdown pending, build in \"pinging worker\""},
		{"F19", "Removing a worker breaks the build that is about to use it", "builds=1 ask_remove=1", "no build breaks off", all, Defect,
			"The build finds SHUT_DOWN, takes the failure for the worker's and puts it into quarantine: the worker's master is None by then. " +
				"The exception ends the build's coroutine; its request stays claimed, its builder busy, and the next stop of the master waits for it for ever.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F20", "A frozen worker blocks a reconfiguration", others + "builders=2 builds=1 ask_reassign=1 faults=1 fault_freeze=1",
			"a reconfiguration always ends", all, Defect,
			"A changed builder list is sent to the worker inside the reconfiguration and its answer awaited without limit, with the master-wide " +
				"lock held: no other worker can log in.",
			"its trace, replayed on 3.7.0 and 4.3.0: the reconfiguration stays pending"},
		{"F25", "A start that never returns cannot be stopped", "builds=1 ask_stop=1 faults=1 fault_start_hangs=1",
			"the master's stop always ends, whatever the provider does", all, Limitation,
			"No call of a provider has a time limit, and a stop waits for the lock that the call holds.", "seen with a provider that hangs"},
		{"F32", "A worker that is stopped while it attaches joins its builders again", "builds=1 ask_stop_worker=1",
			"a stopped worker takes no builds", all, Limitation,
			"attached does not look whether the service has stopped while it waited for the database: updateWorker finds that the builders do " +
				"not know the worker and adds it to them. From now on they give builds to a worker in SHUT_DOWN, which turns each away. It takes a " +
				"reconfiguration that gives the worker another class: one that removes it also takes it from the builders' configuration.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F33", "A cancelled build on a frozen worker keeps the master from stopping",
			others + "drop_tolerated=true login_outlives_master=true close_always=true builds=1 ask_cancel=1 ask_stop=1 faults=1 fault_freeze=1",
			"the master's stop always ends", all, Defect,
			"Somebody cancels a build whose worker does not answer. The shutdown's own stopBuild finds the step interrupted and returns at once, " +
				"and with it goes the timer that would have closed the connection after five seconds.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
		{"F34", "A change of builders that failed is forgotten", others + "relisted=true builders=2 ask_reassign=2", "request 1 is completed", all, Defect,
			"A reconfiguration takes a builder from a worker and its connection is lost before it has taken the new list: updateWorker raises, " +
				"and the worker's _configured_builderid_list stays as it was. The reconfiguration that gives the builder back finds nothing changed " +
				"and does not tell the worker, so that the builder has no worker any more.",
			"its trace, replayed on 3.7.0 and 4.3.0"},
	}
}

// findingsOfMachines returns those about latent machines.
func findingsOfMachines() []Finding {
	return []Finding{
		{"F26", "Two starts of an instance without a stop between them", "builds=1 machine=true faults=1 fault_impatient=1",
			"start and stop alternate", all, Defect,
			"A _substantiate that waits for its machine is not told that it was cancelled. The retried build begins a second one; " +
				"when the machine is up both call start_instance.",
			"machine: build; advance 61; advance 11; mstart_done; start_done: start_instance called twice, stop_instance never"},
		{"F27", "An instance is started after the master was stopped", "builds=1 machine=true ask_stop=1", "no start after shutdown", all, Defect,
			"The same unguarded step: the master stops while the machine starts, and when the machine is up start_instance is called in SHUT_DOWN.",
			"machine: build; shutdown; mstart_done: shutdown fired, start_instance called, SUBSTANTIATING_STARTING"},
		{"F28", "stopService never returns to the reactor", "builds=1 machine=true ask_remove=1", "no endless loop", all, Defect,
			"In SUBSTANTIATING with the lock free, which is so while the machine starts, every wait of stopService's loop is already over: " +
				"the loop spins and the whole master stands still.",
			"machine: build; reconfig without the worker: the step does not end"},
		{"F29", "stop_machine is called while start_machine runs", "builds=1 machine=true ask_machine=1 ask_cancel=1",
			"start and stop of the machine never overlap", all, Defect,
			"A reconfiguration of a machine sets its state to STOPPED while start_machine runs; the end of a build then stops the machine beside its start.",
			"machine: build; reconfig of the machine; advance 61: STOPPING while start_machine has not returned"},
	}
}
