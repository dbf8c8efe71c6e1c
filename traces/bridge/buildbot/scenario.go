package buildbot

import (
	"slices"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
)

// ScenarioOf tells t, a trace of c that ends with a worker that is to be stopped
// and does not, in the steps of unit mode. A request to stop the master, or to
// remove the worker, becomes one to stop the worker: it is what either waits
// for.
//
// Unit mode answers for the database at once, so that a story that needs one
// of its answers held back cannot be told: [Drive] then says that the claim is
// not violated.
func ScenarioOf(c latent.Config, t *traces.Trace[latent.State, latent.Action], name, title string, story []string) Scenario {
	s := Scenario{Name: name, Title: title, Story: story, BuildWait: 600, Missing: 3600,
		Claim: "stopService ends"}
	known := Connections(&c, t)
	ran := make(map[uint8]bool)
	for i := range t.Steps {
		a := t.Steps[i].Action
		if a.Op == latent.BuildStartAnswered {
			ran[a.N] = true
		}
		var conns []int
		if i > 0 {
			conns = known[i-1]
		}
		if step, told := tell(a, conns, ran[a.N], &s); told {
			s.Steps = append(s.Steps, step)
		}
	}
	s.Steps = atOnce(s.Steps)
	return s
}

// asked is what a worker process is asked first; the story goes on between the
// question and the answer only where it matters.
const asked = "getWorkerInfo"

// atOnce has a worker process answer at once if nothing happens in between.
func atOnce(steps []Step) []Step {
	var out []Step
	for _, s := range steps {
		last := len(out) - 1
		if s.Op == "reply" && last >= 0 && out[last].Op == "attach" {
			out[last] = Attach()
			continue
		}
		out = append(out, s)
	}
	return out
}

// told are the actions that are the same step in every story.
var told = map[latent.Op]Step{
	latent.Connects: Attach(asked), latent.BuildPrepared: Want(0), latent.Insubstantiate: Insubstantiate(),
	latent.StartOK: StartDone(OK), latent.StartFalse: StartDone(False), latent.StartError: StartDone(Error),
	latent.StopReturns: StopDone(OK), latent.Survive: StopDone(OK), latent.StopError: StopDone(Error),
	latent.StopWorker: StopService(), latent.StopMaster: StopService(), latent.RemoveWorker: StopService(),
}

// tell returns the step of an action, if it is part of the story at all.
func tell(a latent.Action, conns []int, ran bool, s *Scenario) (Step, bool) {
	if step, ok := told[a.Op]; ok {
		return step, true
	}
	known := int(a.N) < len(conns)
	lost := []latent.Op{latent.MasterSees, latent.MasterNotices}
	switch {
	case a.Op == latent.BuildFinished && ran:
		return EndBuild(0), true
	case a.Op == latent.WaitTimer:
		return Advance(int64(s.BuildWait) * 1000), true
	case a.Op == latent.MissingTimer || a.Op == latent.Impatient:
		return Advance(int64(s.Missing) * 1000), true
	case slices.Contains(lost, a.Op) && known:
		return Lose(conns[a.N]), true
	case a.Op == latent.InfoAnswered && known:
		return ReplyOf(conns[a.N], asked), true
	}
	return Step{}, false
}
