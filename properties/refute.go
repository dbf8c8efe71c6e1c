package properties

import (
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// Refute reports whether t is a genuine counterexample of p: a behaviour of
// the spec's model, fair if p is live, on which p is false. The error says
// what is wrong with it. Refute shares no code with any engine; engines call
// it on every counterexample before they report it.
//
// AlwaysPossible cannot be refuted by one trace alone: for it Refute checks
// only that t is a behaviour and that its last state does not satisfy the goal.
func Refute[S, A comparable](spec *Spec[S, A], p *Property[S], t *traces.Trace[S, A]) error {
	if err := traces.Check(spec.Model, t); err != nil {
		return fmt.Errorf("not a behaviour: %w", err)
	}
	if p.Form.Live() {
		return refuteLive(spec, p, t)
	}
	if t.Infinite() {
		return fmt.Errorf("property %q is refuted by finite traces, this one has a loop", p.Name)
	}
	switch p.Form {
	case FormAlways:
		if p.P(t.Last()) {
			return fmt.Errorf("%q holds in the last state", p.Name)
		}
	case FormAlwaysStep:
		if n := t.Len(); n == 0 || p.Step(t.At(n-1), t.Last()) {
			return fmt.Errorf("%q holds on the last step", p.Name)
		}
	case FormNoDeadlock:
		var out model.Steps[S, A]
		if len(out.From(spec.Model, *t.Last())) > 0 || p.P(t.Last()) {
			return fmt.Errorf("%q: the last state has steps or is final", p.Name)
		}
	case FormAlwaysPossible:
		if p.Q(t.Last()) {
			return fmt.Errorf("%q: the goal holds in the last state", p.Name)
		}
	default:
		return fmt.Errorf("a trace cannot refute form %q", p.Form)
	}
	return nil
}

func refuteLive[S, A comparable](spec *Spec[S, A], p *Property[S], t *traces.Trace[S, A]) error {
	if !t.Infinite() {
		return fmt.Errorf("property %q is refuted by infinite traces, this one ends", p.Name)
	}
	if !falseForEver(p, t) {
		return fmt.Errorf("%q holds on this behaviour", p.Name)
	}
	for _, f := range spec.Fairness {
		if p.Rests(f.Name) {
			if err := unfair(spec, f, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rests reports whether p may assume the fairness set of that name.
func (p *Property[S]) Rests(name string) bool {
	if p.Under == nil {
		return true
	}
	for _, n := range p.Under {
		if n == name {
			return true
		}
	}
	return false
}

// falseForEver reports whether from some point on the goal never holds, and
// before that, if p has a trigger, the trigger held with the goal not yet met.
func falseForEver[S, A comparable](p *Property[S], t *traces.Trace[S, A]) bool {
	pending := p.Form == FormEventually
	for i := 0; i <= t.Len(); i++ {
		s := t.At(i)
		if p.Form == FormLeadsTo && p.P(s) {
			pending = true
		}
		if p.Q(s) {
			if p.Form == FormEventually || i >= t.Loop {
				return false
			}
			pending = false
		}
	}
	return pending
}

// unfair returns an error if the loop of t does not satisfy f.
func unfair[S, A comparable](spec *Spec[S, A], f Fairness[A], t *traces.Trace[S, A]) error {
	var out model.Steps[S, A]
	always, ever := true, false
	for i := t.Loop; i <= t.Len(); i++ {
		enabled := false
		here := *t.At(i)
		for _, step := range out.From(spec.Model, here) {
			if step.State != here && f.Covers(step.Action) {
				enabled = true
			}
		}
		always = always && enabled
		ever = ever || enabled
	}
	for i := t.Loop; i < t.Len(); i++ {
		if f.Covers(t.Steps[i].Action) && t.Steps[i].State != *t.At(i) {
			return nil
		}
	}
	if f.Strong && ever {
		return fmt.Errorf("%s is not met: it is enabled in the loop and never taken", f)
	}
	if !f.Strong && always {
		return fmt.Errorf("%s is not met: it is enabled throughout the loop and never taken", f)
	}
	return nil
}
