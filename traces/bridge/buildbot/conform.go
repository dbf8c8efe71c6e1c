package buildbot

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// ConformOptions say how much is compared. The zero value compares nothing.
type ConformOptions struct {
	Traces  int    // walks in all, shared among the scopes
	Steps   int    // of a walk; 0 means 40
	Seed    uint64 //
	Full    bool   // compare with the whole master, with its distributor and database: see Full
	Bridge  Options
	Version latent.Version
	AsFound bool // the version is that of the Buildbot found, not Version
}

// A Conformance is the result of comparing.
type Conformance struct {
	Versions Versions
	Model    latent.Version // that the code was compared with
	Note     string         // in what way the code is not of that version; empty if it is
	Traces   int
	Steps    int            // compared, over all traces
	Taken    []bridge.Taken // by action, in the order of latent.Ops
	Findings []Finding      // one for each kind of difference, in the order in which they were met
	Covered  []Coverage     // of the files of Options.Cover
}

// A Finding is the shortest trace found on which model and code differ in some
// way, its scope, and how many walks differ in that way.
type Finding struct {
	Scope string
	Walks int
	bridge.Finding[latent.State, latent.Action]
}

// A Scope is one configuration whose walks are compared.
type Scope struct {
	Name   string
	Config latent.Config
}

// Scopes returns the configurations of a conformance run: every sign of
// build_wait_timeout, with and without a missing timeout, with everything the
// bridge can make happen allowed often.
func Scopes(v latent.Version) []Scope {
	var out []Scope
	for _, wait := range []int{1, 0, -1} {
		for _, missing := range []bool{true, false} {
			c := latent.Preset(v)
			c.BuildWait, c.Missing = wait, missing
			c.Exact, c.Fine = true, true
			c.Conns, c.Insts, c.Faults, c.Builds = 3, 3, 3, 3
			for f := range c.Fault {
				c.Fault[f] = 3
			}
			c.Request = [len(c.Request)]uint8{}
			for _, r := range []latent.Request{latent.AskCancel, latent.AskDrop, latent.AskInsubstantiate} {
				c.Request[r] = 3
			}
			for _, r := range []latent.Request{latent.AskGraceful, latent.AskKill, latent.AskPause, latent.AskStopWorker} {
				c.Request[r] = 1
			}
			if !missing {
				// The two ways to stop exclude each other.
				c.Request[latent.AskStopWorker], c.Request[latent.AskStop] = 0, 1
				c.Request[latent.AskRemove] = 1
			}
			out = append(out, Scope{fmt.Sprintf("build_wait_timeout %+d, missing_timeout %t", wait, missing), c})
		}
	}
	for i := range out {
		if c := out[i].Config; c.Missing {
			// A reconfiguration takes a builder away from the worker, and gives it back.
			c.Builders = 2
			c.Request[latent.AskStopWorker], c.Request[latent.AskReassign] = 0, 2
			out = append(out, Scope{fmt.Sprintf("two builders, build_wait_timeout %+d", c.BuildWait), c})
		}
	}
	machine := out[0].Config
	machine.Machine, machine.Request[latent.AskMachine] = true, 1
	return append(out, Scope{"on a latent machine", machine})
}

// walksAtOnce bounds the memory of a run: walks are made and compared in lots.
const walksAtOnce = 500

// ConformLatent walks model/latent at random, replays every walk on the real
// code and compares what can be seen after each step. The result is a function
// of the options but for the number of processes. The error is a
// *bridge.Failure or that of ctx; a difference is a Finding.
func ConformLatent(ctx context.Context, opt ConformOptions) (*Conformance, error) {
	if opt.Steps == 0 {
		opt.Steps = 40
	}
	out := &Conformance{Model: opt.Version}
	if opt.AsFound {
		if err := out.identify(ctx, opt.Bridge); err != nil {
			return nil, err
		}
	}
	if len(opt.Bridge.Cover) > 0 {
		dir, err := os.MkdirTemp("", "quiesce-coverage-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		opt.Bridge.coverDir = dir
	}
	scopes := Scopes(out.Model)
	if opt.Full {
		// Of two builders that ping one worker the whole master does not show
		// which was first, and so not whose answer is whose.
		scopes = slices.DeleteFunc(scopes, func(s Scope) bool { return s.Config.Builders > 1 })
	}
	for i, scope := range scopes {
		n := opt.Traces*(i+1)/len(scopes) - opt.Traces*i/len(scopes)
		if n == 0 {
			continue
		}
		if err := out.scope(ctx, scope, n, opt.Seed+uint64(i), opt); err != nil {
			return nil, fmt.Errorf("scope %s: %w", scope.Name, err)
		}
	}
	return out, nil
}

// identify boots a Buildbot only to ask which it is.
func (r *Conformance) identify(ctx context.Context, opt Options) error {
	opt.Processes, opt.Cover = 1, nil
	b, err := Open(ctx, Config{Unit: true}, opt)
	if err != nil {
		return err
	}
	defer b.Close()
	r.Versions = b.Versions
	r.Model, r.Note, err = ModelOf(b.Versions.Buildbot)
	if err != nil {
		return &bridge.Failure{Cause: bridge.WrongVersion, What: err.Error()}
	}
	return nil
}

func (r *Conformance) scope(ctx context.Context, scope Scope, n int, seed uint64, opt ConformOptions) error {
	if opt.Full {
		full, err := OpenFull(ctx, scope.Config, opt.Bridge)
		if err != nil {
			return err
		}
		defer full.Close()
		spec := full.Spec()
		return (&compared[*Belief]{r, scope.Name, spec.Model, full, bridge.NewWalks(spec, seed, nil), full.bridge, oneWay}).walk(ctx, n, opt.Steps)
	}
	spec, err := latent.Spec(scope.Config)
	if err != nil {
		return err
	}
	system, err := OpenLatent(ctx, scope.Config, opt.Bridge)
	if err != nil {
		return err
	}
	defer system.Close()
	walks := bridge.NewWalks(spec, seed, Drivable)
	same := func(f finding[latent.State]) finding[latent.State] { return f }
	return (&compared[latent.State]{r, scope.Name, withoutGaps{spec.Model}, system, walks, system.bridge, same}).walk(ctx, n, opt.Steps)
}

type finding[S comparable] = bridge.Finding[S, latent.Action]

// compared is one scope while its walks are compared.
type compared[S comparable] struct {
	*Conformance
	scope  string
	model  model.Model[S, latent.Action]
	system bridge.System[S, latent.Action]
	walks  *bridge.Walks[S, latent.Action]
	bridge *Bridge
	told   func(finding[S]) finding[latent.State] // a difference in states of the model
}

func (c *compared[S]) walk(ctx context.Context, n, steps int) (err error) {
	c.Versions = c.bridge.Versions
	for n > 0 {
		lot := make([]*traces.Trace[S, latent.Action], min(n, walksAtOnce))
		for i := range lot {
			lot[i] = c.walks.Next(steps)
			c.Steps += lot[i].Len()
		}
		n -= len(lot)
		c.Traces += len(lot)
		found, err := bridge.Conform(ctx, c.system, lot)
		if err != nil {
			return err
		}
		for _, f := range found {
			if err := c.found(ctx, f); err != nil {
				return err
			}
		}
	}
	c.Taken = added(c.Taken, c.walks.Taken())
	c.Covered, err = c.bridge.Coverage(ctx)
	return err
}

// found counts a difference, and shrinks the first of its kind.
func (c *compared[S]) found(ctx context.Context, f finding[S]) error {
	for i := range c.Findings {
		if kind(c.Findings[i].Divergence) == kind(f.Divergence) {
			c.Findings[i].Walks++
			return nil
		}
	}
	small, err := bridge.Shrink(ctx, c.model, c.system, f)
	c.Findings = append(c.Findings, Finding{c.scope, 1, c.told(small)})
	return err
}

// kind is what two differences have in common that have the same cause: the
// action and the fields, whatever their numbers.
func kind(d *bridge.Divergence[latent.Action]) string {
	out := d.Action.Op.String()
	if d.Stopped != "" {
		return out + ": not taken"
	}
	for _, f := range d.Fields {
		out += " " + f.Path
	}
	return out
}

func added(a, b []bridge.Taken) []bridge.Taken {
	if a == nil {
		return b
	}
	for i := range a {
		a[i].Steps += b[i].Steps
	}
	return a
}

// A step is one of model/latent.
type step = model.Step[latent.State, latent.Action]

// Drivable reports whether the bridge can make a step happen, and the model
// has room for what it does. Gaps says what is left out.
func Drivable(from *latent.State, s *step) bool {
	return !slices.ContainsFunc(Gaps, func(g Gap) bool { return g.hit(from, s) })
}

// withoutGaps is a model without what is left out, so that a walk is not
// shortened to what is known to differ.
type withoutGaps struct {
	whole model.Model[latent.State, latent.Action]
}

func (m withoutGaps) Init() []latent.State { return m.whole.Init() }

func (m withoutGaps) Next(s *latent.State, out *model.Steps[latent.State, latent.Action]) {
	var all model.Steps[latent.State, latent.Action]
	steps := all.From(m.whole, *s)
	for i := range steps {
		if Drivable(s, &steps[i]) {
			*out.Add(steps[i].Action) = steps[i].State
		}
	}
}

// A Gap is a part of the model that is not compared with the code, and why.
type Gap struct {
	Why string
	hit func(from *latent.State, s *step) bool
}

// Gaps are what conformance leaves out.
var Gaps = []Gap{
	{"a step needs more room than the model has", func(_ *latent.State, s *step) bool {
		return s.State.Master.Events&latent.Overflow != 0
	}},
	{"a reconfiguration sends the builder list to a worker whose connection the database is recording, and its login sends it again",
		func(from *latent.State, s *step) bool {
			return s.Action.Op == latent.BuildersReconfigured && from.Master.Conf == latent.ReconfReassign && recording(from)
		}},
}

func recording(s *latent.State) bool {
	w := &s.Workers[0]
	return w.Conn != 0 && w.Conns[w.Conn-1].Login == latent.LoginDatabase
}

var _ bridge.System[latent.State, latent.Action] = (*Latent)(nil)
