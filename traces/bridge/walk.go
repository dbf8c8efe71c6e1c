package bridge

import (
	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// Walks are random behaviours of a model in which rare actions are preferred:
// an action is the more likely the less often its name was taken before, in
// this walk and those before it. They are a function of the seed.
type Walks[S, A comparable] struct {
	spec  properties.Spec[S, A]
	may   func(from *S, step *model.Step[S, A]) bool
	seed  uint64
	run   uint64
	taken map[string]uint64
	about map[A]said
	out   model.Steps[S, A]
}

// NewWalks returns the walks of a seed. They take only steps for which may
// holds; nil means all.
func NewWalks[S, A comparable](spec properties.Spec[S, A], seed uint64, may func(from *S, step *model.Step[S, A]) bool) *Walks[S, A] {
	return &Walks[S, A]{spec: spec, may: may, seed: seed, taken: make(map[string]uint64), about: make(map[A]said)}
}

// attempts bounds how often Next begins a walk again that came to its end early.
const attempts = 20

// Next returns a walk of that many steps; if walk after walk comes to a state
// without any before, the longest of them.
func (w *Walks[S, A]) Next(steps int) *traces.Trace[S, A] {
	var longest *traces.Trace[S, A]
	for range attempts {
		t := w.walk(steps)
		if longest == nil || t.Len() > longest.Len() {
			longest = t
		}
		if longest.Len() == steps {
			break
		}
	}
	for i := range longest.Steps {
		w.taken[w.said(longest.Steps[i].Action).name]++
	}
	return longest
}

func (w *Walks[S, A]) walk(steps int) *traces.Trace[S, A] {
	r := rng.New(w.seed, w.run)
	w.run++
	inits := w.spec.Model.Init()
	t := &traces.Trace[S, A]{Start: inits[r.Below(uint64(len(inits)))], Loop: traces.Finite}
	for range steps {
		step, ok := w.choose(&r, *t.Last())
		if !ok {
			break
		}
		t.Steps = append(t.Steps, step)
	}
	return t
}

// Taken says how often each action of the spec was taken, in its order.
func (w *Walks[S, A]) Taken() []Taken {
	out := make([]Taken, len(w.spec.Actions))
	for i, name := range w.spec.Actions {
		out[i] = Taken{name, w.taken[name]}
	}
	return out
}

// Taken counts the steps of walks with an action of that name.
type Taken struct {
	Name  string
	Steps uint64
}

const scale = 1 << 20

func (w *Walks[S, A]) choose(r *rng.Source, s S) (step model.Step[S, A], ok bool) {
	steps := w.out.From(w.spec.Model, s)
	total := uint64(0)
	for i := range steps {
		total += w.weight(&s, &steps[i])
	}
	if total == 0 {
		return step, false
	}
	at := r.Below(total)
	for i := range steps {
		weight := w.weight(&s, &steps[i])
		if at < weight {
			return steps[i], true
		}
		at -= weight
	}
	panic("bridge: weights do not add up")
}

// weight falls with the square root of how often the name was taken: rare
// branches are reached, and common ones do not die out. What people ask for is
// always possible, and faults almost always: without a handicap they would
// leave no room for the protocol between them.
func (w *Walks[S, A]) weight(from *S, step *model.Step[S, A]) uint64 {
	if w.may != nil && !w.may(from, step) {
		return 0
	}
	about := w.said(step.Action)
	return scale / about.handicap / (1 + root(w.taken[about.name]))
}

// said is the part of model.About that walks need, kept because making it is
// slow.
type said struct {
	name     string
	handicap uint64
}

func (w *Walks[S, A]) said(a A) said {
	known, ok := w.about[a]
	if !ok {
		about := w.spec.About(a)
		known = said{about.Name, 1}
		switch about.Kind {
		case model.Request:
			known.handicap = 8
		case model.Fault:
			known.handicap = 4
		}
		w.about[a] = known
	}
	return known
}

// root is the integer square root.
func root(n uint64) uint64 {
	r := uint64(0)
	for bit := uint64(1) << 31; bit > 0; bit >>= 1 {
		if t := r | bit; t*t <= n {
			r = t
		}
	}
	return r
}
