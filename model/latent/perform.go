package latent

// perform takes the action a: an event from outside and what it causes.
func (r *run) perform(a Action) {
	n := int(a.N)
	switch {
	case a.Op < Sample:
		r.request(a.Op, n)
	case a.Op < InfoAnswered:
		r.database(a.Op, n)
	case a.Op < StartOK:
		r.network(a.Op, n)
	case a.Op < MissingTimer:
		r.provider(a.Op, n)
	case a.Op < Reset:
		r.timer(a.Op, n)
	default:
		r.fault(a.Op, n)
	}
}

func (r *run) request(o Op, n int) {
	m := r.m
	switch o {
	case Submit:
		m.Build[n].At = BuildPending
		r.kick(uint8(r.builder(n)))
	case Cancel:
		m.ask(AskCancel)
		m.Build[n].Flags |= Doomed
		r.stopBuild(n, Cancelled)
	case Drop:
		m.ask(AskDrop)
		m.Build[n].Flags |= Dropped | Doomed
	case GracefulStop:
		m.ask(AskGraceful)
		r.w.Flags |= Graceful
		if !r.w.anyBusy(r.c) {
			r.tellToExit()
		}
	case KillWorker:
		m.ask(AskKill)
		r.tellToExit()
	case Pause:
		m.ask(AskPause)
		r.w.Flags |= Paused
	case Unpause:
		r.w.Flags &^= Paused | PauseLost
		if r.w.Timers&TimerQuarantine != 0 {
			r.disarm(TimerQuarantine)
		}
		r.kickWorker()
	case StopMaster:
		r.stopMaster()
	case RemoveWorker:
		r.reconfigure(AskRemove)
	case Reassign:
		r.reconfigure(AskReassign)
	case Insubstantiate:
		m.ask(AskInsubstantiate)
		r.insubstantiate(ins(ByOperator, 0))
	case ChangeMachine:
		r.reconfigure(AskMachine)
	case StopWorker:
		m.ask(AskStopWorker)
		r.stopService(StopIdle)
	}
}

// tellToExit is conn.remoteShutdown: the process exits soon if it hears it.
func (r *run) tellToExit() {
	w := r.w
	if w.Conn == 0 {
		return
	}
	if k := int(w.Conn - 1); w.answers(k) {
		w.Insts[w.Conns[k].Inst-1].Flags |= Told
	}
}

func (r *run) database(o Op, n int) {
	switch o {
	case Sample:
		id := r.id
		if r.c.available(r.w, n) && r.c.oldest(r.m, n) >= 0 {
			r.distribute(n, id)
		} else {
			r.m.Kick &^= 1 << n
		}
	case Claimed:
		r.claimed()
	case BuildAdded:
		r.added(n)
	case BuildPrepared:
		r.prepared(n)
	case PingStateSet:
		r.pinging(n)
	case ConnectionRead:
		r.build(n)
		r.takeConnection(n)
	case FailureRecorded:
		r.failureRecorded(n)
	case BuildFinished:
		r.finished(n)
	case RequestResolved:
		r.resolved(n)
	case WorkerRecorded:
		r.recorded(n)
	case WorkerDetached:
		r.delivered(n)
	case WorkerConfigured:
		r.stopConfigured()
	case MasterRecorded:
		r.recordedStop()
	case BuildersReconfigured:
		r.reconfBuilders()
	}
}

func (r *run) network(o Op, n int) {
	switch o {
	case InfoAnswered:
		r.informed(n)
	case ListTaken:
		r.listTaken(n)
	case PrintsAnswered:
		r.attachEnds(n)
	case OldAnswers:
		r.arbitrated(n, true)
	case Ponged:
		r.ponged(n)
	case BuildStartAnswered:
		r.startedBuild(n)
	case CommandDone:
		r.commandDone(n)
	case ListUpdated:
		r.listUpdated()
	case Connects:
		r.connect(n)
	case SeesClose:
		r.processLoses(n)
	case SeesRefusal:
		r.processLeaves(n, ProcExited)
	case ProcessExits:
		r.processDies(n)
	case MasterSees:
		r.connectionLost(n)
	}
}

func (r *run) provider(o Op, n int) {
	switch o {
	case StartOK:
		r.startReturns(r.call(n), ready)
	case InstanceEnds:
		r.endInstance(n)
	case StopReturns:
		r.stopReturns(r.call(n), false)
	case CheckGood:
		r.checked(true)
	case CheckBad:
		r.checked(false)
	case MachineUp:
		r.machineCalled(true)
	case MachineDown:
		r.machineStopped()
	}
}

// call is the provider call in a slot: 0 the lock's holder, 1 the one beside.
func (r *run) call(slot int) Frame {
	if slot == 1 {
		return r.w.Beside
	}
	return r.w.Holder
}

func (r *run) timer(o Op, n int) {
	switch o {
	case MissingTimer:
		r.fires(TimerMissing)
	case WaitTimer:
		r.fires(r.w.Timers & (TimerWait | TimerSoft))
	case CheckTimer:
		r.fires(TimerCheck)
	case QuarantineTimer:
		r.fires(TimerQuarantine)
	case PingTimeout:
		r.arbitrated(n, false)
	case SlowClose:
		r.build(n).Flags &^= Timed
		r.closeConn(int(r.w.Conn - 1))
	case MachineMissing:
		r.machineTimer(machineMissing)
	case MachineWait:
		r.machineTimer(machineWait)
	case MasterNotices:
		r.connectionLost(n)
	case ProcessNotices:
		r.processLoses(n)
	}
}

// faultOf says which budget an action that is a fault is taken from.
var faultOf = [ops]Fault{Reset: FaultReset, Cut: FaultCut, Crash: FaultCrash, Freeze: FaultFreeze,
	NeverConnects: FaultMute, MachineFails: FaultFalse, StartFalse: FaultFalse, StartError: FaultError, StartCannot: FaultCannot,
	StartHangs: FaultStartHangs, StopError: FaultStopError, StopHangs: FaultStopHangs, Survive: FaultSurvive,
	EndsSilently: FaultSilent, Impatient: FaultImpatient, Respawn: FaultRespawn, ImpostorConnects: FaultImpostor}

func (r *run) fault(o Op, n int) {
	w := r.w
	r.c.spend(r.m, faultOf[o])
	switch o {
	case Reset, Cut:
		r.sever(n, o)
	case Crash:
		r.processDies(n)
	case Freeze:
		w.Insts[n].Proc = ProcFrozen
	case NeverConnects:
		w.Insts[n].Flags |= Mute
	case MachineFails:
		r.machineCalled(false)
	case StartFalse, StartError:
		r.startReturns(r.call(n), failed)
	case StartCannot:
		r.startReturns(r.call(n), cannot)
	case StartHangs, StopHangs:
		r.hang(n)
	case StopError:
		if r.c.on(StopEscapes) {
			r.stopRaises(r.call(n))
			return
		}
		r.stopReturns(r.call(n), true)
	case Survive:
		r.stopReturns(r.call(n), true)
	case EndsSilently:
		r.vanish(n)
	case Impatient:
		r.fires(TimerMissing)
	case Respawn:
		w.Insts[n].Proc = ProcOut
		w.Insts[n].Flags &^= Told
	case ImpostorConnects:
		w.Insts[n] = Inst{Proc: ProcOut, Flags: Impostor}
	}
}

// sever breaks a connection. Whether its process is let in again is then
// another question than after a close by the master.
func (r *run) sever(k int, o Op) {
	c := &r.w.Conns[k]
	c.Link = LinkReset
	if o == Cut {
		c.Link = LinkCut
	}
	if c.Inst != 0 {
		r.w.Insts[c.Inst-1].Flags &^= Served
	}
}

func (r *run) hang(slot int) {
	if slot == 1 {
		r.w.Beside |= frameHung
	} else {
		r.w.Holder |= frameHung
	}
}

// vanish ends an instance without telling its peer.
func (r *run) vanish(i int) {
	for k := range r.w.Conns {
		if c := &r.w.Conns[k]; c.Used && int(c.Inst) == i+1 {
			c.Link = LinkCut
		}
	}
	r.endInstance(i)
}
