package catalog

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/sched"
)

const (
	pctName       = "pct"
	swarmName     = "swarm"
	timedName     = "timed"
	selectiveName = "selective"
)

// Schedulers are the values of SimOptions.Scheduler; the first is the usual one.
var Schedulers = []string{"uniform", "interleavings", "paths", pctName, "pos", swarmName, timedName, selectiveName}

// A Promise is the guarantee of the PCT scheduler.
type Promise struct {
	Depth  int
	Chains int // most chains of events of a run that was looked at
	Events int // most events of one
	Looked int // runs that were looked at

	// EachRun is the least probability with which a run meets any one bug of the
	// depth, if no run has more chains and events than those looked at.
	EachRun *big.Rat
}

// A maker makes schedulers, one for each worker.
type maker[S, A comparable] struct {
	make      func() sim.Scheduler[S, A]
	promise   *Promise
	delays    []string
	selection *sched.Selection
}

// Before pct and interleavings can begin they must know how large runs are.
const runsMeasured = 100

// pairsCounted bounds the memory of paths: some hundred bytes for each pair of a
// state and a number of steps left.
const pairsCounted = 2_000_000

// scheduler returns the maker of the scheduler that opt names.
func scheduler[S, A comparable](ctx context.Context, name string, spec properties.Spec[S, A], opt *SimOptions) (maker[S, A], error) {
	made := maker[S, A]{make: sched.Uniform[S, A]}
	switch opt.Scheduler {
	case "uniform":
	case "pos":
		made.make = sched.POS[S, A]
	case swarmName:
		made.make = func() sim.Scheduler[S, A] {
			return sched.Swarm(sched.Uniform[S, A](), len(spec.Actions), sched.Faults)
		}
	case "paths":
		paths, err := sched.Count(spec.Model, opt.Steps, pairsCounted)
		if err != nil {
			return made, &check.OptionError{Reason: fmt.Sprintf("%v; want fewer steps or another scheduler", err)}
		}
		made.make = paths.Scheduler
	case "interleavings":
		m, err := sched.Look(ctx, spec, opt.Seed, runsMeasured, opt.Steps)
		if err != nil {
			return made, err
		}
		made.make = func() sim.Scheduler[S, A] { return sched.Weighted[S, A](m) }
	case selectiveName:
		return selective(ctx, spec, opt)
	case pctName:
		return pct(ctx, spec, opt)
	case timedName:
		delays, err := delaysOf(name, spec.Actions, opt)
		if err != nil {
			return made, err
		}
		made.make = func() sim.Scheduler[S, A] { return sched.Timed[S, A](delays) }
		made.delays = listed(delays, spec.Actions)
	default:
		return made, &check.OptionError{Reason: fmt.Sprintf("no scheduler is called %s; there are %s", quoted(opt.Scheduler), strings.Join(Schedulers, ", "))}
	}
	return made, nil
}

func selective[S, A comparable](ctx context.Context, spec properties.Spec[S, A], opt *SimOptions) (maker[S, A], error) {
	selected, err := sched.Named(opt.Select, spec.Actions)
	if err != nil {
		return maker[S, A]{}, &check.OptionError{Reason: err.Error()}
	}
	s, err := sched.LookFor(ctx, spec, opt.Seed, runsMeasured, opt.Steps, selected)
	if err != nil && ctx.Err() == nil {
		err = &check.OptionError{Reason: err.Error()}
	}
	if err != nil {
		return maker[S, A]{}, err
	}
	return maker[S, A]{
		make:      func() sim.Scheduler[S, A] { return sched.Selective[S, A](s, selected) },
		selection: s,
	}, nil
}

func pct[S, A comparable](ctx context.Context, spec properties.Spec[S, A], opt *SimOptions) (maker[S, A], error) {
	m, err := sched.Look(ctx, spec, opt.Seed, runsMeasured, opt.Steps)
	if err != nil {
		return maker[S, A]{}, err
	}
	depth := opt.Depth
	if depth == 0 {
		depth = 2
	}
	if m.Events < depth {
		return maker[S, A]{}, &check.OptionError{Reason: fmt.Sprintf("a depth of %d: runs have at most %d events", depth, m.Events)}
	}
	return maker[S, A]{
		make: func() sim.Scheduler[S, A] { return sched.PCT[S, A](depth, m.Events) },
		promise: &Promise{Depth: depth, Chains: m.Chains, Events: m.Events, Looked: m.Runs,
			EachRun: sched.Guarantee(m.Chains, m.Events, depth)},
	}, nil
}

// listed returns delays as KEY=DELAY: kinds first, then the names that differ
// from their kind, in the order of actions.
func listed(d *sched.Delays, actions []string) []string {
	var out []string
	for k := range d.Kinds {
		out = append(out, fmt.Sprintf("%v=%v", model.Kind(k), d.Kinds[k]))
	}
	for _, name := range actions {
		if delay, ok := d.Names[name]; ok {
			out = append(out, fmt.Sprintf("%s=%v", name, delay))
		}
	}
	return out
}
