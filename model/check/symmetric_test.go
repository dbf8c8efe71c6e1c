package check_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// Twins are two processes that follow one random table: what a process may do
// depends on where it and the other one are. Exchanging them is a symmetry.
type twins struct{ Here [2]uint8 }

type move struct{ Who, What uint8 }

type twinModel struct {
	starts []twins
	may    [][][]arc // by own place, then by the other's
	about  []model.About
}

func (m *twinModel) Init() []twins { return m.starts }

func (m *twinModel) Next(s *twins, out *model.Steps[twins, move]) {
	for who := range uint8(2) {
		for _, a := range m.may[s.Here[who]][s.Here[1-who]] {
			out.Add(move{who, uint8(a.by)}).Here[who] = uint8(a.to)
		}
	}
}

func swapped(s twins) twins { return twins{[2]uint8{s.Here[1], s.Here[0]}} }

func inOrder(s *twins) {
	if s.Here[0] > s.Here[1] {
		*s = swapped(*s)
	}
}

// randomTwins draws a spec whose predicates are the same for both orders.
func randomTwins(r *rng.Source) *properties.Spec[twins, move] {
	m := &twinModel{}
	places := 2 + below(r, 3)
	for range places {
		row := make([][]arc, places)
		for other := range row {
			for range below(r, 3) {
				row[other] = append(row[other], arc{label(below(r, 3)), place(below(r, places))})
			}
		}
		m.may = append(m.may, row)
	}
	start := twins{[2]uint8{uint8(below(r, places)), uint8(below(r, places))}}
	m.starts = []twins{start, swapped(start)}
	for what := range 3 {
		m.about = append(m.about, model.About{Name: fmt.Sprint("do", what), Kind: kinds[below(r, len(kinds))]})
	}
	return &properties.Spec[twins, move]{
		Model: m,
		About: func(a move) model.About {
			about := m.about[a.What]
			about.Actor = fmt.Sprint("p", a.Who)
			return about
		},
		Actions:    []string{"do0", "do1", "do2"},
		Properties: twinClaims(r, places),
		Canon:      inOrder,
	}
}

func twinClaims(r *rng.Source, places int) []properties.Property[twins] {
	holds := func(num, den int) properties.Predicate[twins] {
		pairs := randomSet(r, places*places, num, den)
		return func(s *twins) bool {
			both := *s
			inOrder(&both)
			return pairs.has(int(both.Here[0])*places + int(both.Here[1]))
		}
	}
	ends := randomSet(r, 4*places, 1, 8)
	sum := func(s *twins) int { return int(s.Here[0] + s.Here[1]) }
	return []properties.Property[twins]{
		properties.Always("always", holds(7, 8)),
		properties.Reachable("reachable", holds(1, 8)),
		properties.NoDeadlock("no deadlock", holds(1, 4)),
		properties.Always("about", holds(15, 16)).About("something rare", holds(1, 8)),
		properties.AlwaysStep("always step", func(from, to *twins) bool {
			return !ends.has(2*sum(from)) || !ends.has(2*sum(to)+1)
		}),
	}
}

// Exploring representatives finds the same verdicts and, in concrete states,
// the same canonical traces, and visits one state of each class.
func TestSymmetryAgainstNaive(t *testing.T) {
	inShards(t, 10_000, func(run uint64) error {
		source := rng.New(15, run)
		spec := randomTwins(&source)
		got, err := check.Run(context.Background(), *spec, check.Options{Workers: 1, Witnesses: true, Symmetry: true})
		if err != nil {
			return err
		}
		want := naively(spec)
		for i := range want.Verdicts {
			if err := sameVerdict(spec, &spec.Properties[i], &got.Verdicts[i], &want.Verdicts[i]); err != nil {
				return fmt.Errorf("%s: %v\n%+v", spec.Properties[i].Name, err, spec.Model)
			}
		}
		classes := make(map[twins]bool)
		for _, s := range explore(spec).states {
			inOrder(&s)
			classes[s] = true
		}
		if got.Distinct != uint64(len(classes)) || got.Depth != want.Depth || !got.Complete {
			return fmt.Errorf("%d states to depth %d, naively %d to %d\n%+v",
				got.Distinct, got.Depth, len(classes), want.Depth, spec.Model)
		}
		return nil
	})
}
