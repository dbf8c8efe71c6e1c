package latent

import "github.com/quiesce/quiesce/model"

// A Protocol is the model: a Config as a graph of states.
type Protocol[C Crew] struct{ c Config }

// Config returns the scope and the rules of the model.
func (p *Protocol[C]) Config() Config { return p.c }

// Init returns the one initial state: nothing asked for, nothing started.
func (p *Protocol[C]) Init() []StateOf[C] {
	var s StateOf[C]
	s.Master.Faults = uint8(p.c.Faults)
	ws := each(&s.Workers)
	for i := range ws {
		for b := range p.c.Builders {
			ws[i].WFB[b] = WFBAvailable | WFBListed | WFBKnown
		}
	}
	return []StateOf[C]{s}
}

// Next adds every step enabled in s.
func (p *Protocol[C]) Next(s *StateOf[C], out *model.Steps[StateOf[C], Action]) {
	var list enabled
	list.c, list.m, list.ws = &p.c, &s.Master, each(&s.Workers)
	list.all()
	for _, a := range list.actions[:list.n] {
		t := out.Add(a)
		t.Master.Events = 0
		r := run{c: &p.c, m: &t.Master, all: each(&t.Workers), fuel: enough}
		r.focus(a.Worker)
		r.perform(a)
		r.settle()
		if *t == *s {
			out.Drop() // it makes no difference: not a step
		}
	}
}

// enabled collects the actions possible in a state.
type enabled struct {
	c       *Config
	m       *Master
	ws      []Worker
	w       *Worker
	id      uint8
	n       int
	actions [128]Action
}

func (e *enabled) add(o Op, n int) {
	e.actions[e.n] = Action{o, e.id, uint8(n)}
	e.n++
}

func (e *enabled) addIf(ok bool, o Op, n int) {
	if ok {
		e.add(o, n)
	}
}

// fault adds o if the budget still has a fault of that kind.
func (e *enabled) fault(ok bool, f Fault, o Op, n int) {
	if ok && e.c.may(e.m, f) {
		e.add(o, n)
	}
}

func (e *enabled) all() {
	if e.m.Stop == MasterSpins {
		return
	}
	if e.m.Stop != MasterStopped {
		e.requests()
		e.master()
		for i := range e.c.Builds {
			e.id, e.w = 0, &e.ws[e.m.Build[i].Worker]
			e.build(i)
		}
	}
	for i := range e.ws {
		e.id, e.w = uint8(i), &e.ws[i]
		e.provider()
		if e.m.Stop == MasterStopped {
			continue
		}
		e.worker()
		e.timers()
		for k := range e.c.Conns {
			if e.w.Conns[k].Used {
				e.login(k)
				e.link(k)
			}
		}
		for k := range e.c.Insts {
			e.process(k)
		}
	}
}

func (e *enabled) requests() {
	m := e.m
	seen := [MaxBuilders]bool{}
	for i := range e.c.Builds {
		b := i % e.c.Builders
		if m.Build[i].At == BuildUnsubmitted && !seen[b] && m.Stop == MasterRuns {
			e.add(Submit, i)
			seen[b] = true
		}
		at, doomed := m.Build[i].At, m.Build[i].Flags&Doomed != 0
		e.addIf(at >= BuildPreparing && at < BuildFinishing && !doomed && e.c.asks(m, AskCancel), Cancel, i)
		e.addIf(at == BuildAdding && m.Build[i].Flags&Dropped == 0 && e.c.asks(m, AskDrop), Drop, i)
	}
	e.addIf(m.Stop == MasterRuns && e.c.asks(m, AskStop), StopMaster, 0)
	idle := m.Conf == ReconfIdle && m.Stop == MasterRuns
	e.addIf(idle && e.ws[0].Stop == StopIdle && e.c.asks(m, AskRemove), RemoveWorker, 0)
	e.addIf(idle && e.ws[0].Stop == StopIdle && e.c.asks(m, AskReassign), Reassign, 0)
}

// master adds the answers the master itself waits for.
func (e *enabled) master() {
	m := e.m
	for b := range e.c.Builders {
		if m.Kick>>b&1 == 1 && m.Dist == DistIdle {
			any := false
			for i := range e.ws {
				if e.c.available(&e.ws[i], b) && e.c.oldest(m, b) >= 0 {
					e.id, any = uint8(i), true
					e.add(Sample, b)
				}
			}
			e.id = 0
			e.addIf(!any, Sample, b)
		}
	}
	e.id = m.On
	e.addIf(m.Dist == DistClaim, Claimed, 0)
	e.id = 0
	e.addIf(m.Stop == MasterRecord, MasterRecorded, 0)
	e.addIf(m.Init == GateReconfig && m.Conf >= ReconfBuilders && m.Conf <= ReconfMachine, BuildersReconfigured, 0)
	if e.c.Machine {
		e.machine()
	}
	if m.Conf == ReconfList {
		w := &e.ws[0]
		// Answers come in the order of the questions: that of a login is first.
		e.addIf(w.Conn != 0 && w.Conns[w.Conn-1].Login >= LoginPrints && w.answers(int(w.Conn-1)), ListUpdated, 0)
	}
}

func (e *enabled) machine() {
	m := e.m
	e.addIf(m.Doing&machineStartCall != 0, MachineUp, 0)
	e.fault(m.Doing&machineStartCall != 0, FaultFalse, MachineFails, 0)
	e.addIf(m.Doing&machineStopCall != 0, MachineDown, 0)
	e.addIf(m.Doing&machineMissing != 0, MachineMissing, 0)
	e.addIf(m.Doing&machineWait != 0, MachineWait, 0)
	e.addIf(m.Doing&machineLooseMissing != 0, MachineMissing, 1)
	e.addIf(m.Doing&machineLooseWait != 0, MachineWait, 1)
	e.addIf(m.Conf == ReconfIdle && m.Stop == MasterRuns && e.c.asks(m, AskMachine), ChangeMachine, 0)
}

func (e *enabled) build(i int) {
	b := &e.m.Build[i]
	answers := b.Conn != 0 && e.w.answers(int(b.Conn-1))
	if e.c.on(CloseAlways) && (b.At == BuildPing || b.At == BuildStarting) || e.c.on(CloseCancelled) && b.At == BuildRunning && b.Flags&Timed == 0 {
		e.addIf(e.m.Stop == MasterBuilds && b.Flags&Stopped != 0 && e.w.closable(), SlowClose, i)
	}
	switch b.At {
	case BuildAdding:
		e.add(BuildAdded, i)
	case BuildPreparing:
		e.add(BuildPrepared, i)
	case BuildPingState:
		e.add(PingStateSet, i)
	case BuildPing:
		e.addIf(answers, Ponged, i)
	case BuildPinged:
		e.add(ConnectionRead, i)
	case BuildStarting:
		e.addIf(answers, BuildStartAnswered, i)
	case BuildRunning:
		e.addIf(answers, CommandDone, i)
		slow := b.Flags&Timed != 0 && e.w.closable()
		e.addIf(slow && !e.c.on(StopKeepsPing), SlowClose, i)
	case BuildFailed:
		e.add(FailureRecorded, i)
	case BuildFinishing:
		e.add(BuildFinished, i)
	case BuildReleasing, BuildCompleting:
		e.add(RequestResolved, i)
	}
}

// closable reports whether the worker has a connection that can be closed.
func (w *Worker) closable() bool { return w.Conn != 0 && w.Conns[w.Conn-1].Master == EndOpen }

// worker adds what people may ask of a worker, and what its stopService waits for.
func (e *enabled) worker() {
	w, m := e.w, e.m
	e.addIf(w.Stop == StopConfigured, WorkerConfigured, 0)
	if w.Stop != StopIdle {
		return
	}
	e.addIf(w.Flags&Graceful == 0 && e.c.asks(m, AskGraceful), GracefulStop, 0)
	e.addIf(w.Conn != 0 && e.c.asks(m, AskKill), KillWorker, 0)
	e.addIf(w.Flags&Paused == 0 && e.c.asks(m, AskPause), Pause, 0)
	e.addIf(w.Flags&Paused != 0, Unpause, 0)
	e.addIf(e.c.asks(m, AskInsubstantiate), Insubstantiate, 0)
	e.addIf(e.c.asks(m, AskStopWorker), StopWorker, 0)
}

func (e *enabled) login(k int) {
	c := &e.w.Conns[k]
	answers := e.w.answers(k)
	switch c.Login {
	case LoginInfo:
		e.addIf(answers, InfoAnswered, k)
	case LoginDatabase:
		e.add(WorkerRecorded, k)
	case LoginList:
		e.addIf(answers, ListTaken, k)
	case LoginPrints:
		e.addIf(answers, PrintsAnswered, k)
	case LoginArbitrate:
		healthy := e.w.answers(int(c.Pings - 1))
		e.addIf(healthy, OldAnswers, k)
		e.addIf(!healthy, PingTimeout, k)
	}
	e.addIf(c.Flags&Delivers != 0, WorkerDetached, k)
}

func (e *enabled) link(k int) {
	c := &e.w.Conns[k]
	both := c.Master == EndOpen && c.Process == EndOpen
	told := c.Link == LinkUp && c.Process == EndGone || c.Link == LinkReset
	e.addIf(c.Master == EndOpen && told, MasterSees, k)
	refused := c.Flags&Refusal != 0 && c.Process == EndOpen && c.Link == LinkUp
	e.addIf(refused, SeesRefusal, k)
	gone := c.Link == LinkUp && c.Master == EndGone || c.Link == LinkReset
	e.addIf(c.Process == EndOpen && gone, SeesClose, k)
	if c.Link == LinkCut && !e.c.on(NeverNoticed) {
		e.addIf(c.Master != EndGone, MasterNotices, k)
		frozen := c.Inst != 0 && e.w.Insts[c.Inst-1].Proc == ProcFrozen
		e.addIf(c.Process == EndOpen && !frozen, ProcessNotices, k)
	}
	e.fault(both && c.Link == LinkUp, FaultReset, Reset, k)
	e.fault(both && c.Link == LinkUp, FaultCut, Cut, k)
}

func (e *enabled) process(i int) {
	in := &e.w.Insts[i]
	e.addIf(e.c.mayConnect(e.m, e.w, i), Connects, i)
	e.addIf(in.Flags&Told != 0 && in.Proc != ProcExited, ProcessExits, i)
	online := in.Proc == ProcLogin || in.Proc == ProcIn
	e.fault(online, FaultCrash, Crash, i)
	e.fault(online, FaultFreeze, Freeze, i)
	e.fault(in.Proc == ProcOut && in.Flags&(Mute|Impostor|Condemned) == 0, FaultMute, NeverConnects, i)
	e.fault(in.Proc == ProcExited && in.Flags&Impostor == 0, FaultRespawn, Respawn, i)
	first := i == 0 || e.w.Insts[i-1] != (Inst{})
	e.fault(*in == (Inst{}) && first && e.w.Flags&Unlisted == 0, FaultImpostor, ImpostorConnects, i)
}

func (e *enabled) provider() {
	w := e.w
	for slot, f := range [2]Frame{w.Holder, w.Beside} {
		if f&frameHung != 0 || e.m.Stop == MasterStopped {
			continue
		}
		switch f.Kind() {
		case FrameSub:
			e.startCall(slot)
		case FrameIns:
			e.stopCall(slot)
		case FrameCheck:
			gone := w.Memory == 0 || w.Insts[w.Memory-1].Proc == ProcExited
			e.addIf(!gone, CheckGood, 0)
			e.addIf(gone, CheckBad, 0)
		}
	}
	for i := range e.c.Insts {
		if w.Insts[i].Flags&Condemned != 0 {
			e.add(InstanceEnds, i)
			e.fault(true, FaultSilent, EndsSilently, i)
		}
	}
}

func (e *enabled) startCall(slot int) {
	attached := e.w.Memory != 0 && e.w.Insts[e.w.Memory-1].Proc == ProcIn
	if e.c.on(NeverStarts) {
		e.add(StartCannot, slot)
		return
	}
	e.addIf(attached || !e.c.on(StartWaitsForAttach), StartOK, slot)
	e.fault(true, FaultFalse, StartFalse, slot)
	e.fault(true, FaultError, StartError, slot)
	e.fault(true, FaultCannot, StartCannot, slot)
	e.fault(true, FaultStartHangs, StartHangs, slot)
}

func (e *enabled) stopCall(slot int) {
	e.addIf(e.c.mayStopReturn(e.w), StopReturns, slot)
	stays := e.w.Memory != 0
	e.fault(stays, FaultStopError, StopError, slot)
	e.fault(stays, FaultSurvive, Survive, slot)
	e.fault(true, FaultStopHangs, StopHangs, slot)
}

func (e *enabled) timers() {
	w := e.w
	if w.Timers&TimerMissing != 0 {
		if e.c.hopeless(e.m, w) {
			e.add(MissingTimer, 0)
		} else {
			e.fault(true, FaultImpatient, Impatient, 0)
		}
	}
	e.addIf(w.Timers&(TimerWait|TimerSoft) != 0, WaitTimer, 0)
	e.addIf(w.Timers&TimerCheck != 0, CheckTimer, 0)
	e.addIf(w.Timers&TimerQuarantine != 0, QuarantineTimer, 0)
}
