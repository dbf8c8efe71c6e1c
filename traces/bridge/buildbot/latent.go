package buildbot

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// A Latent is the real Buildbot as a system of model/latent: builds, worker,
// manager and Perspective Broker are real, database and provider answer when
// an action of the model says so, and so do the worker processes.
type Latent struct {
	bridge *Bridge
	config latent.Config
}

// OpenLatent boots a bridge that does what traces of c do. The error is a
// *bridge.Failure, or says what of c the bridge cannot do.
func OpenLatent(ctx context.Context, c latent.Config, opt Options) (*Latent, error) {
	config, err := ConfigFor(c)
	if err != nil {
		return nil, err
	}
	b, err := Open(ctx, config, opt)
	if err != nil {
		return nil, err
	}
	return &Latent{b, c}, nil
}

// Bridge returns the bridge that is driven.
func (l *Latent) Bridge() *Bridge { return l.bridge }

// Close ends the bridge.
func (l *Latent) Close() { l.bridge.Close() }

// Timeouts of the machine, in seconds. Timers run out when a trace says so, but
// by these times those whose handles are lost are told apart.
const machineWait, machineMissing = 600, 3600

// ConfigFor returns the configuration of the master for a scope of the model.
// The error says what the bridge cannot do.
func ConfigFor(c latent.Config) (Config, error) {
	switch {
	case c.Workers != 1:
		return Config{}, fmt.Errorf("workers: %d, the bridge drives one", c.Workers)
	}
	plain := latent.Preset(c.Version)
	for r, on := range c.Rule {
		if on != plain.Rule[r] && !played[latent.Rule(r)] {
			return Config{}, fmt.Errorf("%s: the real code has no such switch", latent.Rule(r))
		}
	}
	// Timers run out when a trace says so; that their times are long only keeps
	// them apart from sleeps.
	config := Config{Gated: true, Machine: c.Machine, StartsWithoutSubstantiate: c.Eager, Builders: c.Builders, MaxBuilds: c.MaxBuilds, BuildWaitTimeout: Seconds(600 * c.BuildWait)}
	if c.BuildWait < 0 {
		config.BuildWaitTimeout = Seconds(-1)
	}
	if !c.Missing {
		config.MissingTimeout = Seconds(0)
	}
	if c.Machine {
		config.Machine, config.MachineBuildWaitTimeout, config.MachineMissingTimeout = true, Seconds(machineWait), Seconds(machineMissing)
		config.StartsWithoutSubstantiate = c.Eager
	}
	config.StopDisconnects = c.Rule[latent.GracefulDisconnects]
	return config, nil
}

// played are the rules that are not about Buildbot but about what is played
// here: provider and worker process. Most only say that something
// does not happen, or happens later, which a trace of theirs does not do.
var played = map[latent.Rule]bool{
	latent.LeakOnFailure: true, latent.StopReturnsEarly: true, latent.NeverStarts: true, latent.StartWaitsForAttach: true,
	latent.AttachAfterStart: true, latent.GracefulDisconnects: true, latent.KillBeforeClose: true, latent.NoRetry: true,
}

// With returns l for another scope whose traces the same bridge can take. The
// error says why it cannot.
func (l *Latent) With(c latent.Config) (*Latent, error) {
	want, err := ConfigFor(c)
	if err != nil {
		return nil, err
	}
	have, err := ConfigFor(l.config)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(have, want) {
		return nil, errors.New("that scope needs a master with another configuration")
	}
	return &Latent{l.bridge, c}, nil
}

// Replay implements bridge.System. A trace with an action that the bridge
// cannot make happen is taken up to it.
func (l *Latent) Replay(ctx context.Context, ts []*traces.Trace[latent.State, latent.Action]) ([]bridge.Seen, error) {
	scripts := make([]Script, len(ts))
	steps := make([][]Step, len(ts))
	for i, t := range ts {
		scripts[i] = Translate(&l.config, t)
		steps[i] = slices.Concat(scripts[i].Steps...)
	}
	results, err := l.bridge.Run(ctx, steps)
	if err != nil {
		return nil, err
	}
	out := make([]bridge.Seen, len(ts))
	for i := range ts {
		out[i] = l.seen(ts[i], &scripts[i], &results[i])
	}
	return out, nil
}

// seen picks the observation after the last step of each action and puts it
// beside what the model says.
func (l *Latent) seen(t *traces.Trace[latent.State, latent.Action], script *Script, r *Result) bridge.Seen {
	seen := bridge.Seen{Stopped: script.Stopped}
	at := 0
	for i, steps := range script.Steps {
		at += len(steps)
		said := latentView(&l.config, t.At(i+1), script.Conns[i])
		if at > len(r.Observations) {
			if r.End == Spin {
				seen.Model = append(seen.Model, said)
				seen.Code = append(seen.Code, endlessView())
			} else {
				seen.Stopped = fmt.Sprintf("%s at %s", r.End, r.Where)
			}
			return seen
		}
		for k := at - len(steps); k < at; k++ {
			if why := refused(&r.Observations[k]); why != "" {
				seen.Stopped = fmt.Sprintf("%s: %s", steps[k-at+len(steps)], why)
				return seen
			}
		}
		seen.Model = append(seen.Model, said)
		seen.Code = append(seen.Code, observedView(&l.config, &r.Observations[at-1], script.Conns[i]))
	}
	return seen
}

// refused says why a step was not simply taken.
func refused(o *Observation) string {
	switch {
	case o.NotApplicable != "":
		return o.NotApplicable
	case o.Livelock != "":
		return o.Livelock
	}
	return ""
}

// Of a step that never comes back, and of a master that has stopped, nothing
// else is said.
func endlessView() model.Value { return model.View(struct{ Endless bool }{true}) }
func stoppedView() model.Value { return model.View(struct{ Stopped bool }{true}) }
