package latent

// Events of one step. They are cleared before the next, so that they tell
// steps apart without telling apart everything that comes after.
const (
	Endless        Events = 1 << iota // the step never returned to the reactor
	Overflow                          // the step needed more room than the model has
	Refused                           // attached refused a process of a known instance that it had accepted before
	AttachedLate                      // a worker finished attaching in a state that does not want it
	AssertState                       // an assertion about the state failed in insubstantiate
	AssertAttached                    // a worker attached while another connection was still there
	NoneUsed                          // code used a worker or master that is None
	LateAnswer                        // a waiter was told the worker is ready, and it was not
	DoubleStart                       // start_instance for an instance while another was never stopped
	DoubleStop                        // stop_instance without a start before it
	Overlap                           // start_instance and stop_instance at the same time
	KilledBuild                       // a decision about something else ended a build
	CancelledOther                    // a decision about something else ended a build's preparation
	StartAfterStop                    // start_instance after the worker was shut down
	EntryMissing                      // the manager had no entry for a connection that went away
	NotifierLost                      // a disconnection was over and its notifier was None
	BuildBroke                        // an exception ended a build's coroutine
	StopBroke                         // an exception ended stopService or the shutdown
	Raised                            // another exception on a path without a fault
	PausedStart                       // a worker that somebody has paused was chosen for a build
	WrongEntry                        // a connection that went away removed another's entry
	UnwantedStart                     // start_instance for a substantiation that has been cancelled
	Retried                           // a request whose build somebody has cancelled is to be built again
	MachineOverlap                    // start_machine and stop_machine at the same time
	StartBeside                       // an instance is started while an older one has not ended
	StoppedTaken                      // a worker that its stopService had taken from its builders was chosen for a build
)

var eventNames = []string{"endless", "overflow", "refused", "attached late", "state assertion", "already attached",
	"none used", "late answer", "double start", "double stop", "overlap", "killed build", "cancelled other",
	"start after stop", "entry missing", "notifier lost", "build broke", "stop broke", "raised", "paused start",
	"wrong entry", "unwanted start",
	"retried", "machine overlap", "start beside", "stopped taken"}

func (e Events) View() any { return members(e, eventNames) }
