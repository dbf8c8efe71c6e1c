package latent

// The build request distributor: one activity at a time.
//
//	idle, asked to look at a builder  -> samples the workers that can take a build, picks the
//	                                     oldest pending request -> claiming, or idle
//	claiming  database: claimed       -> the build begins; whether the worker can still take
//	                                     it is not looked at again
//	off                               -> disowned by a shutdown: starts nothing
//
// A sample that finds nothing to do is not a step: asking again changes nothing.

func (r *run) kick(builder uint8) {
	if r.m.Dist != DistOff {
		r.m.Kick |= 1 << builder
	}
}

// kickWorker is botmaster.maybeStartBuildsForWorker.
func (r *run) kickWorker() { r.m.Kick |= r.listed() * notOff(r.m) }

func notOff(m *Master) uint8 {
	if m.Dist == DistOff {
		return 0
	}
	return 1
}

// available reports whether worker w would take a build of builder b now.
func (c *Config) available(w *Worker, b int) bool {
	f := w.WFB[b]
	if f&WFBListed == 0 || f.busy() || w.Flags&(Graceful|Misfit) != 0 || w.Flags&(Paused|PauseLost) == Paused ||
		w.Timers&TimerQuarantine != 0 {
		return false
	}
	if c.on(StateGates) && (w.State == Insubstantiating || w.State == InsubstantiatingSubstantiating) {
		return false
	}
	busy := 0
	for i := range c.Builders {
		if w.WFB[i]&WFBKnown != 0 && w.WFB[i].busy() {
			busy++
		}
	}
	return !(w.Conn == 0 && busy > 0) && (c.MaxBuilds == 0 || busy < c.MaxBuilds)
}

// oldest returns the oldest pending request of builder b, or -1.
func (c *Config) oldest(m *Master, b int) int {
	for i := b; i < c.Builds; i += c.Builders {
		if m.Build[i].At == BuildPending {
			return i
		}
	}
	return -1
}

// distribute begins to claim the oldest request of builder b for a worker that
// can take it. While it has others the distributor looks again after that.
func (r *run) distribute(b int, worker uint8) {
	if len(r.all) == 1 {
		r.m.Kick &^= 1 << b
	}
	request := r.c.oldest(r.m, b)
	if r.all[worker].Flags&Paused != 0 {
		r.happens(PausedStart)
	}
	if r.all[worker].Left() {
		r.happens(StoppedTaken)
	}
	r.m.Dist = DistClaim
	r.m.Claim = uint8(request + 1)
	r.m.On = worker
	r.m.Build[request].At = BuildClaiming
	r.m.Build[request].Worker = worker
}

// claimed begins the build: _startBuildFor, in one step.
func (r *run) claimed() {
	i := int(r.m.Claim - 1)
	b := r.build(i)
	r.m.Dist, r.m.Claim, r.m.On = DistIdle, 0, 0
	switch {
	case b.Flags&Bereft != 0 && r.c.on(DropTolerated):
		*b = Build{At: BuildPending, Flags: b.Flags & (Doomed | Dropped)}
		r.kick(uint8(r.builder(i)))
	case b.Flags&Bereft != 0:
		r.happens(NoneUsed)
		r.breaks(i) // None.setupProperties; the request stays claimed
	default:
		r.wfb(i).set(WFBBuilding)
		r.disarm(TimerWait)
		r.m.Doing &^= machineMissing
		b.At = BuildAdding
	}
	if r.m.Stop > MasterGate {
		r.distributorRests()
	}
}
