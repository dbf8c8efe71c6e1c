package check

import (
	"context"
	"slices"

	"github.com/quiesce/quiesce/properties"
)

// decide gives every claim its verdict, without counterexamples, and says for
// which claims one is wanted and where they may end. Claims are independent of
// each other, so they are decided at the same time.
func (in *search[S, A]) decide(ctx context.Context, r *Report[S, A]) ([]want[S], error) {
	wants := make([]want[S], len(in.claims))
	err := in.each("deciding", len(in.claims), func(i int) (err error) {
		p, v := &in.claims[i], &r.Verdicts[i]
		*v = properties.Verdict[S, A]{Property: p.Name, Form: p.Form, Sentence: p.Sentence, Outcome: properties.Inconclusive}
		wants[i].claim = i
		switch {
		case p.Form.Live():
			wants[i].live, err = in.decideLive(ctx, i, v)
		case p.Form == properties.FormAlwaysPossible:
			wants[i].states, err = in.decidePossible(ctx, i, v)
		default:
			in.decideSafety(i, v)
		}
		return err
	})
	for i := range r.Verdicts {
		if v := &r.Verdicts[i]; v.Form != properties.FormReachable && (v.Outcome == properties.Holds || v.Form.Live() || v.Form == properties.FormAlwaysPossible) {
			v.Given = in.spec.Given
		}
	}
	return slices.DeleteFunc(wants, func(w want[S]) bool {
		v := &r.Verdicts[w.claim]
		if v.Form == properties.FormReachable {
			return v.Outcome != properties.Holds || !in.opt.Witnesses
		}
		return v.Outcome != properties.Violated
	}), err
}

// A want is a claim for which a behaviour is to be found.
type want[S any] struct {
	claim  int
	live   *live[S]
	states []uint32 // of AlwaysPossible: the states the goal is out of reach of
}

// decideSafety uses what the search has seen.
func (in *search[S, A]) decideSafety(i int, v *properties.Verdict[S, A]) {
	p := &in.claims[i]
	seen := in.seen[sight(i)]
	if p.Form == properties.FormReachable {
		switch {
		case seen && (p.Subject == nil || in.seen[subject(i)]):
			v.Outcome = properties.Holds
		case seen:
			in.holds(i, v)
		case in.partial() != "":
			v.Reason = in.partial()
		default:
			v.Outcome, v.Reason = properties.Violated, "no reachable state satisfies it"
		}
		return
	}
	if seen {
		v.Outcome = properties.Violated
		return
	}
	in.holds(i, v)
	if v.Outcome == properties.Holds && p.Form == properties.FormAlwaysStep && in.noSteps() {
		v.Outcome, v.Reason = properties.Vacuous, "never: a step"
	}
}

// holds gives the verdict on a claim against which nothing was found.
func (in *search[S, A]) holds(i int, v *properties.Verdict[S, A]) {
	p := &in.claims[i]
	switch {
	case in.partial() != "":
		v.Outcome, v.Reason = properties.Inconclusive, in.partial()
	case in.distinct == 0:
		v.Outcome, v.Reason = properties.Vacuous, "the model has no initial state"
	case p.Subject != nil && !in.seen[subject(i)]:
		v.Outcome, v.Reason = properties.Vacuous, "never: "+p.SubjectName
	default:
		v.Outcome, v.Reason = properties.Holds, ""
	}
}

// noSteps reports whether no step was ever taken.
func (in *search[S, A]) noSteps() bool {
	for _, n := range in.taken {
		if n > 0 {
			return false
		}
	}
	return true
}

// partial says why the search did not see everything; empty if it did.
func (in *search[S, A]) partial() string {
	switch {
	case in.stopped != "":
		return in.stopped
	case in.cut:
		return "states outside the constraint were not explored further"
	}
	return ""
}

func (in *search[S, A]) decidePossible(ctx context.Context, i int, v *properties.Verdict[S, A]) ([]uint32, error) {
	lost, err := in.stranded(ctx, &in.claims[i])
	if err != nil {
		return nil, in.unlessEnded(ctx, v, err)
	}
	if len(lost) > 0 {
		v.Outcome = properties.Violated
		return lost, nil
	}
	in.holds(i, v)
	return nil, nil
}

// decideLive looks for fair components where p fails. What it returns is for
// the lasso of a violated property.
func (in *search[S, A]) decideLive(ctx context.Context, i int, v *properties.Verdict[S, A]) (*live[S], error) {
	p := &in.claims[i]
	weak, firm := in.assumed(p)
	v.Assuming = in.names(weak | firm)
	comps := newComponents(ctx, in.graph, in.ids())
	roots, triggered := in.region(p, comps)
	l := &live[S]{comps: comps, masks: in.actions.masks, weak: weak, firm: firm, roots: roots, collect: true}
	var region []uint32 // as it was before components of it were searched again
	if firm != 0 {
		region = slices.Clone(comps.part)
	}
	if err := l.run(); err != nil {
		return nil, in.unlessEnded(ctx, v, err)
	}
	if l.found {
		v.Outcome = properties.Violated
		comps.part, comps.marks = nil, nil
		return l, nil
	}
	in.holds(i, v)
	if v.Outcome == properties.Holds && !triggered {
		v.Outcome, v.Reason = properties.Vacuous, "never: its trigger"
	}
	if v.Outcome != properties.Holds {
		return nil, nil
	}
	necessary, err := l.necessary(region)
	if err != nil {
		return nil, in.unlessEnded(ctx, v, err)
	}
	v.Necessary = in.names(necessary)
	return nil, nil
}

// unlessEnded turns the end of ctx into an inconclusive verdict.
func (in *search[S, A]) unlessEnded(ctx context.Context, v *properties.Verdict[S, A], err error) error {
	if ctx.Err() == nil {
		return err
	}
	v.Outcome, v.Reason = properties.Inconclusive, "interrupted"
	return nil
}

// assumed returns the fairness sets p may rest on.
func (in *search[S, A]) assumed(p *properties.Property[S]) (weak, firm uint64) {
	for i, f := range in.spec.Fairness {
		switch {
		case !p.Rests(f.Name):
		case f.Strong:
			firm |= 1 << i
		default:
			weak |= 1 << i
		}
	}
	return weak, firm
}

func (in *search[S, A]) names(sets uint64) []string {
	var out []string
	for i, f := range in.spec.Fairness {
		if sets>>i&1 != 0 {
			out = append(out, f.String())
		}
	}
	return out
}
