package latent

// insubstantiate, _substantiation_failed and _soft_disconnect.
//
//	insubstantiate  IS -> I                cancels the waiting builds
//	                waits for the lock
//	   locked       I, IS                  assertion fails
//	                NS, X                  releases; nothing to do
//	                S, SS, SD -> I or IS   cancels waiting builds (S, SS); stop_instance (SS, SD)
//	   stopped      I -> NS, IS -> S       releases; asks for builds; in IS runs _substantiate
//	_substantiation_failed                 answers waiting builds (S, SS); insubstantiate in the background
//	_soft_disconnect                       cancels the missing timer, closes the connection, insubstantiate;
//	                                       with a negative timeout only closes, unless the service stops

// insubstantiate is called with the frame that says why and who waits for it.
func (r *run) insubstantiate(f Frame) {
	w := r.w
	if !r.burn() {
		return
	}
	if w.State == InsubstantiatingSubstantiating && !r.c.on(CancelKeepsRequest) && !r.c.on(ReenterStop) {
		w.State = Insubstantiating
		r.cancelWaiting(f.origin())
	}
	if w.State == Insubstantiating && r.c.on(SecondStopEarly) && w.Holder != 0 {
		r.stopDoneFor(f)
		return
	}
	if w.State == InsubstantiatingSubstantiating && r.c.on(ReenterStop) && w.Beside == 0 {
		w.Beside = f
		w.State = Insubstantiating
		r.cancelWaiting(f.origin())
		r.stopInstance(f)
		return
	}
	r.acquire(f)
}

// wantedAgain makes waiting insubstantiations void: a build wants the worker
// that did not when they were asked for.
func (r *run) wantedAgain() {
	if !r.c.on(StopOnlyOwn) {
		return
	}
	for i, f := range r.w.Queue {
		if f.Kind() == FrameIns && f.origin() != ByStop && f&FrameForce == 0 {
			r.w.Queue[i] |= frameVoid
		}
	}
}

// stopLocked goes on when insubstantiate has the lock.
func (r *run) stopLocked(f Frame) {
	w := r.w
	switch w.State {
	case Insubstantiating, InsubstantiatingSubstantiating:
		r.happens(AssertState)
		r.release(f)
		r.stopDoneFor(f)
		return
	case NotSubstantiated, ShutDown:
		if f&FrameForce != 0 && r.c.on(ForceKept) && w.State == NotSubstantiated {
			w.State = Substantiating
			r.start()
		}
		r.release(f)
		r.stopDoneFor(f)
		return
	}
	if f&frameVoid != 0 || r.c.on(IdleRechecked) && f.origin() == ByIdle && w.anyBusy(r.c) {
		r.release(f)
		r.stopDoneFor(f &^ frameThenClose)
		return
	}
	before := w.State
	w.State = Insubstantiating
	if f&FrameForce != 0 {
		w.State = InsubstantiatingSubstantiating
	} else {
		r.condemnBuilds(f.origin())
	}
	if before != Substantiated {
		r.cancelWaiting(f.origin())
	}
	r.disarm(TimerWait | TimerCheck)
	if before == Substantiating {
		r.stopped(f)
		return
	}
	r.stopInstance(f)
}

// stopped is stop_instance returning, or not having been needed.
func (r *run) stopped(f Frame) {
	w := r.w
	switch w.State {
	case InsubstantiatingSubstantiating:
		w.State = Substantiating
		r.start()
	case Insubstantiating:
		w.State = NotSubstantiated
	default:
		r.happens(AssertState)
		r.release(f)
		r.stopDoneFor(f)
		return
	}
	r.release(f)
	if r.c.on(StaleProperties) {
		w.Flags |= Misfit
	}
	switch {
	case w.Flags&Removed != 0:
		r.happens(NoneUsed)
	case !r.c.on(StateGates):
		r.kickWorker()
	}
	r.stopDoneFor(f)
}

// stopDoneFor tells whoever waits for the insubstantiation f that it is over.
func (r *run) stopDoneFor(f Frame) {
	if f&frameThenClose != 0 {
		r.closeAfter(f)
	}
	if f&FrameTracked != 0 {
		r.backgroundDone()
	}
	if f&FrameForMachine != 0 {
		r.machineEmptied()
	}
	if f&FrameForSoft != 0 {
		r.halfDone(SoftIns)
	}
	if f&FrameForBase != 0 {
		r.halfDone(BaseIns)
	}
}

// cancelWaiting answers waiting builds that their substantiation is cancelled.
func (r *run) cancelWaiting(by Origin) {
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.At == BuildWaiting && b.Worker == r.id && b.Flags&(Stopped|Orphaned) == 0 &&
			(by == ByCancel || by == ByIdle || by == ByReplace) {
			r.happens(CancelledOther)
		}
	}
	r.fire(failed)
}

// condemnBuilds notes that a decision ends builds it was not about: builds
// that have been told that the worker is ready and that nobody has stopped.
func (r *run) condemnBuilds(by Origin) {
	if by == ByStop || by == ByOperator || by == ByReplace {
		return
	}
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.Worker != r.id || b.Flags&Stopped != 0 || b.Conn == 0 {
			continue
		}
		if b.At >= BuildPing && b.At <= BuildRunning && r.w.Conns[b.Conn-1].works(r.w) {
			r.happens(KilledBuild)
		}
	}
}

// substantiationFailed is _substantiation_failed.
func (r *run) substantiationFailed(by Origin, a answer) {
	if s := r.w.State; s == Substantiating || s == SubstantiatingStarting {
		r.fire(a)
	}
	f := ins(by, FrameTracked)
	if r.c.on(Untracked) {
		f &^= FrameTracked
	} else {
		r.background()
	}
	r.insubstantiate(f)
}

// softDisconnect is _soft_disconnect. The caller is said by forWhom: ForSoft
// for stopService, ForBase for disconnect, 0 if nobody waits. It reports
// whether it is already over.
func (r *run) softDisconnect(by Origin, forWhom ConnFlags) (over bool) {
	w := r.w
	conn, half := SoftConn, SoftIns
	if forWhom == ForBase {
		conn, half = BaseConn, BaseIns
	}
	stopping := forWhom == ForSoft
	if r.c.BuildWait < 0 && (!stopping || r.c.on(NegativeSurvives)) {
		r.disconnect(forWhom, conn, false)
		return w.Halves&conn == 0
	}
	if r.c.on(SoftSkips) && r.hasBuild() {
		return true
	}
	r.disarm(TimerMissing)
	r.condemnBuilds(by)
	w.Halves |= Beginning
	f := ins(by, FrameTracked)
	switch {
	case r.c.on(KeepConnection) && by == ByIdle:
	case r.c.on(StopBeforeClose):
		f |= frameThenClose
	default:
		r.disconnect(forWhom, conn, true)
	}
	switch forWhom {
	case ForSoft:
		f |= FrameForSoft
		w.Halves |= half
	case ForBase:
		f |= FrameForBase
		w.Halves |= half
	}
	r.background()
	r.insubstantiate(f)
	w.Halves &^= Beginning
	return w.Halves&(conn|half) == 0
}

// closeAfter closes the connection after insubstantiation f.
func (r *run) closeAfter(f Frame) {
	switch {
	case f&FrameForSoft != 0:
		r.disconnect(ForSoft, SoftConn, true)
	case f&FrameForBase != 0:
		r.disconnect(ForBase, BaseConn, true)
	default:
		r.disconnect(0, 0, true)
	}
}

// disconnect is the base class's: it closes the connection, if there is one,
// and waits for the disconnection to be delivered.
func (r *run) disconnect(forWhom ConnFlags, half Halves, tracked bool) {
	w := r.w
	if w.Conn == 0 {
		return
	}
	k := int(w.Conn - 1)
	if forWhom != 0 {
		w.Halves |= half
	}
	w.Conns[k].Flags |= forWhom
	r.closeAndWait(k, tracked)
	if r.c.on(DetachTwice) {
		w.Conn = 0
	}
}

// halfDone is the end of one half of a soft disconnect. When both are over
// whoever awaits the soft disconnect goes on.
func (r *run) halfDone(h Halves) {
	w := r.w
	if w.Halves&h == 0 {
		return
	}
	w.Halves &^= h
	if w.Halves&Beginning != 0 || !r.burn() {
		return
	}
	switch {
	case h&(SoftConn|SoftIns) != 0 && w.Halves&(SoftConn|SoftIns) == 0:
		r.stopService(StopBackground)
	case h&(BaseConn|BaseIns) != 0 && w.Halves&(BaseConn|BaseIns) == 0:
		r.backgroundDone()
	}
}
