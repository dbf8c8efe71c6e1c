package lifecycle

import "github.com/quiesce/quiesce/model/latent"

// never is a claim that a kind of event does not happen in any step.
func never(name string, e latent.Events, says, about string, subject func(view) bool) claim {
	return claim{name: name, never: e, says: says, about: about, subject: subject}
}

// What claims are about.
var (
	login     = connection(func(_ *latent.Worker, c *latent.Conn) bool { return c.Login == latent.LoginInfo })
	starting  = some(func(w *latent.Worker) bool { return w.State == latent.SubstantiatingStarting })
	stopping  = some(func(w *latent.Worker) bool { return w.State == latent.Insubstantiating })
	waiting   = build(func(b *latent.Build) bool { return b.At == latent.BuildWaiting })
	running   = build(func(b *latent.Build) bool { return b.At == latent.BuildRunning })
	claimed   = build(func(b *latent.Build) bool { return b.At >= latent.BuildAdding })
	delivered = connection(func(_ *latent.Worker, c *latent.Conn) bool { return c.Flags&latent.Delivers != 0 })
	serving   = some(func(w *latent.Worker) bool { return w.Stop != latent.StopIdle })
	stopped   = some(func(w *latent.Worker) bool { return w.Stop == latent.StopDone })
)

// safety returns the claims that a single state refutes.
func safety(c *latent.Config) []claim {
	out := []claim{
		never("no reconnection refused", latent.Refused,
			"a worker process that has served and whose connection the master closes is not refused when it connects again; "+
				"processes whose start was cancelled or whose link broke, that the provider has forgotten, and strangers may be",
			"a worker logs in", login),
		never("no connection accepted too late", latent.AttachedLate,
			"a worker that has finished attaching is SUBSTANTIATED; with a negative build wait timeout it may attach in any state",
			"a worker logs in", login),
		never("start and stop never overlap", latent.Overlap,
			"start_instance and stop_instance are never under way at the same time", "an instance is stopped", stopping),
		never("start and stop alternate", latent.DoubleStart|latent.DoubleStop,
			"stop_instance is called exactly once between two calls of start_instance, and never without one before it",
			"an instance is stopped", stopping),
		never("only wanted instances are started", latent.UnwantedStart,
			"start_instance is called only while the worker is SUBSTANTIATING, not after that was cancelled",
			"an instance is started", starting),
		never("success means a live worker", latent.LateAnswer,
			"a build is told that its worker is ready only if the worker is SUBSTANTIATED and its connection is open",
			"a build waits for its worker", waiting),
		never("no build killed by somebody else's decision", latent.KilledBuild,
			"the instance under a healthy build is stopped only by a decision about that build, its instance or the whole worker: "+
				"not by a timer that should not run, nor by the cancellation of another build",
			"a build runs", running),
		never("no preparation cancelled by somebody else's decision", latent.CancelledOther,
			"a build that waits for its worker is not turned away because of an idle timer or another build's cancellation",
			"a build waits for its worker", waiting),
		never("an instance starts alone", latent.StartBeside,
			"start_instance is called only when the worker's last instance has ended", "an instance is started", starting),
		never("no start after shutdown", latent.StartAfterStop,
			"start_instance is never called for a worker that has been shut down", "an instance is started", starting),
		never("no assertion fails", latent.AssertState|latent.AssertAttached,
			"no assertion of the implementation fails", "an instance is started", starting),
		never("no attach fails without a fault", latent.Raised,
			"attaching fails only if the connection is lost or another is there", "a worker logs in", login),
		never("no exception on None", latent.NoneUsed|latent.NotifierLost|latent.EntryMissing,
			"no code uses a worker, master, notifier or table entry that has gone", "a build is claimed", claimed),
		never("a disconnection removes only its own entry", latent.WrongEntry,
			"the end of a connection removes the manager's entry only if the entry is its own",
			"a disconnection is delivered", delivered),
		never("no build breaks off", latent.BuildBroke,
			"no exception ends a build in the middle, leaving its request claimed and its worker busy",
			"a build is claimed", claimed),
		never("no endless loop", latent.Endless,
			"the master always returns to its reactor", "", nil),
		never("the model's room suffices", latent.Overflow,
			"no step needs more queue entries than the model has; if this fails the other verdicts mean nothing", "", nil),
		{name: "the provider forgets no instance",
			says:  "an instance that exists is known to the provider: a failed start leaves none, and a stop that fails is tried again",
			holds: not(some(forgotten)), about: "an instance is started", subject: starting},
	}
	out = append(append(append(out, aboutResults()...), books(c)...), aboutRequests(c)...)
	if c.Request[latent.AskStop]+c.Request[latent.AskRemove]+c.Request[latent.AskStopWorker] > 0 {
		out = append(out, aboutStops()...)
	}
	return out
}

// aboutRequests returns the claims about what only some scopes ask for.
func aboutRequests(c *latent.Config) []claim {
	var out []claim
	if c.Machine {
		up := func(v view) bool { return v.m.Machine == latent.MachineStarted }
		out = append(out, never("start and stop of the machine never overlap", latent.MachineOverlap,
			"start_machine and stop_machine are never under way at the same time", "the machine is started", up))
	}
	if c.Request[latent.AskDrop] > 0 {
		dropped := build(func(b *latent.Build) bool { return b.Flags&latent.Dropped != 0 })
		out = append(out, claim{name: "a cancelled request is not built",
			says:  "the steps of a build do not run for a request that was cancelled before its build had a number",
			holds: not(build(func(b *latent.Build) bool { return b.At == latent.BuildRunning && b.Flags&latent.Dropped != 0 })),
			about: "a claimed request is cancelled", subject: dropped})
	}
	if c.Request[latent.AskCancel] > 0 {
		out = append(out, never("a cancelled build is not built again", latent.Retried,
			"the request of a build that somebody has cancelled is not unclaimed to be built again",
			"a build is cancelled", build(func(b *latent.Build) bool { return b.Flags&latent.Doomed != 0 })))
		doomed := build(func(b *latent.Build) bool { return b.At == latent.BuildWaiting && b.Flags&latent.Doomed != 0 })
		out = append(out, claim{name: "a cancelled build stops waiting",
			says: "a build that has been cancelled does not go on waiting for its worker: " +
				"it ends although no worker connects and no timer runs out",
			holds: doomed, goal: not(doomed), rests: []string{"master", "reconfiguration", "build", "provider", "stopService"},
			about: "a waiting build is cancelled", subject: doomed})
	}
	if c.Request[latent.AskPause] > 0 {
		paused := some(func(w *latent.Worker) bool { return w.Flags&latent.Paused != 0 })
		out = append(out, never("a paused worker starts nothing", latent.PausedStart,
			"no build begins on a worker that somebody has paused", "a worker is paused",
			paused))
		out = append(out, claim{name: "a paused worker can be used again",
			says:     "whatever has happened, some continuation ends the pause, unless the worker's service is stopped",
			possible: func(v view) bool { return !paused(v) || serving(v) || v.m.Stop == latent.MasterSpins },
			about:    "a worker is paused", subject: paused})
	}
	return out
}

// aboutStops returns the claims about a worker whose service has stopped.
func aboutStops() []claim {
	return []claim{
		{name: "no instance outlives its worker's service",
			says: "when stopService has returned no instance is left that was started and not stopped; " +
				"what a provider leaves behind in spite of a stop is its own affair",
			holds: not(some(outlived)), about: "a worker's stopService returns", subject: stopped},
		{name: "a stop waits for its disconnections",
			says: "when stopService has returned no disconnection of the worker is still being dealt with",
			holds: not(connection(func(w *latent.Worker, k *latent.Conn) bool {
				return w.Stop == latent.StopDone && k.Flags&latent.Delivers != 0
			})),
			about: "a worker's stopService returns", subject: stopped},
		{name: "no stop outruns its instance",
			says:  "when stopService has returned no call of stop_instance is still under way",
			holds: not(some(outrun)), about: "a worker's stopService returns", subject: stopped},
		never("a stopped worker takes no builds", latent.StoppedTaken,
			"the distributor does not choose a worker that its stopService has taken away from its builders",
			"a worker is taken away from its builders", some((*latent.Worker).Left)),
		never("no exception stops the stop", latent.StopBroke,
			"no exception ends a stopService or a shutdown half way", "a worker's stopService is called", serving),
	}
}

// outlived reports whether stopService has returned with an instance that was
// started and never asked to stop.
func outlived(w *latent.Worker) bool { return w.Stop == latent.StopDone && w.Flags&latent.Owed != 0 }

// outrun reports whether stopService has returned before stop_instance.
func outrun(w *latent.Worker) bool {
	return w.Stop == latent.StopDone && w.Holder.Kind() == latent.FrameIns
}

// forgotten reports whether an instance exists that the provider has forgotten.
func forgotten(w *latent.Worker) bool {
	for i := range w.Insts {
		if w.Insts[i].Flags&latent.Leaked != 0 {
			return true
		}
	}
	return false
}
