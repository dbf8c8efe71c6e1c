package check

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// Options are the limits and modes of a search. The zero Options means one
// worker per CPU, no limits, exact states, no symmetry.
type Options struct {
	// Workers is how many goroutines search; 0 means one per CPU. The report
	// is the same for any number.
	Workers int

	// MaxStates and MaxBytes end the search before a level that would exceed
	// them; what is not decided by then is inconclusive. 0 means no limit.
	// MaxBytes counts the state store, the edges kept for liveness and the
	// queue, as a function of the states visited, not of the allocator's mood.
	MaxStates int
	MaxBytes  int64

	// Symmetry explores representatives under Spec.Canon only. It is an error
	// without Canon, and with properties it is not sound for: live ones and
	// AlwaysPossible.
	Symmetry bool

	// Compact keeps a 128-bit fingerprint of each state instead of the state.
	// It is an error with properties that need the graph: live ones and
	// AlwaysPossible.
	Compact bool

	// Witnesses asks for a behaviour for each Reachable property that holds. It
	// may cost as much as the search itself.
	Witnesses bool

	// Checkpoint, if its Path is set, makes the search survive its process.
	Checkpoint Checkpoint

	// Progress, if set, is called between parts of the work, often, and never
	// by two goroutines at once.
	Progress func(Progress)
}

// A Checkpoint names a file from which a killed search goes on. If Path exists
// when Run begins the search resumes from it, and Run refuses a file that is
// damaged or was written for another model. A search that reaches its end
// removes the file; one that is interrupted or meets a limit leaves it.
type Checkpoint struct {
	Path  string
	Every int    // levels between two writes; 0 means that the number of states decides
	Model string // names the model with its parameters, such as "twophase managers=7"
}

// Progress says how far a search is. Phase is "searching", then "deciding" for
// liveness, then "tracing" for counterexamples.
type Progress struct {
	Phase     string
	Distinct  uint64
	Generated uint64
	Depth     int
	Queue     uint64 // states found and not yet expanded
	Bytes     int64
	Done, Of  int // claims decided, or counterexamples found, of how many
}

// A Report is what a search found. It is the same for any number of workers.
type Report[S, A comparable] struct {
	Distinct  uint64 // states visited
	Generated uint64 // steps taken, and initial states
	Depth     int    // steps from an initial state to the farthest state visited
	Complete  bool   // every reachable state was visited
	Stopped   string // why the search is not complete; empty if it is
	Bytes     int64  // memory of the search as MaxBytes counts it

	Verdicts []properties.Verdict[S, A] // one per claim, in the order of Spec.Claims

	Fired []Fired  // how often each action name was taken, in the order of Spec.Actions
	Never []string // action names of Spec.Actions never taken
	Idle  []string // fairness sets that cover no action taken, as WF(name) or SF(name)

	Omission *Omission // what compaction may have missed; nil if states are exact
}

// Fired counts the steps with an action of that name.
type Fired struct {
	Name  string
	Steps uint64
}

// An Omission bounds the chance that compaction took two states for one: at
// most 1 in 2^Exponent that any state was missed.
type Omission struct {
	Bits     int // of a fingerprint
	Exponent int
}

// Run explores spec.Model breadth first and decides every property of spec.
// The report is the same for any number of workers.
//
// A violated property is a verdict, not an error. The error is non-nil if the
// options cannot be honoured together (*OptionError), if the model broke its
// contract (*ContractError), if a checkpoint cannot be used
// (*CheckpointError), or if ctx ended; in the last case the report is valid
// for what was visited, otherwise it is nil.
func Run[S, A comparable](ctx context.Context, spec properties.Spec[S, A], opt Options) (*Report[S, A], error) {
	if err := validate(&spec, &opt); err != nil {
		return nil, err
	}
	in, err := newSearch(&spec, opt)
	if err != nil {
		return nil, err
	}
	defer in.close()
	if err := in.resume(); err != nil {
		return nil, err
	}
	if err := in.explore(ctx); err != nil && ctx.Err() == nil {
		return nil, err
	}
	if err := in.park(); err != nil {
		return nil, err
	}
	r := in.report()
	wanted, err := in.decide(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := in.follow(ctx, r, wanted); err != nil {
		return nil, err
	}
	if in.stopped == "" && ctx.Err() == nil {
		in.removeCheckpoint()
	}
	return r, ctx.Err()
}

// validate refuses what cannot be honoured. An option is never ignored.
func validate[S, A comparable](spec *properties.Spec[S, A], opt *Options) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	if err := errors.Join(model.Plain[S](), model.Plain[A]()); err != nil {
		return &ContractError{Reason: err.Error()}
	}
	for _, limit := range []struct {
		name  string
		value int64
	}{{"Workers", int64(opt.Workers)}, {"MaxStates", int64(opt.MaxStates)}, {"MaxBytes", opt.MaxBytes}, {"Checkpoint.Every", int64(opt.Checkpoint.Every)}} {
		if limit.value < 0 {
			return &OptionError{fmt.Sprintf("%s is %d; it must not be negative", limit.name, limit.value)}
		}
	}
	if opt.Symmetry && spec.Canon == nil {
		return &OptionError{"symmetry: the spec says nothing about it (no Canon)"}
	}
	for _, p := range spec.Claims() {
		graph := p.Form.Live() || p.Form == properties.FormAlwaysPossible
		if graph && opt.Symmetry {
			return &OptionError{fmt.Sprintf("symmetry is not sound for property %q (%s); check the others without it", p.Name, p.Form)}
		}
		if graph && opt.Compact {
			return &OptionError{fmt.Sprintf("compaction cannot decide property %q (%s), which needs the states; check the others without it", p.Name, p.Form)}
		}
	}
	return nil
}

func newSearch[S, A comparable](spec *properties.Spec[S, A], opt Options) (*search[S, A], error) {
	in := &search[S, A]{spec: spec, opt: opt, claims: spec.Claims(), actions: newActions(spec)}
	if opt.Symmetry {
		in.canon = spec.Canon
	}
	var err error
	if in.visited, err = newVisited[S](opt.Compact, workerCount(opt) == 1); err != nil {
		return nil, err
	}
	if in.keep = in.keeper(); in.keep != nil {
		if in.graph, err = newGraph(in.exact.max, len(spec.Fairness) > 0); err != nil {
			in.visited.close()
			return nil, err
		}
	}
	in.watch()
	for range workerCount(opt) {
		in.workers = append(in.workers, &worker[S, A]{in: in, actions: newActionCache(in.actions)})
	}
	return in, nil
}

// keeper returns which states' edges some claim will ask for; nil if none.
func (in *search[S, A]) keeper() func(*S) bool {
	var goals []properties.Predicate[S]
	for _, p := range in.claims {
		if p.Form == properties.FormAlwaysPossible {
			return func(*S) bool { return true }
		}
		if p.Form.Live() {
			goals = append(goals, p.Q)
		}
	}
	if goals == nil {
		return nil
	}
	return func(s *S) bool {
		return slices.ContainsFunc(goals, func(q properties.Predicate[S]) bool { return !q(s) })
	}
}

// sight and subject are the watch indices of a claim: whether what decides it
// was seen, and whether what it is about was.
func sight(claim int) int   { return 2 * claim }
func subject(claim int) int { return 2*claim + 1 }

// watch sets up what is looked for in every new state and on every step.
func (in *search[S, A]) watch() {
	in.sights = 2 * len(in.claims)
	in.seen = make([]bool, in.sights)
	for i, p := range in.claims {
		switch p.Form {
		case properties.FormAlways:
			in.watches = append(in.watches, watch[S]{p.P, false, sight(i)})
		case properties.FormReachable:
			in.watches = append(in.watches, watch[S]{p.P, true, sight(i)})
		case properties.FormAlwaysStep:
			in.steps = append(in.steps, stepWatch[S]{p.Step, sight(i)})
		case properties.FormNoDeadlock:
			in.deadlocks = append(in.deadlocks, finalWatch[S]{p.P, sight(i)})
		}
		if p.Subject != nil {
			in.watches = append(in.watches, watch[S]{p.Subject, true, subject(i)})
		}
	}
}

// report is what the search found, without verdicts.
func (in *search[S, A]) report() *Report[S, A] {
	r := &Report[S, A]{
		Distinct: in.distinct, Generated: in.generated, Depth: in.depth,
		Complete: in.stopped == "" && !in.cut, Stopped: in.partial(),
		Bytes:    in.bytes(in.distinct, in.edgeWords),
		Verdicts: make([]properties.Verdict[S, A], len(in.claims)),
	}
	byName := make(map[string]uint64)
	var fair uint64
	for number, n := range in.taken {
		info := in.actions.list[number]
		byName[info.name] += n
		if n > 0 {
			fair |= in.actions.masks[info.label]
		}
	}
	names := in.spec.Actions
	if names == nil {
		for number, n := range in.taken {
			if n > 0 { // the rest belongs to a level that was taken back
				names = append(names, in.actions.list[number].name)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		r.Fired = append(r.Fired, Fired{name, byName[name]})
		if byName[name] == 0 {
			r.Never = append(r.Never, name)
		}
	}
	r.Idle = in.names(^fair)
	if in.prints != nil {
		r.Omission = omission(in.distinct)
	}
	return r
}

// omission bounds the chance that n random fingerprints are not all different:
// at most n*n/2 pairs, each equal with probability 2^-128.
func omission(n uint64) *Omission {
	const width = 128
	return &Omission{Bits: width, Exponent: max(0, width+1-2*bits.Len64(n))}
}
