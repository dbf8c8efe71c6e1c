package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// SwarmOptions say how to simulate many configurations of a spec: swarm testing
// over its parameters (Groce, Zhang, Eide, Chen, Regehr, "Swarm testing", ISSTA
// 2012), beside that over kinds of faults which the scheduler swarm is.
type SwarmOptions struct {
	SimOptions

	Switches []string // names of parameters, or of groups of them: see SwitchGroups
	Batch    uint64   // runs for each configuration; 0 means 100
}

// A Swarm is what the runs in each configuration showed.
type Swarm struct {
	Switched []string // the parameters that were drawn
	Batches  []Batch
}

// A Batch is a configuration and its runs. Their numbers go on from those of the
// batch before, so that a run is named by seed, number and configuration.
type Batch struct {
	Instance *Instance
	Drawn    Values // of the parameters that were drawn, those that are not as the caller set them
	Found    *Simulation
}

// SwitchGroups returns the names of the groups of parameters of e, in order.
func (e *Entry) SwitchGroups() []string {
	var out []string
	if e.Name != modelOfBuildbot {
		return nil
	}
	for _, s := range latent.Switches() {
		if !slices.Contains(out, s.Group) {
			out = append(out, s.Group)
		}
	}
	return out
}

// switched returns the parameters that names, of parameters or groups, choose.
func (e *Entry) switched(names []string) ([]Param, error) {
	groups := make(map[string]string)
	if e.Name == modelOfBuildbot {
		for _, s := range latent.Switches() {
			groups[s.Name] = s.Group
		}
	}
	var wrong mistakes
	for _, name := range names {
		known := slices.ContainsFunc(e.Params, func(p Param) bool { return p.Name == name })
		if !known && !slices.Contains(e.SwitchGroups(), name) {
			allowed := e.unknown(name)
			if g := e.SwitchGroups(); len(g) > 0 {
				allowed += "; its groups are " + strings.Join(g, ", ")
			}
			wrong.add("--switches: %s", allowed)
		}
	}
	if err := wrong.err(); err != nil {
		return nil, &check.OptionError{Reason: err.Error()}
	}
	var out []Param
	for _, p := range e.Params {
		if slices.Contains(names, p.Name) || slices.Contains(names, groups[p.Name]) {
			out = append(out, p)
		}
	}
	return out, nil
}

// draw returns a configuration: base with each of params at one of its values. A
// number is from its least value to what base has, or its default if that is
// more, as the largest scopes are too large for anything but one question; else
// each value is equally likely.
func draw(base Values, params []Param, bits *rng.Source) Values {
	out := slices.Clone(base)
	for i := range params {
		p := &params[i]
		s := &out[out.index(p.Name)]
		switch p.Type {
		case Int:
			most := max(s.Value.(int), s.Default.(int), min(p.Min+1, p.Max))
			s.Value = p.Min + int(bits.Below(uint64(most-p.Min+1)))
		case Bool:
			s.Value = bits.Below(2) == 1
		case Word:
			s.Value = p.Words[bits.Below(uint64(len(p.Words)))]
		}
	}
	return out
}

// Swarm simulates configurations of e drawn around base until the runs of opt
// are made. Each is drawn from seed and its number alone; what contradicts
// itself is drawn again. Every violation is solved in its own configuration, which
// its trace names. If ctx ends there is an error and a Swarm of what was finished.
func (e *Entry) Swarm(ctx context.Context, base Values, opt SwarmOptions) (*Swarm, error) {
	params, err := e.switched(opt.Switches)
	if err != nil {
		return nil, err
	}
	if opt.Batch == 0 {
		opt.Batch = 100
	}
	if opt.Runs == 0 {
		opt.Runs = 1000
	}
	if opt.Stable || opt.StopAt > 0 {
		return nil, &check.OptionError{Reason: "a swarm of configurations makes a fixed number of runs of each"}
	}
	out := &Swarm{}
	for _, p := range params {
		out.Switched = append(out.Switched, p.Name)
	}
	for done := uint64(0); done < opt.Runs; done += opt.Batch {
		b, err := e.drawn(base, params, opt.Seed, done/opt.Batch)
		if err != nil {
			return out, err
		}
		one := opt.SimOptions
		one.First, one.Runs = opt.First+done, min(opt.Batch, opt.Runs-done)
		b.Found, err = b.Instance.Simulate(ctx, one)
		if b.Found != nil && b.Found.Runs > 0 {
			out.Batches = append(out.Batches, *b)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// drawn returns configuration number n, without runs.
func (e *Entry) drawn(base Values, params []Param, seed, n uint64) (*Batch, error) {
	const tries = 1000
	bits := rng.New(seed^0x7377_6974_6368, n) // a stream of its own, "switch" in ASCII
	var last error
	for range tries {
		v := draw(base, params, &bits)
		instance, err := e.Build(v)
		if err != nil {
			last = err
			continue
		}
		b := &Batch{Instance: instance}
		for i := range v {
			if v[i].Value != base[i].Value {
				b.Drawn = append(b.Drawn, v[i])
			}
		}
		return b, nil
	}
	return nil, &check.OptionError{Reason: fmt.Sprintf("--switches: none of %d configurations that were drawn can be, the last: %v", tries, last)}
}

// SwarmClaim is what all configurations together say of a property.
type SwarmClaim struct {
	Name       string
	Batches    int // in which it is claimed
	Failed     int // of them, those with a run that violates it
	Runs       uint64
	FailedRuns uint64 // that violate it
	Outcome    properties.Outcome
}

// Claims returns the properties of all configurations in the order in which they
// first come, with what the configurations make of them together. Vacuous is only
// what is vacuous in all.
func (s *Swarm) Claims() []SwarmClaim {
	var out []SwarmClaim
	for i := range s.Batches {
		found := s.Batches[i].Found
		for k := range found.Claims {
			c := &found.Claims[k]
			at := slices.IndexFunc(out, func(o SwarmClaim) bool { return o.Name == c.Name })
			if at < 0 {
				at = len(out)
				out = append(out, SwarmClaim{Name: c.Name, Outcome: c.Counts()})
			}
			o := &out[at]
			o.Batches++
			o.Runs += found.Runs
			o.FailedRuns += c.Tally.Failed
			if c.Tally.Failed > 0 {
				o.Failed++
			}
			o.Outcome = together(o.Outcome, c.Counts())
		}
	}
	return out
}

// together is what two configurations come to: what happened in one is not
// vacuous.
func together(a, b properties.Outcome) properties.Outcome {
	switch {
	case a == properties.Vacuous:
		return b
	case b == properties.Vacuous:
		return a
	}
	return properties.Worst([]properties.Outcome{a, b})
}

// Worst returns the outcome that decides the exit code.
func (s *Swarm) Worst(interrupted bool) properties.Outcome {
	outcomes := []properties.Outcome{properties.Holds}
	if interrupted {
		outcomes = append(outcomes, properties.Inconclusive)
	}
	for _, c := range s.Claims() {
		outcomes = append(outcomes, c.Outcome)
	}
	return properties.Worst(outcomes)
}

// Stopped reports whether err is the end of ctx, so that what was finished counts.
func Stopped(ctx context.Context, err error) bool { return err != nil && errors.Is(err, ctx.Err()) }
