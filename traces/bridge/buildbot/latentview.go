package buildbot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
)

// observable are the fields that both sides can say of a state of the master.
// Connections are named by the number the bridge gave them. One of which neither
// end will hear again is none: the model forgets it, while the code may keep it.
type observable struct {
	State       word // of the worker
	Conn        word // worker.conn
	Registered  word // the connection the manager knows
	Lock        bool // the start/stop lock is held
	LockWaiters int
	Missing     bool // timers that are armed
	BuildWait   bool
	Check       bool
	Quarantine  bool
	Waiters     int  // builds that wait for the notifier
	Background  int  // operations in the DeferWaiter
	NextBuild   bool // insubstantiating, and then substantiating again
	Starting    int  // calls of start_instance that have not returned
	Stopping    int
	Checking    int  // calls of check_instance
	Builder     word // state of the LatentWorkerForBuilder of each builder, or dropped
	Available   word // the builders for which the distributor would find it
	Answers     word // what the database has been asked and not answered
	StopService word // of the worker: idle, pending, done
	Shutdown    word // of the master: the same, or failed
	Reconfig    word // pending, or idle
	Assertion   bool // an assertion failed in this step
	Machine     machineView
}

// A machineView is the latent machine, if there is one.
type machineView struct {
	State     word
	Starting  int // calls of start_machine that have not returned
	Stopping  int
	Missing   bool // timers that are armed
	BuildWait bool
}

// A word is text that a view shows as it is.
type word string

func (w word) String() string { return string(w) }

// value is the record of o. A model that is not exact does not count operations
// that wait in vain, and forgets what only the distributor would look at once
// the master stops.
func (o *observable) value(exact bool) model.Value {
	if !exact {
		o.LockWaiters, o.Background = 0, 0
		if o.Shutdown != "idle" {
			o.Quarantine, o.Available = false, ""
		}
	}
	return model.View(*o)
}

// latentView is what the model says can be seen in state s. conns are the
// bridge's numbers of its connections.
func latentView(c *latent.Config, s *latent.State, conns []int) model.Value {
	if s.Master.Stop == latent.MasterSpins {
		return endlessView()
	}
	if s.Master.Stop == latent.MasterStopped {
		return stoppedView() // what is left of it makes no difference any more
	}
	w := &s.Workers[0]
	o := observable{
		State: word(w.State.String()), Conn: connection(w.Conn, conns), Registered: connection(w.Registered, conns),
		Lock: w.Holder != 0, Missing: w.Timers&latent.TimerMissing != 0, BuildWait: w.Timers&latent.TimerWait != 0,
		Check: w.Timers&latent.TimerCheck != 0, Quarantine: w.Timers&latent.TimerQuarantine != 0, Background: int(w.Waits) + int(w.Stuck),
		NextBuild:   w.State == latent.InsubstantiatingSubstantiating,
		StopService: stopServiceOf(s), Shutdown: shutdownOf(s.Master.Stop), Reconfig: "idle",
		Assertion: s.Master.Events&latent.AssertState != 0,
	}
	for _, f := range w.Queue {
		if f != 0 {
			o.LockWaiters++
		}
	}
	if c.Machine {
		o.Machine = machineOf(&s.Master)
	}
	switch call := w.Holder.String(); {
	case strings.HasPrefix(call, "start"):
		o.Starting = 1
	case strings.HasPrefix(call, "stop ") || call == "stop":
		o.Stopping = 1
	case call == "check":
		o.Checking = 1
	}
	for i := range s.Master.Build {
		if b := &s.Master.Build[i]; b.At == latent.BuildWaiting && b.Flags&latent.Orphaned == 0 {
			o.Waiters++
		}
	}
	var states, usable []string
	for b := range c.Builders {
		states = append(states, builderState(w.WFB[b]))
		if available(c, w, b) {
			usable = append(usable, builderName(b))
		}
	}
	o.Builder, o.Available = word(strings.Join(states, " ")), word(strings.Join(usable, " "))
	if s.Master.Conf != latent.ReconfIdle {
		o.Reconfig = "pending"
	}
	o.Answers = word(awaited(s, conns))
	return o.value(c.Exact)
}

func machineOf(m *latent.Master) machineView {
	starts, stops, missing, wait := m.Doing.Has()
	return machineView{word(m.Machine.String()), count(starts), count(stops), missing, wait}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func connection(slot uint8, conns []int) word {
	switch {
	case slot == 0:
		return "none"
	case int(slot) <= len(conns):
		return word(strconv.Itoa(conns[slot-1]))
	}
	return "none"
}

func builderName(b int) string { return "b" + strconv.Itoa(b) }

func builderState(f latent.WFB) string {
	switch {
	case f&latent.WFBKnown == 0:
		return "dropped"
	case f&3 == latent.WFBAvailable:
		return "AVAILABLE"
	case f&3 == latent.WFBDetached:
		return "DETACHED"
	}
	return "BUILDING"
}

// available is the rule of isAvailable and canStartBuild. Of builders that do
// not know the worker any more nothing is seen.
func available(c *latent.Config, w *latent.Worker, b int) bool {
	busy := 0
	for i := range c.Builders {
		if w.WFB[i]&latent.WFBKnown != 0 && w.WFB[i]&3 != latent.WFBAvailable {
			busy++
		}
	}
	const usable = latent.WFBListed | latent.WFBKnown
	return w.WFB[b]&^latent.WFBPinging == usable|latent.WFBAvailable && w.Flags&(latent.Graceful|latent.Paused) == 0 &&
		w.Timers&latent.TimerQuarantine == 0 && !(w.Conn == 0 && busy > 0) && (c.MaxBuilds == 0 || busy < c.MaxBuilds)
}

// stopServiceOf is about calls of the driver's: one by the master is not seen.
func stopServiceOf(s *latent.State) word {
	at := s.Workers[0].Stop
	switch removed := s.Master.Conf == latent.ReconfWorker || s.Workers[0].Flags&latent.Removed != 0; {
	case at == latent.StopIdle || s.Master.Stop != latent.MasterRuns || removed:
		return "idle"
	case at == latent.StopDone:
		return "done"
	}
	return "pending"
}

func shutdownOf(at latent.MasterAt) word {
	switch at {
	case latent.MasterRuns:
		return "idle"
	case latent.MasterFailed:
		return "failed"
	}
	return "pending"
}

// atGate says at which gate a build waits.
var atGate = map[latent.BuildAt]string{
	latent.BuildAdding: "added", latent.BuildPreparing: "prepared", latent.BuildPingState: "pinging",
	latent.BuildPinged: "pinged", latent.BuildFailed: "failure", latent.BuildFinishing: "finished",
	latent.BuildReleasing: "resolved", latent.BuildCompleting: "resolved",
}

// atResult are the gates at which it is known how a build has ended.
var atResult = map[latent.BuildAt]string{latent.BuildReleasing: "unclaimed", latent.BuildCompleting: "complete"}

// gatesOf lists the answers of the database that the model waits for.
func gatesOf(s *latent.State, conns []int) []string {
	out := []string{}
	for i := range s.Master.Build {
		if name := atGate[s.Master.Build[i].At]; name != "" {
			out = append(out, fmt.Sprintf("%s %d", name, i))
		}
	}
	w := &s.Workers[0]
	for k, id := range conns {
		if w.Conns[k].Login == latent.LoginDatabase {
			out = append(out, fmt.Sprintf("recorded %d", id))
		}
		if w.Conns[k].Flags&latent.Delivers != 0 {
			out = append(out, fmt.Sprintf("detached %d", id))
		}
	}
	if w.Stop == latent.StopConfigured {
		out = append(out, "configured 0")
	}
	if s.Master.Stop == latent.MasterRecord {
		out = append(out, "stopped 0")
	}
	if s.Master.Init == latent.GateReconfig && s.Master.Conf >= latent.ReconfBuilders && s.Master.Conf <= latent.ReconfMachine {
		out = append(out, "reconfigured 0")
	}
	return out
}

// awaited is gatesOf as the code shows it, with the results of builds.
func awaited(s *latent.State, conns []int) string {
	out := gatesOf(s, conns)
	for i := range s.Master.Build {
		b := &s.Master.Build[i]
		result := atResult[b.At]
		if b.At == latent.BuildFinishing {
			result = b.Result.String()
		}
		if at := slices.Index(out, fmt.Sprintf("%s %d", atGate[b.At], i)); at >= 0 && result != "" {
			out[at] += ": " + result
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// call says what has become of an operation.
func call(o *Observation, name string) word {
	switch is, called := o.Calls[name]; {
	case !called:
		return "idle"
	case is == "fired":
		return "done"
	case is == "pending":
		return "pending"
	}
	return "failed"
}

// observedView is what the code shows.
func observedView(c *latent.Config, o *Observation, conns []int) model.Value {
	name := func(id *int) word {
		switch {
		case id == nil:
			return "none"
		case slices.Contains(conns, *id):
			return word(strconv.Itoa(*id))
		}
		return "none"
	}
	var states, usable []string
	for b := range c.Builders {
		state, known := o.Builders[builderName(b)]
		if !known {
			state = "dropped"
		}
		states = append(states, state)
		if o.Available[builderName(b)] {
			usable = append(usable, builderName(b))
		}
	}
	gates := slices.Clone(o.Gates)
	slices.Sort(gates)
	stopService := call(o, "stop_service")
	switch call(o, "shutdown") {
	case "done":
		return stoppedView()
	case "pending", "failed":
		stopService = "idle" // what was called before is part of the master's stop
	}
	seen := observable{
		State: word(o.State), Conn: name(o.Conn), Registered: name(o.Registered),
		Lock: o.Lock, LockWaiters: o.LockWaiters,
		Missing: o.MissingTimer != nil, BuildWait: o.BuildWaitTimer != nil, Check: o.CheckTimer != nil, Quarantine: o.Quarantine,
		Waiters: o.Waiters, Background: o.DeferWaiter, NextBuild: o.NextBuild,
		Starting: o.Start.Open, Stopping: o.Stop.Open, Checking: o.Check.Open,
		Builder: word(strings.Join(states, " ")), Available: word(strings.Join(usable, " ")), Answers: word(strings.Join(gates, ", ")),
		StopService: stopService, Shutdown: call(o, "shutdown"), Reconfig: "idle",
		Assertion: slices.ContainsFunc(o.Errors, func(e string) bool {
			return strings.Contains(e, "AssertionError") && !strings.Contains(e, "already connected") && !strings.HasPrefix(e, "from a running build")
		}),
	}
	if m := o.Machine; m != nil {
		seen.Machine = machineView{word(m.State), m.Start.Open, m.Stop.Open, m.MissingTimer != nil, m.WaitTimer != nil}
	}
	if o.Calls["reconfig"] == "pending" {
		seen.Reconfig = "pending"
	}
	return seen.value(c.Exact)
}
