package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/traces/codec"
)

// An Entry is a spec with parameters, as the command sees it.
type Entry struct {
	Name   string
	Doc    string // one line
	Params []Param
	Story  []Chapter // what to tell first of a spec with many properties

	build func(Values) (*Instance, error)
}

// A Chapter tells what the counterexample of a property means.
type Chapter struct {
	Property string
	Title    string
	Text     string // a paragraph
}

// An Instance is a spec all of whose parameters have a value. Its functions
// close over the types of states and actions.
type Instance struct {
	Spec   string
	Values Values
	Story  []Chapter

	// Check decides the properties. The error is that of check.Run; with it
	// there may be a report, valid for what was visited.
	Check func(ctx context.Context, opt Options) (*Report, error)

	// Replay says whether d is a behaviour of the spec and shows what it
	// claims. If not, the error is a *codec.Divergence.
	Replay func(d *codec.Document) error

	Describe func() Description

	// Simulate makes runs. If ctx ends there is an error and a Simulation, valid
	// for the runs that were finished.
	Simulate func(ctx context.Context, opt SimOptions) (*Simulation, error)

	// Rare estimates the probability of a rare violation. If ctx ends there is
	// an error and, if replicas had begun, a Rarity of those that were finished.
	Rare func(ctx context.Context, opt RareOptions) (*Rarity, error)

	// History returns d, a behaviour of the spec, as a history of operations on a
	// worker. The error is a *codec.Divergence, or says that the spec has none.
	History func(d *codec.Document) (*linear.History, error)

	Real *Real // the real system that the spec is a model of; nil if there is none
}

// Options are those of a check, and which properties to decide.
type Options struct {
	check.Options
	Only []string // names of properties; none means all
}

// Of makes an entry from the function that constructs a spec. It is the one
// place where a spec loses its type parameters.
func Of[S, A comparable](name, doc string, params []Param, construct func(Values) (properties.Spec[S, A], error)) Entry {
	return Entry{Name: name, Doc: doc, Params: params, build: func(v Values) (*Instance, error) {
		spec, err := construct(v)
		if err != nil {
			return nil, err
		}
		return instance(name, v, &spec), nil
	}}
}

// instance closes over spec: below here nobody knows S and A.
func instance[S, A comparable](name string, v Values, spec *properties.Spec[S, A]) *Instance {
	return &Instance{
		Spec: name, Values: v,
		Check: func(ctx context.Context, opt Options) (*Report, error) {
			return run(ctx, name, v, spec, opt)
		},
		Replay: func(d *codec.Document) error {
			_, err := codec.Replay(spec, d)
			return err
		},
		History: func(d *codec.Document) (*linear.History, error) {
			if !hasHistories[S, A]() {
				return nil, errNoHistory
			}
			t, err := codec.Replay(spec, d)
			if err != nil {
				return nil, err
			}
			return historyFrom(spec.Model, t)
		},
		Describe: func() Description { return describe(spec) },
		Simulate: func(ctx context.Context, opt SimOptions) (*Simulation, error) {
			return simulate(ctx, name, v, spec, opt)
		},
		Rare: func(ctx context.Context, opt RareOptions) (*Rarity, error) {
			return rare(ctx, name, v, spec, opt)
		},
	}
}

// Build returns e with its parameters set. Values come from Entry.Values; the
// error says which of them cannot go together.
func (e *Entry) Build(v Values) (*Instance, error) {
	instance, err := e.build(v)
	if err == nil {
		instance.Story = e.Story
	}
	return instance, err
}

// Recorded returns the instance that d is a trace of: its spec with its
// parameters, or their defaults if the file leaves them out. If spec is not
// empty it is used instead; so are the parameters that variant, which may be
// nil, and assignments set.
func Recorded(d *codec.Document, spec string, variant *Variant, assignments []string) (*Instance, error) {
	foreign := spec != "" && spec != d.Spec
	if !foreign {
		spec = d.Spec
	}
	entry, err := Find(spec)
	if err != nil {
		return nil, err
	}
	values := entry.defaults()
	for _, p := range d.Params {
		if foreign {
			break // another spec's parameters mean nothing here
		}
		if err := entry.assign(values, p.Name, p.Value); err != nil {
			return nil, fmt.Errorf("params: %w", err)
		}
	}
	if err := entry.change(values, variant, assignments); err != nil {
		return nil, err
	}
	return entry.Build(values)
}

// Find returns the entry of that name. The error lists the names there are.
func Find(name string) (*Entry, error) {
	all := Specs()
	if i := slices.IndexFunc(all, func(e Entry) bool { return e.Name == name }); i >= 0 {
		return &all[i], nil
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return nil, fmt.Errorf("no spec is called %s; there are %s", quoted(name), strings.Join(names, ", "))
}
