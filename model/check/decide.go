package check

import (
	"context"
	"math/bits"

	"github.com/quiesce/quiesce/properties"
)

// decide gives every claim its verdict, without counterexamples, and says for
// which claims one is wanted and where they may end.
func (in *search[S, A]) decide(ctx context.Context, r *Report[S, A]) (wanted []want[S], err error) {
	for i := range in.claims {
		p := &in.claims[i]
		v := &r.Verdicts[i]
		*v = properties.Verdict[S, A]{Property: p.Name, Form: p.Form, Sentence: p.Sentence, Outcome: properties.Inconclusive}
		if ctx.Err() != nil {
			v.Reason = "interrupted"
		}
		w := want[S]{claim: i}
		switch {
		case p.Form.Live():
			if w.live, err = in.decideLive(ctx, i, v); err != nil {
				return nil, err
			}
		case p.Form == properties.FormAlwaysPossible:
			if w.states, err = in.decidePossible(ctx, i, v); err != nil {
				return nil, err
			}
		default:
			in.decideSafety(i, v)
		}
		if v.Outcome == properties.Violated && p.Form != properties.FormReachable ||
			v.Outcome == properties.Holds && p.Form == properties.FormReachable && in.opt.Witnesses {
			wanted = append(wanted, w)
		}
	}
	return wanted, nil
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
	necessary, err := in.necessary(ctx, p, l)
	if err != nil {
		return nil, in.unlessEnded(ctx, v, err)
	}
	v.Necessary = in.names(necessary)
	return nil, nil
}

// necessary returns the sets without any one of which p would be violated.
// With weak fairness alone the first search has already seen them: those that
// alone made some component unfair. Removing a strong set changes which
// components there are, so with strong fairness each set is dropped in turn.
func (in *search[S, A]) necessary(ctx context.Context, p *properties.Property[S], l *live[S]) (uint64, error) {
	if l.firm == 0 {
		return l.lonely, nil
	}
	var out uint64
	for rest := l.weak | l.firm; rest != 0; rest &= rest - 1 {
		without := uint64(1) << bits.TrailingZeros64(rest)
		comps := newComponents(ctx, in.graph, in.ids())
		roots, _ := in.region(p, comps)
		try := &live[S]{comps: comps, masks: l.masks, weak: l.weak &^ without, firm: l.firm &^ without, roots: roots}
		if err := try.run(); err != nil {
			return 0, err
		}
		if try.found {
			out |= without
		}
	}
	return out, nil
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
