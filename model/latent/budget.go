package latent

// A Fault is a kind of thing that may break. Each has a limit in the Config,
// and all share one.
type Fault uint8

const (
	FaultReset      Fault = iota // a connection is reset: both ends are told
	FaultCut                     // a connection turns half-open: bytes vanish
	FaultCrash                   // a worker process dies, its sockets are closed
	FaultFreeze                  // a worker process stops answering
	FaultMute                    // the process of an instance never connects
	FaultFalse                   // start_instance returns False
	FaultError                   // start_instance fails
	FaultCannot                  // start_instance fails with LatentWorkerCannotSubstantiate
	FaultStartHangs              // start_instance never returns
	FaultStopError               // stop_instance fails, the instance stays
	FaultStopHangs               // stop_instance never returns
	FaultSurvive                 // stop_instance returns, the instance stays
	FaultSilent                  // the instance ends without telling the peer
	FaultImpatient               // the missing timer runs out although the worker could still attach
	FaultRespawn                 // a supervisor restarts a worker process that has exited
	FaultImpostor                // a second worker with the same name and password connects
	faultKinds
)

var faultNames = [faultKinds]string{"reset", "cut", "crash", "freeze", "mute", "start_false", "start_error",
	"start_cannot", "start_hangs", "stop_error", "stop_hangs", "survive", "silent", "impatient", "respawn", "impostor"}

var faultSentences = [faultKinds]string{
	"How often a connection may be reset, so that both ends are told.",
	"How often a connection may turn half-open, so that bytes vanish and nobody is told.",
	"How often a worker process may die with its sockets closed.",
	"How often a worker process may stop answering while its sockets stay open.",
	"How often the process of a started instance may never connect.",
	"How often start_instance may return False.",
	"How often start_instance may fail with an exception.",
	"How often start_instance may fail with LatentWorkerCannotSubstantiate.",
	"How often start_instance may never return.",
	"How often stop_instance may fail and leave the instance running.",
	"How often stop_instance may never return.",
	"How often stop_instance may return and leave the instance running.",
	"How often a stopped instance may vanish without telling its peer.",
	"How often the missing timer may run out although the worker could still attach.",
	"How often a supervisor may restart a worker process that has exited.",
	"How many second workers with the same name and password may connect.",
}

func (f Fault) String() string { return faultNames[f] }

// A Request is a kind of thing people ask the master for, apart from builds.
type Request uint8

const (
	AskCancel         Request = iota // cancel a build
	AskDrop                          // cancel a request that has been claimed
	AskGraceful                      // shut the worker down when it is idle
	AskKill                          // shut the worker down now
	AskPause                         // pause the worker
	AskStop                          // stop the master
	AskRemove                        // reconfigure: the worker is removed
	AskReassign                      // reconfigure: a builder loses or regains the worker
	AskInsubstantiate                // call the worker's insubstantiate
	AskMachine                       // reconfigure: the machine is changed
	AskStopWorker                    // call the worker's stopService
	requestKinds
)

var requestNames = [requestKinds]string{"cancel", "drop", "graceful", "kill", "pause", "stop", "remove", "reassign",
	"insubstantiate", "machine", "stop_worker"}

var requestSentences = [requestKinds]string{
	"How often somebody cancels a build that is being made.",
	"How often somebody cancels a request after it was claimed and before its build can hear it.",
	"How often somebody asks the worker to shut down when it is idle.",
	"How often somebody asks the worker to shut down at once.",
	"How often somebody pauses the worker; unpausing is free.",
	"How often somebody stops the master.",
	"How often a reconfiguration removes the worker.",
	"How often a reconfiguration takes the worker from the last builder or gives it back.",
	"How often somebody calls the worker's insubstantiate.",
	"How often a reconfiguration changes the latent machine.",
	"How often somebody calls the worker's stopService directly.",
}

func (r Request) String() string { return requestNames[r] }

// Faults and Requests count what has happened, two bits for each kind.
type (
	Faults   uint32
	Requests uint32
)

// View shows only what has been counted.
func (f Faults) View() any   { return counted(uint32(f), faultNames[:]) }
func (r Requests) View() any { return counted(uint32(r), requestNames[:]) }

func counted(set uint32, names []string) []word {
	out := []word{}
	for i, name := range names {
		for range set >> (2 * i) & 3 {
			out = append(out, word(name))
		}
	}
	return out
}

// may reports whether the budget still has a fault of that kind.
func (c *Config) may(m *Master, f Fault) bool {
	limit := c.Fault[f]
	return limit > 0 && m.Faults > 0 && uint8(m.Spent>>(2*f)&3) < limit
}

// spend takes a fault from the budget. A kind that could use up the whole
// budget is not counted on its own: which fault it was is then forgotten, and
// states that differ only in that are one.
func (c *Config) spend(m *Master, f Fault) {
	if c.Fault[f] == 0 {
		return // not a fault of this scope: what its provider always does
	}
	m.Faults--
	if int(c.Fault[f]) < c.Faults {
		m.Spent += 1 << (2 * f)
	}
}

// asks reports whether somebody may still ask for r, and ask counts it.
func (c *Config) asks(m *Master, r Request) bool {
	return uint8(m.Asked>>(2*r)&3) < c.Request[r]
}

func (m *Master) ask(r Request) { m.Asked += 1 << (2 * r) }
