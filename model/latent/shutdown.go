package latent

// Stopping and reconfiguring the master. Both hold the master-wide lock from
// beginning to end.
//
//	stop      gate -> Dist      the distributor comes to rest
//	          Dist -> Builds    every build is stopped (retry); one that does not wait for its
//	                            worker's command has its worker insubstantiated; pings are aborted
//	          Builds -> Record  once no builder lists a build
//	          Record -> Services  database; every worker's stopService begins
//	          Services -> Stopped
//	reconfig  gate -> Builders  configuration and builders, database
//	          Builders -> Worker  worker removed: its stopService is awaited, then it is disowned
//	          Builders -> List    builders changed: updateWorker, awaited if the list changed

func (r *run) queueAtGate(who uint8) {
	for i := range r.m.Gate {
		if r.m.Gate[i] == 0 {
			r.m.Gate[i] = who
			return
		}
	}
	r.happens(Overflow)
}

// openGate releases the master-wide lock: logins pass one after the other, until
// a reconfiguration or the master's stop takes it.
func (r *run) openGate() {
	r.m.Init = GateFree
	for r.m.Init == GateFree && r.m.Gate[0] != 0 && r.burn() {
		next := r.m.Gate[0]
		copy(r.m.Gate[:], r.m.Gate[1:])
		r.m.Gate[maxGate-1] = 0
		switch {
		case next == uint8(GateReconfig):
			r.m.Init = GateReconfig
		case next == uint8(GateStop):
			r.masterBegins()
		default:
			r.focus(gateWorker(next))
			r.admit(int(gateConn(next)))
		}
	}
}

// stopMaster is the master's stopService: SIGTERM.
func (r *run) stopMaster() {
	r.m.ask(AskStop)
	if r.m.Init != GateFree {
		r.m.Stop = MasterGate
		r.queueAtGate(uint8(GateStop))
		return
	}
	r.masterBegins()
}

func (r *run) masterBegins() {
	r.m.Init = GateStop
	r.m.Stop = MasterDist
	if r.m.Dist == DistIdle {
		r.distributorRests()
	}
}

// distributorRests: nothing is being claimed any more, and nothing will be.
func (r *run) distributorRests() {
	r.m.Dist, r.m.Kick = DistOff, 0
	r.stopBuilds()
}

// listed reports whether a builder lists build i as being made.
func (b *Build) listed() bool {
	return b.At >= BuildAdding && b.At <= BuildFinishing || b.At == BuildLost
}

// stopBuilds is one round of cleanShutdown.
func (r *run) stopBuilds() {
	r.m.Stop = MasterBuilds
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if !b.listed() {
			continue
		}
		r.build(i)
		building := r.isBuilding(i)
		if b.At == BuildAdding && r.c.on(FinishedLate) {
			b.Flags |= Unheard
		}
		// Only its own interrupt is waited for: one that somebody has asked for
		// already makes the second return at once, and so does a process that does
		// not know the builder any more.
		if b.At == BuildRunning && b.Flags&Interrupted == 0 && !r.lacks(b.Conn, i) {
			b.Flags |= Timed
		}
		r.stopBuild(i, Retry)
		if !building {
			r.insubstantiateFor(i)
		}
	}
	if r.m.Stop == MasterFailed {
		return
	}
	for i := range r.m.Build {
		if r.m.Build[i].listed() && !r.c.on(PingsKept) {
			r.abortPing(i)
		}
	}
	r.buildsFinished()
}

// isBuilding reports whether the WorkerForBuilder of build i is BUILDING.
func (r *run) isBuilding(i int) bool {
	if f := r.m.Build[i].Flags; f&Bereft != 0 {
		return f&WasBuilding != 0
	}
	return *r.wfb(i)&wfbState == WFBBuilding
}

// abortPing is abortPingIfAny: whoever watches a ping is told that it failed.
func (r *run) abortPing(i int) {
	b := r.build(i)
	if b.Flags&Bereft == 0 {
		*r.wfb(i) &^= WFBPinging
	}
	if b.At == BuildPing {
		r.prepareFailed(i, failed)
	}
}

// insubstantiateFor is the shutdown's own cancellation of build i's worker.
func (r *run) insubstantiateFor(i int) {
	if r.m.Build[i].Flags&Bereft == 0 {
		r.insubstantiate(ins(ByStop, 0))
		return
	}
	if !r.c.on(NoneTolerated) {
		r.happens(NoneUsed | StopBroke)
		r.m.Stop = MasterFailed
	}
}

// buildsFinished lets the shutdown go on when no build is listed any more.
func (r *run) buildsFinished() {
	if r.m.Stop != MasterBuilds {
		return
	}
	for i := range r.m.Build {
		if r.m.Build[i].listed() || r.m.Build[i].Flags&Unheard != 0 {
			return
		}
	}
	r.m.Stop = MasterRecord
}

// recordedStop: the database knows that the master stops; now its services do.
func (r *run) recordedStop() {
	r.m.Stop = MasterServices
	for i := range r.all {
		r.focus(uint8(i))
		if r.w.Flags&Removed == 0 && r.w.Stop == StopIdle {
			r.stopService(StopIdle)
		}
	}
	r.servicesStopped()
}

// servicesStopped ends the shutdown when every worker has stopped.
func (r *run) servicesStopped() {
	if r.m.Stop != MasterServices {
		return
	}
	for i := range r.all {
		if r.all[i].Stop != StopDone && r.all[i].Flags&Removed == 0 {
			return
		}
	}
	r.m.Stop = MasterStopped
	r.openGate()
}

// reconfigure begins a reconfiguration that was asked for.
func (r *run) reconfigure(what Request) {
	r.m.ask(what)
	r.m.Conf = map[Request]ReconfAt{AskRemove: ReconfBuilders, AskReassign: ReconfReassign, AskMachine: ReconfMachine}[what]
	if r.m.Init != GateFree {
		r.queueAtGate(uint8(GateReconfig))
		return
	}
	r.m.Init = GateReconfig
}

// reconfBuilders: the builders have their new configuration.
func (r *run) reconfBuilders() {
	r.focus(0)
	switch r.m.Conf {
	case ReconfMachine:
		r.machineChanged()
		r.reconfEnds()
		return
	case ReconfBuilders:
		for b := range r.c.Builders {
			r.w.WFB[b] &^= WFBListed
		}
		r.m.Gone = 1<<r.c.Builders - 1
		r.m.Conf = ReconfWorker
		r.stopService(StopIdle)
		return
	}
	r.upset()
	last := r.c.Builders - 1
	r.m.Gone ^= 1 << last
	if r.m.Gone>>last&1 == 1 {
		r.w.WFB[last] &^= WFBListed
	}
	if r.m.Without == r.m.Gone && !r.c.on(ChangeNoticed) {
		r.reconfEnds() // as far as the worker knows nothing has changed
		return
	}
	if !r.c.on(NoSibling) {
		r.updateWFBs()
	}
	switch w := r.w; {
	case w.Conn == 0:
		r.m.Without = r.m.Gone
	case w.Conns[w.Conn-1].Master >= EndLosing: // the call raises
	case w.Conns[w.Conn-1].Login < LoginList:
		// The list is sent ahead of that of the login. That its answer takes
		// time is not told apart.
		r.listUpdated()
		return
	default:
		r.m.Conf = ReconfList
		return
	}
	r.reconfEnds()
}

// upset is what reconfiguring a worker used to break.
func (r *run) upset() {
	w := r.w
	if r.c.on(PasswordChanges) && w.State != NotSubstantiated && w.State != ShutDown && w.Memory != 0 {
		w.Insts[w.Memory-1].Flags |= Mute // it has the old password
	}
	if !r.c.on(RecreateNotifier) {
		return
	}
	for i := range r.m.Build {
		if r.m.Build[i].At == BuildWaiting {
			r.m.Build[i].Flags |= Orphaned
		}
	}
	if w.Beside == 0 {
		w.Holder, w.Beside = 0, w.Holder
	}
	w.Waits = 0
}

// listUpdated: the worker has taken the changed list, and its builders attach
// again.
func (r *run) listUpdated() {
	r.focus(0)
	r.w.Conns[r.w.Conn-1].Lacks = r.m.Gone
	r.m.Without = r.m.Gone
	for b := range r.c.Builders {
		if r.listed()>>b&1 == 1 {
			r.w.WFB[b].attach()
		}
	}
	r.reconfEnds()
}

// reconfEnds releases the lock.
func (r *run) reconfEnds() {
	r.m.Conf = ReconfIdle
	r.openGate()
}
