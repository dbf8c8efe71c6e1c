package latent

// The worker process of an instance.
//
//	Out     connects                                -> Login
//	Login   perspective: In                         (attach.go)
//	        error answer to its login: exits        -> Exited
//	        link lost: tries again                  -> Out
//	In      link lost: tries again                  -> Out
//	        told to shut down: exits                -> Exited
//	Frozen  answers nothing; its sockets stay open
//	Exited  nothing, unless a supervisor restarts it

// connect opens a connection of the process of instance i.
func (r *run) connect(i int) {
	w := r.w
	for k := range r.c.Conns {
		if w.Conns[k].Used {
			continue
		}
		w.Conns[k] = Conn{Used: true, Login: LoginGate, Inst: uint8(i + 1)}
		w.Insts[i].Proc = ProcLogin
		r.arrive(k)
		return
	}
}

// mayConnect reports whether the process of instance i can open a connection:
// the master listens until its services stop, and until the last worker is no
// longer registered.
func (c *Config) mayConnect(m *Master, w *Worker, i int) bool {
	in := &w.Insts[i]
	if in.Proc != ProcOut || in.Flags&Mute != 0 || w.Conns[c.Conns-1].Used {
		return false
	}
	if m.Stop == MasterServices || m.Stop == MasterStopped {
		return false
	}
	if c.on(AttachAfterStart) && in.Flags&Slow != 0 {
		return false
	}
	return w.Flags&Unlisted == 0 || m.Init != GateFree && c.Workers > 1
}

// processLeaves ends the process's end of connection k, and what the process
// does next.
func (r *run) processLeaves(k int, next ProcAt) {
	c := &r.w.Conns[k]
	c.Process = EndGone
	c.Flags &^= Refusal
	if c.Link == LinkReset {
		c.Link = LinkUp
	}
	if c.Inst != 0 {
		r.w.Insts[c.Inst-1].Proc = next
		if next == ProcExited {
			r.w.Insts[c.Inst-1].Flags &^= Rejected
		}
		c.Inst = 0
	}
}

// processDies ends every connection of the process of instance i.
func (r *run) processDies(i int) {
	for k := range r.w.Conns {
		c := &r.w.Conns[k]
		if c.Used && int(c.Inst) == i+1 && c.Process == EndOpen {
			r.processLeaves(k, ProcExited)
		}
	}
	r.w.Insts[i].Proc = ProcExited
}

// processLoses is the process noticing that connection k is gone.
func (r *run) processLoses(k int) {
	next := ProcOut
	if c := &r.w.Conns[k]; c.Inst != 0 {
		in := &r.w.Insts[c.Inst-1]
		if in.Proc == ProcFrozen {
			next = ProcFrozen
		}
		if in.Flags&Told != 0 || r.c.on(NoRetry) {
			next = ProcExited
		}
	}
	r.processLeaves(k, next)
}

// answers reports whether the process at the far end of connection k answers
// calls.
func (w *Worker) answers(k int) bool {
	return w.Conns[k].Used && w.Conns[k].works(w)
}
