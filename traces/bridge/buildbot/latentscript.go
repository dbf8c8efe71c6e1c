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
	made := 0
	asked := questions{pinged: make(map[int]int)}
	for i := range t.Steps {
		from, a, to := t.At(i), t.Steps[i].Action, t.At(i+1)
		steps, why := translate(c, from, a, to, conns, &asked)
		if why != "" {
			s.Stopped = why
			return s
		}
		if a.Op == latent.Connects {
			conns = append(append([]int{}, conns...), made)
			made++
		}
		known := entry(from, conns)
		conns = survivors(from, a, to, conns)
		if told := len(conns); told < connectionsIn(to) {
			s.Stopped = fmt.Sprintf("the model knows %d connections, of which only %d can be told", connectionsIn(to), told)
			return s
		}
		if now := entry(to, conns); now != nobody {
			known = now
		}
		asked.remember(to, conns, known)
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
		old := asked.pinged[conns[n]]
		return []Step{oneReply(old, "duplicate", before(w, n, func(k int) bool { return asked.pinged[conns[k]] == old }))}, ""
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

// nobody is no connection's number.
const nobody = -1

// entry returns the connection the manager knows, or nobody.
func entry(s *latent.State, conns []int) int {
	if r := int(s.Workers[0].Registered); r > 0 && r <= len(conns) {
		return conns[r-1]
	}
	return nobody
}

// questions are what the master has asked worker processes and a state does not
// say: which connection is pinged because of each login in arbitration, and the
// builds that ping, in the order in which they began.
type questions struct {
	pinged map[int]int
	builds []int
}

// remember notes what is new in s. A login has the connection pinged that the
// manager knew: it may know another by the time the answer comes.
func (q *questions) remember(s *latent.State, conns []int, known int) {
	for k, id := range conns {
		if _, told := q.pinged[id]; !told && s.Workers[0].Conns[k].Login == latent.LoginArbitrate && known != nobody {
			q.pinged[id] = known
		}
	}
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

// survivors says which of the connections in from, and the one just made, are
// those in to. The model forgets connections of which neither end will hear
// again, and moves the others down; it does not say which. They are told by
// what can happen to a connection: none of its ends ever opens again.
func survivors(from *latent.State, a latent.Action, to *latent.State, conns []int) []int {
	old, now := from.Workers[0].Conns[:], to.Workers[0].Conns[:]
	count := connectionsIn(to)
	if a.Op == latent.Connects && count == len(conns) {
		return conns
	}
	best, most := []int(nil), -1
	for keep := range 1 << len(conns) {
		var kept []int
		score := 0
		for i := range conns {
			c := latent.Conn{Used: true, Login: latent.LoginGate}
			if i < len(old) && old[i].Used {
				c = old[i]
			}
			j := len(kept)
			switch {
			case keep>>i&1 == 0:
				score += dead(&c)
				if i == int(a.N) && endsConnection[a.Op] || int(c.Inst) == int(a.N)+1 && endsProcess[a.Op] {
					score += ownConnection
				}
			case j >= count || !becomes(&c, &now[j]) || !sameRole(&from.Workers[0], &to.Workers[0], a.Op, i+1, j+1):
				score = impossible
			default:
				kept = append(kept, conns[i])
			}
		}
		if len(kept) == count && score > most {
			best, most = kept, score
		}
	}
	return best
}

func connectionsIn(s *latent.State) int {
	count := 0
	for _, c := range s.Workers[0].Conns {
		if c.Used {
			count++
		}
	}
	return count
}

// ownConnection outweighs what dead can say of two connections that differ in
// one end: the event is about this one.
const ownConnection = 3

const impossible = -1 << 20

// sameRole reports whether connection i before a step can be j after it, by
// what the worker and the manager have to do with it. Their connection can be
// taken from them, but only a new login makes it another in one step.
func sameRole(from, to *latent.Worker, op latent.Op, i, j int) bool {
	same := func(a, b uint8) bool { return a == 0 || b == 0 || b == stale || (int(a) == i) == (int(b) == j) }
	return same(from.Conn, to.Conn) && (op == latent.InfoAnswered || same(from.Registered, to.Registered))
}

// stale is what Worker.Registered is for a connection that is long gone.
const stale = 0xff

// endsConnection are the actions whose own connection may be forgotten.
var endsConnection = map[latent.Op]bool{latent.SeesClose: true, latent.SeesRefusal: true, latent.MasterSees: true,
	latent.WorkerDetached: true, latent.ProcessNotices: true, latent.MasterNotices: true}

// endsProcess are the actions after which the connections of one instance may be
// forgotten.
var endsProcess = map[latent.Op]bool{latent.Crash: true, latent.ProcessExits: true, latent.InstanceEnds: true,
	latent.EndsSilently: true}

// dead says how close a connection is to being forgotten.
func dead(c *latent.Conn) int {
	score := 0
	for _, over := range []bool{c.Master == latent.EndGone, c.Process == latent.EndGone,
		c.Login == latent.LoginNone || c.Login == latent.LoginIn, c.Flags&latent.Delivers == 0} {
		if over {
			score++
		}
	}
	return score
}

// becomes reports whether connection a can be b one step later.
func becomes(a, b *latent.Conn) bool {
	over := a.Login == latent.LoginNone && b.Login != latent.LoginNone || a.Login == latent.LoginIn && b.Login != latent.LoginIn
	back := b.Login != latent.LoginNone && b.Login < a.Login
	return !over && !back && b.Master >= a.Master && b.Process >= a.Process &&
		(a.Inst != 0 || b.Inst == 0) && !(a.Link == latent.LinkCut && b.Link != latent.LinkCut)
}
