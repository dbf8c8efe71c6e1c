package latent

// The master's timers. A timer may run out whenever it is armed.
//
//	missing      armed by substantiate; cancelled by a successful start of attach, a failed start
//	             and every soft disconnect; fires _substantiation_failed
//	build wait   armed when the last build ends, cancelled when one begins; fires _soft_disconnect
//	check        since 3.8.0: armed by the end of a start, in any state; cancelled by attached and by
//	             the stop of the instance; fires check_instance while the worker has not attached
//	quarantine   armed by a failed preparation; fires the distributor

func (r *run) disarm(t Timers) {
	r.w.Timers &^= t
}

// armMissing is startMissingTimer: only with a timeout and while in service.
func (r *run) armMissing() {
	if r.c.Missing && r.w.Flags&Removed == 0 && r.w.Stop != StopDone {
		r.w.Timers |= TimerMissing
	}
}

// fires is a timer running out.
func (r *run) fires(t Timers) {
	w := r.w
	w.Timers &^= t
	switch t {
	case TimerMissing:
		if r.c.on(TimerKept) {
			w.Timers |= TimerSpent
		}
		r.substantiationFailed(ByMissing, failed)
	case TimerWait, TimerSoft:
		r.softDisconnect(ByIdle, 0)
	case TimerQuarantine:
		if w.Flags&Paused != 0 && r.c.on(SharedPause) {
			w.Flags |= PauseLost
		}
		r.kickWorker()
	case TimerCheck:
		if w.State == SubstantiatingStarting && w.Holder == 0 {
			w.Holder = FrameCheck
			r.background()
		}
	}
}

// armCheck is _start_check_instance_timer at the end of a start.
func (r *run) armCheck() {
	switch {
	case !r.c.on(CheckInstance):
	case r.w.Flags&Removed != 0:
		r.happens(NoneUsed) // no master, no reactor
		r.startFailed(failed)
	default:
		r.w.Timers |= TimerCheck
	}
}

// checked is check_instance returning, a background operation. The state is not
// looked at again.
func (r *run) checked(good bool) {
	if !good {
		r.substantiationFailed(ByCheck, failed)
	}
	r.release(FrameCheck)
	if good {
		r.w.Timers |= TimerCheck
	}
	r.backgroundDone()
}

// settled reports whether the process of instance i is logged in on a sound
// connection, so that nothing more will come from it.
func (w *Worker) settled(i int) bool {
	for k := range w.Conns {
		if int(w.Conns[k].Inst) == i+1 && w.Conns[k].Login == LoginIn {
			return w.Conns[k].works(w)
		}
	}
	return false
}

// attaching reports whether a login is past the master-wide lock.
func (w *Worker) attaching() bool {
	for k := range w.Conns {
		if l := w.Conns[k].Login; l > LoginGate && l < LoginIn {
			return true
		}
	}
	return false
}

// hopeless reports whether nothing that is under way could still attach the
// worker: the missing timer may then run out without being called impatient.
func (c *Config) hopeless(m *Master, w *Worker) bool {
	if m.Init == GateStop && w.Conn == 0 && !w.attaching() {
		return !w.calling(FrameIns) // no login passes while the master stops
	}
	if f := w.OnMachine[0]; f != 0 && f&frameMLost == 0 && m.Doing&(machineStartCall|machineStopCall) != 0 {
		return false
	}
	for i := range w.Insts {
		in := &w.Insts[i]
		switch in.Proc {
		case ProcOut:
			if in.Flags&(Mute|Condemned) == 0 {
				return false
			}
		case ProcLogin:
			return false
		case ProcIn:
			if !w.settled(i) {
				return false
			}
		}
	}
	return !w.calling(FrameSub) && !w.calling(FrameIns) || w.Holder&frameHung != 0
}
