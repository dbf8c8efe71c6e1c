package latent

// Closing and losing connections, and what the master does about it.
//
//	closeConn       the master closes: lost in the next turn; a half-open link too, unless
//	                closing is polite
//	connectionLost  1. answers being waited for fail: logins, pings, startBuild, arbitration
//	                2. if the login had succeeded by then: deliver
//	deliver         detached: the worker's connection is cleared -> waits for the database
//	                remove: the manager's entry for this name goes, whoever owns it
//	                lostRemote of the builds that run on it
//	delivered       detached is over: its notifier fires, then whoever waits for the
//	                disconnection; nobody is told of one that is not delivered

// closeConn is conn.loseConnection.
func (r *run) closeConn(k int) {
	c := &r.w.Conns[k]
	if c.Master != EndOpen {
		return
	}
	c.Master = EndClosing
	if c.Link != LinkCut || !r.c.on(PoliteClose) {
		r.after.lost[r.id] |= 1 << k
	}
}

// closeAndWait is _disconnect, perhaps added to the background operations. If
// the loss of the connection is never notified it never ends.
func (r *run) closeAndWait(k int, tracked bool) {
	c := &r.w.Conns[k]
	if r.c.on(NoDelivery) {
		r.closeConn(k)
		r.waitersDone(&Conn{Flags: c.Flags & (ForSoft | ForBase)})
		c.Flags &^= ForSoft | ForBase
		return
	}
	switch never := c.Master == EndGone && c.Flags&Delivers == 0; {
	case tracked && never:
		r.stuck(1)
	case tracked:
		c.Tracked++
		r.background()
	}
	r.closeConn(k)
}

// connectionLost is Broker.connectionLost of connection k.
func (r *run) connectionLost(k int) {
	c := &r.w.Conns[k]
	if !c.Used || c.Master >= EndLosing || !r.burn() {
		return
	}
	c.Master = EndLosing
	r.failAnswers(k)
	c.Master = EndGone
	if c.Link != LinkUp {
		c.Flags &^= Refusal // an error answer under way is lost with the link
	}
	if c.Link == LinkReset {
		c.Link = LinkUp // the other end is told like of any close
	}
	if c.Flags&Armed != 0 {
		r.deliver(k)
	}
}

// failAnswers fails every answer awaited on connection k.
func (r *run) failAnswers(k int) {
	w := r.w
	switch w.Conns[k].Login {
	case LoginInfo:
		r.loginFails(k, false)
	case LoginList:
		r.attachFails(k)
	case LoginPrints:
		r.attachEnds(k)
	}
	for j := range w.Conns {
		if int(w.Conns[j].Pings) == k+1 {
			r.arbitrated(j, false)
		}
	}
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.Worker != r.id || int(b.Conn) != k+1 {
			continue
		}
		switch b.At {
		case BuildPing, BuildStarting:
			r.prepareFailed(i, failed)
		}
	}
	if r.m.Conf == ReconfList && int(w.Conn) == k+1 {
		r.reconfEnds()
	}
}

// deliver calls everybody who listens for the loss of connection k.
func (r *run) deliver(k int) {
	w := r.w
	c := &w.Conns[k]
	if c.Flags&Manager != 0 {
		switch w.Registered {
		case 0:
			r.happens(EntryMissing)
		case uint8(k + 1):
		case stale:
		default:
			r.happens(WrongEntry)
		}
		w.Registered = 0
		c.Flags &^= Manager
	}
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.Worker == r.id && int(b.Conn) == k+1 && (b.At == BuildStarting || b.At == BuildRunning || b.At == BuildFailed) {
			r.lostRemote(i)
		}
	}
	c.Flags &^= Armed
	if c.Flags&Listens == 0 {
		r.delivered(k)
		return
	}
	if int(w.Conn) != k+1 {
		r.happens(NoneUsed) // detached has run before: it finds no connection
		c.Flags &^= Listens
		r.delivered(k)
		return
	}
	c.Flags = c.Flags&^Listens | Delivers
	if !r.c.on(ConnectionLate) {
		w.Conn = 0
	}
	w.Pending = uint8(k + 1)
	if r.c.on(DetachSubstantiates) && w.State == InsubstantiatingSubstantiating {
		w.Beside = FrameSub
		w.State = SubstantiatingStarting
		r.startInstance()
	}
}

// delivered is the end of the delivery: detached has its database answer.
func (r *run) delivered(k int) {
	w := r.w
	if w.Conns[k].Flags&Delivers != 0 {
		w.Conns[k].Flags &^= Delivers
		if int(w.Conn) == k+1 {
			w.Conn = 0
		}
		r.pendingOver(k)
	}
	told := w.Conns[k]
	w.Conns[k].Flags &^= ForSoft | ForBase | ForStop
	w.Conns[k].Tracked = 0
	r.waitersDone(&told)
}

// pendingOver is the end of _handle_conn_shutdown_notifier: it fires whatever
// notifier is there now, which may be a younger connection's.
func (r *run) pendingOver(k int) {
	w := r.w
	if w.Pending == 0 && !r.c.on(OwnNotifier) {
		r.happens(NotifierLost)
		return
	}
	now := w.Pending
	if r.c.on(OwnNotifier) && int(now) != k+1 {
		return // the younger connection's
	}
	w.Pending = 0
	if w.Stop == StopPending && w.StopOn == now {
		w.StopOn = 0
		r.stopTail()
	}
}

// waitersDone tells those who waited for a disconnection that it is over.
func (r *run) waitersDone(c *Conn) {
	for range c.Tracked {
		r.backgroundDone()
	}
	if c.Flags&ForSoft != 0 {
		r.halfDone(SoftConn)
	}
	if c.Flags&ForBase != 0 {
		r.halfDone(BaseConn)
	}
	if c.Flags&ForStop != 0 {
		r.stopTail()
	}
}

// Kept takes action a, which is enabled in s, a state of c, and says which
// connection of s each of those in the state after it is. States do not tell:
// connections that both ends have forgotten leave no trace, and younger ones
// move down. One that the step has made counts as the next after those of s.
func Kept(c *Config, s State, a Action) []int {
	kept := []int{}
	for k := range s.Workers[0].Conns {
		if s.Workers[0].Conns[k].Used {
			kept = append(kept, k)
		}
	}
	if a.Op == Connects {
		kept = append(kept, len(kept))
	}
	s.Master.Events = 0
	r := run{c: c, m: &s.Master, all: each(&s.Workers), fuel: enough, kept: kept}
	r.focus(a.Worker)
	r.perform(a)
	r.settle()
	if !s.Workers[0].Conns[0].Used {
		return nil // also of a master that has stopped, or spins
	}
	return r.kept
}

// works reports whether the connection is sound: both ends are there and the
// network carries their bytes.
func (c *Conn) works(w *Worker) bool {
	return c.Used && c.Master < EndClosing && c.Process == EndOpen && c.Link == LinkUp && c.Inst != 0 &&
		w.Insts[c.Inst-1].Proc != ProcFrozen && w.Insts[c.Inst-1].Proc != ProcExited
}
