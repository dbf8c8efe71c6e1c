package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// A Report is a check.Report without its type parameters: traces have become
// documents. It is the same for any number of workers.
type Report struct {
	Spec     string
	Values   Values
	Symmetry bool // states were visited up to symmetry

	Distinct  uint64
	Generated uint64
	Depth     int
	Complete  bool
	Stopped   string // why the search is not complete; empty if it is
	Bytes     int64

	Verdicts []Verdict
	Never    []string
	Idle     []string
	Omission *check.Omission
}

// A Verdict is the outcome of one property.
type Verdict struct {
	Name     string
	Form     string
	Live     bool // as properties.Form.Live says
	Sentence string
	Outcome  properties.Outcome
	Reason   string

	Assuming  []string
	Necessary []string
	Given     []string // what the model takes for granted

	Trace *codec.Document // counterexample or witness; nil if there is none
}

// Worst returns the outcome that decides the exit code.
func (r *Report) Worst() properties.Outcome {
	outcomes := make([]properties.Outcome, len(r.Verdicts))
	for i := range r.Verdicts {
		outcomes[i] = r.Verdicts[i].Outcome
	}
	return properties.Worst(outcomes)
}

// tool is who our trace files say wrote them.
const tool = "quiesce"

// run checks spec, named name with values v, and forgets its types.
func run[S, A comparable](ctx context.Context, name string, v Values, spec *properties.Spec[S, A], opt Options) (*Report, error) {
	chosen, err := only(spec, opt.Only)
	if err != nil {
		return nil, err
	}
	// A checkpoint keeps what was found for the properties of its search.
	opt.Checkpoint.Model = strings.Join(slices.Concat([]string{name}, v.Strings(), quotedAll(opt.Only)), " ")
	found, err := check.Run(ctx, chosen, opt.Options)
	// An interrupted search has both a report and an error.
	if found == nil {
		return nil, err
	}
	r := &Report{
		Spec: name, Values: v, Symmetry: opt.Symmetry,
		Distinct: found.Distinct, Generated: found.Generated, Depth: found.Depth,
		Complete: found.Complete, Stopped: found.Stopped, Bytes: found.Bytes,
		Never: found.Never, Idle: found.Idle, Omission: found.Omission,
	}
	for i := range found.Verdicts {
		r.Verdicts = append(r.Verdicts, verdict(name, v, &chosen, &found.Verdicts[i]))
	}
	return r, err
}

// verdict turns a verdict of the engine into one the command can print.
func verdict[S, A comparable](name string, v Values, spec *properties.Spec[S, A], from *properties.Verdict[S, A]) Verdict {
	out := Verdict{
		Name: from.Property, Form: from.Form.String(), Live: from.Form.Live(), Sentence: from.Sentence,
		Outcome: from.Outcome, Reason: from.Reason,
		Assuming: from.Assuming, Necessary: from.Necessary, Given: from.Given,
	}
	if from.Trace != nil {
		out.Trace = document(name, v, spec, from.Trace, codec.Claim{
			Name: out.Name, Form: out.Form, Sentence: out.Sentence, Outcome: out.Outcome.String(),
		})
	}
	return out
}

// document describes t. The version of the tool is left out: a trace that a
// newer binary finds again is the same file.
func document[S, A comparable](name string, v Values, spec *properties.Spec[S, A], t *traces.Trace[S, A], claim codec.Claim) *codec.Document {
	h := codec.Header{Spec: name, Claim: claim, Tool: tool}
	for _, s := range v {
		h.Params = append(h.Params, codec.Param{Name: s.Name, Value: fmt.Sprint(s.Value)})
	}
	return codec.Of(spec, h, t)
}

// only returns spec with the properties of the given names alone. The property
// that Final adds has a name like any other; without it there is no Final.
func only[S, A comparable](spec *properties.Spec[S, A], names []string) (properties.Spec[S, A], error) {
	out := *spec
	if len(names) == 0 {
		return out, nil
	}
	var known []string
	for _, p := range spec.Claims() {
		known = append(known, p.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return out, &check.OptionError{Reason: fmt.Sprintf("no property is called %q; there are %s",
				name, strings.Join(quotedAll(known), ", "))}
		}
	}
	keep := func(name string) bool { return slices.Contains(names, name) }
	out.Properties = nil
	for _, p := range spec.Properties {
		if keep(p.Name) {
			out.Properties = append(out.Properties, p)
		}
	}
	if !keep(properties.DeadlockName) {
		out.Final = nil
	}
	return out, nil
}

func quotedAll(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fmt.Sprintf("%q", name)
	}
	return out
}
