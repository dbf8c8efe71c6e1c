package check_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A fixture is a graph small enough to be checked by hand, on which a checker
// of temporal claims was once wrong, or is wrong if it takes a short cut. Each
// claim's verdict is in the comment behind it: the outcome, the assumptions
// that are necessary if it holds, and the trace if there is only one that is
// shortest. In a trace, ( begins the loop.
type fixture struct {
	name string
	text string
}

var fixtures = []fixture{
	{"cycles are behaviours", `
		# A search that judges only paths that end never sees the cycle 0, 1.
		# Weak fairness forbids to stutter, not to go round.
		init 0
		0: a>1
		1: b>0 c>2
		weak go: a b c
		done eventually Q=2     # violated: (0 a 1 b 0
		back leads to P=1 Q=0,2 # holds WF(go)
	`},
	{"stuttering is a behaviour", `
		# Nothing forces a step that no assumption covers.
		init 0
		0: a>1
		1: b>1
		weak a: a
		weak b: b
		unfair eventually Q=1 under=  # violated: (0
		fair eventually Q=1 under=a   # holds WF(a)
		other eventually Q=1 under=b  # violated: (0
		all eventually Q=1            # holds WF(a)
	`},
	{"unfair cycles are no counterexamples", `
		# The way out is always enabled: going round for ever is not fair.
		init 0
		0: a>1 c>2
		1: b>0 c>2
		weak c: c
		out eventually Q=2 # holds WF(c)
	`},
	{"weak and strong differ", `
		# The way out is enabled every other time.
		init 0
		0: a>1
		1: b>0 c>2
		weak ab: a b
		weak c: c
		strong firm: c
		weakly eventually Q=2 under=ab,c      # violated: (0 a 1 b 0
		strongly eventually Q=2 under=ab,firm # holds WF(ab) SF(firm)
	`},
	{"a component is not a cycle", `
		# Two rings share place 0. Each ring alone is unfair: it enables the
		# other's set all the time or again and again. A fair loop runs
		# through both, and so twice through 0; listing the component's states
		# in any order gives steps that do not exist.
		init 0
		0: a>1 b>3
		1: c>2
		2: d>0
		3: e>4
		4: f>0
		strong a: a
		strong b: b
		weak all: a b c d e f
		apart eventually Q=5 # violated
	`},
	{"two assumptions do not add up", `
		# Neither set is enabled all the time, so both are met by going
		# round. Taking them for one condition, or asking that both be
		# disabled in one state, proves a falsehood.
		init 0
		0: c>1 a>2
		1: d>0 b>2
		weak a: a
		weak b: b
		weak go: c d
		strong sa: a
		strong sb: b
		both eventually Q=2 under=a,b        # violated: (0 c 1 d 0
		three eventually Q=2 under=a,b,go    # violated: (0 c 1 d 0
		strongly eventually Q=2 under=sa,sb  # holds SF(sa) SF(sb)
		enough eventually Q=2 under=sa,go    # holds WF(go) SF(sa)
		spare eventually Q=2 under=sa,sb,go  # holds
	`},
	{"two assumptions met by turns", `
		# Each set is taken again and again, so the cycle is fair to both.
		init 0
		0: a>1
		1: b>0 c>2
		strong a: a
		strong b: b
		out eventually Q=2 # violated: (0 a 1 b 0
	`},
	{"fairness is met inside the counterexample: taken outside", `
		# 0, 1 and 2 are one component and a is taken in it, but a leads to
		# the goal: no behaviour that avoids the goal takes it.
		init 0
		0: a>1 c>2
		1: b>0
		2: d>0
		strong a: a
		weak d: d
		goal leads to P=0 Q=1 # holds SF(a) WF(d)
	`},
	{"fairness is met inside the counterexample: enabled outside", `
		# The component 0, 1, 2 enables s in 2 and never takes it. The part
		# 0, 1 does not enable it and is fair.
		init 0
		0: a>1
		1: b>0 c>2
		2: d>0 s>3
		weak go: a b c d
		strong s: s
		goal eventually Q=3 # violated: (0 a 1 b 0
	`},
	{"what is left after pruning is judged again", `
		# Without place 2, which enables s, the cycle 0, 1 is left. It enables
		# w all the time, and w was taken only on the way to 2.
		init 0
		0: a>1 w>2
		1: b>0 w>2
		2: d>0 s>3
		weak go: a b
		weak w: w
		weak d: d
		strong s: s
		goal eventually Q=3      # holds WF(w) SF(s)
		without eventually Q=3 under=w,d # violated: (0 w 2 d 0
	`},
	{"pruning goes deep", `
		# Place 3 enables r, so it is left out; then q is taken no more and
		# place 2 has to go; then p, and place 1. Only stuttering in 0 is left.
		init 0
		0: a>1
		1: a>0 a>2 p>4
		2: q>1 a>3
		3: q>2 r>4
		4: a>4
		strong p: p
		strong q: q
		strong r: r
		strong a: a
		three eventually Q=4 under=p,q,r # violated: (0
		four eventually Q=4              # holds SF(p) SF(r) SF(a)
	`},
	{"a deadlock is stuttering", `
		# Where nothing is enabled every assumption is met.
		init 0
		0: a>1
		weak a: a
		strong all: a b
		goal eventually Q=2       # violated: 0 a (1
		again leads to P=1 Q=0    # violated: 0 a (1
		stop no deadlock P=0      # violated: 0 a 1
	`},
	{"paths that join are still two paths", `
		# 3 is reached first by way of the goal. A search that does not come
		# back to a visited state forgets the other way.
		init 0
		0: a>1 b>2
		1: a>3
		2: b>3
		weak go: a b
		goal eventually Q=1 # violated: 0 b 2 b (3
	`},
	{"a trigger on one of two ways", `
		# 2 is visited first with nothing due.
		init 0
		0: c>2 a>1
		1: b>2
		weak go: a b c
		due leads to P=1 Q=3 # violated: 0 a 1 b (2
	`},
	{"a goal met too early", `
		# The goal of the first trigger is no goal of the second.
		init 0
		0: a>1
		1: b>2
		2: c>3
		weak go: a b c
		again leads to P=0,2 Q=1 # violated: 0 a 1 b 2 c (3
		once leads to P=0 Q=1    # holds WF(go)
		same leads to P=1 Q=1    # holds
		last leads to P=2 Q=3    # holds WF(go)
	`},
	{"a self loop is no progress", `
		# Doing a again and again changes nothing, so it neither enables the
		# set nor takes it; that there is another step does not matter.
		init 0
		0: a>0 b>1
		weak a: a
		strong aa: a
		weak both: a b
		only eventually Q=1 under=a,aa   # violated: (0
		either eventually Q=1 under=both # holds WF(both)
	`},
	{"an enabled step is no end", `
		# A place without a way on that avoids the goal is an end only if
		# fairness lets the behaviour stay.
		init 0
		0: a>1
		1: b>2
		weak a: a
		weak b: b
		goal eventually Q=2         # holds WF(a) WF(b)
		some eventually Q=2 under=a # violated: 0 a (1
	`},
	{"parallel steps are different steps", `
		# Only the step that carries a is fair, though both lead to 1.
		init 0
		0: b>1 a>1 c>2
		1: b>0
		strong a: a
		weak b: b
		goal eventually Q=2 # violated: (0 a 1 b 0
	`},
	{"a loop goes where a set is disabled", `
		# The short loop 0, 1 enables w throughout; the long one does not.
		init 0
		0: a>1 w>3
		1: a>0 b>2 w>3
		2: b>0
		weak w: w
		weak go: a b
		goal eventually Q=3 # violated: (0 a 1 b 2 b 0
	`},
	{"only the second start is bad", `
		init 1 0
		0: b>2
		1: a>3
		weak a: a
		goal eventually Q=3     # violated: (0
		from leads to P=1 Q=3   # holds WF(a)
	`},
	{"the same start in a lasso and a goal", `
		# The behaviour returns to its start, where the goal holds: for
		# "eventually" that is enough, for "leads to" only what follows counts.
		init 0
		0: a>1
		1: b>2
		2: b>1
		weak go: a b
		once eventually Q=0   # holds
		ever leads to P=1 Q=0 # violated
	`},
}

// Both checkers must agree with what was worked out by hand.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.name, func(t *testing.T) {
			g := parse(t, f.text)
			spec := g.spec()
			report, err := check.Run(context.Background(), spec, check.Options{Workers: 1, Witnesses: true})
			if err != nil {
				t.Fatal(err)
			}
			compareFixture(t, g, report, wanted(f.text), true)
			for i := range g.claims {
				if trace := report.Verdicts[i].Trace; trace != nil {
					if err := properties.Refute(&spec, &spec.Properties[i], trace); err != nil {
						t.Errorf("%s: %v", g.claims[i].name, err)
					}
				}
			}
		})
	}
}

func TestNaiveOnFixtures(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.name, func(t *testing.T) {
			g := parse(t, f.text)
			report, _ := byNaive(g)
			compareFixture(t, g, report, wanted(f.text), false)
		})
	}
}

// compareFixture compares traces only if the lassos of a report are wanted.
func compareFixture(t *testing.T, g *table, r *check.Report[place, label], want []string, lassos bool) {
	if len(want) != len(g.claims) {
		t.Fatalf("%d claims, %d of them with a verdict", len(g.claims), len(want))
	}
	for i := range g.claims {
		got, wanted := said(&r.Verdicts[i]), want[i]
		if !strings.Contains(wanted, ":") || !lassos {
			got, _, _ = strings.Cut(got, ":")
			wanted, _, _ = strings.Cut(wanted, ":")
		}
		if got != wanted {
			t.Errorf("%s: %s, want %s", g.claims[i].name, got, wanted)
		}
	}
}

// wanted returns the comments that begin with an outcome, in order.
func wanted(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		before, comment, ok := strings.Cut(line, "#")
		if ok && strings.TrimSpace(before) != "" {
			out = append(out, strings.TrimSpace(comment))
		}
	}
	return out
}

// said writes a verdict as fixtures do.
func said(v *properties.Verdict[place, label]) string {
	words := append([]string{v.Outcome.String()}, v.Necessary...)
	if v.Trace == nil {
		return strings.Join(words, " ")
	}
	words[0] += ":"
	for i := range v.Trace.Len() + 1 {
		word := fmt.Sprint(*v.Trace.At(i))
		if i == v.Trace.Loop {
			word = "(" + word
		}
		words = append(words, word)
		if i < v.Trace.Len() {
			words = append(words, string(letter(int(v.Trace.Steps[i].Action))))
		}
	}
	return strings.Join(words, " ")
}
