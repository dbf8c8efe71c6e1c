package modeltest

import (
	"slices"

	"github.com/quiesce/quiesce/model"
)

// canon checks that Canon may be used to explore one state of each class: that
// it is a function, and that a representative stands for its state.
//
// That is what makes symmetry reduction sound: the graph of representatives
// must be bisimilar to the graph (Emerson, Sistla, "Symmetry and model
// checking", FMSD 1996). It holds for any permutation of interchangeable parts.
func (c *specCheck[S, A]) canon() {
	for _, i := range c.graph.asked {
		c.canonOf(c.graph.states[i], c.graph.steps[i])
	}
}

func (c *specCheck[S, A]) canonOf(s S, steps []model.Step[S, A]) {
	defer c.found.caught("Canon", text{s})
	rep := c.representative(s)
	if again := c.representative(s); again != rep {
		c.found.add(Idempotent, "", "asked twice about %v it gives %v and %v", text{s}, text{rep}, text{again})
	}
	if again := c.representative(rep); again != rep {
		c.found.add(Idempotent, "", "of %v it is %v, and of that %v", text{s}, text{rep}, text{again})
	}
	c.sameAnswers(s, rep)
	its, ok := c.graph.next(rep, 0)
	if !ok {
		return
	}
	c.sameStepAnswers(s, rep, steps, its)
	mine, others := c.classes(steps), c.classes(its)
	if step, is := without(mine, others); is {
		c.found.add(SameSteps, "", "%v has a step %s to the class of %v, its representative %v has not",
			text{s}, step.Action, text{step.State}, text{rep})
	}
	if step, is := without(others, mine); is {
		c.found.add(SameSteps, "", "%v has no step %s to the class of %v, its representative %v has",
			text{s}, step.Action, text{step.State}, text{rep})
	}
}

func (c *specCheck[S, A]) representative(s S) S {
	c.spec.Canon(&s)
	return s
}

// classes returns the steps with the names of their actions only, since a
// symmetry changes parameters, and with representatives.
func (c *specCheck[S, A]) classes(steps []model.Step[S, A]) []model.Step[S, string] {
	out := c.named(steps)
	for i := range out {
		c.spec.Canon(&out[i].State)
	}
	return out
}

func (c *specCheck[S, A]) named(steps []model.Step[S, A]) []model.Step[S, string] {
	var out []model.Step[S, string]
	for _, step := range steps {
		named := model.Step[S, string]{State: step.State}
		if c.spec.About != nil {
			named.Action = c.spec.About(step.Action).Name
		}
		out = append(out, named)
	}
	return out
}

// without returns the first of a that is not in b.
func without[T comparable](a, b []T) (missing T, is bool) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return x, true
		}
	}
	return missing, false
}

// sameAnswers looks at safety only: with live properties engines refuse to use
// symmetry, and those may well speak of one worker.
func (c *specCheck[S, A]) sameAnswers(s, rep S) {
	for _, q := range c.questions() {
		if q.safety && c.ask(q, s) != c.ask(q, rep) {
			c.found.add(SameAnswers, q.name, "it is %t in %v and %t in its representative %v",
				c.ask(q, s), text{s}, c.ask(q, rep), text{rep})
		}
	}
}

// sameStepAnswers compares whether all steps are as claimed. Single steps need
// not agree, as they are permuted.
func (c *specCheck[S, A]) sameStepAnswers(s, rep S, mine, its []model.Step[S, A]) {
	for _, p := range c.spec.Claims() {
		if p.Step == nil {
			continue
		}
		all := func(from S, steps []model.Step[S, A]) bool {
			return !slices.ContainsFunc(steps, func(step model.Step[S, A]) bool { return !c.askStep(p, from, step.State) })
		}
		if all(s, mine) != all(rep, its) {
			c.found.add(SameAnswers, "property \""+p.Name+"\"", "it is %t of all steps from %v and %t from its representative %v",
				all(s, mine), text{s}, all(rep, its), text{rep})
		}
	}
}

// symmetry checks that swap is an automorphism of the model, and that Canon
// does not see it.
func (c *specCheck[S, A]) symmetry(name string, swap func(*S)) {
	defer c.found.caught(name)
	image := func(s S) S { swap(&s); return s }
	for _, s := range c.graph.start {
		if !slices.Contains(c.graph.start, image(s)) {
			c.found.add(Closed, name, "%v is initial, its image %v is not", text{s}, text{image(s)})
		}
	}
	for _, i := range c.graph.asked {
		s := c.graph.states[i]
		if c.spec.Canon != nil && c.representative(s) != c.representative(image(s)) {
			c.found.add(OneClass, name, "the representative of %v is %v, that of its image %v is %v",
				text{s}, text{c.representative(s)}, text{image(s)}, text{c.representative(image(s))})
		}
		steps, ok := c.graph.next(image(s), 0)
		if !ok {
			continue
		}
		images := c.named(c.graph.steps[i])
		for k := range images {
			images[k].State = image(images[k].State)
		}
		if !sameSteps(images, c.named(steps)) {
			c.found.add(Closed, name, "the steps of %v are not those of its image %v", text{s}, text{image(s)})
		}
	}
}
