package latent

// Login, arbitration of duplicate connections, attached.
//
//	connect    -> LoginGate, or past the gate at once if nobody holds the master-wide lock
//	gate       unknown name: unauthorised, the process tries again
//	           a live entry in the manager -> LoginArbitrate (ping of the older connection)
//	           otherwise -> LoginInfo
//	arbitrate  answer: the new login fails; lost or late: closes the one it has pinged -> LoginInfo
//	info       the manager's entry is replaced; attached:
//	              not SS and timeout >= 0: refused, _disconnect in the background
//	              already connected: assertion, _substantiation_failed, logged in all the same
//	              else the worker's connection is set -> LoginDatabase
//	database   cancels the missing timer; joins builders that do not know the worker, even if it
//	           has been stopped meanwhile -> LoginList; a dead link: _substantiation_failed
//	list       WFBs DETACHED -> BUILDING -> LoginPrints; lost: _substantiation_failed
//	prints     answered or lost: S, SS -> SD; fires success in every state -> LoginIn
//	logged in  only now is the loss of the connection going to be notified

// gateLogin is the first value of Master.Gate that means a login; below it are
// the Gatekeepers.
const gateLogin = 4

func gateWorker(g uint8) uint8 { return (g - gateLogin) / MaxConns }
func gateConn(g uint8) uint8   { return (g - gateLogin) % MaxConns }

// arrive is a login asking for the master-wide lock.
func (r *run) arrive(k int) {
	if r.m.Init != GateFree || r.m.Gate[0] != 0 {
		r.queueAtGate(gateLogin + r.id*MaxConns + uint8(k))
		return
	}
	r.admit(k)
}

// admit is a login past the lock.
func (r *run) admit(k int) {
	w := r.w
	c := &w.Conns[k]
	switch {
	case r.m.Stop == MasterStopped:
		r.loginAfterStop(k)
		return
	case w.Flags&Unlisted != 0:
		r.unauthorised(k)
		return
	}
	if r.c.on(ArmAtLogin) {
		c.Flags |= Armed
	}
	if old := w.Registered; old != 0 && old != stale && w.Conns[old-1].Master < EndLosing {
		c.Login, c.Pings = LoginArbitrate, old
		return
	}
	r.askInfo(k)
}

// askInfo sends print and getWorkerInfo; a dead link fails the login at once.
func (r *run) askInfo(k int) {
	c := &r.w.Conns[k]
	if c.Master >= EndLosing {
		r.loginFails(k, false)
		return
	}
	c.Login = LoginInfo
}

// unauthorised is a login under a name the master does not know (any more).
// The worker process closes the connection and tries again later.
func (r *run) unauthorised(k int) {
	c := &r.w.Conns[k]
	c.Login = LoginNone
	r.processLeaves(k, ProcOut)
	r.closeConn(k)
}

// loginAfterStop is a login that waited while the master stopped.
func (r *run) loginAfterStop(k int) {
	if r.c.on(LoginOutlives) {
		r.unauthorised(k)
		return
	}
	r.happens(NoneUsed)
	r.loginFails(k, true)
}

// loginFails ends a login; told says whether an error travels to the process.
func (r *run) loginFails(k int, told bool) {
	c := &r.w.Conns[k]
	c.Login = LoginNone
	if told && c.Master < EndLosing {
		c.Flags |= Refusal
	}
}

// arbitrated is the end of the ping of the older connection. By now the manager
// may know another one, or none: it is not looked at again.
func (r *run) arbitrated(k int, answers bool) {
	c := &r.w.Conns[k]
	old := int(c.Pings - 1)
	c.Pings = 0
	if answers && !r.c.on(AcceptOwn) {
		r.loginFails(k, true)
		return
	}
	if answers {
		r.condemnBuilds(ByNobody)
	}
	r.closeConn(old)
	r.askInfo(k)
}

// informed is the answer to getWorkerInfo.
func (r *run) informed(k int) {
	r.w.Registered = uint8(k + 1)
	r.w.Conns[k].Flags |= Manager
	r.attached(k)
}

// attached is AbstractLatentWorker.attached up to its first wait.
func (r *run) attached(k int) {
	w := r.w
	c := &w.Conns[k]
	r.disarm(TimerCheck)
	wanted := w.State == SubstantiatingStarting
	if r.c.on(Implicit) {
		wanted = r.anyWaiting()
	}
	if !wanted && r.c.BuildWait >= 0 {
		r.refuse(k)
		return
	}
	if w.Conn != 0 && r.c.on(ReattachChecked) {
		r.loginFails(k, true)
		r.closeConn(k)
		return
	}
	if w.Conn != 0 {
		r.happens(AssertAttached)
		r.attachFails(k)
		return
	}
	w.Flags &^= Graceful
	w.Conn = uint8(k + 1)
	c.Flags |= Listens
	if w.Flags&Removed != 0 {
		r.happens(NoneUsed)
		r.attachFails(k)
		return
	}
	c.Login = LoginDatabase
}

// refuse is the branch of attached for a connection nobody asked for.
func (r *run) refuse(k int) {
	w := r.w
	c := &w.Conns[k]
	if c.Inst != 0 {
		in := &w.Insts[c.Inst-1]
		in.Flags |= Rejected
		if in.Flags&(Served|Leaked|Impostor) == Served {
			r.happens(Refused)
		}
	}
	if r.c.on(RefusalDelivered) {
		c.Flags |= Armed
	}
	r.loginFails(k, !r.c.on(AbortRefused))
	if r.c.on(Untracked) {
		r.closeConn(k)
		return
	}
	r.closeAndWait(k, true)
}

// recorded is the database's answer to workerConnected.
func (r *run) recorded(k int) {
	w := r.w
	c := &w.Conns[k]
	if r.c.BuildWait < 0 {
		w.Flags |= Introduced // in other scopes no build can be faster
	}
	if !r.c.on(ReattachChecked) {
		r.disarm(TimerMissing)
	}
	if w.Timers&TimerSpent != 0 {
		w.Timers &^= TimerSpent
		r.happens(Raised) // cancelling it raises
		r.attachFails(k)
		return
	}
	if r.c.on(ReattachChecked) && (c.Master >= EndLosing || w.Stop != StopIdle) {
		r.attachFails(k)
		return
	}
	r.updateWFBs()
	if c.Master >= EndLosing {
		r.attachFails(k)
		return
	}
	c.Login, c.Lacks = LoginList, r.m.Gone // even a list of no builders is sent
}

// updateWFBs is updateWorker of the latent worker: builders that list it and
// are not in its table get a LatentWorkerForBuilder.
func (r *run) updateWFBs() {
	for b := range r.c.Builders {
		if r.m.Gone>>b&1 == 0 && r.w.WFB[b]&WFBKnown == 0 {
			r.w.WFB[b] = WFBAvailable | WFBListed | WFBKnown
			r.kick(uint8(b))
		}
		if r.m.Gone>>b&1 == 0 && r.c.on(Relisted) && r.w.WFB[b]&WFBListed == 0 {
			r.w.WFB[b] |= WFBListed
			r.kick(uint8(b))
		}
	}
}

// listed returns the builders that list the worker, a bit each.
func (r *run) listed() uint8 { return (1<<r.c.Builders - 1) &^ r.m.Gone }

// listTaken is the answer to setBuilderList, with the builders that were in the
// list. Each of them attaches.
func (r *run) listTaken(k int) {
	c := &r.w.Conns[k]
	if c.Lacks == 1<<r.c.Builders-1 {
		r.attachEnds(k)
		return
	}
	for b := range r.c.Builders {
		if c.Lacks>>b&1 == 1 {
			continue
		}
		f := &r.w.WFB[b]
		if *f&WFBKnown == 0 {
			r.happens(NoneUsed)
			r.attachFails(k)
			return
		}
		f.attach()
	}
	c.Login = LoginPrints
}

// attach is the LatentWorkerForBuilder's attached: a builder of a list that the
// worker has taken.
func (f *WFB) attach() {
	if *f&wfbState == WFBDetached {
		f.set(WFBBuilding)
	}
}

// attachEnds is the rest of attached, after all answers. Whoever waits for the
// substantiation is told that it succeeded, whatever has happened meanwhile.
func (r *run) attachEnds(k int) {
	w := r.w
	r.kickWorker()
	if w.State == Substantiating || w.State == SubstantiatingStarting || r.c.on(AttachSetsState) {
		if !r.c.on(ReattachChecked) || int(w.Conn) == k+1 && w.Conns[k].Master < EndLosing {
			w.State = Substantiated
		}
	}
	if r.c.on(ReattachChecked) && !w.isReady() {
		r.attachFails(k)
		return
	}
	if w.State != Substantiated && r.c.BuildWait >= 0 {
		r.happens(AttachedLate)
	}
	if r.c.on(ReattachChecked) {
		r.disarm(TimerMissing) // not before it is certain
	}
	r.fire(ready)
	r.loggedIn(k)
}

// attachFails is an exception inside attached: it is swallowed, so that the
// login succeeds although the worker is not attached.
func (r *run) attachFails(k int) {
	gone := int(r.w.Conn) != k+1 || r.w.Conns[k].Master >= EndLosing
	if !r.c.on(ReattachChecked) || !gone {
		r.substantiationFailed(ByAttach, failed)
	}
	r.loggedIn(k)
}

// loggedIn is the end of a successful login. If the link is already dead there
// is nobody left to arm, and the connection's loss is never notified.
func (r *run) loggedIn(k int) {
	c := &r.w.Conns[k]
	c.Login = LoginIn
	if c.Master != EndGone {
		c.Flags |= Armed
		if c.Process == EndOpen && c.Inst != 0 && r.w.Insts[c.Inst-1].Proc == ProcLogin && c.Link == LinkUp {
			in := &r.w.Insts[c.Inst-1]
			in.Proc = ProcIn
			in.Flags = in.Flags&^Rejected | Served
		}
	}
}

func (r *run) anyWaiting() bool {
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.At == BuildWaiting && b.Worker == r.id && b.Flags&Orphaned == 0 {
			return true
		}
	}
	return false
}
