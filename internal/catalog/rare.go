package catalog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
	"github.com/quiesce/quiesce/sim/stats"
	"github.com/quiesce/quiesce/traces/codec"
	"github.com/quiesce/quiesce/traces/shrink"
)

// Levels of importance splitting that need no more than their name.
const (
	LevelsAuto     = "auto"     // distance where the graph is small enough, else steps
	LevelsDistance = "distance" // how far a state is from a violation, on the whole graph
	LevelsSteps    = "steps"    // how many steps of a counterexample have been taken, in order, by their names
)

// RareOptions say how to estimate the probability of a rare violation.
type RareOptions struct {
	Property string
	Levels   string          // one of the above; empty means LevelsAuto
	Names    []string        // action names that are the levels, in order, instead
	Toward   *codec.Document // a trace whose steps are the levels, instead

	Seed       uint64 // of the first replica; the next has the next seed
	Replicas   int    // 2 or more
	Runs       int    // for each level of a replica; 0 means 1000
	Steps      int    // of a behaviour; 0 means 200
	Workers    int
	Confidence float64

	Search   func(check.Progress)                         // of the search for a counterexample; may be nil
	Progress func(replica, level, last int, steps uint64) // after every level; may be nil
}

// A Rarity is the estimate of the probability that a run of at most Steps steps,
// each enabled step being equally likely, violates a property.
type Rarity struct {
	Spec     string
	Values   Values
	Options  RareOptions // as they were honoured
	Property string
	Form     string
	Sentence string

	Levels    []RareLevel // of all replicas together
	Names     []string    // of the steps that are the levels; empty with distances
	Estimates []float64   // by replica, each without bias

	// Mean is of the estimates. Without Bounds it is of the replicas that were
	// finished before an interruption; or they differ too much (see Trusted); or
	// no replica came to the last level, and then AtMost, of all levels together,
	// is what can be said.
	Mean     float64
	Bounds   *stats.Interval
	Relative float64 // standard error over mean; infinite if no replica came to the last level
	AtMost   float64

	Steps   uint64  // taken in all
	Runs    uint64  // begun in all
	Plain   float64 // runs from the start that would have the same relative error
	Stopped bool    // interrupted

	Exact  *float64        // the answer of the model solved as a Markov chain; nil if it has too many states
	States int             // of that chain
	Trace  *codec.Document // of the shortest violation; nil if it was not asked for or not found
	Worth  Worth
}

// A RareLevel says of a level what became of the runs begun at the one before.
type RareLevel struct {
	Name             string // of the step that leads to it; empty with distances
	Started, Reached uint64
}

// Solvable is the number of states up to which a model is solved exactly, to
// compare, and distances are known. It takes a second or two.
const Solvable = 400_000

// Trusted is the relative error up to which the replicas are taken to have seen
// the event from all sides. Estimates of splitting are skewed: when most come
// out too low and a rare one far too high, Student's interval misses the truth
// below. With levels by steps that was seen from a third on.
const Trusted = 0.25

// Within reports whether the exact answer lies in the interval. It is false if
// either is missing.
func (r *Rarity) Within() bool {
	return r.Exact != nil && r.Bounds != nil && r.Bounds.Low <= *r.Exact && *r.Exact <= r.Bounds.High
}

// Outcome is violated if any behaviour that violates the property was seen or is
// known to exist, else inconclusive: that none was met says little of what is rare.
func (r *Rarity) Outcome() properties.Outcome {
	if r.Trace != nil || r.Mean > 0 || r.Exact != nil && *r.Exact > 0 {
		return properties.Violated
	}
	return properties.Inconclusive
}

// splits is an estimation under way.
type splits[S, A comparable] struct {
	spec  properties.Spec[S, A]
	opt   RareOptions
	out   *Rarity
	model model.Model[sim.Course[S], A]
	graph *sim.Graph[S] // nil if it is too large
	level func(*sim.Course[S]) int
	last  int
	steps int // of a behaviour of model
}

// rare estimates how probable it is that spec, named name with values v,
// violates a property.
func rare[S, A comparable](ctx context.Context, name string, v Values, spec *properties.Spec[S, A], opt RareOptions) (*Rarity, error) {
	chosen, err := only(spec, []string{opt.Property})
	if err != nil {
		return nil, err
	}
	if err := opt.complete(spec.Actions); err != nil {
		return nil, err
	}
	p := chosen.Claims()[0]
	s := &splits[S, A]{spec: chosen, opt: opt, steps: opt.Steps, out: &Rarity{
		Spec: name, Values: v, Property: p.Name, Form: p.Form.String(), Sentence: p.Sentence, Relative: math.Inf(1)}}
	if p.Form == properties.FormNoDeadlock {
		s.steps++ // to be stuck is a step there
	}
	plain, err := sim.Toward(chosen, p.Name, nil)
	if err != nil {
		return nil, &check.OptionError{Reason: err.Error()}
	}
	if s.graph, err = sim.Unfold(ctx, plain, Solvable); err != nil {
		return nil, err
	}
	if s.graph != nil {
		if err := s.solve(); err != nil {
			return nil, err
		}
	}
	if err := s.plan(ctx, plain); err != nil {
		return nil, err
	}
	s.out.Options = s.opt
	if err := s.replicas(ctx); err != nil {
		return s.out, err
	}
	return s.out, s.estimate()
}

// complete checks the options and fills in what is left open.
func (o *RareOptions) complete(actions []string) error {
	refuse := func(format string, args ...any) error {
		return &check.OptionError{Reason: fmt.Sprintf(format, args...)}
	}
	if o.Levels == "" {
		o.Levels = LevelsAuto
	}
	if o.Runs == 0 {
		o.Runs = 1000
	}
	if o.Steps == 0 {
		o.Steps = 200
	}
	const most = 1 << 20
	switch {
	case !(o.Confidence > 0 && o.Confidence < 1):
		return refuse("confidence %g: want more than 0 and less than 1, such as 0.95", o.Confidence)
	case o.Replicas < 2 || o.Replicas > most:
		return refuse("%d replicas: want 2 to %d, as the interval is made of how they differ", o.Replicas, most)
	case o.Runs < 1 || o.Runs > most || o.Steps < 1 || o.Steps > most:
		return refuse("%d runs for each level, of %d steps: at most %d of either", o.Runs, o.Steps, most)
	}
	for _, name := range o.Names {
		if !slices.Contains(actions, name) {
			return refuse("levels: %s is not an action; the actions are %s", quoted(name), strings.Join(actions, ", "))
		}
	}
	return nil
}

// solve finds the exact answer on the graph.
func (s *splits[S, A]) solve() error {
	chain := make(stats.Chain, len(s.graph.Next))
	for i, next := range s.graph.Next {
		for _, to := range next {
			chain[i] = append(chain[i], stats.Move{To: to, P: 1 / float64(len(next))})
		}
	}
	p, err := chain.Within(func(i int) bool { return s.graph.Violated[i] }, s.steps)
	if err != nil {
		return err
	}
	exact := 0.0
	for i := range s.graph.Starts {
		exact += p[i] / float64(s.graph.Starts)
	}
	s.out.Exact, s.out.States = &exact, len(chain)
	return nil
}

// plan chooses the levels.
func (s *splits[S, A]) plan(ctx context.Context, plain model.Model[sim.Course[S], A]) error {
	if s.graph != nil {
		level, last := s.graph.Levels()
		if last < 0 {
			return &check.OptionError{Reason: fmt.Sprintf("nothing violates %q: all %d states of the model were searched, there is no rare event to look for",
				s.opt.Property, s.out.States)}
		}
		if last == 0 {
			return &check.OptionError{Reason: fmt.Sprintf("every initial state violates %q: that is not rare", s.opt.Property)}
		}
		s.level, s.last, s.model = level, last, plain
	}
	named := len(s.opt.Names) > 0 || s.opt.Toward != nil
	switch {
	case !named && s.opt.Levels == LevelsDistance && s.graph == nil:
		return &check.OptionError{Reason: fmt.Sprintf("levels by distance need the whole graph, and it has more than %d states", Solvable)}
	case !named && s.opt.Levels != LevelsSteps && s.graph != nil:
		s.opt.Levels = LevelsDistance
		return nil
	}
	s.opt.Levels = LevelsSteps
	names, err := s.counterexample(ctx)
	if err != nil {
		return err
	}
	s.out.Names = names
	s.level, s.last = sim.StepLevels[S](names)
	s.model, err = sim.Toward(s.spec, s.opt.Property, names)
	return err
}

// counterexample returns the names of the actions that are the levels: those
// that were given, those of the trace that was, or of the shortest there is.
func (s *splits[S, A]) counterexample(ctx context.Context) ([]string, error) {
	if len(s.opt.Names) > 0 {
		return s.opt.Names, nil
	}
	var names []string
	if d := s.opt.Toward; d != nil {
		t, err := codec.Replay(&s.spec, d)
		if err != nil {
			return nil, &check.OptionError{Reason: fmt.Sprintf("levels: the trace is none of this model: %v", err)}
		}
		for _, a := range t.Actions() {
			names = append(names, s.spec.About(a).Name)
		}
		return names, nil
	}
	found, err := check.Run(ctx, s.spec, check.Options{MaxStates: shrink.DefaultStates, Workers: s.opt.Workers, Progress: s.opt.Search})
	if err != nil {
		return nil, err
	}
	v := &found.Verdicts[0]
	switch {
	case v.Outcome == properties.Violated:
	case found.Complete:
		return nil, &check.OptionError{Reason: fmt.Sprintf("nothing violates %q: a check of all %d states says %v, there is no rare event to look for",
			s.opt.Property, found.Distinct, v.Outcome)}
	default:
		return nil, &check.OptionError{Reason: fmt.Sprintf("no violation of %q was found among %d states: name the actions on the way to it, or a trace file, as levels",
			s.opt.Property, found.Distinct)}
	}
	for _, a := range v.Trace.Actions() {
		names = append(names, s.spec.About(a).Name)
	}
	described := verdict(s.out.Spec, s.out.Values, &s.spec, v)
	s.out.Trace, s.out.Worth = described.Trace, AsFound
	if found.Complete {
		s.out.Worth = Canonical
	}
	return names, nil
}

// replicas makes them, one after the other. What is not finished does not count.
func (s *splits[S, A]) replicas(ctx context.Context) error {
	s.out.Levels = make([]RareLevel, s.last)
	for i := range s.out.Names {
		s.out.Levels[i].Name = s.out.Names[i]
	}
	for r := range s.opt.Replicas {
		opt := sim.SplitOptions{Seed: s.opt.Seed + uint64(r), Runs: s.opt.Runs, Steps: s.steps, Workers: s.opt.Workers}
		if s.opt.Progress != nil {
			opt.Progress = func(level int, steps uint64) { s.opt.Progress(r, level, s.last, s.out.Steps+steps) }
		}
		split, err := sim.Splitting(ctx, s.model, s.level, s.last, opt)
		if err != nil {
			s.out.Stopped = ctx.Err() != nil
			return errors.Join(err, s.finish())
		}
		estimate := 1.0
		for i, l := range split.Levels {
			s.out.Levels[i].Started += l.Started
			s.out.Levels[i].Reached += l.Reached
			s.out.Runs += l.Started
			estimate *= float64(l.Reached) / float64(l.Started)
		}
		if split.Trace == nil {
			estimate = 0
		} else if err := s.refuted(split); err != nil {
			return err
		}
		s.out.Steps += split.Steps
		s.out.Estimates = append(s.out.Estimates, estimate)
	}
	return nil
}

// refuted holds what a replica found against the judge of all counterexamples.
func (s *splits[S, A]) refuted(split *sim.Split[sim.Course[S], A]) error {
	p := s.spec.Claims()[0]
	if err := properties.Refute(&s.spec, &p, sim.Uncourse(split.Trace)); err != nil {
		return fmt.Errorf("splitting came to a behaviour that does not violate %q: %w", p.Name, err)
	}
	return nil
}

// finish says of an interrupted estimation what its finished replicas say.
func (s *splits[S, A]) finish() error {
	for _, e := range s.out.Estimates {
		s.out.Mean += e / float64(len(s.out.Estimates))
	}
	s.out.Options = s.opt
	return nil
}

// estimate says what the replicas mean. Levels that no run reached have no
// runs begun behind them, and none are counted.
func (s *splits[S, A]) estimate() error {
	mean, in, relative, err := stats.Replicas(s.out.Estimates, s.opt.Confidence)
	if err != nil {
		return err
	}
	s.out.Mean = mean
	if mean > 0 {
		if s.out.Relative = relative; relative <= Trusted {
			s.out.Bounds = &in
		}
		s.out.Plain = (1 - mean) / (mean * relative * relative)
		return nil
	}
	var seen []stats.Level
	for _, l := range s.out.Levels {
		if l.Started > 0 {
			seen = append(seen, stats.Level{Started: l.Started, Reached: l.Reached})
		}
	}
	_, bound, err := stats.Splitting(seen, s.opt.Confidence)
	s.out.AtMost = bound.High
	return err
}
