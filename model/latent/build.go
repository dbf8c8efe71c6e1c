package latent

// A build, from the moment its request is claimed. Each state but BuildWaiting
// and BuildRunning waits for one answer.
//
//	Adding      -> Preparing                the build can hear stop messages from here on
//	Preparing   -> substantiate             Waiting, or on at once
//	Waiting     -> PingState | Failed       the notifier
//	PingState   -> Ping | Failed            the ping needs SD and a connection; after one that raised no
//	                                        other is sent, and whoever waits for it waits for ever
//	Ping        -> Starting | Pinged        HEAD waits for the database before it takes the connection
//	Pinged      -> Starting
//	Starting    -> Running | Failed
//	Running     -> Finishing                command complete, or interrupted
//	Failed      -> Finishing                after the database has the failure; quarantine
//	Finishing   -> Releasing | Completing   the WFB is available again; the worker may be stopped
//	Releasing   -> Pending, Completing -> Complete

// build turns to build i and its worker.
func (r *run) build(i int) *Build {
	b := &r.m.Build[i]
	r.focus(b.Worker)
	return b
}

// builder is the builder build i belongs to.
func (r *run) builder(i int) int { return i % r.c.Builders }

// wfb is the WorkerForBuilder build i uses, unless it is Bereft.
func (r *run) wfb(i int) *WFB { return &r.w.WFB[r.builder(i)] }

func (f *WFB) set(state WFB) { *f = *f&^wfbState | state }

// worst is worst_status.
func worst(a, b Result) Result { return max(a, b) }

// added: the build has its number and listens to stop messages.
func (r *run) added(i int) {
	b := r.build(i)
	if b.Flags&Dropped != 0 && r.c.on(DropFinishes) {
		b.Flags |= Stopped
		b.Result = Cancelled
		r.finish(i)
		return
	}
	if b.Flags&Dropped != 0 && r.c.on(DropHeard) {
		b.Flags |= Stopped
		r.breaks(i) // stopBuild, then return without finishing
		return
	}
	if b.Flags&Bereft != 0 && r.c.on(LocksNeedWorker) && !r.c.on(DropTolerated) {
		r.happens(NoneUsed)
		r.breaks(i) // None.workername, to find the worker's locks
		return
	}
	b.At = BuildPreparing
}

// prepared asks for the worker.
func (r *run) prepared(i int) {
	b := r.build(i)
	if r.c.on(CancelAnyTime) && b.Flags&Stopped != 0 {
		r.prepareFailed(i, failed)
		return
	}
	if b.Flags&Bereft != 0 {
		r.prepareFailed(i, failed)
		return
	}
	r.wfb(i).set(WFBDetached)
	b.At = BuildWaiting
	if got := r.substantiate(); got != wait && b.At == BuildWaiting {
		r.answered(i, got)
	}
}

// answered is the end of the wait for the worker.
func (r *run) answered(i int, got answer) {
	b := &r.m.Build[i]
	if got == ready {
		b.At = BuildPingState
		if !r.c.Fine {
			r.after.ping |= 1 << i
		}
		return
	}
	r.prepareFailed(i, got)
}

// prepareFailed is buildPreparationFailure: quarantine, unless the build was
// stopped, then the database.
func (r *run) prepareFailed(i int, why answer) {
	b := &r.m.Build[i]
	if b.At == BuildPing {
		b.Conn = 0 // it had not taken the connection yet
	}
	waited := b.At == BuildPreparing || b.At == BuildWaiting
	b.At = BuildFailed
	switch {
	case b.Flags&Stopped != 0:
	case b.Flags&Bereft != 0 && r.c.on(DropTolerated):
	case b.Flags&Bereft != 0:
		r.breaks(i) // None.putInQuarantine
		return
	case !r.quarantine():
		r.breaks(i)
		return
	}
	if !waited {
		b.Flags |= Again
	} else if why == cannot && b.Flags&Stopped == 0 && !r.c.on(RetryAlways) {
		b.Result = Exception
	}
}

// quarantine is putInQuarantine. It reports false if it raises: a worker that
// was removed has no reactor.
func (r *run) quarantine() bool {
	w := r.w
	if w.Timers&TimerQuarantine != 0 || r.c.on(RetryAlways) {
		return true
	}
	if w.Flags&Removed != 0 {
		r.happens(NoneUsed)
		return false
	}
	w.Timers |= TimerQuarantine
	return true
}

// breaks ends a build's coroutine by an exception that is only logged. The
// build is still listed as being built, its request claimed, its WFB busy.
func (r *run) breaks(i int) {
	b := &r.m.Build[i]
	r.happens(BuildBroke)
	b.At = BuildLost
	b.Conn = 0
}

// failureRecorded: the database has the failure of the preparation.
func (r *run) failureRecorded(i int) {
	b := r.build(i)
	if b.Flags&Again != 0 || b.Flags&Stopped == 0 && b.Result == Success {
		b.Result = worst(b.Result, Retry)
	}
	if r.c.on(CancelRetries) && b.Flags&Doomed != 0 {
		b.Result = Retry
	}
	r.finish(i)
	if !r.c.Fine {
		r.finished(i)
	}
}

// pinging: the state string is set, now the worker is pinged.
func (r *run) pinging(i int) {
	b := r.build(i)
	w := r.w
	if b.Flags&Bereft != 0 || w.Conn == 0 || w.State != Substantiated && !r.c.on(Implicit) {
		r.prepareFailed(i, failed)
		return
	}
	b.At = BuildPing
	f := r.wfb(i)
	switch {
	case *f&WFBPinging != 0: // joins the watchers of a ping whose answer will never come
	case w.Conns[w.Conn-1].Master >= EndLosing:
		*f |= WFBPinging // the link is dead: the call raises at once
		r.prepareFailed(i, failed)
	default:
		b.Conn = w.Conn
	}
}

// ponged is the answer to the ping.
func (r *run) ponged(i int) {
	b := r.build(i)
	b.Conn = 0
	if r.c.on(WaitsAfterPing) {
		b.At = BuildPinged
		return
	}
	r.takeConnection(i)
}

// takeConnection reads the worker's connection and calls startBuild on it.
func (r *run) takeConnection(i int) {
	b := r.build(i)
	w := r.w
	if b.Flags&Bereft != 0 || w.Conn == 0 {
		r.happens(NoneUsed)
		r.breaks(i)
		return
	}
	if r.c.BuildWait < 0 && w.Flags&Introduced == 0 {
		r.breaks(i) // the worker has no attribute path_module yet
		return
	}
	b.Conn = w.Conn
	c := &w.Conns[b.Conn-1]
	b.At = BuildStarting
	if c.Master >= EndLosing || c.Login != LoginIn && c.Login != LoginPrints || r.lacks(b.Conn, i) {
		r.prepareFailed(i, failed) // a dead link, or the process does not know the builder (yet)
	}
}

// startedBuild is the answer to startBuild: the first step begins, unless the
// build has been stopped meanwhile.
func (r *run) startedBuild(i int) {
	b := r.build(i)
	if b.Flags&Stopped != 0 {
		r.finish(i)
		return
	}
	if r.lacks(b.Conn, i) {
		b.Result = worst(b.Result, Exception) // there is nobody to send the command to
		r.finish(i)
		return
	}
	b.At = BuildRunning
}

// lacks reports whether the builder of build i is not, or no longer, in the list
// of the process on a connection.
func (r *run) lacks(conn uint8, i int) bool {
	return r.w.Conns[conn-1].Lacks>>r.builder(i)&1 == 1
}

// commandDone is the end of the step's command on the worker.
func (r *run) commandDone(i int) {
	b := r.build(i)
	if b.Flags&Interrupted != 0 {
		b.Result = worst(b.Result, Cancelled) // the step is cancelled, whatever for
	}
	r.finish(i)
}

// lostRemote is the build hearing that its connection is lost.
func (r *run) lostRemote(i int) {
	b := &r.m.Build[i]
	b.Conn = 0
	b.Result = Retry // whatever it was: a build that was cancelled is built again
	if b.At != BuildRunning {
		b.Flags |= Stopped
		return
	}
	if b.Flags&Interrupted != 0 && r.c.on(SecondInterruptLost) {
		return
	}
	r.finish(i)
}

// stopBuild ends a build early, if it is in a place where anybody listens.
func (r *run) stopBuild(i int, res Result) {
	b := r.build(i)
	switch {
	case b.At < BuildAdding || b.At >= BuildFinishing:
		return
	case b.At == BuildRunning:
		b.Flags |= Stopped | Interrupted
		b.Result = worst(b.Result, res)
	case b.At == BuildWaiting:
		b.Flags |= Stopped
		b.Result = res
		if !r.c.on(NoPrepCancel) {
			r.cancelSubstantiation(i)
		}
	default:
		b.Flags |= Stopped
		b.Result = res
	}
}

// cancelSubstantiation is insubstantiate_if_needed.
func (r *run) cancelSubstantiation(i int) {
	if r.m.Build[i].Flags&Bereft != 0 {
		if !r.c.on(NoneTolerated) {
			r.happens(NoneUsed)
		}
		return
	}
	by := ByCancel
	if r.m.Stop != MasterRuns {
		by = ByStop
	}
	r.insubstantiate(ins(by, 0))
}

// finish is buildFinished up to its first wait.
func (r *run) finish(i int) {
	b := &r.m.Build[i]
	b.At = BuildFinishing
	b.Conn = 0
	b.Flags &^= Again | Interrupted | Timed
}

// finished: the database has the result. The worker is free again, and is
// perhaps stopped.
func (r *run) finished(i int) {
	b := r.build(i)
	w := r.w
	dropped := b.Flags&Bereft != 0
	if b.Result == Exception && (dropped || !r.quarantine()) {
		r.breaks(i)
		return
	}
	half := r.c.on(HalfReconfig) && r.m.Init == GateReconfig && r.m.Conf != ReconfList
	if dropped && r.c.on(WorkerNone) || half {
		r.breaks(i)
		return
	}
	if !dropped {
		r.wfb(i).set(WFBAvailable)
		if w.Flags&Removed != 0 {
			r.happens(NoneUsed)
			r.breaks(i) // self.master is None
			return
		}
		r.workerFree()
	}
	if b.Result == Retry {
		b.At = BuildReleasing
	} else {
		b.At = BuildCompleting
	}
	b.Flags &= Doomed | Unheard
	r.buildsFinished()
	if !r.c.Fine {
		r.resolved(i)
	}
}

// workerFree is the worker's buildFinished.
func (r *run) workerFree() {
	w := r.w
	if !w.anyBusy(r.c) {
		switch {
		case r.c.BuildWait == 0 && r.c.on(FinishKicksFirst):
			w.Timers |= TimerSoft // some time after the distributor was asked
		case r.c.BuildWait == 0:
			r.after.soft |= 1 << r.id
		case r.c.BuildWait > 0:
			w.Timers |= TimerWait
		}
	}
	r.kickWorker()
	if r.c.Machine {
		r.machineBuildEnds()
	}
}

// resolved: the request is unclaimed, or complete.
func (r *run) resolved(i int) {
	b := r.build(i)
	b.Worker, b.Result = 0, Success
	doomed := b.Flags&Doomed != 0
	b.Flags &= Unheard
	if b.At == BuildCompleting {
		b.At = BuildComplete
		return
	}
	if doomed && r.m.Stop == MasterRuns {
		r.happens(Retried)
	}
	b.At = BuildPending
	r.kick(uint8(r.builder(i)))
}

func (w *Worker) anyBusy(c *Config) bool {
	for b := range c.Builders {
		if w.WFB[b]&WFBKnown != 0 && w.WFB[b].busy() {
			return true
		}
	}
	return false
}

// hasBuild reports whether a build uses or waits for the worker.
func (r *run) hasBuild() bool {
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.Worker == r.id && b.At >= BuildAdding && b.At <= BuildFinishing {
			return true
		}
	}
	return false
}
