package latent

// The worker's stopService.
//
//	loop       while the state is neither NS nor X:
//	           S, SS, I, IS: acquires the lock and releases it      StopLock
//	           connected, SD or SS: soft disconnect, both halves    StopSoft
//	           waits for background operations                      StopBackground
//	NS -> X    cancels the timers; unregisters; database            StopConfigured
//	then       disconnect in the background; builders drop the worker;
//	           waits for the disconnection of the current connection StopDelivered
//	           or on the notifier of one under way                   StopPending
//	           HEAD: waits for background operations                 StopTail

// stopService goes on from a point of the loop: StopIdle is its beginning,
// StopSoft and StopAnswer the points before the soft disconnect, StopBackground
// the one after it.
func (r *run) stopService(from StopAt) {
	w := r.w
	for r.burn() {
		if from == StopIdle {
			if w.State == NotSubstantiated || w.State == ShutDown {
				r.stopBase()
				return
			}
			if r.stopWaitsForLock() {
				return
			}
		}
		if from != StopBackground && (w.Conn != 0 || w.State == Substantiated || w.State == SubstantiatingStarting) {
			if r.c.on(SoftWaits) && from != StopAnswer && (w.State == Substantiating || w.State == SubstantiatingStarting) {
				w.Stop = StopAnswer
				return
			}
			w.Stop = StopSoft
			if !r.softDisconnect(ByStop, ForSoft) {
				return
			}
		}
		if r.c.on(StopOnce) {
			r.stopBase()
			return
		}
		if w.busy() {
			w.Stop = StopBackground
			return
		}
		from = StopIdle
	}
}

// stopWaitsForLock acquires the lock and releases it again if the state says
// that a start or stop is under way. It reports whether it has to wait.
func (r *run) stopWaitsForLock() bool {
	w := r.w
	if w.State == Substantiated || r.c.on(SecondStopEarly) {
		return false // older code relied on insubstantiate to wait
	}
	if r.c.on(StopDeadWait) && w.State == Insubstantiating {
		r.happens(StopBroke)
		w.Stop = StopBroken
		return true
	}
	if w.Holder == 0 {
		return false // acquired and released at once; nobody can be queued
	}
	w.Stop = StopLock
	r.acquire(FrameStop)
	return true
}

// stopBase is the rest of stopService: the base class's.
func (r *run) stopBase() {
	w := r.w
	if w.State == NotSubstantiated && !r.c.on(StopOnce) {
		w.State = ShutDown
	}
	r.disarm(TimerWait | TimerCheck | TimerMissing)
	w.Flags |= Unlisted
	w.Stop = StopConfigured
	if w.Timers&TimerQuarantine != 0 {
		r.disarm(TimerQuarantine)
		r.kickWorker()
	}
}

// stopConfigured is the database's answer: the worker is configured for no
// builders. The disconnect that follows is not awaited.
func (r *run) stopConfigured() {
	w := r.w
	r.background()
	if r.softDisconnect(ByStop, ForBase) {
		r.backgroundDone()
	}
	r.workerLost()
	switch {
	case r.c.on(NoDelivery):
		r.stopTail()
	case w.Conn != 0:
		w.Stop = StopDelivered
		w.Conns[w.Conn-1].Flags |= ForStop
	case w.Pending != 0:
		w.Stop = StopPending
		w.StopOn = w.Pending
	default:
		r.stopTail()
	}
}

// workerLost drops the worker from every builder that lists it. A build keeps
// the WorkerForBuilder it has, which has no worker from now on; should the
// worker still be attaching, it will join its builders again with another.
func (r *run) workerLost() {
	for b := range r.c.Builders {
		if r.listed()>>b&1 == 0 || r.w.WFB[b]&WFBListed == 0 {
			continue
		}
		for i := b; i < r.c.Builds; i += r.c.Builders {
			r.bereave(&r.m.Build[i], r.w.WFB[b])
		}
		r.w.WFB[b] = 0
	}
}

// Left reports whether stopService has taken the worker from its builders.
func (w *Worker) Left() bool { return w.Stop > StopConfigured && w.Stop != StopAnswer }

// bereave takes the worker away from build b, if it is its own.
func (r *run) bereave(b *Build, f WFB) {
	if b.Worker != r.id || !b.listed() && b.At != BuildClaiming || b.Flags&Bereft != 0 {
		return
	}
	b.Flags |= Bereft
	if f&wfbState == WFBBuilding {
		b.Flags |= WasBuilding
	}
}

// stopTail is reached when no disconnection is awaited any more.
func (r *run) stopTail() {
	if r.c.on(WaitAlways) && r.w.busy() {
		r.w.Stop = StopTail
		return
	}
	r.stopDone()
}

// stopDone is stopService returning.
func (r *run) stopDone() {
	r.w.Stop = StopDone
	if r.m.Conf == ReconfWorker {
		r.w.Flags |= Removed
		r.reconfEnds()
	}
	r.servicesStopped()
}
