package check_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A decider is one of the two checkers.
type decider func(g *table) (*check.Report[place, label], error)

func byNaive(g *table) (*check.Report[place, label], error) {
	spec := g.spec()
	return naively(&spec), nil
}

func byRun(g *table) (*check.Report[place, label], error) {
	return check.Run(context.Background(), g.spec(), check.Options{Workers: 1})
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
		codes := enumerate(size.places, size.codes)
		if len(codes) != size.want {
			t.Errorf("%d places: %d graphs, want %d", size.places, len(codes), size.want)
		}
		inShards(t, uint64(len(codes)), func(run uint64) error {
			g := decode(codes[run], size.places)
			g.strewSelfLoops(run)
			if size.places < oraclePlaces {
				g.claims = allClaims(size.places, int(run))
			} else {
				g.claims = someClaims(int(run))
			}
			return againstOracle(g, decide)
		})
	}
}

// againstOracle compares the live verdicts of a decider with the oracle's.
func againstOracle(g *table, decide decider) error {
	report, err := decide(g)
	if err != nil {
		return fmt.Errorf("%v\n%s", err, g)
	}
	o := newOracle(g)
	spec := g.spec()
	for i := range g.claims {
		c, v := &g.claims[i], &report.Verdicts[i]
		if !c.form.Live() {
			continue
		}
		outcome, necessary := o.verdict(c)
		if v.Outcome != outcome || !slices.Equal(v.Necessary, necessary) {
			return fmt.Errorf("%s: %s, necessary %v; the oracle says %s, %v\n%s",
				c, v.Outcome, v.Necessary, outcome, necessary, g)
		}
		if v.Trace != nil {
			if err := properties.Refute(&spec, &spec.Properties[i], v.Trace); err != nil {
				return fmt.Errorf("%s: %v\n%s", c, err, g)
			}
		}
	}
	return nil
}

// enumerate returns every graph of that many places, as decode takes it, in
// which the arcs of each pair of places are one of the first codes of: none,
// a, b, both. Of graphs that are the same but for the names of labels, and of
// places other than the first, there is one.
func enumerate(places, codes int) [][]int {
	var out [][]int
	code := make([]int, places*(places-1))
	renamings := permutations(places)
	for {
		if least(code, places, renamings) {
			out = append(out, slices.Clone(code))
		}
		i := 0
		for i < len(code) && code[i] == codes-1 {
			code[i] = 0
			i++
		}
		if i == len(code) {
			return out
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

// allClaims returns every live claim about that many places, under every mix
// of assumptions. Triggers that overlap the goal, which must not matter, come
// up in turn.
func allClaims(places, turn int) []claim {
	var out []claim
	all := set(1) << places
	for _, under := range unders {
		for q := range all {
			out = append(out, claim{form: properties.FormEventually, q: q, under: under})
			for p := range all {
				if p != 0 && p&q == 0 || (int(p)+turn)%8 == 0 {
					out = append(out, claim{form: properties.FormLeadsTo, p: p, q: q, under: under})
				}
			}
		}
	}
	return numbered(out)
}

// someClaims returns live claims about four places whose goal is one place or
// none, under one of the mixes of assumptions.
func someClaims(turn int) []claim {
	var out []claim
	under := unders[turn%len(unders)]
	goals := []set{0, 1 << 1, 1 << 2, 1 << 3}
	for _, q := range goals {
		out = append(out, claim{form: properties.FormEventually, q: q, under: under})
	}
	p, q := set(1+turn%15), goals[turn/15%len(goals)]
	out = append(out, claim{form: properties.FormLeadsTo, p: p, q: q, under: under})
	return numbered(out)
}

func numbered(claims []claim) []claim {
	for i := range claims {
		claims[i].name = fmt.Sprintf("claim%d", i)
	}
	return claims
}

// The oracle also judges both checkers on random tables, which have more
// labels, wider assumptions and several starts.
func TestAgainstOracleOnRandomTables(t *testing.T) {
	inShards(t, 30_000, func(run uint64) error {
		source := rng.New(11, run)
		g := randomTable(&source)
		g.within = nil
		arcs := 0
		for _, list := range g.next {
			arcs += len(list)
		}
		if len(g.next) > oraclePlaces || arcs > 12 {
			return nil
		}
		return errors.Join(againstOracle(g, byNaive), againstOracle(g, byRun))
	})
}
