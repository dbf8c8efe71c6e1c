package lifecycle

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/mutant"
)

// judgements is where the survivors are judged, each on its own.
var judgements = filepath.Join("testdata", "mutation.txt")

// Verdicts on a mutant that no claim kills.
const (
	equivalent = "equivalent" // the graph is the same in every scope: not counted
	harmless   = "harmless"   // the graph is another, and rightly no claim minds
	unseen     = "unseen"     // a larger scope or another claim would be needed
)

// A judgement says why a mutant survives.
type judgement struct {
	key, is, why string
	line         int
	used         bool
}

// readJudgements reads the data file: a mutant's key on a line, and below it,
// indented, what it is and why.
func readJudgements(text string) ([]*judgement, error) {
	var out []*judgement
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !strings.HasPrefix(line, "\t"):
			if slices.ContainsFunc(out, func(j *judgement) bool { return j.key == line }) {
				return nil, fmt.Errorf("%s:%d:1: %q is judged twice", judgements, number, line)
			}
			out = append(out, &judgement{key: line, line: number})
		default:
			is, why, _ := strings.Cut(line[1:], ": ")
			if len(out) == 0 || out[len(out)-1].is != "" || why == "" || !slices.Contains([]string{equivalent, harmless, unseen}, is) {
				return nil, fmt.Errorf("%s:%d:2: want, once below each mutant, equivalent, harmless or unseen, a colon and a reason", judgements, number)
			}
			out[len(out)-1].is, out[len(out)-1].why = is, why
		}
	}
	for _, j := range out {
		if j.is == "" {
			return nil, fmt.Errorf("%s:%d:1: nothing is said about %q", judgements, j.line, j.key)
		}
	}
	return out, nil
}

func TestReadJudgements(t *testing.T) {
	good, err := readJudgements("# c\n\na.go f: negated: x\n\tharmless: because\nb\n\tequivalent: so\n")
	if err != nil || len(good) != 2 || good[0].why != "because" || good[1].is != equivalent || good[1].line != 5 {
		t.Errorf("%v %v", good, err)
	}
	for _, bad := range []string{"a\n", "\tharmless: x\n", "a\n\tharmless: x\n\tharmless: y\n", "a\n\tharmless:\n",
		"a\n\tfine: x\n", "a\n\tharmless: x\na\n\tharmless: x\n"} {
		if _, err := readJudgements(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// A tally counts fates.
type tally struct {
	mutants, killed, actions, crashed, endless, equivalent, survivors int

	books int // of those killed by a claim, those that only one about the model's own books kills
}

// noticed are the mutants with which some outcome is not what it was.
func (c tally) noticed() int { return c.killed + c.actions + c.crashed + c.endless }

// permille is a share, in a thousand, of the mutants that are not equivalent.
func (c tally) permille(part int) int {
	if c.mutants == c.equivalent {
		return 1000
	}
	return part * 1000 / (c.mutants - c.equivalent)
}

// A living is a mutant that no claim has killed.
type living struct {
	mutant *mutant.Mutant
	fate   fate
	judged *judgement
}

// A score is what a run has measured.
type score struct {
	total  tally
	files  map[string]*tally
	kinds  map[mutant.Kind]*tally
	claims map[string]int // how many mutants a claim was the first to kill
	living []living
	judged []*judgement
	faults []string
}

// measure counts fates and holds the judgements against them.
func measure(p *mutant.Program, fates []fate, judged []*judgement) *score {
	s := &score{files: make(map[string]*tally), kinds: make(map[mutant.Kind]*tally), claims: make(map[string]int), judged: judged}
	byKey := make(map[string]*judgement)
	for _, j := range judged {
		byKey[j.key] = j
	}
	for _, m := range p.Mutants {
		if j := byKey[m.Key()]; j != nil {
			j.used = true
		}
	}
	for _, j := range judged {
		if !j.used {
			s.faults = append(s.faults, fmt.Sprintf("%s:%d:1: there is no mutant %q: take the judgement out", judgements, j.line, j.key))
		}
	}
	for _, f := range fates {
		m := &p.Mutants[f.Mutant-1]
		s.count(m, f, byKey[m.Key()])
	}
	return s
}

func (s *score) count(m *mutant.Mutant, f fate, j *judgement) {
	if s.files[m.File] == nil {
		s.files[m.File] = &tally{}
	}
	if s.kinds[m.Kind] == nil {
		s.kinds[m.Kind] = &tally{}
	}
	for _, c := range []*tally{&s.total, s.files[m.File], s.kinds[m.Kind]} {
		c.mutants++
		switch {
		case f.How == byClaim:
			c.killed++
		case f.How == byBooks:
			c.killed++
			c.books++
		case f.How == byActions:
			c.actions++
		case f.How == byCrash:
			c.crashed++
		case f.How == byLimit:
			c.endless++
		case j != nil && j.is == equivalent:
			c.equivalent++
		default:
			c.survivors++
		}
	}
	for _, name := range f.Books {
		s.claims[name]++
	}
	switch f.How {
	case byClaim:
		s.claims[f.Claim]++
	case byBooks:
	case byActions, byCrash, byLimit:
		s.living = append(s.living, living{m, f, nil})
	default:
		s.living = append(s.living, living{m, f, j})
		if j == nil {
			s.faults = append(s.faults, "not judged:\n"+m.Key()+"\n\t"+hint(f))
		} else if j.is == equivalent && f.How == survived {
			s.faults = append(s.faults, fmt.Sprintf("%s:%d:1: %q is judged equivalent, but its graph is another in %s", judgements, j.line, j.key, f.Stand))
		}
		return
	}
	if j != nil {
		s.faults = append(s.faults, fmt.Sprintf("%s:%d:1: %q is killed by %s in %s (%s): take the judgement out", judgements, j.line, j.key, f.How, f.Stand, f.Claim))
	}
}

// hint is what is known of a survivor, in the form of a judgement to be made.
func hint(f fate) string {
	switch {
	case f.How == notRun:
		return "equivalent: never executed in any scope, since "
	case f.How == sameGraph:
		return "equivalent: executed, and the graph is the same in every scope, since "
	case f.Others == 0:
		return "unseen: only the graph of " + f.Stand + " is another: "
	}
	return fmt.Sprintf("harmless: the graph of %d stands is another, of %s first: ", f.Others, f.Stand)
}

func (s *score) line() string {
	c := s.total
	all, claims := c.permille(c.noticed()), c.permille(c.killed)
	return fmt.Sprintf("%d mutants, %d of them equivalent; of the others %d are killed, %d.%d %%: %d by a claim (%d.%d %%; %d of them by none of the pack, but by one about the model's own books), %d by actions never taken, %d by a search without end, %d by a crash; %d survive",
		c.mutants, c.equivalent, c.noticed(), all/10, all%10, c.killed, claims/10, claims%10, c.books, c.actions, c.endless, c.crashed, c.survivors)
}

// Shares of mutants, in a thousand, that must be killed: of all, and of a
// sample, which may be unlucky.
const (
	leastScore  = 900
	leastSample = 850
)

func (s *score) check(t *testing.T) {
	t.Helper()
	for _, f := range s.faults {
		t.Error(f)
	}
	least := leastSample
	if *mutate == 1 {
		least = leastScore
		for _, name := range slices.Concat(solid, solidBooks) {
			if s.claims[name] == 0 {
				t.Errorf("nothing shows that %q can fail: no version, no switch and no mutant violates it", name)
			}
		}
	}
	if c := s.total; c.permille(c.noticed()) < least {
		t.Errorf("the score is below %d.%d %%", least/10, least%10)
	}
}

// doc is docs/mutation.md.
func (s *score) doc() string {
	var b strings.Builder
	b.WriteString(mutationHead)
	fmt.Fprintf(&b, "**%s.**\n\n", s.line())
	table := func(title string, rows []string, of func(string) *tally) {
		fmt.Fprintf(&b, "| %s | mutants | equivalent | by a claim | only by the books | by actions | by a search without end | by a crash | survivors | killed |\n|---|---|---|---|---|---|---|---|---|---|\n", title)
		for _, name := range rows {
			c := of(name)
			all := c.permille(c.noticed())
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d.%d %% |\n", name, c.mutants, c.equivalent, c.killed, c.books, c.actions, c.endless,
				c.crashed, c.survivors, all/10, all%10)
		}
		b.WriteString("\n")
	}
	table("file", mutated, func(name string) *tally { return s.files[name] })
	var kinds []string
	for k := range s.kinds {
		kinds = append(kinds, string(k))
	}
	slices.Sort(kinds)
	table("change", kinds, func(name string) *tally { return s.kinds[mutant.Kind(name)] })
	s.list(&b, "Survivors that do not matter", func(l *living) bool { return l.judged != nil && l.judged.is == harmless })
	s.list(&b, "Survivors that ought to be seen", func(l *living) bool { return l.judged != nil && l.judged.is == unseen })
	s.list(&b, "Equivalent", func(l *living) bool { return l.judged != nil && l.judged.is == equivalent })
	s.list(&b, "Killed, but by no claim", func(l *living) bool { return l.fate.How == byActions || l.fate.How == byCrash || l.fate.How == byLimit })
	return b.String()
}

func (s *score) list(b *strings.Builder, title string, which func(*living) bool) {
	fmt.Fprintf(b, "## %s\n\n", title)
	for i := range s.living {
		l := &s.living[i]
		if !which(l) {
			continue
		}
		m := l.mutant
		why := l.fate.How
		if l.judged != nil {
			why = l.judged.why
		}
		fmt.Fprintf(b, "- %s:%d %s, %s: `%s`: %s\n", m.File, m.Line, m.Func, m.Kind, m.Text, why)
	}
	b.WriteString("\n")
}

const mutationHead = `# What the claims notice

` + "`make mutation`" + ` changes the rules of model/latent in every way it knows, one change at a time, and asks the
claims of properties/lifecycle about each, in the scopes of the battery, of the museum and of the findings, and
in two small scopes with each switch as it is not. A mutant is killed when the outcome of some claim is not what it
was, in either direction. This file is written by that command; a sample is part of the tests.

Guards are negated, operand by operand and as a whole; && and || are exchanged; statements are left out, and with
them each action of next.go; a lock is taken without waiting for it, or released without handing it over, both the
worker's start/stop lock and the master-wide one.

Some claims are about the model's own books: who refers to whom, what is kept, and what is forgotten. Nobody asks
about that but this command; what they kill is counted apart if no claim of the pack kills it.

Three kinds of kills are counted apart: the checker's report names other actions that are never taken; a search
without end has more than twice the states of the model, so that claims are inconclusive; a crash is a panic of the
changed model, so that there are no verdicts. Claims about what happens in the end that the model violates are asked
for in stands of at most 2,000 states.

A mutant with the model's graph, all states and labelled steps, in every stand and in every larger scope may be
judged equivalent, one by one; it is then not counted. Judgements are in properties/lifecycle/testdata/mutation.txt.

`
