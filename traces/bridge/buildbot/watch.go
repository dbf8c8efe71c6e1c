package buildbot

import (
	"context"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
)

// Watched is what the code showed while it took the steps of a trace.
type Watched struct {
	Versions Versions
	Seen     [][]Observation // for each action that was taken, after each of its steps
	Stopped  string          // why the next action could not be taken; empty if all were
}

// WatchLatent takes the steps of t, a trace of c, on the real code and returns
// what was seen. It compares nothing. If c differs from a real Buildbot nothing
// is taken. An error is a *bridge.Failure or that of ctx.
func WatchLatent(ctx context.Context, c latent.Config, t *traces.Trace[latent.State, latent.Action], opt Options) (*Watched, error) {
	if _, err := ConfigFor(c); err != nil {
		return &Watched{Stopped: err.Error()}, nil
	}
	opt.Processes = 1
	system, err := OpenLatent(ctx, c, opt)
	if err != nil {
		return nil, err
	}
	defer system.Close()
	script := Translate(&c, t)
	results, err := system.bridge.Run(ctx, [][]Step{slices.Concat(script.Steps...)})
	if err != nil {
		return nil, err
	}
	out := &Watched{Versions: system.bridge.Versions, Stopped: script.Stopped}
	left := results[0].Observations
	for _, steps := range script.Steps {
		if len(left) < len(steps) {
			out.Stopped = fmt.Sprintf("%s at %s", results[0].End, results[0].Where)
			return out, nil
		}
		for k := range steps {
			if why := refused(&left[k]); why != "" {
				out.Stopped = fmt.Sprintf("%s: %s", steps[k], why)
				return out, nil
			}
		}
		out.Seen = append(out.Seen, left[:len(steps)])
		left = left[len(steps):]
	}
	return out, nil
}

// Connections numbers the connections of t, a trace of c, in the order in which
// they are made. For each step it returns the numbers of those that the model
// still knows after it, in the order of their places.
func Connections(c *latent.Config, t *traces.Trace[latent.State, latent.Action]) [][]int {
	var out [][]int
	var conns []int
	made := 0
	for i := range t.Steps {
		a := t.Steps[i].Action
		if a.Op == latent.Connects {
			conns = append(slices.Clone(conns), made)
			made++
		}
		var left []int
		for _, k := range latent.Kept(c, *t.At(i), a) {
			left = append(left, conns[k])
		}
		conns = left
		out = append(out, conns)
	}
	return out
}
