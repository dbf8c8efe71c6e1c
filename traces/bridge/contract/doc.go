// Package contract holds a user's own latent worker class against what
// Buildbot expects of it. The class runs unchanged on the real Buildbot; its
// commands, requests and sleeps are held, and a search over schedules decides
// when each comes back and how, when worker processes connect, and what users
// do meanwhile.
//
// The claims are about the user's code. What Buildbot itself does wrong on the
// way is told apart and never counted against it.
package contract

import "github.com/quiesce/quiesce/traces/bridge/buildbot"

// A Claim is something the contract of a latent worker asks of its class.
type Claim struct {
	Name   string
	Clause string // what the contract says, and why
	Source string // where it says so

	lasting bool // the harm shows in what follows
}

// Sources of the clauses: Buildbot's manual, and the code, which is stricter.
const (
	manual = "Buildbot's manual (manual/customization/latent-workers.rst)"
	code   = "buildbot/worker/latent.py"
)

// Claims are in the order of reports. The names are used by programs.
var Claims = []Claim{
	{startReturns, "Nothing bounds a call of start_instance: while it has not come back, the worker can neither be stopped nor" +
		" started again, and the master cannot be stopped. What may hang needs a time limit of its own.", code + ", _substantiate", false},
	{startTells, "start_instance says with a true value that the instance is there, and with a false one or an exception that it" +
		" is not. None counts as false, and an async function as true before it has begun.", manual + "; " + code + ", _substantiate", false},
	{startAlone, "start_instance must not wait for its own worker to attach. A login needs a lock that a reconfiguration holds while" +
		" it waits for start_instance, so that both would wait for ever; and a worker that never comes would be waited for.",
		code + ", stopService; buildbot/worker/manager.py", false},
	{startEnds, "A start_instance that has given up must not leave behind anything that starts the instance later: stop_instance is" +
		" called at once, and nobody looks for the instance afterwards.", manual, true},
	{stopReturns, "Nothing bounds a call of stop_instance: while it has not come back, the worker cannot be started again and the" +
		" master cannot be stopped. What may hang needs a time limit of its own.", code + ", insubstantiate and stopService", false},
	{stopEnds, "stop_instance comes back without an exception only when its instance is gone. A worker process that lives on" +
		" connects again, is refused because nobody is starting it, and is in the way of the next start. What cannot be ended" +
		" must be reported with an exception.", manual + "; " + code + ", attached", true},
	{raises, "An exception says that what was to be done has failed. One without a failure, or one that is a slip in the code, or" +
		" one that nobody waits for, says nothing to anybody; and stop_instance is also called after a start_instance that has failed.",
		manual + "; " + code + ", _substantiate and insubstantiate", false},
	{blocks, "The master is a single thread. While a call blocks it no build goes on, no worker can connect, and no timeout runs." +
		" Use Twisted's process and HTTP calls, or a thread.", manual, false},
}

const (
	startReturns = "start_instance comes back"
	startTells   = "start_instance tells whether it has worked"
	startAlone   = "start_instance does not wait for its worker"
	startEnds    = "nothing starts after start_instance has given up"
	stopReturns  = "stop_instance comes back"
	stopEnds     = "stop_instance returns when its instance is gone"
	raises       = "exceptions report failures"
	blocks       = "nothing blocks the master"
)

// A breach is a claim that a schedule violates: by what its move at index At
// brought about.
type breach struct {
	claim string
	at    int
	what  string // one sentence
}

// A seen is what judge found in one schedule.
type seen struct {
	breaches []breach        // at most one for each claim, the first
	foreign  []breach        // what is Buildbot's own; claim is a Known.Name
	subjects map[string]bool // claims whose subject occurred
	escapes  []string        // what could not be held, with its place
	left     bool            // an instance was left behind after stop_instance had reported a failure
	rest     bool
}

// moves is short for what a schedule did.
type moves = []buildbot.Move
