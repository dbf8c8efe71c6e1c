package latent

// The provider of instances and its contract.
//
//	startInstance  an instance begins to exist, its process will connect
//	   started     ok: stays; False or exception: it is gone again
//	stopInstance   the instance the provider remembers is condemned
//	   ended       the process dies: its peer is told, or not
//	   stopped     returns after the end, unless the provider is known to return early
//
// Calls are checked against what providers are promised: starts and stops do
// not overlap and alternate.

// startInstance is a call of start_instance.
func (r *run) startInstance() {
	w := r.w
	if w.Flags&Owed != 0 {
		r.happens(DoubleStart)
	}
	if w.calling(FrameIns) {
		r.happens(Overlap)
	}
	w.Flags |= Owed
	for i := range w.Insts {
		if w.Insts[i].Flags&Condemned != 0 {
			r.happens(StartBeside)
		}
	}
	for i := range r.c.Insts {
		if w.Insts[i] == (Inst{}) {
			w.Insts[i] = Inst{Proc: ProcOut, Flags: Slow}
			w.remember(i)
			return
		}
	}
	w.remember(-1)
}

// remember makes instance i the one the provider would stop; the one it knew
// before is forgotten.
func (w *Worker) remember(i int) {
	if w.Memory != 0 {
		w.Insts[w.Memory-1].Flags |= Leaked
	}
	w.Memory = uint8(i + 1)
}

// calling reports whether a provider call of that kind is under way.
func (w *Worker) calling(kind Frame) bool {
	return w.Holder.Kind() == kind && w.inCall(w.Holder) || w.Beside.Kind() == kind && w.inCall(w.Beside)
}

// inCall reports whether frame f, holding the lock, waits for the provider:
// holders wait for nothing else.
func (w *Worker) inCall(f Frame) bool { return f != 0 }

// startReturns is start_instance ending.
func (r *run) startReturns(f Frame, got answer) {
	w := r.w
	if w.Memory != 0 {
		i := w.Memory - 1
		w.Insts[i].Flags &^= Slow
		if got != ready {
			w.Memory = 0
			if r.c.on(LeakOnFailure) {
				w.Insts[i].Flags |= Leaked
			} else {
				r.endInstance(int(i))
			}
		}
	}
	r.started(f, got)
}

// stopInstance is a call of stop_instance.
func (r *run) stopInstance(f Frame) {
	w := r.w
	if w.Flags&Owed == 0 {
		r.happens(DoubleStop)
	}
	if w.calling(FrameSub) {
		r.happens(Overlap)
	}
	w.Flags &^= Owed
	if r.c.on(GracefulDisconnects) {
		r.workerLost()
	}
	if w.Memory != 0 {
		w.Insts[w.Memory-1].Flags |= Condemned
		if r.c.on(KillBeforeClose) {
			r.endInstance(int(w.Memory - 1))
		}
	}
}

// stopReturns is stop_instance ending. The provider forgets the instance.
func (r *run) stopReturns(f Frame, leak bool) {
	w := r.w
	if leak {
		i := w.Memory - 1
		w.Insts[i].Flags = w.Insts[i].Flags&^Condemned | Leaked
	}
	w.Memory = 0
	r.stopped(f)
}

// stopRaises is an exception of stop_instance that is not caught: the lock is
// released, the state stays as it is.
func (r *run) stopRaises(f Frame) {
	if r.w.Memory != 0 {
		r.w.Insts[r.w.Memory-1].Flags = r.w.Insts[r.w.Memory-1].Flags&^Condemned | Leaked
		r.w.Memory = 0
	}
	r.release(f)
	r.stopDoneFor(f)
}

// mayStopReturn reports whether stop_instance may end: the instance has ended,
// or there is none.
func (c *Config) mayStopReturn(w *Worker) bool {
	return w.Memory == 0 || c.on(StopReturnsEarly)
}

// endInstance removes an instance and its process. The peer of its connection
// is told, unless the network is cut.
func (r *run) endInstance(i int) {
	r.processDies(i)
	w := r.w
	w.Insts[i] = Inst{}
	for k := range w.Conns {
		if int(w.Conns[k].Inst) == i+1 {
			w.Conns[k].Inst = 0
		}
	}
	if int(w.Memory) == i+1 {
		w.Memory = 0
	}
}
