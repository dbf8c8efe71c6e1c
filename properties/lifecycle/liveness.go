package lifecycle

import (
	"fmt"

	"github.com/quiesce/quiesce/model/latent"
)

// hung reports whether the provider has broken its contract by not answering.
var hung = some(func(w *latent.Worker) bool { return w.Hung() })

// liveness returns the claims about what must happen in the end. They rest on
// the fairness of everybody but people and faults.
func liveness(c *latent.Config) []claim {
	var out []claim
	hangs := c.Fault[latent.FaultStartHangs]+c.Fault[latent.FaultStopHangs] > 0
	if c.Request[latent.AskStop]+c.Request[latent.AskRemove]+c.Request[latent.AskStopWorker] > 0 {
		out = append(out, ends("a worker's stop always ends", "the worker's stopService returns", serving,
			not(some(func(w *latent.Worker) bool { return w.Stop != latent.StopIdle && w.Stop != latent.StopDone })), hangs)...)
	}
	if c.Request[latent.AskStop] > 0 {
		asked := func(v view) bool { return v.m.Stop != latent.MasterRuns }
		out = append(out, ends("the master's stop always ends", "the master's stopService returns", asked,
			func(v view) bool { return v.m.Stop == latent.MasterStopped }, hangs)...)
		out = append(out, claim{name: "a stop is always possible",
			says:     "whatever has happened, some continuation leads to a stopped master",
			possible: func(v view) bool { return v.m.Stop == latent.MasterStopped }})
	}
	if c.Request[latent.AskRemove]+c.Request[latent.AskReassign] > 0 {
		asked := func(v view) bool { return v.m.Conf != latent.ReconfIdle }
		out = append(out, ends("a reconfiguration always ends", "the reconfiguration returns", asked,
			func(v view) bool { return v.m.Conf == latent.ReconfIdle }, hangs)...)
	}
	for i := range c.Builds {
		out = append(out, buildClaims(c, i)...)
	}
	return append(out, connectionClaims(c)...)
}

// ends makes two claims: that something ends if the provider keeps its
// contract, and, where the scope has providers that do not, that it ends all
// the same.
func ends(name, what string, asked, over func(view) bool, hangs bool) []claim {
	about := "it is asked for"
	out := []claim{{name: name, says: "once asked for, " + what + ", if the provider keeps its contract",
		holds: asked, about: about, subject: asked,
		goal: func(v view) bool { return over(v) || hung(v) }}}
	if hangs {
		out = append(out, claim{name: name + ", whatever the provider does",
			says:  "once asked for, " + what + ", even if a call of the provider never returns",
			holds: asked, about: about, subject: asked, goal: over})
	}
	return out
}

// buildClaims are about build i. A stop of the master ends all obligations.
func buildClaims(c *latent.Config, i int) []claim {
	at := func(v view) latent.BuildAt { return v.m.Build[i].At }
	free := func(v view) bool { return v.m.Stop != latent.MasterRuns || hung(v) }
	listed := func(v view) bool {
		return at(v) >= latent.BuildAdding && at(v) <= latent.BuildFinishing || at(v) == latent.BuildLost
	}
	waits := func(v view) bool { return at(v) == latent.BuildWaiting }
	return []claim{
		{name: fmt.Sprintf("build %d's wait for its worker ends", i),
			says:  "a build that waits for its worker gets an answer",
			holds: waits, about: "it waits", subject: waits, goal: func(v view) bool { return !waits(v) || free(v) }},
		{name: fmt.Sprintf("build %d ends", i),
			says:  "a build that has begun comes to an end",
			holds: listed, about: "it begins", subject: listed, goal: func(v view) bool { return !listed(v) || free(v) }},
		{name: fmt.Sprintf("request %d is completed", i),
			says:  "a request is completed in the end, unless the master is stopped, the worker removed or told to take no builds",
			holds: func(v view) bool { return at(v) == latent.BuildPending }, about: "it is submitted",
			subject: func(v view) bool { return at(v) == latent.BuildPending },
			goal: func(v view) bool {
				return at(v) == latent.BuildComplete || free(v) || v.ws[0].Flags&(latent.Paused|latent.Unlisted) != 0 ||
					v.m.Gone>>(i%c.Builders)&1 == 1
			}},
	}
}

// connectionClaims are about connections and the instances behind them.
func connectionClaims(c *latent.Config) []claim {
	dead := some(func(w *latent.Worker) bool {
		return w.Conn != 0 && w.Conns[w.Conn-1].Master == latent.EndGone && w.Conns[w.Conn-1].Flags&latent.Delivers == 0
	})
	attached := some(func(w *latent.Worker) bool { return w.Conn != 0 })
	atGate := connection(func(_ *latent.Worker, k *latent.Conn) bool { return k.Login == latent.LoginGate })
	refused := some(func(w *latent.Worker) bool {
		for i := range w.Insts {
			if w.Insts[i].Flags&latent.Rejected != 0 {
				return true
			}
		}
		return false
	})
	out := []claim{
		{name: "a refused process gives up", says: "a process that was refused exits, ends or is accepted: it does not retry for ever",
			holds: refused, about: "a process is refused", subject: refused, goal: not(refused)},
		{name: "no dead connection stays", says: "a worker does not keep a connection that is lost",
			holds: attached, about: "a worker is attached", subject: attached, goal: not(dead)},
	}
	if c.Request[latent.AskStop]+c.Request[latent.AskRemove]+c.Request[latent.AskReassign] > 0 {
		out = append(out, claim{name: "no login waits for ever",
			says:  "a login that waits for the master-wide lock gets it, or the master stops",
			holds: atGate, about: "a login waits", subject: atGate, goal: not(atGate)})
	}
	if c.BuildWait >= 0 {
		idle := some(func(w *latent.Worker) bool { return w.Flags&latent.Owed != 0 })
		busy := build(func(b *latent.Build) bool {
			return b.At >= latent.BuildPending && b.At <= latent.BuildCompleting || b.At == latent.BuildLost
		})
		out = append(out, claim{name: "an idle instance is stopped",
			says:  "without a build or a request the instance is stopped in the end, unless the build wait timeout is negative",
			holds: func(v view) bool { return idle(v) && !busy(v) }, about: "an instance is idle",
			subject: func(v view) bool { return idle(v) && !busy(v) },
			goal:    func(v view) bool { return !idle(v) || busy(v) || hung(v) }})
	}
	return out
}
