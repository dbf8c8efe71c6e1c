package modeltest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// CheckSpec checks the laws of spec, and of its model as Check does. States for
// which spec.Within is false are looked at and not left.
//
// Each of symmetries replaces a state by one that must behave in the same way,
// such as one with two workers exchanged. With spec.Canon the symmetries it
// relies on should be given: it is then also checked that symmetric states have
// one representative. It is enough to give generators.
func CheckSpec[S, A comparable](spec properties.Spec[S, A], opt Options, symmetries ...func(s *S)) error {
	var found violations
	if err := spec.Validate(); err != nil {
		found.add(Valid, "", "%v", err)
	}
	if spec.Model == nil {
		return found.err()
	}
	c := &specCheck[S, A]{spec: spec, found: &found}
	c.graph = explore(spec.Model, opt, c.within(), &found)
	if spec.About != nil {
		c.actions()
		c.fields()
	}
	c.predicates()
	if spec.Canon != nil {
		c.canon()
	}
	for i, swap := range symmetries {
		c.symmetry(fmt.Sprintf("symmetry %d", i), swap)
	}
	return found.err()
}

// A specCheck is a spec with the part of its model that was explored. The laws
// of a spec are checked on that part after it is known, so that one broken law
// does not hide another.
type specCheck[S, A comparable] struct {
	spec  properties.Spec[S, A]
	graph *graph[S, A]
	found *violations
}

// within is spec.Within, and false where that panics: predicates reports it.
func (c *specCheck[S, A]) within() func(*S) bool {
	if c.spec.Within == nil {
		return nil
	}
	return func(s *S) (inside bool) {
		defer func() { _ = recover() }()
		copied := *s
		return c.spec.Within(&copied)
	}
}

// actions checks what is said about every action that some step carries.
func (c *specCheck[S, A]) actions() {
	for i, name := range c.spec.Actions {
		if slices.Contains(c.spec.Actions[:i], name) {
			c.found.add(Listed, "action "+name, "it is there twice")
		}
	}
	seen := make(map[A]bool)
	told := make(map[string]A)
	for _, i := range c.graph.asked {
		for _, step := range c.graph.steps[i] {
			if !seen[step.Action] {
				seen[step.Action] = true
				c.action(step.Action, told)
			}
		}
	}
}

// action checks what is said about a. told is what was said about others.
func (c *specCheck[S, A]) action(a A, told map[string]A) {
	defer c.found.caught("About", text{a})
	about := c.spec.About(a)
	subject := "action " + about.Name
	if !reflect.DeepEqual(about, c.spec.About(a)) {
		c.found.add(Described, subject, "two answers about %v differ", text{a})
	}
	if !slices.Contains(c.spec.Actions, about.Name) {
		c.found.add(Listed, subject, "%v is enabled and its name is not in Actions", text{a})
	}
	switch {
	case about.Name == "":
		c.found.add(Described, subject, "%v has no name", text{a})
	case about.Actor == "":
		c.found.add(Described, subject, "%v has no actor", text{a})
	case about.Kind > model.Fault:
		c.found.add(Described, subject, "%v is of kind %v, which there is not", text{a}, about.Kind)
	case strings.TrimSpace(about.Sentence) == "" || strings.ContainsAny(about.Sentence, "\n\r"):
		c.found.add(Described, subject, "%v has the sentence %q", text{a}, about.Sentence)
	}
	// Reports show these and not the action itself.
	all := fmt.Sprintf("%q by %q to %q: %q", about.Name, about.Actor, about.Peer, about.Sentence)
	if other, is := told[all]; is {
		c.found.add(Distinguished, subject, "%v and %v are both %s", text{other}, text{a}, all)
	}
	told[all] = a
}

// fields checks, for every step, the fields it is said to read and write.
func (c *specCheck[S, A]) fields() {
	defer c.found.caught("About")
	for _, i := range c.graph.asked {
		from := model.View(c.graph.states[i])
		for _, step := range c.graph.steps[i] {
			about := c.spec.About(step.Action)
			for _, name := range slices.Concat(about.Reads, about.Writes) {
				if top, _, _ := strings.Cut(strings.ReplaceAll(name, "[", "."), "."); !slices.Contains(from.Names, top) {
					c.found.add(Written, "action "+about.Name, "%q is not a field of %v", name, from)
				}
			}
			if about.Writes == nil { // nothing is said, nothing is relied on
				continue
			}
			for _, change := range model.Diff(from, model.View(step.State)) {
				if !slices.ContainsFunc(about.Writes, func(name string) bool { return covers(name, change.Path) }) {
					c.found.add(Written, "action "+about.Name, "%v changes %s in %v", text{step.Action}, change.Path, from)
				}
			}
		}
	}
}

// covers reports whether path is the field name or a part of it.
func covers(name, path string) bool {
	rest, ok := strings.CutPrefix(path, name)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// predicates asks everything the spec can ask of the states and steps that were
// explored.
func (c *specCheck[S, A]) predicates() {
	for _, q := range c.questions() {
		for _, s := range c.graph.states {
			c.ask(q, s)
		}
	}
	for _, p := range c.spec.Claims() {
		if p.Step == nil {
			continue
		}
		for _, i := range c.graph.asked {
			for _, step := range c.graph.steps[i] {
				c.askStep(p, c.graph.states[i], step.State)
			}
		}
	}
	for _, f := range c.spec.Fairness {
		if f.Covers == nil {
			continue
		}
		for _, i := range c.graph.asked {
			for _, step := range c.graph.steps[i] {
				c.askFairness(f, step.Action)
			}
		}
	}
}

// A question is a predicate of the spec with a name for it.
type question[S any] struct {
	name   string
	p      properties.Predicate[S]
	safety bool // it is evaluated on representatives when symmetry is used
}

// questions returns every predicate on states. NoDeadlock, which Spec.Final
// adds, is among the claims.
func (c *specCheck[S, A]) questions() []question[S] {
	var out []question[S]
	for _, p := range c.spec.Claims() {
		name := fmt.Sprintf("property %q", p.Name)
		for _, predicate := range []properties.Predicate[S]{p.P, p.Q, p.Subject} {
			if predicate != nil {
				out = append(out, question[S]{name, predicate, !p.Form.Live()})
			}
		}
	}
	if c.spec.Within != nil {
		out = append(out, question[S]{"Within", c.spec.Within, true})
	}
	return out
}

// ask returns the answer of q about s.
func (c *specCheck[S, A]) ask(q question[S], s S) (answer bool) {
	defer c.found.caught(q.name, text{s})
	given := s
	answer = q.p(&given)
	if given != s {
		c.found.add(PureQuestion, q.name, "it changes %v to %v", text{s}, text{given})
		given = s
	}
	if q.p(&given) != answer {
		c.found.add(PureQuestion, q.name, "asked twice in %v it gives two answers", text{s})
	}
	return answer
}

// askStep returns the answer of p about the step from one state to another.
func (c *specCheck[S, A]) askStep(p properties.Property[S], from, to S) (answer bool) {
	name := fmt.Sprintf("property %q", p.Name)
	defer c.found.caught(name, text{from}, text{to})
	a, b := from, to
	answer = p.Step(&a, &b)
	if a != from || b != to {
		c.found.add(PureQuestion, name, "it changes a state of the step from %v to %v", text{from}, text{to})
		a, b = from, to
	}
	if p.Step(&a, &b) != answer {
		c.found.add(PureQuestion, name, "asked twice about the step from %v to %v it gives two answers", text{from}, text{to})
	}
	return answer
}

func (c *specCheck[S, A]) askFairness(f properties.Fairness[A], a A) {
	name := "fairness " + f.String()
	defer c.found.caught(name, text{a})
	if f.Covers(a) != f.Covers(a) {
		c.found.add(PureQuestion, name, "asked twice about %v it gives two answers", text{a})
	}
}
