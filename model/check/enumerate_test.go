package check_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A decider is one of the two checkers.
type decider func(t *testing.T, g *table) *check.Report[place, label]

func byNaive(_ *testing.T, g *table) *check.Report[place, label] {
	spec := g.spec()
	return naively(&spec)
}

func byRun(t *testing.T, g *table) *check.Report[place, label] {
	report, err := check.Run(context.Background(), g.spec(), check.Options{Workers: 1})
	if err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	return report
}

func TestNaiveAgainstOracleOnAllSmallGraphs(t *testing.T) { allSmallGraphs(t, byNaive) }

func TestRunAgainstOracleOnAllSmallGraphs(t *testing.T) { allSmallGraphs(t, byRun) }

// allSmallGraphs checks a decider on every graph of up to three places and two
// labels, parallel arcs included, with every predicate and every mix of
// assumptions, and on every graph of four places and one label for each arc,
// with predicates and assumptions in rotation. Graphs that differ only in the
// names of places or labels are tried once. Self loops, which must not matter,
// are strewn in.
func allSmallGraphs(t *testing.T, decide decider) {
	// Burnside's lemma says how many there must be.
	sizes := []struct{ places, codes, want int }{{1, 4, 1}, {2, 4, 10}, {3, 4, 1072}, {4, 3, 44908}}
	for _, size := range sizes {
		graphs := 0
		enumerate(size.places, size.codes, func(g *table) {
			graphs++
			if testing.Short() && graphs%32 != 1 {
				return
			}
			g.strewSelfLoops(uint64(graphs))
			g.claims = liveClaims(size.places, graphs)
			againstOracle(t, g, decide(t, g))
		})
		if graphs != size.want {
			t.Errorf("%d places: %d graphs, want %d", size.places, graphs, size.want)
		}
	}
}

// againstOracle compares the live verdicts of a report with the oracle's.
func againstOracle(t *testing.T, g *table, r *check.Report[place, label]) {
	t.Helper()
	o := newOracle(g)
	spec := g.spec()
	for i := range g.claims {
		c, v := &g.claims[i], &r.Verdicts[i]
		if !c.form.Live() {
			continue
		}
		outcome, necessary := o.verdict(c)
		if v.Outcome != outcome || !slices.Equal(v.Necessary, necessary) {
			t.Fatalf("%s: %s, necessary %v; the oracle says %s, %v\n%s",
				c, v.Outcome, v.Necessary, outcome, necessary, g)
		}
		if v.Trace != nil {
			if err := properties.Refute(&spec, &spec.Properties[i], v.Trace); err != nil {
				t.Fatalf("%s: %v\n%s", c, err, g)
			}
		}
	}
}

// enumerate calls visit with every table of that many places in which the arcs
// of each pair of places are one of the first codes of: none, a, b, both. Of
// tables that are the same but for the names of places other than the first,
// and of labels, it visits one.
func enumerate(places, codes int, visit func(g *table)) {
	code := make([]int, places*(places-1))
	renamings := permutations(places)
	for {
		if least(code, places, renamings) {
			visit(decode(code, places))
		}
		i := 0
		for i < len(code) && code[i] == codes-1 {
			code[i] = 0
			i++
		}
		if i == len(code) {
			return
		}
		code[i]++
	}
}

// permutations returns all orders of the places that keep 0 first.
func permutations(places int) [][]int {
	out := [][]int{{0}}
	for n := 1; n < places; n++ {
		var longer [][]int
		for _, p := range out {
			for at := 1; at <= n; at++ {
				longer = append(longer, slices.Insert(slices.Clone(p), at, n))
			}
		}
		out = longer
	}
	return out
}

// least reports whether no renaming makes code smaller.
func least(code []int, places int, renamings [][]int) bool {
	image := make([]int, len(code))
	for _, to := range renamings {
		for _, swap := range [2][4]int{{0, 1, 2, 3}, {0, 2, 1, 3}} {
			for i, c := range code {
				from, end := ends(i, places)
				image[pair(to[from], to[end], places)] = swap[c]
			}
			if slices.Compare(image, code) < 0 {
				return false
			}
		}
	}
	return true
}

func decode(code []int, places int) *table {
	g := &table{init: []place{0}, next: make([][]arc, places)}
	g.name(1)
	for i, c := range code {
		from, to := ends(i, places)
		for a := range label(2) {
			if c>>a&1 == 1 {
				g.next[from] = append(g.next[from], arc{a, place(to)})
			}
		}
	}
	for i, covers := range []set{1, 2, 3} {
		name := [...]string{"a", "b", "ab"}[i]
		g.fair = append(g.fair, assumption{"weak-" + name, false, covers}, assumption{"strong-" + name, true, covers})
	}
	return g
}

func (t *table) strewSelfLoops(seed uint64) {
	r := rng.New(3, seed)
	for n := range t.next {
		if r.Chance(1, 3) {
			t.next[n] = append(t.next[n], arc{label(r.Below(2)), place(n)})
		}
	}
}

// unders are the mixes of assumptions that differ in what they allow.
var unders = [][]string{
	{}, {"weak-a"}, {"strong-a"}, {"weak-b"}, {"strong-b"},
	{"weak-a", "weak-b"}, {"weak-a", "strong-b"}, {"strong-a", "weak-b"}, {"strong-a", "strong-b"},
	{"weak-ab"}, {"strong-ab"}, {"weak-a", "strong-ab"}, {"strong-a", "weak-ab"},
}

// liveClaims returns every live claim about that many places if they are at
// most three, and otherwise some, which depend on turn.
func liveClaims(places, turn int) []claim {
	var out []claim
	add := func(form properties.Form, p, q set, under []string) {
		name := fmt.Sprintf("claim%d", len(out))
		out = append(out, claim{name: name, form: form, p: p, q: q, under: under})
	}
	all := set(1) << places
	for i, under := range unders {
		if places == oraclePlaces && (i+turn)%4 != 0 {
			continue
		}
		for q := range all {
			if places < oraclePlaces {
				add(properties.FormEventually, 0, q, under)
				for p := range all {
					add(properties.FormLeadsTo, p, q, under)
				}
			} else if q == 0 || q&1 == 0 && q&(q-1) == 0 {
				add(properties.FormEventually, 0, q, under)
				add(properties.FormLeadsTo, 1<<(turn%places), q, under)
			}
		}
	}
	return out
}

// The oracle also judges the naive checker on random tables, which have more
// labels, wider assumptions and several starts.
func TestNaiveAgainstOracleOnRandomTables(t *testing.T) {
	tried := 0
	for run := range uint64(60_000) {
		source := rng.New(11, run)
		g := randomTable(&source)
		g.within = nil
		arcs := 0
		for _, list := range g.next {
			arcs += len(list)
		}
		if len(g.next) > oraclePlaces || arcs > 12 {
			continue
		}
		tried++
		againstOracle(t, g, byNaive(t, g))
	}
	if tried < 10_000 {
		t.Errorf("only %d of the tables were small enough", tried)
	}
}
