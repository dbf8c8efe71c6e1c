package latent

// substantiate, _substantiate and the substantiation notifier.
//
//	substantiate   X                       answers no
//	               SD, connected           answers yes
//	               S, SS, IS               joins the notifier
//	               NS -> S                 joins, runs _substantiate
//	               I -> IS                 joins; the stop under way goes on to start
//	               SD, not connected       joins, insubstantiate(force)
//	_substantiate  waits for the machine, if there is one, then for the lock
//	   locked      * -> SS                 start_instance; the state is not looked at
//	   started     releases; SS -> SD only with a negative timeout and a connection; if not, the
//	               check timer (since 3.8.0), whatever state the release has led to
//	   failed      releases; cancels the missing timer; _substantiation_failed
//	notifier       every build in BuildWaiting, oldest first

// An answer is what a waiter for a substantiation is told.
type answer uint8

const (
	ready  answer = iota
	failed        // any failure that is to be retried
	cannot        // LatentWorkerCannotSubstantiate
	wait          // no answer yet
)

// substantiate is called by build b. It returns the answer, or wait if the
// build is to wait for the notifier.
func (r *run) substantiate() answer {
	w := r.w
	switch {
	case w.State == ShutDown:
		return failed
	case w.State == Substantiated && w.Conn != 0, r.c.on(Implicit) && w.Conn != 0:
		if r.c.on(WaitInSubstantiate) && r.c.BuildWait > 0 {
			w.Timers |= TimerWait
		}
		if !w.isReady() {
			r.happens(LateAnswer)
		}
		r.wantedAgain()
		return ready
	case w.State == Substantiating, w.State == SubstantiatingStarting, w.State == InsubstantiatingSubstantiating:
		if r.waiting() == 1 {
			r.wantedAgain() // whoever wanted it before has been answered
			if r.c.on(StopOnlyOwn) {
				r.armMissing()
			}
		}
		return wait
	}
	r.armMissing()
	switch w.State {
	case Substantiated:
		r.insubstantiate(ins(ByReplace, FrameForce))
	case NotSubstantiated:
		w.State = Substantiating
		r.start()
	default:
		w.State = InsubstantiatingSubstantiating
	}
	return wait
}

// start is _substantiate up to its first wait.
func (r *run) start() {
	f := FrameSub
	r.wantedAgain()
	if r.c.BuildWait < 0 && r.w.Conn != 0 && !r.c.on(NegativeWaits) {
		f |= FrameAtOnce
	}
	if r.c.Machine {
		r.machineSubstantiate(f)
		return
	}
	r.acquire(f)
}

// startLocked goes on when _substantiate has the lock.
func (r *run) startLocked(f Frame) {
	w := r.w
	if f&frameMFailed != 0 {
		r.release(f)
		r.startFailed(failed)
		return
	}
	if w.State != Substantiating {
		r.happens(UnwantedStart)
		if r.c.on(RecheckSubstantiation) {
			r.m.Events &^= UnwantedStart
			r.release(f)
			return
		}
	}
	if w.State == ShutDown || w.Flags&Removed != 0 || r.m.Stop >= MasterStopped {
		r.happens(StartAfterStop)
	}
	w.State = SubstantiatingStarting
	r.startInstance()
}

// started is start_instance returning.
func (r *run) started(f Frame, got answer) {
	w := r.w
	r.release(f)
	if got != ready {
		r.startFailed(got)
		return
	}
	if f&FrameAtOnce != 0 && w.State == SubstantiatingStarting && w.Conn != 0 {
		w.State = Substantiated
		r.fire(ready)
		return
	}
	r.armCheck()
}

// startFailed is the end of a _substantiate that did not succeed.
func (r *run) startFailed(got answer) {
	r.disarm(TimerMissing)
	r.substantiationFailed(ByStart, got)
}

// fire answers every build that waits for the substantiation, oldest first.
func (r *run) fire(a answer) {
	if r.w.Stop == StopAnswer {
		r.w.Stop = StopSoft
		defer r.stopService(StopAnswer)
	}
	told := false
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.At != BuildWaiting || b.Worker != r.id || b.Flags&Orphaned != 0 {
			continue
		}
		got := a
		if told && r.c.on(OneWaiter) {
			got = ready // the first waiter's callbacks have changed the value
		}
		if a != ready && r.c.on(FailureTruthy) {
			got = ready
		}
		told = true
		if got == ready && !r.w.isReady() {
			r.happens(LateAnswer)
		}
		r.answered(i, got)
	}
}

// waiting counts the builds that wait for the worker.
func (r *run) waiting() (n int) {
	for i := range r.m.Build {
		if b := &r.m.Build[i]; b.At == BuildWaiting && b.Worker == r.id {
			n++
		}
	}
	return n
}

// isReady reports whether the worker can be used for a build right now.
func (w *Worker) isReady() bool {
	return w.State == Substantiated && w.Conn != 0 && w.Conns[w.Conn-1].Master < EndLosing
}
