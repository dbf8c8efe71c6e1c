package catalog

import (
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A Description is what can be said of a spec without checking it.
type Description struct {
	Properties []Claim
	Fairness   []Assumption
	Actions    []Action
}

// A Claim is a property before it is decided.
type Claim struct {
	Name     string
	Form     string
	Sentence string
	Rests    []string // fairness sets it may rest on, as WF(name) or SF(name)
}

// An Assumption is a fairness set.
type Assumption struct {
	Name   string   // as WF(name) or SF(name)
	Covers []string // names of the actions in it, of those met
}

// An Action is what is said about the first action of its name that was met.
type Action struct {
	Name string
	Met  bool // false if none was met, and then there is nothing but the name
	model.About
}

// Actions are met by looking at this many states, breadth first: a list must
// answer at once, and models show what they do early.
const statesDescribed = 20_000

// describe looks at the spec and at the first states of its model. It decides
// nothing: an action that was not met may still be possible.
func describe[S, A comparable](spec *properties.Spec[S, A]) Description {
	var d Description
	for _, p := range spec.Claims() {
		d.Properties = append(d.Properties, Claim{p.Name, p.Form.String(), p.Sentence, rests(spec, &p)})
	}
	met := meet(spec)
	for _, f := range spec.Fairness {
		as := Assumption{Name: f.String()}
		for _, a := range met {
			if name := spec.About(a).Name; f.Covers(a) && !slices.Contains(as.Covers, name) {
				as.Covers = append(as.Covers, name)
			}
		}
		d.Fairness = append(d.Fairness, as)
	}
	for _, name := range spec.Actions {
		action := Action{Name: name}
		if i := slices.IndexFunc(met, func(a A) bool { return spec.About(a).Name == name }); i >= 0 {
			action.Met, action.About = true, spec.About(met[i])
		}
		d.Actions = append(d.Actions, action)
	}
	return d
}

// rests returns the fairness sets that p may rest on.
func rests[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S]) []string {
	var out []string
	for _, f := range spec.Fairness {
		if p.Form.Live() && (p.Under == nil || slices.Contains(p.Under, f.Name)) {
			out = append(out, f.String())
		}
	}
	return out
}

// meet returns the different actions on the way to the first states, in the
// order in which they are met.
func meet[S, A comparable](spec *properties.Spec[S, A]) []A {
	var queue []S
	var met []A
	known := make(map[S]bool)
	taken := make(map[A]bool)
	add := func(s S) {
		if !known[s] && len(queue) < statesDescribed {
			known[s] = true
			queue = append(queue, s)
		}
	}
	for _, s := range spec.Model.Init() {
		add(s)
	}
	var out model.Steps[S, A]
	for i := 0; i < len(queue); i++ {
		for _, step := range out.From(spec.Model, queue[i]) {
			if !taken[step.Action] {
				taken[step.Action] = true
				met = append(met, step.Action)
			}
			add(step.State)
		}
	}
	return met
}
