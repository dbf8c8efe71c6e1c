package check_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// The brute-force oracle for traces: every path that visits no place twice,
// but perhaps its last, written out. A canonical trace is one of them, since
// leaving a circle out makes a path shorter and no dearer.
type path struct {
	cost  []int // faults, steps, switches between actors, then the picks
	trace traces.Trace[place, label]
}

// allPaths lists them in canonical order.
func allPaths(t *table) []path {
	var out []path
	var extend func(tr traces.Trace[place, label], picks []int, visited set)
	extend = func(tr traces.Trace[place, label], picks []int, visited set) {
		out = append(out, path{append(price(t, &tr), picks...), tr})
		here := *tr.Last()
		if visited.holds(&here) || t.within != nil && !t.within.holds(&here) {
			return
		}
		for i, a := range t.next[here] {
			longer := tr
			longer.Steps = append(slices.Clone(tr.Steps), model.Step[place, label]{Action: a.by, State: a.to})
			extend(longer, append(slices.Clone(picks), i), visited|1<<here)
		}
	}
	for i, start := range t.init {
		extend(traces.Trace[place, label]{Start: start, Loop: traces.Finite}, []int{i}, 0)
	}
	slices.SortFunc(out, func(a, b path) int { return slices.Compare(a.cost, b.cost) })
	return out
}

// price returns what the canonical order compares first.
func price(t *table, tr *traces.Trace[place, label]) []int {
	faults, switches := 0, 0
	for i, a := range tr.Actions() {
		if t.about[a].Kind == model.Fault {
			faults++
		}
		if i > 0 && t.about[a].Actor != t.about[tr.Steps[i-1].Action].Actor {
			switches++
		}
	}
	return []int{faults, tr.Len(), switches}
}

// ended reports whether the safety claim c asks for a path that ends like tr.
func (t *table) ended(c *claim, tr *traces.Trace[place, label]) bool {
	last := *tr.Last()
	open := t.within == nil || t.within.holds(&last)
	switch c.form {
	case properties.FormAlways:
		return !c.p.holds(&last)
	case properties.FormReachable:
		return c.p.holds(&last)
	case properties.FormNoDeadlock:
		return open && len(t.next[last]) == 0 && !c.p.holds(&last)
	case properties.FormAlwaysStep:
		return tr.Len() > 0 && c.bad[*tr.At(tr.Len() - 1)].holds(&last)
	case properties.FormAlwaysPossible:
		onward := *t
		onward.init = []place{last}
		return !slices.ContainsFunc(allPaths(&onward), func(p path) bool {
			end := *p.trace.Last()
			return c.q.holds(&end) || t.within != nil && !t.within.holds(&end)
		})
	}
	return false
}

func TestNaiveTracesAgainstAllPaths(t *testing.T) {
	tried := 0
	for run := range uint64(8_000) {
		source := rng.New(13, run)
		g := randomTable(&source)
		if len(g.next) > 5 {
			continue
		}
		tried++
		for i := range g.claims {
			g.claims[i].subject = nil // else a witness may be left out of a verdict
		}
		paths := allPaths(g)
		report, _ := byNaive(g)
		for i := range g.claims {
			c, got := &g.claims[i], report.Verdicts[i].Trace
			if c.form.Live() {
				continue
			}
			var want *traces.Trace[place, label]
			if at := slices.IndexFunc(paths, func(p path) bool { return g.ended(c, &p.trace) }); at >= 0 {
				want = &paths[at].trace
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("run %d: %s: got %v, first of all paths is %v\n%s", run, c, got, want, g)
			}
		}
	}
	if tried < 3000 {
		t.Errorf("only %d of the tables were small enough", tried)
	}
}
