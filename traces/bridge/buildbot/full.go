package buildbot

import (
	"context"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// A Full is the whole master as a system of model/latent: with its distributor,
// build requests and database, which no gate holds back. After each step of the
// driver it does by itself what it has to do, in its own order. The model does
// not know that order; it says what the master can be like afterwards.
//
// That is a model too, whose states are beliefs: every state of model/latent
// that the steps of the driver can have led to, and that has nothing left to do
// by itself. Code and model agree if what is seen is so in one of them. From
// there on only those are believed.
type Full struct {
	bridge *Bridge
	config latent.Config
	model  *beliefs
}

// A Belief is what the master can be like.
type Belief struct {
	could []candidate
	steps []Step // of the driver, by which it was reached
	next  []model.Step[*Belief, latent.Action]
	asked bool // whether next is known
}

// A candidate is a state, the bridge's numbers of its connections, and how it
// was reached.
type candidate struct {
	state latent.State
	conns []int
	asked questions
	made  int // connections, ever
	path  []step
}

// maxCandidates bounds what is believed on the way to a belief.
const maxCandidates = 5000

// OpenFull boots a bridge for traces of c. The error is a *bridge.Failure, or
// says what of c the bridge cannot do.
func OpenFull(ctx context.Context, c latent.Config, opt Options) (*Full, error) {
	config, err := ConfigFor(c)
	if err != nil {
		return nil, err
	}
	spec, err := latent.Spec(c)
	if err != nil {
		return nil, err
	}
	config.Gated, config.Hurry = false, true
	b, err := Open(ctx, config, opt)
	if err != nil {
		return nil, err
	}
	return &Full{b, c, beliefsOf(&c, spec.Model)}, nil
}

// Close ends the bridge.
func (f *Full) Close() { f.bridge.Close() }

// Spec is the model of beliefs with the words of model/latent.
func (f *Full) Spec() properties.Spec[*Belief, latent.Action] {
	return properties.Spec[*Belief, latent.Action]{Model: f.model, About: latent.About, Actions: latent.Ops()}
}

// Replay implements bridge.System.
func (f *Full) Replay(ctx context.Context, ts []*traces.Trace[*Belief, latent.Action]) ([]bridge.Seen, error) {
	steps := make([][]Step, len(ts))
	for i, t := range ts {
		for k := range t.Steps {
			steps[i] = append(steps[i], t.Steps[k].State.steps...)
		}
	}
	results, err := f.bridge.Run(ctx, steps)
	if err != nil {
		return nil, err
	}
	out := make([]bridge.Seen, len(ts))
	for i := range ts {
		out[i] = f.seen(ts[i], &results[i])
	}
	return out, nil
}

// seen believes less and less of t: only what agrees with what was seen.
func (f *Full) seen(t *traces.Trace[*Belief, latent.Action], r *Result) (seen bridge.Seen) {
	could := t.Start.could
	at := 0
	for i := range t.Steps {
		steps := t.Steps[i].State.steps
		at += len(steps)
		if could, _ = f.model.after(could, t.Steps[i].Action); len(could) == 0 {
			seen.Stopped = "what was seen leaves the model no such step" // of a belief that is part of another: never
			return seen
		}
		var code model.Value
		switch {
		case at > len(r.Observations) && r.End == Spin:
			code = endlessView()
		case at > len(r.Observations):
			seen.Stopped = fmt.Sprintf("%s at %s", r.End, r.Where)
			return seen
		default:
			for k := at - len(steps); k < at; k++ {
				if why := refused(&r.Observations[k]); why != "" {
					seen.Stopped = fmt.Sprintf("%s: %s", steps[k-at+len(steps)], why)
					return seen
				}
			}
		}
		agree, nearest, shown := f.agreeing(could, r, at, code)
		seen.Model, seen.Code = append(seen.Model, nearest), append(seen.Code, shown)
		if len(agree) == 0 || at > len(r.Observations) {
			return seen
		}
		could = agree
	}
	return seen
}

// agreeing returns the candidates of which the observation before at is true,
// the view that differs least from it, and the view of the code: code itself,
// if there is no observation.
func (f *Full) agreeing(could []candidate, r *Result, at int, code model.Value) (agree []candidate, nearest, shown model.Value) {
	least := -1
	for _, c := range could {
		said, seen := latentView(&f.config, &c.state, c.conns), code
		if at <= len(r.Observations) {
			seen = observedView(&f.config, &r.Observations[at-1], c.conns)
		}
		n := len(model.Diff(said, seen))
		if n == 0 {
			agree = append(agree, c)
		}
		if least < 0 || n < least {
			least, nearest, shown = n, said, seen
		}
	}
	return agree, nearest, shown
}

// oneWay tells a difference in states of model/latent: one of the ways in which
// the master can have come to it.
func oneWay(f finding[*Belief]) finding[latent.State] {
	first := f.Trace.Start.could[0]
	out := finding[latent.State]{Trace: traces.Trace[latent.State, latent.Action]{Start: first.state, Loop: traces.Finite}, Index: f.Index}
	out.Trace.Steps = (*f.Trace.Last()).could[0].path
	d := *f.Divergence
	for d.At = out.Trace.Len() - 1; d.At > 0 && ofItself[out.Trace.Steps[d.At].Action.Op]; d.At-- {
	}
	out.Divergence = &d
	return out
}

// beliefs is the model whose steps are those of the driver.
type beliefs struct {
	c    *latent.Config
	of   model.Model[latent.State, latent.Action]
	init []*Belief
}

func beliefsOf(c *latent.Config, of model.Model[latent.State, latent.Action]) *beliefs {
	m := &beliefs{c: c, of: of}
	for _, s := range of.Init() {
		m.init = append(m.init, &Belief{could: []candidate{{state: s}}})
	}
	return m
}

// Init implements model.Model.
func (m *beliefs) Init() []*Belief { return m.init }

// Next implements model.Model. A step is possible if it is in every state that
// is believed, and the same for the driver in all of them.
func (m *beliefs) Next(b **Belief, out *model.Steps[*Belief, latent.Action]) {
	if !(*b).asked {
		(*b).asked = true
		var steps model.Steps[latent.State, latent.Action]
		for _, s := range slices.Clone(steps.From(m.of, (*b).could[0].state)) {
			if could, driven := m.after((*b).could, s.Action); len(could) > 0 {
				(*b).next = append((*b).next, model.Step[*Belief, latent.Action]{Action: s.Action, State: &Belief{could: could, steps: driven}})
			}
		}
	}
	for _, s := range (*b).next {
		*out.Add(s.Action) = s.State
	}
}

// after returns what could be after action a of the driver, and how it makes it
// happen; nothing if it cannot, in some candidate, or if the model does not know
// all that can come of it.
func (m *beliefs) after(could []candidate, a latent.Action) (out []candidate, driven []Step) {
	var steps model.Steps[latent.State, latent.Action]
	for i := range could {
		from := &could[i]
		all := steps.From(m.of, from.state)
		k := slices.IndexFunc(all, func(s step) bool { return s.Action == a })
		if k < 0 || ofItself[a.Op] || !Drivable(&from.state, &all[k]) {
			return nil, nil
		}
		how, ok := drive(m.c, from, a, &all[k].State)
		if !ok || i > 0 && !slices.EqualFunc(how, driven, func(a, b Step) bool { return a.String() == b.String() }) {
			return nil, nil
		}
		driven = how
		out = append(out, from.take(m.c, all[k]))
	}
	return m.settled(out), driven
}

// settled takes every step that the master takes of itself, in every order.
func (m *beliefs) settled(todo []candidate) (out []candidate) {
	type key struct {
		state latent.State
		known string // what the state does not say
	}
	known := make(map[key]bool)
	var steps model.Steps[latent.State, latent.Action]
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if k := (key{c.state, fmt.Sprint(c.conns, c.asked.builds)}); known[k] {
			continue
		} else if known[k] = true; len(known) > maxCandidates {
			return nil
		}
		moved := false
		for _, s := range steps.From(m.of, c.state) {
			if !ofItself[s.Action.Op] {
				continue
			}
			if !Drivable(&c.state, &s) {
				return nil
			}
			todo, moved = append(todo, c.take(m.c, s)), true
		}
		if !moved {
			out = append(out, c)
		}
	}
	return out
}

// take returns the candidate after a step.
func (c *candidate) take(config *latent.Config, s step) candidate {
	conns, made := c.conns, c.made
	if s.Action.Op == latent.Connects {
		conns = append(slices.Clone(conns), made)
		made++
	}
	numbers := []int{}
	for _, k := range latent.Kept(config, c.state, s.Action) {
		numbers = append(numbers, conns[k])
	}
	asked := questions{slices.Clone(c.asked.builds), c.asked.changes}
	asked.remember(&s.State)
	return candidate{s.State, numbers, asked, made, append(c.path[:len(c.path):len(c.path)], s)}
}

// ofItself are the actions that the whole master takes of itself.
var ofItself = map[latent.Op]bool{
	latent.Sample: true, latent.Claimed: true, latent.BuildAdded: true, latent.BuildPrepared: true, latent.PingStateSet: true,
	latent.ConnectionRead: true, latent.FailureRecorded: true, latent.BuildFinished: true, latent.RequestResolved: true,
	latent.WorkerRecorded: true, latent.WorkerDetached: true, latent.WorkerConfigured: true, latent.MasterRecorded: true,
}

// held are the replies of worker processes that wait for the driver.
var held = []string{"getWorkerInfo", "setBuilderList", "attached", "ping", "duplicate", "startBuild"}

// drive is translate for the whole master. Its builds have no numbers: it can
// be asked to cancel all of them, which is the same if there is one.
func drive(c *latent.Config, could *candidate, a latent.Action, to *latent.State) ([]Step, bool) {
	from := &could.state
	switch a.Op {
	case latent.Drop, latent.RemoveWorker, latent.Reassign, latent.ChangeMachine:
		return nil, false // what is only half claimed never waits, nor does half a reconfiguration
	case latent.Submit:
		return []Step{Build(int(a.N) % c.Builders)}, true
	case latent.Connects:
		return []Step{Attach(held...)}, true
	case latent.Cancel:
		made := 0
		for i := range from.Master.Build {
			if at := from.Master.Build[i].At; at > latent.BuildClaiming && at != latent.BuildComplete {
				made++
			}
		}
		return []Step{Cancel()}, made == 1
	}
	steps, why := translate(c, from, a, to, could.conns, &could.asked)
	return steps, why == ""
}

var _ bridge.System[*Belief, latent.Action] = (*Full)(nil)
