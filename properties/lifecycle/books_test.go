package lifecycle

import (
	"slices"

	"github.com/quiesce/quiesce/model/latent"
)

// own makes a claim about the model's own books: who refers to whom, what is
// kept and what is forgotten. That is nothing a user asks about, so that only
// mutants are asked; some of them are violated in some stands, by defects that
// other claims are about.
func own(name, says string, holds func(view) bool) claim {
	return claim{name: name, says: says, holds: holds}
}

// solidBooks are those that no version and no switch violates.
var solidBooks = []string{"a loss is dealt with once", "a reset is heard at both ends", "instances stand in order", "an old entry is kept for somebody",
	"the provider stops what it knows", "what waits in vain is forgotten", "a half that is awaited is under way", "a disconnection that is awaited is known",
	"a stop that waits for the lock is in its queue",
	"a stop waits for what it says", "an interrupted step has its result", "marks of a step end with it",
	"marks of a build end with it", "a request is free", "who hears of a cancelled request stops",
	"a builder is busy with a build", "only a builder with a request is looked at",
	"a request is claimed for its worker", "nothing happens that nobody has asked for",
	"the master-wide lock has its holder", "a master that shuts down has no quarantine",
	"a machine waits for its workers"}

// ownBooks returns the claims about the model's own books in the scope of c.
func ownBooks(c *latent.Config) []claim {
	return slices.Concat(booksOfConnections(), booksOfWorkers(c), booksOfStops(), booksOfBuilds(c), booksOfMaster(c),
		booksOfTimers(), booksOfMachine(c))
}

// every makes a claim about every worker.
func every(p func(*latent.Worker) bool) func(view) bool {
	return not(some(func(w *latent.Worker) bool { return !p(w) }))
}

// used makes a claim about every connection.
func used(p func(*latent.Worker, *latent.Conn) bool) func(view) bool {
	return not(connection(func(w *latent.Worker, c *latent.Conn) bool { return !p(w, c) }))
}

func booksOfConnections() []claim {
	return []claim{
		own("a loss is dealt with once", "nobody listens any more to a connection whose loss is being dealt with",
			used(func(_ *latent.Worker, c *latent.Conn) bool {
				return c.Flags&latent.Delivers == 0 || c.Flags&(latent.Armed|latent.Manager|latent.Listens) == 0
			})),
		own("who has left is gone", "a connection that its process has left belongs to no instance, and nothing is on its way to it",
			used(func(_ *latent.Worker, c *latent.Conn) bool {
				return c.Process == latent.EndOpen || c.Inst == 0 && c.Flags&latent.Refusal == 0
			})),
		own("a reset is heard at both ends", "a connection that was reset is closed like any other once one of its ends knows",
			used(func(_ *latent.Worker, c *latent.Conn) bool {
				return c.Link != latent.LinkReset || c.Master != latent.EndGone && c.Process != latent.EndGone
			})),
		own("a disconnection has a notifier", "a disconnection that is being dealt with is the one whose notifier is kept",
			every(func(w *latent.Worker) bool {
				for k := range w.Conns {
					if w.Conns[k].Flags&latent.Delivers != 0 && int(w.Pending) != k+1 {
						return false
					}
				}
				return true
			})),
		own("who is online is connected", "a process at its login, or logged in, is at the far end of a connection",
			every(func(w *latent.Worker) bool {
				for i := range w.Insts {
					p := w.Insts[i].Proc
					if (p == latent.ProcLogin || p == latent.ProcIn) && !slices.ContainsFunc(w.Conns[:], func(c latent.Conn) bool {
						return c.Used && int(c.Inst) == i+1 && c.Process == latent.EndOpen
					}) {
						return false
					}
				}
				return true
			})),
	}
}

func booksOfWorkers(c *latent.Config) []claim {
	out := []claim{
		own("instances stand in order", "there is no free place before an instance",
			every(func(w *latent.Worker) bool {
				for i := 1; i < len(w.Insts); i++ {
					if w.Insts[i] != (latent.Inst{}) && w.Insts[i-1] == (latent.Inst{}) {
						return false
					}
				}
				return true
			})),
		own("an old entry is kept for somebody", "that the manager's entry is of a connection long gone is kept only while somebody may remove it",
			every(func(w *latent.Worker) bool {
				return w.Registered <= latent.MaxConns || slices.ContainsFunc(w.Conns[:], func(c latent.Conn) bool {
					return c.Flags&latent.Manager != 0
				})
			})),
		own("the provider stops what it knows", "the instance that would be stopped exists and is not one that was forgotten",
			every(func(w *latent.Worker) bool {
				return w.Memory == 0 || w.Insts[w.Memory-1] != (latent.Inst{}) && w.Insts[w.Memory-1].Flags&latent.Leaked == 0
			})),
		own("an instance starts while it is started", "a start that has not returned holds the lock",
			every(func(w *latent.Worker) bool {
				return !slices.ContainsFunc(w.Insts[:], func(in latent.Inst) bool { return in.Flags&latent.Slow != 0 }) ||
					w.Holder.Kind() == latent.FrameSub || w.Beside.Kind() == latent.FrameSub
			})),
		own("background operations are counted", "there are as many background operations as are counted",
			every(func(w *latent.Worker) bool { return int(w.Waits) == counted(w) })),
	}
	if !c.Exact {
		out = append(out, own("what waits in vain is forgotten", "of insubstantiations that nothing tells apart no more than two wait in a row",
			every(func(w *latent.Worker) bool { return folded(c, w) })))
	}
	return out
}

// counted is how many background operations a worker has, by what is under way.
func counted(w *latent.Worker) (n int) {
	for k := range w.Conns {
		n += int(w.Conns[k].Tracked)
	}
	for _, f := range frames(w) {
		if f&latent.FrameTracked != 0 {
			n++
		}
		if f.Kind() == latent.FrameCheck {
			n++
		}
	}
	if w.Halves&(latent.BaseConn|latent.BaseIns) != 0 {
		n++
	}
	return n
}

// frames are the coroutines that hold the lock or wait for it.
func frames(w *latent.Worker) []latent.Frame {
	return append([]latent.Frame{w.Holder, w.Beside}, w.Queue[:]...)
}

// folded is what collapse is for, told in another way. The bits of a Frame that
// have no name here are those of state.go: closed after it, void, its origin.
func folded(c *latent.Config, w *latent.Worker) bool {
	const special = latent.FrameForce | latent.FrameForSoft | latent.FrameForBase | latent.FrameForMachine | 1<<14 | 1<<15
	kept := c.Rule[latent.StopOnlyOwn] || c.Rule[latent.IdleRechecked]
	alike := func(i int) bool {
		f := w.Queue[i]
		return f.Kind() == latent.FrameIns && f&special == 0 && !(kept && latent.Origin(f>>9&15) == latent.ByStop)
	}
	if w.Holder.Kind() == latent.FrameIns && alike(0) && alike(1) {
		return false
	}
	for i := 2; i < len(w.Queue); i++ {
		if alike(i) && alike(i-1) && alike(i-2) {
			return false
		}
	}
	return true
}

func booksOfStops() []claim {
	carries := func(w *latent.Worker, flag latent.ConnFlags) bool {
		return slices.ContainsFunc(w.Conns[:], func(c latent.Conn) bool { return c.Used && c.Flags&flag != 0 })
	}
	waits := func(w *latent.Worker, flag latent.Frame) bool {
		return slices.ContainsFunc(frames(w), func(f latent.Frame) bool { return f&flag != 0 })
	}
	return []claim{
		own("a half that is awaited is under way", "a soft disconnect waits for a disconnection or a stop that knows of it",
			every(func(w *latent.Worker) bool {
				return (w.Halves&latent.SoftIns != 0) == waits(w, latent.FrameForSoft) &&
					(w.Halves&latent.BaseIns != 0) == waits(w, latent.FrameForBase)
			})),
		own("a disconnection that is awaited is known", "a soft disconnect waits for the connections that are marked for it",
			every(func(w *latent.Worker) bool {
				return (w.Halves&latent.SoftConn != 0) == carries(w, latent.ForSoft) && (w.Halves&latent.BaseConn != 0) == carries(w, latent.ForBase)
			})),
		own("a stop that waits for the lock is in its queue", "a stopService waits for the start/stop lock if and only if it is queued",
			every(func(w *latent.Worker) bool {
				return (w.Stop == latent.StopLock) == slices.ContainsFunc(w.Queue[:], func(f latent.Frame) bool { return f.Kind() == latent.FrameStop })
			})),
		own("a stop waits for what it says", "a stopService says where it waits",
			every(func(w *latent.Worker) bool {
				return (w.StopOn == 0 || w.Stop == latent.StopPending) &&
					(w.Stop != latent.StopSoft || w.Halves&(latent.SoftConn|latent.SoftIns) != 0) &&
					(w.Halves&(latent.SoftConn|latent.SoftIns) == 0 || w.Stop == latent.StopSoft)
			})),
	}
}

func booksOfBuilds(c *latent.Config) []claim {
	all := func(p func(*latent.Build) bool) func(view) bool {
		return not(build(func(b *latent.Build) bool { return !p(b) }))
	}
	return []claim{
		own("an interrupted step has its result", "a step that is being interrupted is no success any more",
			all(func(b *latent.Build) bool { return b.Flags&latent.Interrupted == 0 || b.Result != latent.Success })),
		own("marks of a step end with it", "only a step that runs is interrupted or timed, and only a failed preparation is to be tried again",
			all(func(b *latent.Build) bool {
				return (b.Flags&(latent.Interrupted|latent.Timed) == 0 || b.At == latent.BuildRunning) &&
					(b.Flags&latent.Again == 0 || b.At == latent.BuildFailed)
			})),
		own("marks of a build end with it", "of a build that is over only that somebody cancelled it, and that the shutdown has missed it, are kept",
			all(func(b *latent.Build) bool {
				return b.At < latent.BuildReleasing || b.At == latent.BuildLost || b.Flags&^(latent.Doomed|latent.Unheard) == 0
			})),
		own("a request is free", "a request that waits, or is complete, has no worker, no connection and no result",
			all(func(b *latent.Build) bool {
				return b.At != latent.BuildPending && b.At != latent.BuildComplete || b.Worker == 0 && b.Conn == 0 && b.Result == latent.Success
			})),
		own("who hears of a cancelled request stops", "a build that breaks off because its request is cancelled is stopped",
			all(func(b *latent.Build) bool {
				return b.At != latent.BuildLost || b.Flags&latent.Dropped == 0 || b.Flags&(latent.Stopped|latent.Bereft) != 0
			})),
		own("a builder is busy with a build", "a builder is busy on a worker if and only if one of its builds is under way there",
			func(v view) bool { return busyRight(c, v) }),
		own("a builder that has its worker is building", "a builder whose build has been given its worker is in BUILDING",
			func(v view) bool {
				for i := range c.Builds {
					b := &v.m.Build[i]
					if b.At > latent.BuildWaiting && b.At <= latent.BuildRunning && b.Flags&latent.Bereft == 0 &&
						v.ws[b.Worker].WFB[i%c.Builders]&3 != latent.WFBBuilding {
						return false
					}
				}
				return true
			}),
		own("a process knows its builders", "the list of builders that a process has is that of the configuration",
			func(v view) bool {
				return v.m.Conf != latent.ReconfIdle || used(func(w *latent.Worker, k *latent.Conn) bool {
					return k.Login < latent.LoginPrints || k.Master != latent.EndOpen || k.Lacks == v.m.Gone
				})(v)
			}),
		own("a worker knows its builders", "the builders that a worker was last configured for are those that have it",
			func(v view) bool {
				return v.m.Conf != latent.ReconfIdle || v.ws[0].Stop != latent.StopIdle || v.m.Without == v.m.Gone
			}),
	}
}

// busyRight reports whether the builders' states agree with the builds.
func busyRight(c *latent.Config, v view) bool {
	for w := range v.ws {
		for b := range c.Builders {
			must, may := false, false
			for i := b; i < c.Builds; i += c.Builders {
				x := &v.m.Build[i]
				here := int(x.Worker) == w && x.Flags&latent.Bereft == 0
				must = must || here && x.At >= latent.BuildAdding && x.At <= latent.BuildFinishing
				may = may || here && x.At == latent.BuildLost
			}
			if busy := v.ws[w].WFB[b]&3 != latent.WFBAvailable; must && !busy || busy && !must && !may {
				return false
			}
		}
	}
	return true
}

func booksOfMaster(c *latent.Config) []claim {
	pending := func(v view, b int) bool {
		for i := b; i < c.Builds; i += c.Builders {
			if v.m.Build[i].At == latent.BuildPending {
				return true
			}
		}
		return false
	}
	return []claim{
		own("only a builder with a request is looked at", "the distributor is to look only at builders that have a request",
			func(v view) bool {
				for b := range c.Builders {
					if v.m.Kick>>b&1 == 1 && !pending(v, b) {
						return false
					}
				}
				return true
			}),
		own("no wake-up is lost", "the distributor is to look at every builder that has a request and a worker for it",
			func(v view) bool {
				for b := range c.Builders {
					if v.m.Dist == latent.DistIdle && v.m.Kick>>b&1 == 0 && pending(v, b) &&
						some(func(w *latent.Worker) bool { return takes(c, w, b) })(v) {
						return false
					}
				}
				return true
			}),
		own("a request is claimed for its worker", "the distributor remembers the worker that the request it claims is for",
			func(v view) bool {
				if v.m.Dist != latent.DistClaim {
					return v.m.On == 0
				}
				return v.m.Build[v.m.Claim-1].Worker == v.m.On
			}),
		own("nothing happens that nobody has asked for", "what people must ask for happens only if they have",
			func(v view) bool { return asked(v) }),
		own("the master-wide lock has its holder", "the lock is held by a reconfiguration or a shutdown that is under way, and by nobody else",
			func(v view) bool { return gated(v) }),
		own("a master that shuts down has no quarantine", "what only the distributor would look at is forgotten when it is off",
			func(v view) bool {
				return c.Exact || v.m.Dist != latent.DistOff || v.m.Kick == 0 &&
					every(func(w *latent.Worker) bool { return w.Timers&latent.TimerQuarantine == 0 })(v)
			}),
	}
}

// takes reports whether a worker can be given a build of builder b.
func takes(c *latent.Config, w *latent.Worker, b int) bool {
	if w.WFB[b]&latent.WFBListed == 0 || w.WFB[b]&3 != latent.WFBAvailable || w.Timers&latent.TimerQuarantine != 0 ||
		w.Flags&(latent.Graceful|latent.Misfit|latent.Paused) != 0 {
		return false
	}
	n := 0
	for i := range c.Builders {
		if w.WFB[i]&latent.WFBKnown != 0 && w.WFB[i]&3 != latent.WFBAvailable {
			n++
		}
	}
	return n == 0 || w.Conn != 0 && (c.MaxBuilds == 0 || n < c.MaxBuilds)
}

// asked reports whether everything that people must ask for was asked for.
func asked(v view) bool {
	times := func(r latent.Request) int { return int(v.m.Asked >> (2 * r) & 3) }
	if v.m.Stop == latent.MasterSpins {
		return true
	}
	stop := times(latent.AskStop) + times(latent.AskRemove) + times(latent.AskStopWorker)
	for i := range v.m.Build {
		f := v.m.Build[i].Flags
		if f&latent.Dropped != 0 && times(latent.AskDrop) == 0 || f&latent.Doomed != 0 && times(latent.AskDrop)+times(latent.AskCancel) == 0 {
			return false
		}
	}
	for i := range v.ws {
		w := &v.ws[i]
		if w.Flags&latent.Paused != 0 && times(latent.AskPause) == 0 || w.Flags&latent.Graceful != 0 && times(latent.AskGraceful) == 0 ||
			w.Stop != latent.StopIdle && stop == 0 {
			return false
		}
	}
	return v.m.Stop == latent.MasterRuns || times(latent.AskStop) > 0
}

// gated reports whether the master-wide lock and its queue agree with what the
// master does.
func gated(v view) bool {
	m := v.m
	reconf := slices.Contains(m.Gate[:], uint8(latent.GateReconfig))
	stop := slices.Contains(m.Gate[:], uint8(latent.GateStop))
	shuts := m.Stop >= latent.MasterDist && m.Stop <= latent.MasterServices || m.Stop == latent.MasterFailed
	return (m.Init == latent.GateReconfig) == (m.Conf != latent.ReconfIdle && !reconf && !shuts) &&
		(m.Init == latent.GateStop) == shuts && stop == (m.Stop == latent.MasterGate) &&
		(m.Gate[0] == 0 || m.Init != latent.GateFree)
}

func booksOfTimers() []claim {
	armed := func(t latent.Timers, states ...latent.WorkerState) func(view) bool {
		return every(func(w *latent.Worker) bool { return w.Timers&t == 0 || slices.Contains(states, w.State) })
	}
	return []claim{
		own("a check is of a start", "the check of an instance is to come only while it starts",
			armed(latent.TimerCheck, latent.SubstantiatingStarting)),
		own("an instance that attaches is not checked", "a worker that has a connection has no check to come",
			every(func(w *latent.Worker) bool { return w.Timers&latent.TimerCheck == 0 || w.Conn == 0 })),
		own("a missing worker is one that is wanted", "the missing timer runs only while a worker is substantiated",
			armed(latent.TimerMissing, latent.Substantiating, latent.SubstantiatingStarting, latent.InsubstantiatingSubstantiating)),
		own("an idle worker is one that can be used", "the build wait timer runs only while the worker is SUBSTANTIATED",
			armed(latent.TimerWait, latent.Substantiated)),
		own("nothing comes after a stop", "a worker that is shut down has no timer",
			every(func(w *latent.Worker) bool {
				return w.Stop <= latent.StopConfigured || w.Timers&^latent.TimerSpent == 0 || w.Stop == latent.StopAnswer
			})),
		own("a stop ends all timers", "a worker whose stopService has ended its loop has no timer",
			every(func(w *latent.Worker) bool { return w.Stop != latent.StopConfigured || w.Timers == 0 })),
	}
}

func booksOfMachine(c *latent.Config) []claim {
	if !c.Machine {
		return nil
	}
	const missing, emptying = 1 << 4, 1<<1 | 1<<2 // of MachineDoing
	return []claim{
		own("a build ends the wait for builds", "the machine's missing timer does not run when a build has just begun",
			func(v view) bool {
				return v.m.Doing&missing == 0 || !build(func(b *latent.Build) bool { return b.At == latent.BuildAdding })(v)
			}),
		own("a machine waits for its workers", "the machine waits for workers if and only if it is being emptied",
			func(v view) bool { return (v.m.MLeft != 0) == (v.m.Doing&emptying != 0) }),
		own("a machine is what it does", "the machine is said to start while start_machine runs, and to stop while stop_machine does",
			func(v view) bool {
				starts, stops, _, _ := v.m.Doing.Has()
				return (!starts || v.m.Machine == latent.MachineStarting) && (!stops || v.m.Machine == latent.MachineStopping)
			}),
		own("who waits for the machine is told", "a worker waits for the machine only while it starts or stops",
			func(v view) bool {
				return v.m.Machine == latent.MachineStarting || v.m.Machine == latent.MachineStopping ||
					every(func(w *latent.Worker) bool { return w.OnMachine[0] == 0 })(v)
			}),
	}
}
