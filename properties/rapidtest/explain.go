package rapidtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
	"github.com/quiesce/quiesce/traces/shrink"
	"pgregory.net/rapid"
)

// explain prints and saves the shortest trace of the failure that was met. It
// runs after rapid has ended the test.
func (c *tester[S, A]) explain(t rapid.TB) {
	t.Helper()
	f := c.failed
	if f == nil {
		return
	}
	how := "as rapid found it"
	if f.claim != nil {
		r, err := shrink.Counterexample(context.Background(), c.spec, f.claim.Name, &f.trace, shrink.Options{States: c.opt.States})
		if err != nil {
			t.Logf("rapidtest: %v", err)
		} else {
			f.trace, how = *r.Trace, r.How()
		}
	} else if short := c.shortest(f.class); short != nil {
		f, how = short, "the shortest behaviour of the spec that does this"
	}
	d := codec.Of(&c.spec, c.header(f), &f.trace)
	t.Logf("%s\n%d steps, %s\n%s\n%s", f.class, f.trace.Len(), how, f.more, text(d))
	err := os.MkdirAll(c.opt.Dir, 0o755)
	path := ""
	if err == nil {
		path, err = codec.Save(c.opt.Dir, d)
	}
	if err != nil {
		t.Logf("rapidtest: the trace is not saved: %v", err)
		return
	}
	t.Logf("saved as %s, which will be tried first from now on", path)
}

// header has what the checker's own files have, so that the same trace of the
// same property is the same file.
func (c *tester[S, A]) header(f *failure[S, A]) codec.Header {
	h := codec.Header{Spec: c.opt.Spec, Params: c.opt.Params, Tool: "quiesce"}
	if f.claim != nil {
		h.Claim = codec.Claim{Name: f.claim.Name, Form: f.claim.Form.String(), Sentence: f.claim.Sentence,
			Outcome: properties.Violated.String()}
	}
	return h
}

// text is the trace as people read it.
func text(d *codec.Document) string {
	var b strings.Builder
	if err := codec.Text(&b, d); err != nil {
		return err.Error()
	}
	return b.String()
}

// shortest searches the behaviours of the spec breadth first, as long as the
// implementation follows, for one at whose end it fails in the given class.
// It returns nil if the budget of steps is used up before. As the search goes
// through each state of the model once, it takes the implementation's future
// to depend on that state alone.
func (c *tester[S, A]) shortest(class string) *failure[S, A] {
	type visit struct {
		from int
		step model.Step[S, A]
	}
	var queue []visit
	seen := make(map[S]bool)
	for _, s := range c.spec.Model.Init() {
		queue = append(queue, visit{-1, model.Step[S, A]{State: s}})
		seen[s] = true
	}
	path := func(at int) *traces.Trace[S, A] {
		t := &traces.Trace[S, A]{Loop: traces.Finite}
		for ; queue[at].from >= 0; at = queue[at].from {
			t.Steps = append(t.Steps, queue[at].step)
		}
		slices.Reverse(t.Steps)
		t.Start = queue[at].step.State
		return t
	}
	var out model.Steps[S, A]
	for at, left := 0, c.opt.Budget; at < len(queue); at++ {
		for _, s := range slices.Clone(out.From(c.spec.Model, queue[at].step.State)) {
			t := path(at)
			t.Steps = append(t.Steps, s)
			if left -= t.Len(); left < 0 {
				return nil
			}
			f := c.follow(t)
			switch {
			case f != nil && f.class == class:
				return f
			case f == nil && !seen[s.State]:
				seen[s.State] = true
				queue = append(queue, visit{at, s})
			}
		}
	}
	return nil
}

// follow makes an implementation take the steps of t. The failure it returns
// has the trace up to the wrong step.
func (c *tester[S, A]) follow(t *traces.Trace[S, A]) *failure[S, A] {
	real := c.begin(t.Start)
	defer real.close()
	for i := range t.Steps {
		_, f := real.take(t.Steps[i:i+1], 0, t)
		if f != nil {
			f.trace = traces.Trace[S, A]{Start: t.Start, Steps: t.Steps[:i+1], Loop: traces.Finite}
			return f
		}
	}
	return nil
}

// saved tries the traces of earlier failures and reports whether the test has
// failed by that. A trace that no longer fails is a regression test that
// passes; one that means nothing any more is an error.
func (c *tester[S, A]) saved(t rapid.TB) bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(c.opt.Dir, "*.json"))
	if err != nil {
		t.Errorf("rapidtest: %v", err)
	}
	for _, path := range paths {
		if err := c.again(path); err != nil {
			t.Errorf("saved trace %v", err)
			continue
		}
		t.Logf("saved trace %s: passes", path)
	}
	return t.Failed()
}

// again returns what is wrong with a saved trace: that it still fails, or that
// it cannot be tried.
func (c *tester[S, A]) again(path string) error {
	d, err := codec.Open(path)
	if err != nil {
		return err
	}
	claim := d.Claim
	d.Claim = codec.Claim{} // it is decided below, where "no longer false" is good news
	tr, err := codec.Replay(&c.spec, d)
	if err != nil {
		return fmt.Errorf("%w\nit is not a behaviour of the spec any more: delete the file if that is meant", err)
	}
	d.Claim = claim
	if claim.Name != "" {
		k := slices.IndexFunc(c.claims, func(p properties.Property[S]) bool { return p.Name == claim.Name })
		if k < 0 {
			return fmt.Errorf("%s is about %q, which the spec does not claim any more: delete the file if that is meant", path, claim.Name)
		}
		if properties.Refute(&c.spec, &c.claims[k], tr) == nil {
			return fmt.Errorf("%s still shows that %q is violated\n%s", path, claim.Name, text(d))
		}
		return nil
	}
	if c.start == nil {
		return fmt.Errorf("%s is of an implementation, and this test has none: delete the file if that is meant", path)
	}
	if f := c.follow(tr); f != nil {
		return fmt.Errorf("%s: %s\n%s\n%s", path, f.class, f.more, text(d))
	}
	return nil
}
