package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// Limits of a stand: what has more states is none. The battery's own scopes
// must keep within theirs; those of the museum and of the findings need not.
const (
	ownLimit   = 40_000
	otherLimit = 12_000
)

// both are the versions between which all rules lie.
var both = []latent.Version{latent.Buildbot370, latent.BuildbotHEAD}

// A stand is a scope of the battery: small, and exercising some part of the
// model. The battery's verdicts are what mutants are measured by.
type stand struct {
	name   string
	config latent.Config
	limit  int
}

// stands returns the battery: the scopes listed for it and those of the museum
// and of the findings, each once.
func stands() ([]stand, error) {
	var out []stand
	limit := ownLimit
	add := func(name string, c latent.Config, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !slices.ContainsFunc(out, func(s stand) bool { return s.config == c }) {
			out = append(out, stand{name, c, limit})
		}
		return nil
	}
	for _, s := range slices.Concat(battery, found) {
		c, err := Apply(s.base(), s.scope)
		if err := add(describe(s.base(), s.scope), c, err); err != nil {
			return nil, err
		}
	}
	limit = otherLimit
	for _, e := range Museum() {
		c, err := e.Fixed()
		if err := add(e.ID+" fixed", c, err); err != nil {
			return nil, err
		}
		c, err = e.Broken()
		if err := add(e.ID, c, err); err != nil {
			return nil, err
		}
	}
	for _, f := range Findings() {
		for _, v := range both {
			c, err := Apply(Plain(v), f.Scope)
			if err := add(f.ID+" "+v.String(), c, err); err != nil {
				return nil, err
			}
		}
	}
	return append(out, flips()...), nil
}

// flips are the small scopes with each rule as it is not.
func flips() []stand {
	var out []stand
	for r := range latent.Rule(len(latent.Config{}.Rule)) {
		for _, scope := range []string{"builds=1 ask_stop=1", "builds=2"} {
			c, err := Apply(Sound(), scope)
			if err != nil {
				panic(err)
			}
			c.Rule[r] = !c.Rule[r]
			if c.Validate() == nil { // some rules need more than that
				out = append(out, stand{describe(Sound(), scope) + " not " + r.String(), c, otherLimit})
			}
		}
	}
	return out
}

func describe(base latent.Config, scope string) string {
	name := base.Version.String()
	if base == Sound() {
		name = "sound"
	}
	return strings.TrimSpace(name + " " + scope)
}

// A ground is a stand explored: its graph, and what the claims say about it.
type ground interface {
	size() int
	// executes reports whether the code of a mutant is executed.
	executes(mutant int) bool
	// differs reports whether the program as it now is has another graph.
	differs(mutant int) bool
	// same reports whether another ground has the same graph and executes the
	// same code.
	same(other ground) bool
	// outcomes decides the claims for the program as it now is, all or those
	// that are asked for by number.
	outcomes(limit int, which []int) (outcomes, error)
	// unbroken returns which of these claims, all of them Always, no state of
	// the program as it now is violates; none if there are more than limit.
	unbroken(limit int, which []int) []int
	// books reports whether a claim is about the model's own books.
	books(claim int) bool
	// always reports whether a claim is about single states.
	always(claim int) bool
}

// outcomes are the verdicts of a stand in the order of its claims. An
// incomplete search has not decided all of them.
type outcomes struct {
	names    []string
	are      []properties.Outcome
	never    []string // actions that are never taken
	complete bool
}

// explore builds the ground of a stand; nil if it is too large.
func explore(s *stand, limit int) (ground, error) {
	switch s.config.Workers {
	case 1:
		return exploreOf[[1]latent.Worker](s.config, limit)
	case 2:
		return exploreOf[[2]latent.Worker](s.config, limit)
	}
	return exploreOf[[3]latent.Worker](s.config, limit)
}

// An arc is a step to a state that has a number.
type arc struct {
	action latent.Action
	to     uint32
}

// covered is how many states share a record of the mutants that were executed.
const covered = 32

// A graphOf is a ground: every state in breadth-first order, and its steps.
type graphOf[C latent.Crew] struct {
	spec   properties.Spec[latent.StateOf[C], latent.Action]
	pack   int // how many of its claims are the pack's; the others are about the model's own books
	states []latent.StateOf[C]
	first  []uint32 // where the steps of each state begin in arcs; one more at the end
	arcs   []arc
	init   int // initial states
	any    bitset
	seen   []bitset // by block of states; the first belongs to Init
}

type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }

func exploreOf[C latent.Crew](c latent.Config, limit int) (ground, error) {
	spec, err := SpecOf[C](c)
	if err != nil {
		return nil, err
	}
	spec.Model = fuelled[latent.StateOf[C]]{spec.Model}
	g := &graphOf[C]{spec: spec, pack: len(spec.Properties)}
	g.spec.Properties = append(g.spec.Properties, typed[C](&c, ownBooks(&c))...)
	number := make(map[latent.StateOf[C]]uint32)
	id := func(s *latent.StateOf[C]) uint32 {
		n, known := number[*s]
		if !known {
			n = uint32(len(g.states))
			number[*s] = n
			g.states = append(g.states, *s)
		}
		return n
	}
	record := newRecorder()
	defer record.end()
	inits := spec.Model.Init()
	for i := range inits {
		id(&inits[i])
	}
	g.init = len(g.states)
	g.seen = append(g.seen, record.take())
	var out model.Steps[latent.StateOf[C], latent.Action]
	for i := 0; i < len(g.states); i++ {
		if len(g.states) > limit {
			return nil, nil
		}
		if i%covered == 0 && i > 0 {
			g.seen = append(g.seen, record.take())
		}
		g.first = append(g.first, uint32(len(g.arcs)))
		for _, s := range out.From(spec.Model, g.states[i]) {
			g.arcs = append(g.arcs, arc{s.Action, id(&s.State)})
		}
	}
	g.first = append(g.first, uint32(len(g.arcs)))
	g.seen = append(g.seen, record.take())
	g.any = make(bitset, len(g.seen[0]))
	for _, b := range g.seen {
		for i := range b {
			g.any[i] |= b[i]
		}
	}
	return g, nil
}

func (g *graphOf[C]) same(other ground) bool {
	o, ok := other.(*graphOf[C])
	return ok && len(g.spec.Properties) == len(o.spec.Properties) && slices.Equal(g.any, o.any) &&
		slices.Equal(g.states, o.states) && slices.Equal(g.arcs, o.arcs)
}

func (g *graphOf[C]) size() int { return len(g.states) }

func (g *graphOf[C]) executes(mutant int) bool { return g.any.has(mutant) }

func (g *graphOf[C]) differs(mutant int) (different bool) {
	defer func() {
		if recover() != nil {
			different = true
		}
	}()
	if g.seen[0].has(mutant) && !slices.Equal(g.spec.Model.Init(), g.states[:g.init]) {
		return true
	}
	var out model.Steps[latent.StateOf[C], latent.Action]
	for i := range g.states {
		if !g.seen[1+i/covered].has(mutant) {
			continue
		}
		arcs := g.arcs[g.first[i]:g.first[i+1]]
		steps := out.From(g.spec.Model, g.states[i])
		if len(arcs) != len(steps) {
			return true
		}
		for k := range steps {
			if steps[k].Action != arcs[k].action || steps[k].State != g.states[arcs[k].to] {
				return true
			}
		}
	}
	return false
}

func (g *graphOf[C]) outcomes(limit int, which []int) (outcomes, error) {
	spec := g.spec
	if which != nil {
		spec.Properties = nil
		for _, i := range which {
			spec.Properties = append(spec.Properties, g.spec.Properties[i])
		}
	}
	rep, err := check.Run(context.Background(), spec, check.Options{Workers: 1, MaxStates: limit})
	if err != nil {
		return outcomes{}, err
	}
	out := outcomes{complete: rep.Complete, never: rep.Never}
	for i := range rep.Verdicts {
		out.names = append(out.names, rep.Verdicts[i].Property)
		out.are = append(out.are, rep.Verdicts[i].Outcome)
	}
	return out, nil
}

func (g *graphOf[C]) always(claim int) bool {
	return g.spec.Properties[claim].Form == properties.FormAlways
}

func (g *graphOf[C]) books(claim int) bool { return claim >= g.pack }

func (g *graphOf[C]) unbroken(limit int, which []int) []int {
	which = slices.Clone(which)
	known := make(map[latent.StateOf[C]]bool)
	var queue []latent.StateOf[C]
	add := func(s *latent.StateOf[C]) {
		if !known[*s] {
			known[*s] = true
			queue = append(queue, *s)
		}
	}
	inits := g.spec.Model.Init()
	for i := range inits {
		add(&inits[i])
	}
	var out model.Steps[latent.StateOf[C], latent.Action]
	for i := 0; i < len(queue) && len(which) > 0; i++ {
		if len(queue) > limit {
			return nil
		}
		which = slices.DeleteFunc(which, func(k int) bool { return !g.spec.Properties[k].P(&queue[i]) })
		for _, s := range out.From(g.spec.Model, queue[i]) {
			add(&s.State)
		}
	}
	return which
}

// solid are the claims that no version and no switch violates. That they can
// fail is shown by mutants.
var solid = []string{"a stopped build does not succeed", "only a stopped build is cancelled",
	"a paused worker can be used again", "a build keeps no connection", "the distributor knows what it claims",
	"a worker has no more builds than it may have"}

// TestBattery: every claim is decided both ways somewhere, so that a claim
// that cannot fail, or one that cannot hold, is noticed; and every stand of
// the battery is small enough to be decided.
func TestBattery(t *testing.T) {
	all, err := stands()
	if err != nil {
		t.Fatal(err)
	}
	holds, fails := make(map[string]bool), make(map[string]bool)
	for i := range all {
		g, err := explore(&all[i], all[i].limit)
		if err != nil {
			t.Fatalf("%s: %v", all[i].name, err)
		}
		if g == nil {
			if all[i].limit == ownLimit {
				t.Errorf("%s: has more than %d states", all[i].name, ownLimit)
			}
			continue
		}
		got, err := g.outcomes(0, nil)
		if err != nil {
			t.Fatalf("%s: %v", all[i].name, err)
		}
		if !got.complete {
			t.Errorf("%s: not complete", all[i].name)
		}
		for k, name := range got.names {
			holds[name] = holds[name] || got.are[k] == properties.Holds
			fails[name] = fails[name] || got.are[k] == properties.Violated
		}
	}
	for name := range holds {
		if !holds[name] && !strings.HasSuffix(name, "whatever the provider does") {
			t.Errorf("%q holds nowhere in the battery", name)
		}
		if name != "the model's room suffices" && fails[name] == (slices.Contains(solid, name) || slices.Contains(solidBooks, name)) {
			t.Errorf("%q is violated in the battery: %v", name, fails[name])
		}
	}
}
