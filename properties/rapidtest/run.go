package rapidtest

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// tester makes runs for one test.
type tester[S, A comparable] struct {
	spec   properties.Spec[S, A]
	claims []properties.Property[S]
	start  func(s S) Implementation[S, A] // nil if there is none
	opt    Options
	failed *failure[S, A] // the last failure of the class first met
}

// A failure is a run that went wrong at its end.
type failure[S, A comparable] struct {
	class string                  // which failures are the same
	claim *properties.Property[S] // the property refuted; nil if the implementation differs
	trace traces.Trace[S, A]      // as the model has it, up to and including the wrong step
	more  string                  // what the class leaves out
}

// run makes one run, whose choices are made by pick.
func (c *tester[S, A]) run(pick func(label string, options []string) int) *failure[S, A] {
	inits := c.spec.Model.Init()
	t := traces.Trace[S, A]{Start: inits[0], Loop: traces.Finite}
	if len(inits) > 1 {
		names := make([]string, len(inits))
		for i := range inits {
			names[i] = model.View(inits[i]).String()
		}
		t.Start = inits[pick("start", names)]
	}
	real := c.begin(t.Start)
	defer real.close()
	if f := c.judge(&t); f != nil {
		return f
	}
	var out model.Steps[S, A]
	for t.Len() < c.opt.Steps+c.opt.Settle {
		here := *t.Last()
		if c.spec.Within != nil && !c.spec.Within(&here) {
			return nil
		}
		steps := out.From(c.spec.Model, here)
		if t.Len() >= c.opt.Steps {
			steps = slices.DeleteFunc(steps, c.external)
			if !slices.ContainsFunc(steps, func(s model.Step[S, A]) bool { return s.State != here }) {
				break
			}
		}
		if len(steps) == 0 {
			break
		}
		names := make([]string, len(steps))
		for i := range steps {
			names[i] = c.spec.About(steps[i].Action).Name + " " + model.View(steps[i].Action).String()
		}
		i := pick("step", names)
		got, f := real.take(steps, i, &t)
		t.Steps = append(t.Steps, steps[got])
		if f != nil {
			f.trace = t
			return f
		}
		if f := c.judge(&t); f != nil {
			return f
		}
	}
	return c.judgeEnd(&t)
}

// external reports whether the environment lets a step happen, which it does not
// any more once a run settles.
func (c *tester[S, A]) external(s model.Step[S, A]) bool {
	k := c.spec.About(s.Action).Kind
	return k == model.Fault || k == model.Request
}

// judge evaluates the properties of states and steps at the end of t.
func (c *tester[S, A]) judge(t *traces.Trace[S, A]) *failure[S, A] {
	for k := range c.claims {
		p := &c.claims[k]
		n := t.Len()
		if p.Form == properties.FormAlways && !p.P(t.Last()) ||
			p.Form == properties.FormAlwaysStep && n > 0 && !p.Step(t.At(n-1), t.Last()) {
			return refuted(p, t)
		}
	}
	return nil
}

// judgeEnd evaluates what is claimed of endings: deadlocks, and with a run that
// came to rest what should have happened by then. A run that has not come to
// rest says nothing of these.
func (c *tester[S, A]) judgeEnd(t *traces.Trace[S, A]) *failure[S, A] {
	stay := *t
	stay.Loop = t.Len()
	var out model.Steps[S, A]
	stuck := len(out.From(c.spec.Model, *t.Last())) == 0
	for k := range c.claims {
		p, candidate := &c.claims[k], t
		switch {
		case p.Form.Live():
			candidate = &stay
		case p.Form != properties.FormNoDeadlock && !(stuck && p.Form == properties.FormAlwaysPossible):
			continue
		}
		if properties.Refute(&c.spec, p, candidate) == nil {
			return refuted(p, candidate)
		}
	}
	return nil
}

// refuted is the failure of a property. Its class is the property by name.
func refuted[S, A comparable](p *properties.Property[S], t *traces.Trace[S, A]) *failure[S, A] {
	return &failure[S, A]{class: fmt.Sprintf("%q is violated", p.Name), claim: p, trace: *t}
}

// running is an implementation in a run; nothing if there is none.
type running[S, A comparable] struct {
	it   Implementation[S, A]
	spec *properties.Spec[S, A]
}

// begin makes the implementation, if there is one, in the state s.
func (c *tester[S, A]) begin(s S) *running[S, A] {
	r := &running[S, A]{spec: &c.spec}
	if c.start != nil {
		r.it = c.start(s)
	}
	return r
}

// close lets go of an implementation that holds something.
func (r *running[S, A]) close() {
	if it, ok := r.it.(io.Closer); ok {
		it.Close()
	}
}

// take makes the implementation take the action of step i and returns which of
// the steps with that action it took.
func (r *running[S, A]) take(steps []model.Step[S, A], i int, t *traces.Trace[S, A]) (took int, f *failure[S, A]) {
	if r.it == nil {
		return i, nil
	}
	a := steps[i].Action
	name := r.spec.About(a).Name
	defer func() {
		if p := recover(); p != nil {
			took, f = i, &failure[S, A]{class: "the implementation panics in " + name, more: fmt.Sprint(p)}
		}
	}()
	if err := r.it.Do(a); err != nil {
		return i, &failure[S, A]{class: "the implementation refuses " + name, more: err.Error()}
	}
	got := r.it.State()
	for k := range steps {
		if steps[k].Action == a && steps[k].State == got {
			return k, nil
		}
	}
	var fields, more []string
	for _, d := range model.Diff(model.View(steps[i].State), model.View(got)) {
		fields = append(fields, anyIndex(d.Path))
		more = append(more, fmt.Sprintf("%s is %s, the spec says %s", d.Path, d.To, d.From))
	}
	slices.Sort(fields)
	return i, &failure[S, A]{
		class: fmt.Sprintf("after %s the implementation differs in %s", name, strings.Join(slices.Compact(fields), ", ")),
		more:  strings.Join(more, "\n"),
	}
}

// anyIndex leaves the numbers out of a path: worker 0 and worker 1 going wrong
// in the same way are one failure.
func anyIndex(path string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, path)
}
