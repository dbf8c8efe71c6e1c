package latent

import "strings"

// Capacities of the fixed arrays. Config.Validate refuses numbers beyond them;
// running out of frames is reported as the defect "overflow", never dropped.
const (
	MaxBuilds   = 3
	MaxBuilders = 2
	MaxConns    = 3
	MaxInsts    = 3
	maxQueue    = 7
	maxGate     = 4
	maxWorkers  = 3
)

// A StateOf is the state of a master with one worker for each element of C.
type StateOf[C Crew] struct {
	Master  Master
	Workers C
}

// A State is the state of a master with one worker, the usual scope.
type State = StateOf[[1]Worker]

// Crew says how many workers a master has.
type Crew interface {
	[1]Worker | [2]Worker | [3]Worker
}

// each returns the workers of c, to be changed in place.
func each[C Crew](c *C) []Worker {
	switch c := any(c).(type) {
	case *[1]Worker:
		return c[:]
	case *[2]Worker:
		return c[:]
	case *[3]Worker:
		return c[:]
	}
	return nil
}

// All returns the workers, to be looked at or changed in place.
func (s *StateOf[C]) All() []Worker { return each(&s.Workers) }

// A Master is what the workers of a master share: 48 bytes.
type Master struct {
	Events Events   // what happened in the step that led here
	Spent  Faults   // faults so far, two bits for each kind that has a limit of its own
	Asked  Requests // requests so far, two bits for each kind
	Faults uint8    // faults left in all

	Init    Gatekeeper     // who holds the master-wide lock
	Gate    [maxGate]uint8 // who waits for it, in order
	Dist    DistAt         // what the build request distributor does
	Claim   uint8          // the request being claimed, plus 1
	On      uint8          // the worker it is claimed for
	Kick    uint8          // builders to look at, a bit each
	Stop    MasterAt       // where the master's stopService is
	Conf    ReconfAt       // where the reconfiguration is
	Gone    uint8          // builders that do not list the worker, a bit each
	Machine MachineAt      // the latent machine, if there is one
	Build   [MaxBuilds]Build
	Doing   MachineDoing // what the machine's coroutines wait for, and its timers
	Without uint8        // builders that did not list the worker when it was last reconfigured to the end
	Spare   uint8        // keeps Master a multiple of four bytes; always 0
	MLeft   uint8        // workers whose insubstantiation it waits for
}

// A Build is a build request and the build being made for it. Conn is the
// connection it waits on or runs on, plus 1.
type Build struct {
	At     BuildAt
	Result Result
	Flags  BuildFlags
	Worker uint8
	Conn   uint8
}

// A Worker is an AbstractLatentWorker, its connections, its provider and the
// worker processes of its instances: 76 bytes.
type Worker struct {
	Holder    Frame           // who holds the start/stop lock
	Beside    Frame           // a second holder, in variants without the lock
	Queue     [maxQueue]Frame // who waits for it, in order
	OnMachine [2]Frame        // _substantiate waiting for the machine
	Flags     WorkerFlags

	State      WorkerState
	Conn       uint8 // the current connection, plus 1
	Registered uint8 // the connection the manager knows, plus 1; stale if it is long gone
	Waits      uint8 // background operations that are not done
	Stuck      uint8 // background operations that never will be; 1 stands for any number
	Timers     Timers
	Stop       StopAt
	Halves     Halves
	Pending    uint8 // the notifier of a disconnection under way: its connection, plus 1
	StopOn     uint8 // the notifier stopService waits for, plus 1
	Memory     uint8 // the instance the provider would stop, plus 1

	WFB   [MaxBuilders]WFB
	Conns [MaxConns]Conn
	Insts [MaxInsts]Inst
	Spare [3]uint8 // keeps Worker a multiple of four bytes; always 0
}

// A Conn is one connection, from the moment the worker process connects until
// both ends have forgotten it.
type Conn struct {
	Used    bool
	Login   LoginAt
	Master  End
	Process End
	Link    Link
	Flags   ConnFlags
	Tracked uint8 // background operations that wait for its disconnection
	Inst    uint8 // the instance whose process made it, plus 1; 0 if that is gone
	Pings   uint8 // in arbitration: the older connection that is pinged, plus 1
	Lacks   uint8 // builders that are not in the list its process was sent, a bit each
}

// An Inst is an instance at the provider and the worker process on it.
type Inst struct {
	Proc  ProcAt
	Flags InstFlags
}

// stale is Worker.Registered for a connection that is long gone.
const stale = 0xff

// Flags of several kinds are bit sets that show the names of their members.
type (
	Events      uint32
	BuildFlags  uint16
	WorkerFlags uint16
	ConnFlags   uint8
	InstFlags   uint8
	Timers      uint8
	Halves      uint8
	WFB         uint8
)

// A word is a name shown as it is.
type word string

func (w word) String() string { return string(w) }

func members[T ~uint8 | ~uint16 | ~uint32](set T, names []string) []word {
	out := []word{}
	for i, name := range names {
		if set>>i&1 == 1 {
			out = append(out, word(name))
		}
	}
	return out
}

const (
	Stopped     BuildFlags = 1 << iota // stopBuild was called, or the connection was lost
	Interrupted                        // the worker was asked to interrupt the step
	Dropped                            // the user cancelled the request itself, before the build could hear it
	Doomed                             // the user asked to cancel; for properties
	Orphaned                           // waits on a notifier that has been replaced
	Again                              // its preparation failed so that it is to be retried
	Unheard                            // the shutdown waits for its end under a number it does not have
	Timed                              // the shutdown closes its worker's connection if the interrupt is not answered in 5 s
	Bereft                             // its WorkerForBuilder has lost its worker
	WasBuilding                        // ... in the state BUILDING
)

var buildFlagNames = []string{"stopped", "interrupted", "dropped", "cancel asked", "orphaned", "to be retried", "unheard",
	"timed", "without worker", "was building"}

func (f BuildFlags) View() any { return members(f, buildFlagNames) }

const (
	Graceful   WorkerFlags = 1 << iota // told to shut down when idle: takes no builds
	Paused                             // takes no builds
	Unlisted                           // its registration is gone: logins are refused
	Removed                            // disowned: its master is None
	Owed                               // an instance was started and stop_instance not yet called for it
	PauseLost                          // the end of a quarantine has undone the pause (shared_pause)
	Misfit                             // compared with the properties of an instance that is gone (variant)
	Introduced                         // has been attached so far that builds know its path module
)

var workerFlagNames = []string{"graceful", "paused", "unlisted", "removed", "owed", "pause lost", "misfit",
	"introduced"}

func (f WorkerFlags) View() any { return members(f, workerFlagNames) }

const (
	Armed    ConnFlags = 1 << iota // its loss will be notified
	Listens                        // the worker's detached listens to it
	Manager                        // the manager's remove listens to it
	Delivers                       // detached waits for the database
	ForSoft                        // stopService's soft disconnect waits for it
	ForBase                        // the soft disconnect of disconnect() waits for it
	ForStop                        // stopService itself waits for it
	Refusal                        // an error answer to the login is on its way
)

var connFlagNames = []string{"armed", "detached", "manager", "delivering", "soft", "disconnect", "stop", "refusal"}

func (f ConnFlags) View() any { return members(f, connFlagNames) }

const (
	Condemned InstFlags = 1 << iota // stop_instance was called for it
	Served                          // its process has been logged in
	Rejected                        // its process was refused and has not been let in since
	Slow                            // its start has not returned yet
	Leaked                          // the provider has forgotten it
	Told                            // its process was told to shut down
	Mute                            // its process never connects
	Impostor                        // not an instance of ours: a second worker with the same name
)

var instFlagNames = []string{"condemned", "served", "rejected", "slow", "leaked", "told to exit", "mute", "impostor"}

func (f InstFlags) View() any { return members(f, instFlagNames) }

const (
	TimerMissing Timers = 1 << iota
	TimerWait
	TimerSoft // callLater(0, _soft_disconnect)
	TimerCheck
	TimerQuarantine
	TimerSpent // the missing timer has run out and its handle is still there (timer_kept)
)

var timerNames = []string{"missing", "build wait", "soft disconnect", "check instance", "quarantine", "missing, spent"}

func (t Timers) View() any { return members(t, timerNames) }

const (
	SoftConn Halves = 1 << iota // stopService's soft disconnect waits for the connection
	SoftIns                     // ... and for the insubstantiation
	BaseConn                    // the same of disconnect()
	BaseIns
	Beginning // a soft disconnect is being called right now
)

var halfNames = []string{"soft connection", "soft insubstantiation", "connection", "insubstantiation", "beginning"}

func (h Halves) View() any { return members(h, halfNames) }

// State of a LatentWorkerForBuilder in the low bits, then where it is listed.
const (
	WFBAvailable WFB = iota
	WFBDetached
	WFBBuilding
	wfbState   WFB = 3
	WFBListed  WFB = 4  // in builder.workers
	WFBKnown   WFB = 8  // in worker.workerforbuilders
	WFBPinging WFB = 16 // a ping that raised is still among its watchers: no other will be sent
)

func (w WFB) View() any {
	out := []word{[]word{"available", "detached", "building", "?"}[w&wfbState]}
	return append(out, members(w>>2, []string{"listed", "known", "pinging for ever"})...)
}

func (w WFB) busy() bool { return w&wfbState != WFBAvailable }

// A Gatekeeper is who holds the master-wide initialisation lock.
type Gatekeeper uint8

const (
	GateFree Gatekeeper = iota
	GateReconfig
	GateStop
)

func (g Gatekeeper) String() string { return [...]string{"free", "reconfiguration", "master stop"}[g] }

// A DistAt is what the build request distributor does.
type DistAt uint8

const (
	DistIdle  DistAt = iota
	DistClaim        // waits for the database to claim a request
	DistOff          // disowned: starts nothing
)

func (d DistAt) String() string { return [...]string{"idle", "claiming", "off"}[d] }

// A MasterAt says where the master's stopService is.
type MasterAt uint8

const (
	MasterRuns     MasterAt = iota
	MasterGate              // waits for the master-wide lock
	MasterDist              // waits for the distributor to come to rest
	MasterBuilds            // waits for the builds to finish
	MasterRecord            // waits for the database: master stopped
	MasterServices          // waits for its services, the workers among them
	MasterStopped           // "BuildMaster is stopped"
	MasterFailed            // an exception ended the shutdown half way
	MasterSpins             // never returns to its reactor
)

var masterAtNames = [...]string{"running", "gate", "distributor", "builds", "database", "services",
	"stopped", "failed", "spinning"}

func (m MasterAt) String() string { return masterAtNames[m] }

// A ReconfAt says where a reconfiguration is; it begins when it has
// the master-wide lock.
type ReconfAt uint8

const (
	ReconfIdle     ReconfAt = iota
	ReconfBuilders          // builders are being reconfigured, with the worker removed
	ReconfReassign          // ... with the last builder's workers changed
	ReconfMachine           // ... with the machine changed
	ReconfWorker            // waits for the removed worker's stopService
	ReconfList              // waits for the worker to take the new builder list
)

var reconfAtNames = [...]string{"idle", "builders without the worker", "builders", "machine", "stopping the worker", "builder list"}

func (r ReconfAt) String() string { return reconfAtNames[r] }

// A Frame is a coroutine that holds or waits for the start/stop lock: what it
// is, what it was told, and who waits for it. The zero Frame is nobody.
type Frame uint16

const (
	FrameSub   Frame = 1 + iota // _substantiate
	FrameIns                    // insubstantiate
	FrameStop                   // stopService, which releases at once
	FrameCheck                  // the check of the instance
	frameKind  Frame = 7

	FrameForce   Frame = 8   // insubstantiate: go on to substantiate
	FrameTracked Frame = 16  // insubstantiate: a background operation
	FrameForSoft Frame = 32  // insubstantiate: half of stopService's soft disconnect
	FrameForBase Frame = 64  // insubstantiate: half of disconnect()
	FrameAtOnce  Frame = 128 // _substantiate: need not wait for the worker to attach
	frameHung    Frame = 256 // the provider will never answer
	frameOrigin        = 9   // insubstantiate: Origin, four bits from this one on

	FrameForMachine Frame = 1 << 13 // insubstantiate: the machine waits for it
	frameThenClose  Frame = 1 << 14 // insubstantiate: the connection is closed after it (stop_before_close)
	frameVoid       Frame = 1 << 15 // insubstantiate: a build has wanted the worker since (stop_only_own)

	frameMFailed Frame = 1 << 9  // _substantiate: the machine did not start
	frameMStop   Frame = 1 << 10 // _substantiate: waits for the machine to stop
	frameMCaller Frame = 1 << 11 // _substantiate: it is this one that has started the machine
	frameMLost   Frame = 1 << 12 // _substantiate: waits on a notifier that has been replaced
)

// Kind returns which coroutine f is.
func (f Frame) Kind() Frame { return f & frameKind }

func (f Frame) origin() Origin {
	if f.Kind() != FrameIns {
		return ByNobody
	}
	return Origin(f >> frameOrigin & 15)
}

// Hung reports whether a call of the provider will never return.
func (w *Worker) Hung() bool { return (w.Holder|w.Beside)&frameHung != 0 }

func ins(by Origin, flags Frame) Frame { return FrameIns | flags | Frame(by)<<frameOrigin }

func (f Frame) String() string {
	if f == 0 {
		return "nobody"
	}
	parts := []string{[...]string{"?", "start", "stop", "stopService", "check", "?", "?", "?"}[f.Kind()]}
	for i, name := range []string{"force", "tracked", "soft", "disconnect", "at once", "hung"} {
		if f>>(3+i)&1 == 1 {
			parts = append(parts, name)
		}
	}
	if f.Kind() == FrameSub {
		for i, name := range []string{"machine failed", "after machine stop", "starts machine", "lost"} {
			if f>>(frameOrigin+i)&1 == 1 {
				parts = append(parts, name)
			}
		}
	}
	if f&FrameForMachine != 0 {
		parts = append(parts, "machine")
	}
	if f.origin() != ByNobody {
		parts = append(parts, "by "+f.origin().String())
	}
	return strings.Join(parts, " ")
}
