package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/codec"
)

// Real is the real Buildbot beside an instance of its model. Errors of its
// methods that are about driving it are a *bridge.Failure or that of ctx.
type Real struct {
	config latent.Config
	values Values
}

// A Conformance is a buildbot.Conformance with its findings' traces as
// documents.
type Conformance struct {
	buildbot.Conformance
	Documents []*codec.Document // of Findings, in their order
}

// Conform holds random walks of the model against the code. The walks are in
// scopes of their own, which reach more than any that a search could finish:
// an instance that differs from its version in anything is a *check.OptionError.
func (r *Real) Conform(ctx context.Context, opt buildbot.ConformOptions) (*Conformance, error) {
	if r.config != latent.Preset(r.config.Version) {
		return nil, &check.OptionError{Reason: "conform walks in scopes of its own, so that of the parameters only version can be set; " +
			strings.Join(changed(r.values), ", ") + " cannot"}
	}
	opt.Version = r.config.Version
	found, err := buildbot.ConformLatent(ctx, opt)
	if err != nil {
		return nil, err
	}
	out := &Conformance{Conformance: *found}
	for i := range found.Findings {
		d, err := documented(&found.Findings[i], found.Model)
		if err != nil {
			return nil, err
		}
		out.Documents = append(out.Documents, d)
	}
	return out, nil
}

// changed returns the settings other than version that are not as usual.
func changed(v Values) []string {
	return slices.DeleteFunc(slices.Clone(v), func(s Setting) bool { return s.Name == "version" || s.Value == s.Default }).Strings()
}

// documented describes the trace of f. Its scope is not one that can be asked
// for by parameters, so there are none in it: it is for people.
func documented(f *buildbot.Finding, v latent.Version) (*codec.Document, error) {
	scopes := buildbot.Scopes(v)
	i := slices.IndexFunc(scopes, func(s buildbot.Scope) bool { return s.Name == f.Scope })
	if i < 0 {
		return nil, fmt.Errorf("a finding in the scope %q, which there is not", f.Scope)
	}
	spec, err := latent.Spec(scopes[i].Config)
	if err != nil {
		return nil, err
	}
	return codec.Of(&spec, codec.Header{Spec: modelOfBuildbot, Tool: tool}, &f.Trace), nil
}

// Replay takes the steps of d on the code. A document that is no behaviour of
// its model, or does not show what it claims, is not applicable: nothing can be
// learnt from it about the code.
func (r *Real) Replay(ctx context.Context, d *codec.Document, opt buildbot.Options) (buildbot.Verdict, error) {
	_, t, err := r.behaviour(d)
	if not, ok := errors.AsType[*NotApplicable](err); ok {
		return not.Verdict, nil
	}
	if err != nil {
		return buildbot.Verdict{}, err
	}
	return buildbot.ReplayLatent(ctx, r.config, t, opt)
}

// A NotApplicable is the error for a document with which nothing can be done.
type NotApplicable struct{ buildbot.Verdict }

func (n *NotApplicable) Error() string { return n.String() }

func notApplicable(at int, why string) error {
	return &NotApplicable{buildbot.Verdict{Outcome: buildbot.NotApplicable, At: at, Why: why}}
}

// behaviour returns the trace that d describes. The error is a *NotApplicable
// if the code has nothing like it.
func (r *Real) behaviour(d *codec.Document) (*spec, *trace, error) {
	// With more than one worker the states have another type.
	if _, err := buildbot.ConfigFor(r.config); err != nil {
		return nil, nil, notApplicable(0, err.Error())
	}
	s, err := lifecycle.Spec(r.config)
	if err != nil {
		return nil, nil, err
	}
	t, err := codec.Replay(&s, d)
	if not, ok := errors.AsType[*codec.Divergence](err); ok {
		return nil, nil, notApplicable(max(not.Step, 0), "the model does not do it either; trace replay without --on shows where they part")
	}
	return &s, t, err
}

// The bridge drives a single worker.
type (
	spec  = properties.Spec[latent.State, latent.Action]
	trace = traces.Trace[latent.State, latent.Action]
)

// A Test is a trace as a regression test, and what became of it on the code.
type Test struct {
	Text   []byte
	Steps  int    // of the test
	Fails  bool   // where it was tried: what it asserts does not hold there
	Driven string // the version it was tried on
}

// Export writes what d shows as a test called name, and tries it: a test that
// does not fail where the defect is would be worth nothing. The error is a
// *NotApplicable, or says that d has nothing to do with stopping a worker.
func (r *Real) Export(ctx context.Context, d *codec.Document, name string, to buildbot.Target, opt buildbot.Options) (*Test, error) {
	s, t, err := r.behaviour(d)
	if err != nil {
		return nil, err
	}
	scenario := buildbot.ScenarioOf(r.config, t, name, titleOf(s, d.Claim.Name), storyOf(s, d.Claim.Name, t))
	asked := func(s buildbot.Step) bool { return s.Op == buildbot.StopService().Op }
	if !slices.ContainsFunc(scenario.Steps, asked) {
		return nil, errors.New("nobody asks a worker or the master to stop in it; only what keeps a stop from ending can be told as a test")
	}
	driven, fails, err := buildbot.Drive(ctx, scenario, opt)
	if err != nil {
		return nil, err
	}
	text, err := buildbot.Export(driven, to)
	return &Test{text, len(driven.Steps), fails, driven.Version}, err
}

// titleOf and storyOf tell a trace in the words of the spec. Those of a file
// could be anything, and would become part of a program.
func titleOf(s *spec, claim string) string {
	if claimOf(s, claim) == nil {
		return "A worker that is to be stopped does not stop."
	}
	return fmt.Sprintf("It is claimed that %s, and it does not hold.", claim)
}

func storyOf(s *spec, claim string, t *trace) []string {
	var out []string
	if p := claimOf(s, claim); p != nil {
		out = append(wrapped("Claimed is: ", p.Sentence+"."), "")
	}
	out = append(out, "In a model of Buildbot these steps lead to where it fails:", "")
	for i, a := range t.Actions() {
		out = append(out, wrapped(fmt.Sprintf("%2d. ", i+1), s.About(a).Sentence)...)
	}
	return out
}

// claimOf returns the claim of that name, or nil: a document need not have one.
func claimOf(s *spec, name string) *properties.Property[latent.State] {
	claims := s.Claims()
	i := slices.IndexFunc(claims, func(p properties.Property[latent.State]) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &claims[i]
}

// wrapped breaks text into lines that a Python file may have, the first one
// after label.
func wrapped(label, text string) []string {
	const width = 88
	lines := []string{label}
	indent := strings.Repeat(" ", len(label))
	for i, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case i == 0:
			*last += word
		case len(*last)+1+len(word) > width:
			lines = append(lines, indent+word)
		default:
			*last += " " + word
		}
	}
	return lines
}
