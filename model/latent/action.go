package latent

import (
	"strings"

	"github.com/quiesce/quiesce/model"
)

// An Action is one event: what happens, at which worker, and to which build,
// connection, instance or builder of it.
type Action struct {
	Op     Op
	Worker uint8
	N      uint8
}

// An Op is what happens in a step.
type Op uint8

const (
	// People.
	Submit Op = iota
	Cancel
	Drop
	GracefulStop
	KillWorker
	Pause
	Unpause
	StopMaster
	RemoveWorker
	Reassign
	Insubstantiate
	ChangeMachine
	StopWorker
	// Answers of the database.
	Sample
	Claimed
	BuildAdded
	BuildPrepared
	PingStateSet
	ConnectionRead
	FailureRecorded
	BuildFinished
	RequestResolved
	WorkerRecorded
	WorkerDetached
	WorkerConfigured
	MasterRecorded
	BuildersReconfigured
	// Answers and messages of worker processes.
	InfoAnswered
	ListTaken
	PrintsAnswered
	OldAnswers
	Ponged
	BuildStartAnswered
	CommandDone
	ListUpdated
	// Worker processes of their own accord.
	Connects
	SeesClose
	SeesRefusal
	ProcessExits
	MasterSees
	// The provider.
	StartOK
	InstanceEnds
	StopReturns
	CheckGood
	CheckBad
	MachineUp
	MachineDown
	// Timers.
	MissingTimer
	WaitTimer
	CheckTimer
	QuarantineTimer
	PingTimeout
	SlowClose
	MachineMissing
	MachineWait
	MasterNotices
	ProcessNotices
	// Faults.
	Reset
	Cut
	Crash
	Freeze
	NeverConnects
	MachineFails
	StartFalse
	StartError
	StartCannot
	StartHangs
	StopError
	StopHangs
	Survive
	EndsSilently
	Impatient
	Respawn
	ImpostorConnects
	ops
)

// opTable says what is to be said about each kind of action. In sentences %w
// stands for the worker, %n for N.
var opTable = [ops]struct {
	name, actor, peer string
	kind              model.Kind
	group             group
	sentence          string
}{
	Submit:         {"submit", "user", "", model.Request, none, "somebody asks for build %n"},
	Cancel:         {"cancel", "user", "", model.Request, none, "somebody cancels build %n"},
	Drop:           {"drop", "user", "", model.Request, none, "somebody cancels the claimed request %n before its build can hear it"},
	GracefulStop:   {"graceful", "user", "", model.Request, none, "somebody asks worker %w to shut down when it is idle"},
	KillWorker:     {"kill", "user", "", model.Request, none, "somebody asks worker %w to shut down at once"},
	Pause:          {"pause", "user", "", model.Request, none, "somebody pauses worker %w"},
	Unpause:        {"unpause", "user", "", model.Request, none, "somebody unpauses worker %w"},
	StopMaster:     {"stop", "user", "", model.Request, none, "somebody stops the master (SIGTERM)"},
	RemoveWorker:   {"remove", "user", "", model.Request, none, "a reconfiguration without worker %w begins"},
	Reassign:       {"reassign", "user", "", model.Request, none, "a reconfiguration that takes the last builder from the worker, or gives it back, begins"},
	Insubstantiate: {"insubstantiate", "user", "", model.Request, none, "somebody insubstantiates worker %w"},
	ChangeMachine:  {"change machine", "user", "", model.Request, none, "a reconfiguration changes the latent machine"},
	StopWorker:     {"stop worker", "user", "", model.Request, none, "the service of worker %w is stopped"},

	Sample:               {"sample", "master", "database", model.Deliver, perBuilder, "the distributor looks for a worker for builder %n"},
	Claimed:              {"claimed", "master", "database", model.Deliver, master, "the request is claimed; its build begins on worker %w"},
	BuildAdded:           {"added", "master", "database", model.Deliver, perBuild, "build %n has its number"},
	BuildPrepared:        {"prepared", "master", "database", model.Deliver, perBuild, "build %n is prepared and asks for its worker"},
	PingStateSet:         {"pinging", "master", "database", model.Deliver, perBuild, "build %n pings its worker"},
	ConnectionRead:       {"reads connection", "master", "database", model.Deliver, perBuild, "build %n takes its worker's connection"},
	FailureRecorded:      {"failure recorded", "master", "database", model.Deliver, perBuild, "the failed preparation of build %n is recorded"},
	BuildFinished:        {"finished", "master", "database", model.Deliver, perBuild, "build %n is finished and leaves its worker"},
	RequestResolved:      {"resolved", "master", "database", model.Deliver, perBuild, "the request of build %n is completed, or unclaimed to be built again"},
	WorkerRecorded:       {"recorded", "master", "database", model.Deliver, perConn, "the database knows that worker %w has connected (connection %n)"},
	WorkerDetached:       {"detached", "master", "database", model.Deliver, perConnGone, "the disconnection of connection %n of worker %w has been dealt with"},
	WorkerConfigured:     {"configured", "master", "database", model.Deliver, perWorkerStop, "worker %w is configured for no builders; its stopService goes on"},
	MasterRecorded:       {"master recorded", "master", "database", model.Deliver, master, "the database knows that the master stops; its services are stopped"},
	BuildersReconfigured: {"builders reconfigured", "master", "database", model.Deliver, reconfiguration, "the builders have their new configuration"},

	InfoAnswered:       {"info", "master", "worker", model.Deliver, perConn, "the process on connection %n answers getWorkerInfo; the master attaches worker %w"},
	ListTaken:          {"list taken", "master", "worker", model.Deliver, perConn, "the process on connection %n takes the builder list"},
	PrintsAnswered:     {"substantiated", "master", "worker", model.Deliver, perConn, "the last answer of attaching arrives on connection %n: worker %w is substantiated"},
	OldAnswers:         {"old answers", "master", "worker", model.Deliver, perConn, "the older connection answers the ping; connection %n is rejected as a duplicate"},
	Ponged:             {"ponged", "master", "worker", model.Deliver, perBuild, "the worker answers the ping of build %n"},
	BuildStartAnswered: {"start answered", "master", "worker", model.Deliver, perBuild, "the worker is ready for build %n; its step begins"},
	CommandDone:        {"command done", "master", "worker", model.Deliver, perBuild, "the command of build %n ends"},
	ListUpdated:        {"list updated", "master", "worker", model.Deliver, reconfiguration, "the worker takes the changed builder list"},

	Connects:     {"connects", "worker", "master", model.Internal, perInst, "the process of instance %n of worker %w connects and logs in"},
	SeesClose:    {"sees close", "worker", "", model.Deliver, perConnGone, "the process sees that connection %n is closed; it will try again"},
	SeesRefusal:  {"sees refusal", "worker", "", model.Deliver, perRefusal, "the process receives the error of its login on connection %n and exits"},
	ProcessExits: {"exits", "worker", "", model.Internal, perInst, "the process of instance %n exits as it was told"},
	MasterSees:   {"master sees close", "master", "worker", model.Deliver, perConnLost, "the master sees that connection %n of worker %w is closed"},

	StartOK:      {"start returns", "master", "provider", model.Deliver, perWorkerCall, "start_instance of worker %w returns success"},
	InstanceEnds: {"instance ends", "provider", "", model.Internal, perWorkerEnd, "the provider ends instance %n of worker %w and the process on it"},
	StopReturns:  {"stop returns", "master", "provider", model.Deliver, perWorkerCall, "stop_instance of worker %w returns"},
	CheckGood:    {"check good", "master", "provider", model.Deliver, perWorkerCall, "check_instance of worker %w says the instance is there"},
	CheckBad:     {"check bad", "master", "provider", model.Deliver, perWorkerCall, "check_instance of worker %w says the instance has ended"},

	MachineUp:   {"machine started", "master", "provider", model.Deliver, machineCall, "start_machine returns success"},
	MachineDown: {"machine stopped", "master", "provider", model.Deliver, machineCall, "stop_machine returns"},

	MissingTimer:    {"missing timeout", "master", "", model.Timer, perWorkerMissing, "the missing timer of worker %w runs out"},
	WaitTimer:       {"build wait timeout", "master", "", model.Timer, perWorkerWait, "the build wait timer of worker %w runs out"},
	CheckTimer:      {"check timeout", "master", "", model.Timer, perWorkerCheck, "it is time to check the instance of worker %w"},
	QuarantineTimer: {"quarantine ends", "master", "", model.Timer, perWorkerQuarantine, "worker %w leaves quarantine"},
	PingTimeout:     {"ping times out", "master", "", model.Timer, perConn, "the ping of the older connection times out; connection %n goes on"},
	SlowClose:       {"slow build closed", "master", "", model.Timer, perBuild, "build %n does not stop within 5 s; its connection is closed"},
	MachineMissing:  {"machine missing timeout", "master", "", model.Timer, machineMissingTimer, "the machine's missing timer runs out"},
	MachineWait:     {"machine wait timeout", "master", "", model.Timer, machineWaitTimer, "the machine's build wait timer runs out"},
	MasterNotices:   {"master notices", "master", "", model.Timer, perConnLost, "TCP gives up connection %n of worker %w at the master's end"},
	ProcessNotices:  {"process notices", "worker", "", model.Timer, perConnGone, "TCP gives up connection %n of worker %w at the process's end"},

	Reset:            {"reset", "network", "", model.Fault, none, "connection %n of worker %w is reset"},
	Cut:              {"cut", "network", "", model.Fault, none, "connection %n of worker %w turns half-open: nobody is told"},
	Crash:            {"crash", "worker", "", model.Fault, none, "the process of instance %n of worker %w dies"},
	Freeze:           {"freeze", "worker", "", model.Fault, none, "the process of instance %n of worker %w stops answering"},
	NeverConnects:    {"never connects", "worker", "", model.Fault, none, "the process of instance %n of worker %w will never connect"},
	MachineFails:     {"machine start fails", "provider", "master", model.Fault, none, "start_machine fails"},
	StartFalse:       {"start returns false", "provider", "master", model.Fault, none, "start_instance of worker %w returns False"},
	StartError:       {"start fails", "provider", "master", model.Fault, none, "start_instance of worker %w fails"},
	StartCannot:      {"start cannot", "provider", "master", model.Fault, perWorkerCall, "start_instance of worker %w fails for good"},
	StartHangs:       {"start hangs", "provider", "", model.Fault, none, "start_instance of worker %w will never return"},
	StopError:        {"stop fails", "provider", "master", model.Fault, none, "stop_instance of worker %w fails; the instance stays"},
	StopHangs:        {"stop hangs", "provider", "", model.Fault, none, "stop_instance of worker %w will never return"},
	Survive:          {"instance survives", "provider", "master", model.Fault, none, "stop_instance of worker %w returns, but the instance stays"},
	EndsSilently:     {"instance vanishes", "provider", "", model.Fault, none, "instance %n of worker %w vanishes; its peer is not told"},
	Impatient:        {"impatient timeout", "master", "", model.Fault, none, "the missing timer of worker %w runs out although it could still attach"},
	Respawn:          {"respawn", "worker", "", model.Fault, none, "a supervisor restarts the process of instance %n of worker %w"},
	ImpostorConnects: {"impostor", "worker", "", model.Fault, none, "a second process with the name and password of worker %w appears (instance %n)"},
}

// A group says which coroutine or party an action belongs to, for fairness:
// each waits for one thing at a time, so that one assumption for it suffices.
type group uint8

const (
	none group = iota // nobody has to
	master
	reconfiguration
	perBuilder
	perBuild
	perConn
	perConnGone
	perConnLost
	perRefusal
	perInst
	perWorkerStop
	perWorkerCall
	perWorkerEnd
	perWorkerMissing
	perWorkerWait
	perWorkerCheck
	perWorkerQuarantine
	machineCall
	machineMissingTimer
	machineWaitTimer
)

func (o Op) String() string { return opTable[o].name }

// String returns the action as people read it, such as "connects 0".
func (a Action) String() string {
	var b strings.Builder
	b.WriteString(a.Op.String())
	b.WriteByte(' ')
	b.WriteByte('0' + a.Worker)
	b.WriteByte('.')
	b.WriteByte('0' + a.N)
	return b.String()
}

// About says what is to be said about an action.
func About(a Action) model.About {
	t := &opTable[a.Op]
	s := strings.ReplaceAll(t.sentence, "%w", string(rune('0'+a.Worker)))
	s = strings.ReplaceAll(s, "%n", string(rune('0'+a.N)))
	// What usually goes without saying is said where it makes a difference.
	if a.Worker > 0 && !strings.Contains(t.sentence, "%w") {
		s += ", of worker " + string(rune('0'+a.Worker))
	}
	switch {
	case a.N == 0 || strings.Contains(t.sentence, "%n"):
	case a.Op == MachineMissing || a.Op == MachineWait:
		s += ", one of before a reconfiguration"
	default:
		s += ", of the two calls the younger"
	}
	return model.About{Name: t.name, Actor: t.actor, Peer: t.peer, Kind: t.kind, Sentence: s}
}

// Ops returns the names of all actions.
func Ops() []string {
	out := make([]string, ops)
	for o := range ops {
		out[o] = o.String()
	}
	return out
}
