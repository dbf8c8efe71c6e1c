// Package latent models how a Buildbot master starts and stops latent workers:
// the master's coroutines, the worker processes, the connections between them,
// the provider of instances, and what can go wrong with each.
//
// The granularity is one turn of the master's reactor. Code of the master runs
// to completion between waits; whatever it wakes on the way runs nested inside
// it. An action is therefore one event from outside (an answer of the database,
// of a worker process or of the provider, a timer, a user, a fault) together
// with everything it causes before control returns to the reactor. Calls that
// the master defers to the next turn run at the end of the same action: no
// packet can overtake them.
//
// Where the code lives: one file per family of coroutines, each with its table
// of transitions at the top.
//
//	substantiate.go    substantiate, _substantiate, the substantiation notifier
//	insubstantiate.go  insubstantiate, _substantiation_failed, _soft_disconnect
//	attach.go          login, arbitration of duplicates, attached
//	connection.go      closing, losing and delivering a disconnection, detached
//	stopservice.go     the worker's stopService
//	build.go           a build from claim to completion; its cancellation
//	distributor.go     which request is claimed for which worker
//	shutdown.go        stopping the master, reconfiguring it
//	provider.go        start_instance, stop_instance, instances
//	process.go         the worker process: connecting, seeing a close, exiting
//	timers.go          every timer
//	machine.go         the latent machine that workers may live on
//	run.go             the interpreter: the start/stop lock, fuel, settling
package latent

// A WorkerState is AbstractLatentWorker.state.
type WorkerState uint8

const (
	NotSubstantiated WorkerState = iota
	Substantiating
	SubstantiatingStarting
	Substantiated
	Insubstantiating
	InsubstantiatingSubstantiating
	ShutDown
)

var workerStateNames = [...]string{"NOT_SUBSTANTIATED", "SUBSTANTIATING", "SUBSTANTIATING_STARTING",
	"SUBSTANTIATED", "INSUBSTANTIATING", "INSUBSTANTIATING_SUBSTANTIATING", "SHUT_DOWN"}

func (s WorkerState) String() string { return workerStateNames[s] }

// A StopAt says where the worker's stopService is.
type StopAt uint8

const (
	StopIdle       StopAt = iota // not called
	StopLock                     // waits for the start/stop lock
	StopSoft                     // waits for its own soft disconnect
	StopBackground               // waits for background operations, in the loop
	StopConfigured               // waits for the database: configured for no builders
	StopDelivered                // waits for the disconnection of the current connection
	StopPending                  // waits on the notifier of a disconnection under way
	StopTail                     // waits for background operations, after the loop
	StopDone                     // returned
	StopBroken                   // ended by an exception
	StopAnswer                   // waits for the substantiation to succeed or fail (soft_disconnect_waits)
)

var stopAtNames = [...]string{"idle", "lock", "soft disconnect", "background", "database",
	"disconnection", "pending disconnection", "background at the end", "done", "broken", "substantiation"}

func (s StopAt) String() string { return stopAtNames[s] }

// A LoginAt says where the login of a connection is.
type LoginAt uint8

const (
	LoginNone      LoginAt = iota // over: refused, failed or abandoned
	LoginGate                     // waits for the master-wide lock
	LoginArbitrate                // waits for the older connection to answer a ping
	LoginInfo                     // waits for getWorkerInfo
	LoginDatabase                 // waits for the database: worker connected
	LoginList                     // waits for setBuilderList
	LoginPrints                   // waits for the prints of attaching builders
	LoginIn                       // logged in
)

var loginAtNames = [...]string{"over", "gate", "arbitration", "worker info", "database", "builder list",
	"prints", "logged in"}

func (l LoginAt) String() string { return loginAtNames[l] }

// An End says how one end of a connection sees it.
type End uint8

const (
	EndOpen    End = iota
	EndClosing     // asked to close, not closed
	EndLosing      // being lost in this very step
	EndGone        // knows it is lost
)

var endNames = [...]string{"open", "closing", "losing", "gone"}

func (e End) String() string { return endNames[e] }

// A Link says what the network does to a connection.
type Link uint8

const (
	LinkUp    Link = iota
	LinkReset      // both ends will be told
	LinkCut        // bytes vanish, nobody is told
)

var linkNames = [...]string{"up", "reset", "cut"}

func (l Link) String() string { return linkNames[l] }

// A ProcAt says what a worker process does.
type ProcAt uint8

const (
	ProcNone   ProcAt = iota // no instance in this slot
	ProcOut                  // running without a connection: will connect
	ProcLogin                // waits for its login
	ProcIn                   // logged in
	ProcFrozen               // stopped by a signal; its sockets stay open
	ProcExited               // gone, the instance is still there
)

var procAtNames = [...]string{"none", "out", "login", "in", "frozen", "exited"}

func (p ProcAt) String() string { return procAtNames[p] }

// A BuildAt says where a build request and the build made for it are.
type BuildAt uint8

const (
	BuildUnsubmitted BuildAt = iota
	BuildPending             // the request waits to be claimed
	BuildClaiming            // the distributor waits for the database to claim it
	BuildAdding              // claimed; waits for the database: build added
	BuildPreparing           // waits for the database: preparing worker
	BuildWaiting             // waits for the worker to be substantiated
	BuildPingState           // waits for the database: pinging worker
	BuildPing                // waits for the answer to the ping
	BuildPinged              // waits for the database before it takes the connection
	BuildStarting            // waits for the answer to startBuild
	BuildRunning             // its step runs on the worker
	BuildFailed              // preparation failed; waits for the database
	BuildFinishing           // finished; waits for the database
	BuildReleasing           // waits for the database: request unclaimed
	BuildCompleting          // waits for the database: request completed
	BuildComplete            // the request is complete
	BuildLost                // an exception ended the build's coroutine; nothing goes on
)

var buildAtNames = [...]string{"unsubmitted", "pending", "claiming", "adding", "preparing", "waiting", "ping state",
	"ping", "pinged", "starting", "running", "failed", "finishing", "releasing", "completing", "complete", "lost"}

func (b BuildAt) String() string { return buildAtNames[b] }

// A Result is the result of a build, in the order of Buildbot's worst_status:
// the larger is the worse.
type Result uint8

const (
	Success Result = iota
	Exception
	Retry
	Cancelled
)

var resultNames = [...]string{"success", "exception", "retry", "cancelled"}

func (r Result) String() string { return resultNames[r] }

// An Origin says whose decision an insubstantiation is.
type Origin uint8

const (
	ByNobody   Origin = iota
	ByIdle            // the build wait timeout ran out, or is 0
	ByMissing         // the missing timeout ran out
	ByStart           // start_instance failed
	ByAttach          // an exception while attaching
	ByCheck           // check_instance says the instance is gone
	ByCancel          // somebody cancelled a build that waits for the worker
	ByStop            // the worker, or the master, is being stopped
	ByReplace         // a build finds the worker substantiated without a connection
	ByOperator        // a person asked for it
	ByMachine         // the latent machine failed to start, or is being stopped
)

var originNames = [...]string{"nobody", "idle timer", "missing timer", "failed start", "failed attach",
	"instance check", "cancelled build", "stop", "lost instance", "operator",
	"machine"}

func (o Origin) String() string { return originNames[o] }
