package latent

import "slices"

// The interpreter. A run is one step under way: the state it changes, the
// worker it is about, and how much longer code may run before it counts as an
// endless loop. Coroutines are plain methods: what Python resumes inside a
// release or a notification is called inside it here too, so that the order is
// the same.
//
//	rule of protocol            here
//	R1, R2  run to a wait       a method runs until it stores where it waits
//	R3, R5  firing a notifier   fire, waitersDone: calls the waiters, oldest first
//	R4      DeferredLock        acquire, release
//	R6      DeferWaiter         background, backgroundDone
//	R8      eventually          settle, at the end of the step
type run struct {
	c     *Config
	m     *Master
	all   []Worker
	w     *Worker // the worker this step is about
	id    uint8   // its index
	fuel  int     // calls left before the step counts as endless
	after turn    // what the master put off to the next turn of the reactor
	kept  []int   // if not nil: which connection each of worker 0 was before the step
}

// turn is what is to be done when the present event has been dealt with.
type turn struct {
	lost [maxWorkers]uint8 // of each worker the connections that are closing, a bit each
	soft uint8             // workers with a callLater(0, _soft_disconnect), a bit each
	ping uint8             // builds that ping next, where that wait for the database is not told apart
}

// enough calls for any step of a scope within the capacities; steps that need
// more were found to be endless loops.
const enough = 400

// burn counts a call. It reports false when the step will not come to an end.
func (r *run) burn() bool {
	r.fuel--
	if r.fuel <= 0 {
		r.happens(Endless)
		return false
	}
	return true
}

// happens notes an event of this step.
func (r *run) happens(e Events) { r.m.Events |= e }

// focus turns to worker id.
func (r *run) focus(id uint8) { r.id, r.w = id, &r.all[id] }

// acquire is self._start_stop_lock.acquire(): f is resumed now or queued.
func (r *run) acquire(f Frame) {
	switch {
	case r.w.Holder == 0:
		r.w.Holder = f
		r.resume(f)
	case r.c.on(NoLock) && f.Kind() != FrameStop && r.w.Beside == 0:
		r.w.Beside = f
		r.resume(f)
	default:
		for i := range r.w.Queue {
			if r.w.Queue[i] == 0 {
				r.w.Queue[i] = f
				return
			}
		}
		r.happens(Overflow)
	}
}

// release hands the lock to the longest waiter and runs it until it waits.
func (r *run) release(f Frame) {
	if r.w.Beside != 0 && r.w.Beside&^frameHung == f&^frameHung {
		r.w.Beside = 0
		return
	}
	next := r.w.Queue[0]
	copy(r.w.Queue[:], r.w.Queue[1:])
	r.w.Queue[maxQueue-1] = 0
	r.w.Holder = next
	if next != 0 {
		r.resume(next)
	}
}

func (r *run) resume(f Frame) {
	if !r.burn() {
		return
	}
	switch f.Kind() {
	case FrameSub:
		r.startLocked(f)
	case FrameIns:
		r.stopLocked(f)
	case FrameStop:
		r.release(f)
		r.stopService(StopSoft)
	}
}

// background is self._deferwaiter.add(d) for a d that has not fired.
func (r *run) background() {
	if r.w.Waits == 0xff {
		r.happens(Overflow)
		return
	}
	r.w.Waits++
}

// backgroundDone is the end of a background operation: at zero whoever waits
// for all of them goes on.
func (r *run) backgroundDone() {
	if r.w.Waits == 0 {
		return // never counted: untracked variants
	}
	r.w.Waits--
	if r.w.busy() || !r.burn() {
		return
	}
	switch r.w.Stop {
	case StopBackground:
		r.stopService(StopBackground)
	case StopTail:
		r.stopDone()
	}
}

// stuck counts background operations that will never end.
func (r *run) stuck(n uint8) {
	r.w.Stuck = min(r.w.Stuck+n, 0xf0)
	if !r.c.Exact {
		r.w.Stuck = min(r.w.Stuck, 1)
	}
}

// collapse drops waiting insubstantiations that will find nothing to do: of
// several in a row the first stops the instance, the second may cancel a
// substantiation that was asked for meanwhile, the others have no effect. What
// waits for a dropped one waits for its neighbour, which ends in the same step.
//
// Where a waiting one may turn out to be void, those that never are must not
// be dropped on account of it.
func (w *Worker) collapse(void bool) {
	const special = FrameForce | FrameForSoft | FrameForBase | FrameForMachine | frameThenClose | frameVoid
	row := 0
	if w.Holder.Kind() == FrameIns {
		row = 1
	}
	for i := 0; i < maxQueue; i++ {
		f := &w.Queue[i]
		if f.Kind() != FrameIns || *f&special != 0 || void && f.origin() == ByStop {
			row = 0
			continue
		}
		row++
		if row <= 2 || i == 0 {
			continue
		}
		before := &w.Queue[i-1]
		if *f&*before&FrameTracked != 0 {
			w.Waits--
		}
		*before |= *f & FrameTracked
		copy(w.Queue[i:], w.Queue[i+1:])
		w.Queue[maxQueue-1] = 0
		i--
		row--
	}
}

// busy reports whether background operations are not done.
func (w *Worker) busy() bool { return w.Waits > 0 || w.Stuck > 0 }

// settle does what was put off to the next turn, then forgets what no longer
// matters, so that states differ only in what can make a difference.
func (r *run) settle() {
	for r.after != (turn{}) && r.burn() {
		for id := range r.all {
			r.nextTurn(uint8(id))
		}
		if r.after.soft == 0 && r.after.lost == ([maxWorkers]uint8{}) {
			r.nextPings()
		}
	}
	if r.m.Events&Endless != 0 {
		r.halt()
		return
	}
	for i := range r.all {
		r.focus(uint8(i))
		r.tidy()
	}
	r.tidyMaster()
}

// nextTurn does what was put off for one worker.
func (r *run) nextTurn(id uint8) {
	if bit := uint8(1) << id; r.after.soft&bit != 0 {
		r.after.soft &^= bit
		r.focus(id)
		r.softDisconnect(ByIdle, 0)
	}
	for k := range MaxConns {
		if bit := uint8(1) << k; r.after.lost[id]&bit != 0 {
			r.after.lost[id] &^= bit
			r.focus(id)
			r.connectionLost(k)
		}
	}
}

// nextPings has builds ping whose wait for the database takes no time. That is
// still a later turn: a connection that is being lost is gone by then.
func (r *run) nextPings() {
	for i := range r.m.Build {
		if bit := uint8(1) << i; r.after.ping&bit != 0 {
			r.after.ping &^= bit
			if r.m.Build[i].At == BuildPingState {
				r.pinging(i)
			}
		}
	}
}

// halt makes the state of a master that never returns to its reactor: nothing
// can happen any more, and what it would have done is not worth telling apart.
func (r *run) halt() {
	*r.m = Master{Events: Endless, Stop: MasterSpins}
	for i := range r.all {
		r.all[i] = Worker{}
	}
}

// tidy forgets connections that neither end will hear of again.
func (r *run) tidy() {
	w := r.w
	if !r.c.Exact {
		w.collapse(r.c.on(StopOnlyOwn) || r.c.on(IdleRechecked))
	}
	for k := MaxConns - 1; k >= 0; k-- {
		c := &w.Conns[k]
		over := c.Login == LoginNone || c.Login == LoginIn
		if c.Used && over && c.Master == EndGone && c.Process == EndGone && c.Flags&Delivers == 0 && !r.needed(k) {
			r.forget(k)
		}
	}
	if w.Registered == stale && !w.managed() {
		w.Registered = 0 // nobody will look for the entry
	}
	for i := MaxInsts - 1; i >= 0; i-- {
		if w.Insts[i] == (Inst{}) && i+1 < MaxInsts && w.Insts[i+1] != (Inst{}) {
			r.shiftInsts(i)
		}
	}
}

// managed reports whether a connection's loss would remove the manager's entry.
func (w *Worker) managed() bool {
	for k := range w.Conns {
		if w.Conns[k].Flags&Manager != 0 {
			return true
		}
	}
	return false
}

// needed reports whether something still refers to connection k.
func (r *run) needed(k int) bool {
	if int(r.w.Conn) == k+1 || int(r.w.Pending) == k+1 {
		return true
	}
	for i := range r.m.Build {
		b := &r.m.Build[i]
		if b.Worker == r.id && int(b.Conn) == k+1 {
			return true
		}
	}
	return false
}

// forget removes connection k and moves younger ones down, so that their order
// is that of their age in every state.
func (r *run) forget(k int) {
	w := r.w
	if r.kept != nil && r.id == 0 {
		r.kept = slices.Delete(r.kept, k, k+1)
	}
	if int(w.Registered) == k+1 {
		w.Registered = stale
	}
	if int(w.StopOn) == k+1 {
		w.StopOn = 0 // a notifier nobody will fire
	}
	// Who still waits for this connection waits for ever: that there is one is
	// all that can make a difference.
	w.Waits -= w.Conns[k].Tracked
	r.stuck(w.Conns[k].Tracked)
	copy(w.Conns[k:], w.Conns[k+1:])
	w.Conns[MaxConns-1] = Conn{}
	down := func(x *uint8) {
		if *x != stale && int(*x) > k+1 {
			*x--
		}
	}
	down(&w.Conn)
	down(&w.Registered)
	down(&w.Pending)
	down(&w.StopOn)
	for j := range w.Conns {
		down(&w.Conns[j].Pings)
	}
	for i := range r.m.Build {
		if r.m.Build[i].Worker == r.id {
			down(&r.m.Build[i].Conn)
		}
	}
	for i, g := range r.m.Gate {
		if g >= gateLogin && gateWorker(g) == r.id && int(gateConn(g)) > k {
			r.m.Gate[i]--
		}
	}
}

// tidyMaster forgets wake-ups that cannot wake anything: a request that comes
// back brings its own.
func (r *run) tidyMaster() {
	for b := range r.c.Builders {
		if r.m.Kick>>b&1 == 1 && r.c.oldest(r.m, b) < 0 {
			r.m.Kick &^= 1 << b
		}
	}
	if r.m.Dist == DistOff && !r.c.Exact {
		r.forgetRequests()
	}
	if r.m.Stop == MasterStopped {
		r.leave()
	}
}

// forgetRequests forgets what only the distributor would have looked at: it
// will not run again.
func (r *run) forgetRequests() {
	for i := range r.m.Build {
		if b := &r.m.Build[i]; !b.listed() && b.Flags&Unheard == 0 {
			*b = Build{}
		}
	}
	for i := range r.all {
		r.all[i].Timers &^= TimerQuarantine
	}
}

// leave closes everything: the master's process has ended.
func (r *run) leave() {
	for i := range r.all {
		w := &r.all[i]
		insts, flags := w.Insts, w.Flags
		*w = Worker{Insts: insts, Flags: flags & Owed, State: ShutDown, Stop: StopDone, Memory: w.Memory}
	}
}

func (r *run) shiftInsts(i int) {
	w := r.w
	copy(w.Insts[i:], w.Insts[i+1:])
	w.Insts[MaxInsts-1] = Inst{}
	down := func(x *uint8) {
		if int(*x) > i+1 {
			*x--
		}
	}
	down(&w.Memory)
	for k := range w.Conns {
		down(&w.Conns[k].Inst)
	}
}
