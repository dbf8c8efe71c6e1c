package buildbot

import (
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
)

// A Script is a trace of model/latent as steps of the bridge.
type Script struct {
	Steps   [][]Step // for each action the steps that make it happen, at least one
	Conns   [][]int  // after each action: the bridge's number of each connection the model knows
	Stopped string   // if the bridge cannot make the next action happen: why
}

// Translate returns the steps that do to the real code what t, a trace of c,
// does to the model. It stops before the first action the bridge has no step
// for.
func Translate(c *latent.Config, t *traces.Trace[latent.State, latent.Action]) Script {
	var s Script
	var conns []int
	numbers := Connections(c, t)
	var asked questions
	for i := range t.Steps {
		from, a, to := t.At(i), t.Steps[i].Action, t.At(i+1)
		steps, why := translate(c, from, a, to, conns, &asked)
		if why != "" {
			s.Stopped = why
			return s
		}
		conns = numbers[i]
		asked.remember(to)
		if !c.Fine {
			// The model takes several answers of the database for one.
			steps = append(steps, OpenOthers(gatesOf(to, conns)))
		}
		s.Steps = append(s.Steps, steps)
		s.Conns = append(s.Conns, conns)
	}
	return s
}

// byGate are the answers of the database that open a gate of a build.
var byGate = map[latent.Op]string{
	latent.BuildAdded: "added", latent.BuildPrepared: "prepared", latent.PingStateSet: "pinging",
	latent.ConnectionRead: "pinged", latent.FailureRecorded: "failure", latent.BuildFinished: "finished", latent.RequestResolved: "resolved",
}

// byReply are the answers of a worker process to a login.
var byReply = map[latent.Op]string{
	latent.InfoAnswered: "getWorkerInfo", latent.PrintsAnswered: "attached",
}

// simple are the actions that are one step without parameters.
var simple = map[latent.Op]Step{
	latent.GracefulStop: Control("stop"), latent.KillWorker: Control("kill"),
	latent.Pause: Control("pause"), latent.Unpause: Control("unpause"),
	latent.Insubstantiate: Insubstantiate(), latent.StopWorker: StopService(), latent.StopMaster: Shutdown(),
	latent.MasterRecorded:   OpenGate("stopped 0"),
	latent.WorkerConfigured: OpenGate("configured 0"),
	latent.RemoveWorker:     Reconfig(Config{RemoveWorker: true}), latent.BuildersReconfigured: OpenGate("reconfigured 0"),
	latent.StartOK: StartDone(OK), latent.StartFalse: StartDone(False), latent.StartError: StartDone(Error),
	latent.StartCannot: StartDone(Cannot), latent.StopReturns: StopDone(OK), latent.Survive: StopDone(OK),
	latent.StopError:    StopDone(Error),
	latent.MissingTimer: Fire("missing"), latent.Impatient: Fire("missing"), latent.WaitTimer: Fire("build_wait"),
	latent.QuarantineTimer: Fire("quarantine"), latent.CheckTimer: Fire("check"),
	latent.CheckGood: CheckDone(OK), latent.CheckBad: CheckDone(False),
	latent.MachineUp: MachineStartDone(OK), latent.MachineFails: MachineStartDone(False), latent.MachineDown: MachineStopDone(OK),
	// Only the far end of a connection, or nobody yet, knows of these.
	latent.Submit: Observe(), latent.SeesClose: Observe(), latent.SeesRefusal: Observe(), latent.ProcessNotices: Observe(),
	latent.NeverConnects: Observe(), latent.Respawn: Observe(), latent.ImpostorConnects: Observe(),
	latent.StartHangs: Observe(), latent.StopHangs: Observe(),
	latent.Connects: {Op: "attach"},
}

// translate returns the steps of one action, or why there are none. conns are
// the bridge's numbers of the connections in from.
func translate(c *latent.Config, from *latent.State, a latent.Action, to *latent.State, conns []int, asked *questions) (steps []Step, why string) {
	n := int(a.N)
	w := &from.Workers[0]
	if s, ok := simple[a.Op]; ok {
		return []Step{s}, ""
	}
	if gate, ok := byGate[a.Op]; ok {
		return []Step{OpenGate(fmt.Sprintf("%s %d", gate, n))}, ""
	}
	if kind, ok := byReply[a.Op]; ok {
		return []Step{ReplyOf(conns[n], kind)}, ""
	}
	switch a.Op {
	case latent.Cancel:
		return []Step{StopBuild(n)}, ""
	case latent.Drop:
		return []Step{Drop(n)}, ""
	case latent.SlowClose:
		return []Step{SlowClose(n)}, ""
	case latent.Sample:
		if to.Master.Dist == latent.DistClaim {
			return []Step{Sample(n)}, ""
		}
		return []Step{Observe()}, ""
	case latent.Claimed:
		request := int(from.Master.Claim) - 1
		return []Step{Claim(request%c.Builders, request)}, ""
	case latent.ChangeMachine:
		asked.changes++
		return []Step{Reconfig(Config{MachineMissingTimeout: Seconds(machineMissing + asked.changes)})}, ""
	case latent.MachineMissing:
		return []Step{fireLoose("machine_missing", n)}, ""
	case latent.MachineWait:
		return []Step{fireLoose("machine_wait", n)}, ""
	case latent.Reassign:
		away := from.Master.Gone == 0
		return []Step{Reconfig(Config{Reassigned: &away})}, ""
	case latent.ListTaken:
		return []Step{oneReply(conns[n], "setBuilderList", 0)}, "" // another list may have been sent since
	case latent.ListUpdated:
		return []Step{Relist(conns[w.Conn-1])}, ""
	case latent.WorkerRecorded:
		return []Step{OpenGate(fmt.Sprintf("recorded %d", conns[n]))}, ""
	case latent.WorkerDetached:
		return []Step{OpenGate(fmt.Sprintf("detached %d", conns[n]))}, ""
	case latent.OldAnswers:
		old := w.Conns[n].Pings
		return []Step{oneReply(conns[old-1], "duplicate", before(w, n, func(k int) bool { return w.Conns[k].Pings == old }))}, ""
	case latent.PingTimeout:
		index := before(w, n, func(int) bool { return true })
		return []Step{{Op: "fire", Timer: "duplicate", Index: &index}}, ""
	case latent.Ponged:
		return []Step{oneReply(conns[from.Master.Build[n].Conn-1], "ping", asked.earlier(&from.Master, n))}, ""
	case latent.BuildStartAnswered:
		s := ReplyOf(conns[from.Master.Build[n].Conn-1], "startBuild")
		s.Builder = n % c.Builders
		return []Step{s}, ""
	case latent.CommandDone:
		s := CommandDone(conns[from.Master.Build[n].Conn-1], 0)
		s.Builder = n % c.Builders
		return []Step{s}, ""
	case latent.MasterSees, latent.MasterNotices:
		return []Step{Lose(conns[n])}, ""
	case latent.Reset, latent.Cut:
		return []Step{Silence(conns[n])}, ""
	case latent.Crash, latent.Freeze, latent.ProcessExits, latent.InstanceEnds, latent.EndsSilently:
		return silenced(w, n, conns), ""
	}
	return nil, fmt.Sprintf("the bridge has no step for %q", a.Op)
}

// questions are what the master has asked worker processes and a state does not
// say: the builds that ping, in the order in which they began, and what changed.
type questions struct {
	builds  []int
	changes int // of the machine, each of which needs another number
}

// remember notes what is new in s.
func (q *questions) remember(s *latent.State) {
	q.builds = slices.DeleteFunc(q.builds, func(i int) bool { return s.Master.Build[i].At != latent.BuildPing })
	for i := range s.Master.Build {
		if s.Master.Build[i].At == latent.BuildPing && !slices.Contains(q.builds, i) {
			q.builds = append(q.builds, i)
		}
	}
}

// earlier counts the builds that began to ping on the connection of build n
// before it did.
func (q *questions) earlier(m *latent.Master, n int) int {
	count := 0
	for _, i := range q.builds[:slices.Index(q.builds, n)] {
		if m.Build[i].Conn == m.Build[n].Conn {
			count++
		}
	}
	return count
}

// before counts the logins in arbitration that began before that of connection
// k and are like it.
func before(w *latent.Worker, k int, like func(k int) bool) int {
	count := 0
	for j := range k {
		if w.Conns[j].Login == latent.LoginArbitrate && like(j) {
			count++
		}
	}
	return count
}

// silenced has the process of instance i answer nothing any more. The master
// hears of it only if, and when, it sees that a connection is closed.
func silenced(w *latent.Worker, i int, conns []int) []Step {
	steps := []Step{}
	for k := range w.Conns {
		if w.Conns[k].Used && int(w.Conns[k].Inst) == i+1 {
			steps = append(steps, Silence(conns[k]))
		}
	}
	return append(steps, Observe())
}
