package lifecycle

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// schemata are the switches of a program that has all mutants of model/latent
// in it. TestMutation builds it; in any other there are none.
var schemata *switches

type switches struct {
	mutants  int
	switchTo func(mutant int)
	record   func(seen []bool)
	refuel   func(calls int)
}

var (
	mutate = flag.Int("mutate", 40, "measure the mutation score with every n-th mutant of model/latent; 1 takes all")
	only   = flag.String("only", "", "print the fates of the mutants whose number and name match this regular expression")
	memory = flag.String("remember", "", "keep fates in this file, and judge only mutants that it does not have; it begins anew when the program is another")
	server = flag.Bool("mutants", false, "of the program with all mutants: judge those whose numbers are on standard input")
)

// fuel is how many calls and rounds of loops a mutant may take for the steps
// of one state. The model as it is needs less than a tenth of it.
const fuel = 50_000

// TestMain judges mutants instead of running tests if it is asked to: the
// program with all mutants is this one, with other files of model/latent.
func TestMain(m *testing.M) {
	flag.Parse()
	if !*server {
		os.Exit(m.Run())
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A fuelled model panics instead of taking a step that does not end.
type fuelled[S comparable] struct {
	of model.Model[S, latent.Action]
}

func (f fuelled[S]) Init() []S { return f.of.Init() }

func (f fuelled[S]) Next(s *S, out *model.Steps[S, latent.Action]) {
	if schemata != nil {
		schemata.refuel(fuel)
	}
	f.of.Next(s, out)
}

// A recorder notes which mutants' code is executed.
type recorder struct{ seen []bool }

func newRecorder() *recorder {
	if schemata == nil {
		return &recorder{}
	}
	r := &recorder{make([]bool, schemata.mutants+1)}
	schemata.record(r.seen)
	return r
}

// take returns what was executed since it was last called.
func (r *recorder) take() bitset {
	b := make(bitset, len(r.seen)/64+1)
	for i, s := range r.seen {
		if s {
			b[i/64] |= 1 << (i % 64)
		}
	}
	clear(r.seen)
	return b
}

func (r *recorder) end() {
	if schemata != nil {
		schemata.record(nil)
	}
}

// A fate is what became of a mutant.
type fate struct {
	Mutant int
	How    string // one of the constants below
	Stand  string // where it was noticed, or where its graph is another
	Claim  string // whose verdict changed
	Was    string
	Is     string
	Books  []string // the claims about the model's own books whose verdicts changed until then
	Others int      // stands in which the graph is another, of a survivor
}

// How a mutant ends. Only byClaim and byBooks are kills by a claim. That an action is never
// taken, a crash and a search without end are noticed by whoever runs the
// checker too, and counted apart.
const (
	byClaim   = "a claim"
	byBooks   = "a claim about the model's books" // and by no claim of the pack
	byActions = "actions"                         // others are never taken
	byCrash   = "a crash"
	byLimit   = "too many states"
	survived  = "no verdict"
	sameGraph = "same graph" // in every stand and in every larger scope
	notRun    = "not executed"
)

// A judge has explored every stand and knows the verdicts of some.
type judge struct {
	names   []string
	grounds []ground
	want    []*outcomes
	proofs  []*proof
}

// A proof is a larger scope, in which the graphs of mutants that no stand
// tells from the model are compared with the model's. It is explored when it
// is needed.
type proof struct {
	stand  stand
	ground ground
}

func newJudge() (*judge, error) {
	all, err := stands()
	if err != nil {
		return nil, err
	}
	j := &judge{}
	type sized struct {
		name string
		g    ground
	}
	var list []sized
	for i := range all {
		g, err := explore(&all[i], all[i].limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].name, err)
		}
		if g != nil && !slices.ContainsFunc(list, func(s sized) bool { return s.g.same(g) }) {
			list = append(list, sized{all[i].name, g})
		}
	}
	slices.SortStableFunc(list, func(a, b sized) int { return a.g.size() - b.g.size() })
	for _, s := range list {
		j.names, j.grounds = append(j.names, s.name), append(j.grounds, s.g)
	}
	j.want = make([]*outcomes, len(list))
	for _, s := range proofScopes {
		c, err := Apply(s.base(), s.scope)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.scope, err)
		}
		j.proofs = append(j.proofs, &proof{stand: stand{describe(s.base(), s.scope), c, proofLimit}})
	}
	return j, nil
}

// serve judges mutants, a line with a number each, and answers with their
// fates, a line each.
func serve(in io.Reader, out io.Writer) error {
	if schemata == nil {
		return fmt.Errorf("-mutants: this program has no mutants; TestMutation builds the one that has")
	}
	j, err := newJudge()
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil || n < 1 || n > schemata.mutants {
			return fmt.Errorf("%q: want the number of a mutant, 1 to %d", lines.Text(), schemata.mutants)
		}
		f, err := j.judge(n)
		if err != nil {
			return err
		}
		if err := answers.Encode(f); err != nil {
			return err
		}
	}
	return lines.Err()
}

// judge asks stand after stand, the smallest first, until a verdict is not what
// it was. Stands whose graph the mutant leaves as it is are not asked.
func (j *judge) judge(n int) (fate, error) {
	result := fate{Mutant: n, How: survived}
	executed := false
	for i, g := range j.grounds {
		if !g.executes(n) {
			continue
		}
		executed = true
		schemata.switchTo(n)
		different := g.differs(n)
		schemata.switchTo(0)
		if !different {
			continue
		}
		if result.How == survived {
			if result.Others++; result.Others == 1 {
				result.Stand = j.names[i]
			}
		}
		if err := j.ask(i, n, &result); err != nil {
			return result, err
		}
		if result.How == byClaim {
			return result, nil
		}
	}
	if result.How != survived || result.Others > 0 {
		return result, nil
	}
	return result, j.prove(n, executed, &result)
}

// askAll is the size up to which a stand is asked about every claim. In larger
// ones claims about what happens in the end are left out if the model violates
// them: what takes long is to find counterexamples.
const askAll = 2_000

// ask compares the verdicts of one stand, the pack's claims and those about the
// model's own books.
func (j *judge) ask(i, n int, result *fate) error {
	g := j.grounds[i]
	if j.want[i] == nil {
		want, err := g.outcomes(0, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", j.names[i], err)
		}
		j.want[i] = &want
	}
	want := j.want[i]
	var which, broken []int
	for k, was := range want.are {
		switch {
		case result.How == byBooks && g.books(k):
		case g.size() <= askAll || was != properties.Violated:
			which = append(which, k)
		case g.always(k):
			broken = append(broken, k)
		}
	}
	limit := 2*g.size() + 500
	schemata.switchTo(n)
	defer schemata.switchTo(0)
	got, err := g.outcomes(limit, which)
	if err != nil {
		if result.How == survived {
			result.How, result.Stand = byCrash, j.names[i]
		}
		return nil
	}
	if got.complete && len(broken) > 0 {
		for _, k := range g.unbroken(limit, broken) {
			if j.killed(i, k, properties.Holds, result) {
				return nil
			}
		}
	}
	for k, is := range slices.Backward(got.are) { // the books come last: what they show is noted
		if is != want.are[which[k]] && (got.complete || is != properties.Inconclusive) && j.killed(i, which[k], is, result) {
			return nil
		}
	}
	switch {
	case result.How != survived:
	case !got.complete:
		result.How, result.Stand = byLimit, j.names[i]
	case !slices.Equal(got.never, want.never):
		result.How, result.Stand = byActions, j.names[i]
		result.Was, result.Is = strings.Join(want.never, ", "), strings.Join(got.never, ", ")
	}
	return nil
}

// killed notes that the outcome of a claim is another. It reports whether that
// is the end: a claim of the pack is looked for as long as only one about the
// model's books has killed the mutant.
func (j *judge) killed(i, claim int, is properties.Outcome, result *fate) bool {
	name, how := j.want[i].names[claim], byClaim
	if j.grounds[i].books(claim) {
		result.Books = append(result.Books, name)
		how = byBooks
	}
	if result.How != byBooks || how == byClaim {
		*result = fate{Mutant: result.Mutant, How: how, Stand: j.names[i], Claim: name,
			Was: j.want[i].are[claim].String(), Is: is.String(), Books: result.Books}
	}
	return how == byClaim
}

// prove compares graphs in scopes that are larger than any stand.
func (j *judge) prove(n int, executed bool, result *fate) error {
	result.How = sameGraph
	for _, p := range j.proofs {
		if p.ground == nil {
			g, err := explore(&p.stand, proofLimit)
			if err != nil {
				return fmt.Errorf("%s: %w", p.stand.name, err)
			}
			if g == nil {
				return fmt.Errorf("%s: more than %d states", p.stand.name, proofLimit)
			}
			p.ground = g
		}
		if !p.ground.executes(n) {
			continue
		}
		executed = true
		schemata.switchTo(n)
		different := p.ground.differs(n)
		schemata.switchTo(0)
		if different {
			result.How, result.Stand, result.Others = survived, p.stand.name, 0
			return nil
		}
	}
	if !executed {
		result.How = notRun
	}
	return nil
}
