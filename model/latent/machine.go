package latent

// The latent machine, AbstractLatentMachine: a computer that is started before
// the instances on it and stopped when no build has needed it for a while.
//
//	substantiate  STARTED               yes
//	              STARTING              waits for the start
//	              STOPPING              waits for the stop, then asks again
//	              STOPPED -> STARTING   start_machine; whoever asked waits for it
//	start_machine ok -> STARTED         missing timer; answers yes
//	              failed                insubstantiates every worker, waits for all
//	                     -> STOPPED     answers no
//	_stop         a build, or STARTING  ignored
//	              -> STOPPING           insubstantiates every worker, waits for all; stop_machine
//	                     -> STOPPED     wakes whoever waits for the stop
//	reconfigured  * -> STOPPED          the notifiers are replaced: their waiters wait for ever; calls
//	                                    and timers go on

// A MachineAt is AbstractLatentMachine.state.
type MachineAt uint8

const (
	MachineStopped MachineAt = iota
	MachineStarting
	MachineStarted
	MachineStopping
)

func (m MachineAt) String() string {
	return [...]string{"STOPPED", "STARTING", "STARTED", "STOPPING"}[m]
}

// A MachineDoing is what the machine's coroutines wait for, and its timers. A
// reconfiguration sets the state back without ending them.
type MachineDoing uint8

const (
	machineStartCall MachineDoing = 1 << iota // start_machine
	machineFailing                            // workers being insubstantiated after a failed start
	machineEmptying                           // workers being insubstantiated before a stop
	machineStopCall                           // stop_machine
	machineMissing                            // its missing timer
	machineWait                               // its build wait timer
)

// Has reports whether start_machine and stop_machine are under way, and whether
// the missing and the build wait timer are armed.
func (d MachineDoing) Has() (starts, stops, missing, wait bool) {
	return d&machineStartCall != 0, d&machineStopCall != 0, d&machineMissing != 0, d&machineWait != 0
}

var machineDoingNames = []string{"start_machine", "failing", "emptying", "stop_machine", "missing timer", "wait timer"}

func (d MachineDoing) View() any { return members(d, machineDoingNames) }

// machineDoes notes that a coroutine of the machine begins to wait. Two at the
// same point are more than the model keeps apart.
func (r *run) machineDoes(d MachineDoing) {
	if r.m.Doing&d != 0 {
		r.happens(Overflow)
	}
	if d == machineStartCall && r.m.Doing&machineStopCall != 0 || d == machineStopCall && r.m.Doing&machineStartCall != 0 {
		r.happens(MachineOverlap)
	}
	r.m.Doing |= d
}

// machineSubstantiate is machine.substantiate on behalf of the _substantiate f.
func (r *run) machineSubstantiate(f Frame) {
	switch r.m.Machine {
	case MachineStarted:
		r.acquire(f)
	case MachineStarting:
		r.waitForMachine(f)
	case MachineStopping:
		r.waitForMachine(f | frameMStop)
	case MachineStopped:
		r.m.Machine = MachineStarting
		r.machineDoes(machineStartCall)
		r.waitForMachine(f | frameMCaller)
		if r.c.Eager {
			r.wakeOthers()
		}
	}
}

// wakeOthers substantiates every other worker of the machine, as workers that
// start without being asked for are.
func (r *run) wakeOthers() {
	own := r.id
	for i := range r.all {
		if r.focus(uint8(i)); uint8(i) != own {
			r.substantiate()
		}
	}
	r.focus(own)
}

func (r *run) waitForMachine(f Frame) {
	for i := range r.w.OnMachine {
		if r.w.OnMachine[i] == 0 {
			r.w.OnMachine[i] = f
			return
		}
	}
	r.happens(Overflow)
}

// machineCalled is start_machine returning.
func (r *run) machineCalled(ok bool) {
	r.m.Doing &^= machineStartCall
	if ok {
		r.m.Doing |= machineMissing
		r.machineUp(MachineStarted)
		return
	}
	r.machineDoes(machineFailing)
	r.emptyMachine()
}

// emptyMachine insubstantiates every worker and waits for all of them.
func (r *run) emptyMachine() {
	own := r.id
	r.m.MLeft = uint8(len(r.all))
	for i := range r.all {
		r.focus(uint8(i))
		r.insubstantiate(ins(ByMachine, FrameForMachine))
	}
	r.focus(own)
}

// machineEmptied is the end of one of those insubstantiations.
func (r *run) machineEmptied() {
	if r.m.MLeft == 0 {
		return
	}
	if r.m.MLeft--; r.m.MLeft > 0 {
		return
	}
	if r.m.Doing&machineFailing != 0 {
		r.m.Doing &^= machineFailing
		r.machineUp(MachineStopped)
		return
	}
	r.m.Doing &^= machineEmptying
	r.machineDoes(machineStopCall)
}

// machineUp ends a start, well or not: the notifier is told first, whoever
// asked for the start goes on after it.
func (r *run) machineUp(to MachineAt) {
	r.m.Machine = to
	for _, caller := range []Frame{0, frameMCaller} {
		r.wakeFromMachine(func(f Frame) bool { return f&frameMStop == 0 && f&frameMCaller == caller }, to)
	}
}

// machineStopped is stop_machine returning.
func (r *run) machineStopped() {
	r.m.Doing &^= machineStopCall
	r.m.Machine = MachineStopped
	r.wakeFromMachine(func(f Frame) bool { return f&frameMStop != 0 }, MachineStopped)
}

// wakeFromMachine resumes those who wait for the machine and satisfy which.
func (r *run) wakeFromMachine(which func(Frame) bool, to MachineAt) {
	own := r.id
	for i := range r.all {
		r.focus(uint8(i))
		woken := [len(r.w.OnMachine)]Frame{}
		for k, f := range r.w.OnMachine {
			if f != 0 && f&frameMLost == 0 && which(f) {
				woken[k], r.w.OnMachine[k] = f, 0
			}
		}
		for _, f := range woken {
			plain := f &^ (frameMStop | frameMCaller)
			switch {
			case f == 0 || !r.burn():
			case f&frameMStop != 0:
				r.machineSubstantiate(plain)
			case to == MachineStarted:
				r.acquire(plain)
			default:
				r.acquire(plain | frameMFailed)
			}
			r.focus(uint8(i))
		}
		if r.w.OnMachine[0] == 0 {
			r.w.OnMachine[0], r.w.OnMachine[1] = r.w.OnMachine[1], 0
		}
	}
	r.focus(own)
}

// machineTimer is the machine's _stop, called by its timers.
func (r *run) machineTimer(timer MachineDoing) {
	r.m.Doing &^= timer
	for i := range r.all {
		if r.all[i].anyBusy(r.c) {
			return
		}
	}
	switch r.m.Machine {
	case MachineStarted, MachineStopped:
		r.m.Machine = MachineStopping
		r.machineDoes(machineEmptying)
		r.emptyMachine()
	}
}

// machineChanged is reconfigService of the machine with a changed setting.
func (r *run) machineChanged() {
	r.m.Machine = MachineStopped
	for i := range r.all {
		for k := range r.all[i].OnMachine {
			if f := r.all[i].OnMachine[k]; f != 0 && f&frameMCaller == 0 {
				r.all[i].OnMachine[k] |= frameMLost
			}
		}
	}
}

// machineBuildEnds is machine.notifyBuildFinished.
func (r *run) machineBuildEnds() {
	r.m.Doing |= machineWait
	for i := range r.all {
		if r.all[i].anyBusy(r.c) {
			r.m.Doing &^= machineWait
		}
	}
}
