package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// A chronicle turns what can be seen of a worker, step by step, into a history:
//
//	start, stop    calls of the provider's start_instance and stop_instance; one
//	               that fails is unknown, as it may have done its work before
//	attach         from the moment a process connects until its login has ended
//	substantiate   from the moment a build asks for its worker until it is told
//	detach         from the first sign that the worker's connection is lost
//	               until the master has given it up
//
// What is seen comes from the model or from the real master; either way each
// connection and build is a client of its own.
type chronicle struct {
	linear.History
	worker string
	open   [2][]string         // clients of provider calls under way, oldest first: starts, stops
	conns  map[int]*connection // by number
	builds map[int]bool        // that have asked and not been told

	stopped map[int]bool // builds that somebody has cancelled
	errs    []error
}

// connection is what has been written down of one.
type connection struct {
	login    bool // its attach has not returned
	attached linear.Result
	lost     bool // its detach has been called
	over     bool // nothing more is to be said
}

// provider calls, as index of chronicle.open.
var providerOps = [2]linear.Op{linear.Start, linear.Stop}

func newChronicle(worker string) *chronicle {
	return &chronicle{worker: worker, conns: make(map[int]*connection), builds: make(map[int]bool), stopped: make(map[int]bool)}
}

// call and done add an event. What a chronicle adds is in order by construction;
// an error is a defect, and is kept.
func (c *chronicle) call(client string, op linear.Op) {
	c.errs = append(c.errs, c.History.Call(client, c.worker, op))
}

func (c *chronicle) done(client string, result linear.Result) {
	c.errs = append(c.errs, c.Return(client, result))
}

func (c *chronicle) finish() (*linear.History, error) { return &c.History, errors.Join(c.errs...) }

// answered is a return of a provider call, the oldest of its kind or the youngest.
func (c *chronicle) answered(kind int, youngest bool, result linear.Result) {
	n := len(c.open[kind])
	if n == 0 {
		c.errs = append(c.errs, fmt.Errorf("a %v returns that was not called", providerOps[kind]))
		return
	}
	i := 0
	if youngest {
		i = n - 1
	}
	client := c.open[kind][i]
	c.open[kind] = slices.Delete(c.open[kind], i, i+1)
	c.done(client, result)
}

// calls says how many provider calls of a kind are under way. Those that have
// disappeared without an answer may have happened.
func (c *chronicle) calls(kind, now int) {
	for len(c.open[kind]) > now {
		c.answered(kind, false, linear.Unknown)
	}
	for len(c.open[kind]) < now {
		client := "provider"
		for n := 2; slices.Contains(slices.Concat(c.open[0], c.open[1]), client); n++ {
			client = fmt.Sprintf("provider %d", n)
		}
		c.open[kind] = append(c.open[kind], client)
		c.call(client, providerOps[kind])
	}
}

func connClient(number int) string { return fmt.Sprintf("connection %d", number) }

func (c *chronicle) connects(number int) {
	c.conns[number] = &connection{login: true}
	c.call(connClient(number), linear.Attach)
}

// loggedIn is the end of a login. A process whose login was neither accepted nor
// refused has been attached or not.
func (c *chronicle) loggedIn(number int, result linear.Result) {
	k := c.conns[number]
	k.login, k.attached, k.over = false, result, result == linear.Refused
	c.done(connClient(number), result)
}

// loses is the first sign that a connection is lost, or that the master has
// given it up; gone says that it has.
func (c *chronicle) loses(number int, gone bool) {
	k := c.conns[number]
	if k.over {
		return
	}
	if k.login {
		if !gone {
			return // its login will end first
		}
		c.loggedIn(number, linear.Unknown)
	}
	if !k.lost {
		k.lost = true
		if len(c.open[1]) > 0 {
			k.attached = linear.Unknown // to end the connection is a part of the stop that is under way
		}
		c.call(connClient(number), linear.Detach)
	}
	if gone {
		k.over = true
		// What perhaps was never attached, or is being stopped, was perhaps never
		// detached.
		c.done(connClient(number), k.attached)
	}
}

func buildClient(build int) string { return fmt.Sprintf("build %d", build) }

func (c *chronicle) asks(build int) {
	c.builds[build] = true
	c.call(buildClient(build), linear.Substantiate)
}

func (c *chronicle) told(build int, result linear.Result) {
	if c.builds[build] {
		delete(c.builds, build)
		c.done(buildClient(build), result)
	}
}

// providerAnswers are the actions that are returns of provider calls.
var providerAnswers = map[latent.Op]struct {
	kind   int
	result linear.Result
}{
	latent.StartOK: {0, linear.OK}, latent.StartFalse: {0, linear.Unknown}, latent.StartError: {0, linear.Unknown},
	latent.StartCannot: {0, linear.Unknown},
	latent.StopReturns: {1, linear.OK}, latent.Survive: {1, linear.OK}, latent.StopError: {1, linear.Unknown},
}

// historyFrom returns the history of a behaviour of m, if that is a model of which
// it is said what its steps are as operations.
func historyFrom[S, A comparable](m model.Model[S, A], t *traces.Trace[S, A]) (*linear.History, error) {
	if p, is := any(m).(*oneWorker); is {
		return historyOf(p.Config(), any(t).(*trace))
	}
	return nil, errNoHistory
}

// oneWorker is the Buildbot model whose behaviours are histories.
type oneWorker = latent.Protocol[[1]latent.Worker]

var errNoHistory = fmt.Errorf("only behaviours of %s with workers=1 are histories of a worker", modelOfBuildbot)

// hasHistories reports whether historyFrom takes behaviours with these types.
func hasHistories[S, A comparable]() bool {
	_, is := any((*traces.Trace[S, A])(nil)).(*trace)
	return is
}

// historyOf returns the history of a trace of the Buildbot model with one worker.
func historyOf(config latent.Config, t *trace) (*linear.History, error) {
	c := newChronicle("w0")
	conns := buildbot.Connections(&config, t)
	var before []int
	for i := range t.Steps {
		from, a, to := t.At(i), t.Steps[i].Action, t.At(i+1)
		c.step(from, a, to, before, conns[i])
		before = conns[i]
	}
	return c.finish()
}

// step adds what can be seen of a step of the model: first the answer that
// caused it, then what began in it, last what ended.
func (c *chronicle) step(from *latent.State, a latent.Action, to *latent.State, before, after []int) {
	if answer, is := providerAnswers[a.Op]; is {
		c.answered(answer.kind, a.N == 1, answer.result)
	}
	w, old := &to.Workers[0], &from.Workers[0]
	number := func(w *latent.Worker, conns []int) int { // of the worker's connection, or -1
		if w.Conn == 0 {
			return -1
		}
		return conns[w.Conn-1]
	}
	mine := number(w, after)
	if a.Op == latent.Connects {
		c.connects(c.made())
	}
	for _, n := range before {
		if n == number(old, before) && (n != mine || !whole(w, after, n)) {
			c.loses(n, false)
		}
	}
	for kind, frame := range [2]latent.Frame{latent.FrameSub, latent.FrameIns} {
		now := 0
		for _, f := range [2]latent.Frame{w.Holder, w.Beside} {
			if f.Kind() == frame {
				now++
			}
		}
		c.calls(kind, now)
	}
	if a.Op == latent.BuildPrepared && from.Master.Build[a.N].At == latent.BuildPreparing {
		c.asks(int(a.N))
	}
	c.logins(a, w, before, after, mine)
	if a.Op == latent.Cancel || a.Op == latent.Drop {
		c.stopped[int(a.N)] = true
	}
	for b := range to.Master.Build {
		c.building(b, to.Master.Build[b].At, to.Master.Events&latent.LateAnswer != 0)
	}
	for _, n := range before {
		if n == number(old, before) && n != mine {
			c.loses(n, true)
		}
	}
}

// made is the number of the next connection.
func (c *chronicle) made() int { return len(c.conns) }

// whole reports whether nobody could notice that connection n is lost.
func whole(w *latent.Worker, conns []int, n int) bool {
	k := slices.Index(conns, n)
	return k >= 0 && w.Conns[k].Master == latent.EndOpen && w.Conns[k].Process == latent.EndOpen && w.Conns[k].Link == latent.LinkUp
}

// logins ends the logins that have ended. One that the master lets in, or turns
// away, knows what it is; one that fails half way does not.
func (c *chronicle) logins(a latent.Action, w *latent.Worker, before, after []int, mine int) {
	all := slices.Clone(before)
	for _, n := range append(slices.Clone(after), c.made()-1) {
		if n >= 0 && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, n := range all {
		k, known := c.conns[n], slices.Index(after, n)
		if k == nil || !k.login {
			continue
		}
		own := known >= 0 && slices.Index(before, n) == int(a.N) || a.Op == latent.Connects && n == c.made()-1
		switch {
		case known >= 0 && w.Conns[known].Login == latent.LoginIn:
			result := linear.Unknown
			if n == mine && own && (a.Op == latent.PrintsAnswered || a.Op == latent.WorkerRecorded) && w.Conns[known].Master == latent.EndOpen {
				result = linear.OK
			}
			c.loggedIn(n, result)
			if n != mine {
				c.loses(n, true)
			}
		case known < 0 || w.Conns[known].Login == latent.LoginNone:
			result := linear.Unknown
			if own && (a.Op == latent.InfoAnswered || a.Op == latent.OldAnswers || a.Op == latent.Connects) {
				result = linear.Refused
			}
			c.loggedIn(n, result)
			if result == linear.Unknown && n != mine {
				c.loses(n, true)
			}
		}
	}
}

// building tells a build that has asked for its worker what became of that. One
// that was told of a worker that is not there may have failed in the same step.
func (c *chronicle) building(i int, at latent.BuildAt, late bool) {
	switch {
	case at == latent.BuildPreparing || at == latent.BuildWaiting:
	case at > latent.BuildWaiting && at <= latent.BuildRunning || at == latent.BuildFailed && late:
		c.told(i, linear.OK)
	default:
		c.failed(i)
	}
}

// failed tells a build that it has not got its worker. That of one that somebody
// has cancelled is not the worker's answer.
func (c *chronicle) failed(build int) {
	if c.stopped[build] {
		c.told(build, linear.Unknown)
	} else {
		c.told(build, linear.Refused)
	}
}

// History takes the steps of d on the code and returns what it did as a history,
// and why it did not take all steps. Errors are those of Replay, and a
// *NotApplicable for a document that is no behaviour of its model.
func (r *Real) History(ctx context.Context, d *codec.Document, opt buildbot.Options) (h *linear.History, stopped string, err error) {
	_, t, err := r.behaviour(d)
	if err != nil {
		return nil, "", err
	}
	w, err := buildbot.WatchLatent(ctx, r.config, t, opt)
	if err != nil {
		return nil, "", err
	}
	if len(w.Seen) == 0 && w.Stopped != "" {
		return nil, "", notApplicable(0, w.Stopped)
	}
	c := newChronicle("w0")
	var last buildbot.Observation
	for i := range w.Seen {
		for k := range w.Seen[i] {
			c.observe(t.Steps[i].Action, k == 0, &last, &w.Seen[i][k])
			last = w.Seen[i][k]
		}
	}
	h, err = c.finish()
	return h, w.Stopped, err
}

// observe adds what the code showed after a step of the driver, in the order of
// step. Of the action nothing is used but what the driver itself did: that the
// provider answered, and that a build may ask for its worker.
func (c *chronicle) observe(a latent.Action, first bool, from, to *buildbot.Observation) {
	if answer, is := providerAnswers[a.Op]; is && first {
		c.answered(answer.kind, a.N == 1, answer.result)
	}
	for n := len(from.Connections); n < len(to.Connections); n++ {
		c.connects(n)
	}
	mine, old := -1, -1
	if to.Conn != nil {
		mine = *to.Conn
	}
	if from.Conn != nil {
		old = *from.Conn
	}
	if old >= 0 && (mine != old || to.Connections[old].Closed) {
		c.loses(old, false)
	}
	c.calls(0, to.Start.Open)
	c.calls(1, to.Stop.Open)
	if a.Op == latent.BuildPrepared && first {
		c.asks(int(a.N))
	}
	for n := range to.Connections {
		if c.conns[n].login {
			c.seen(n, &to.Connections[n], mine)
		}
	}
	if a.Op == latent.Cancel || a.Op == latent.Drop {
		c.stopped[int(a.N)] = true
	}
	c.gates(to.Gates)
	if old >= 0 && mine != old {
		c.loses(old, true)
	}
}

// seen ends the login of connection n if the process says that it has ended.
func (c *chronicle) seen(n int, p *buildbot.Connection, mine int) {
	switch {
	case p.Status == "refused":
		c.loggedIn(n, linear.Refused)
	case p.Status == "logged in" && n == mine:
		c.loggedIn(n, linear.OK)
	case p.Status != "connecting" || p.Closed:
		c.loggedIn(n, linear.Unknown)
		if n != mine {
			c.loses(n, true)
		}
	}
}

// gates tells builds what became of their asking for the worker: those that go
// on to ping it were told that it is there, those whose failure is recorded that
// it is not.
func (c *chronicle) gates(labels []string) {
	for _, label := range labels {
		gate, _, _ := strings.Cut(label, ":")
		name, text, _ := strings.Cut(gate, " ")
		build, err := strconv.Atoi(text)
		switch {
		case err != nil:
		case name == "pinging":
			c.told(build, linear.OK)
		case name == "failure":
			c.failed(build)
		}
	}
}
