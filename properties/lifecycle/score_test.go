package lifecycle

import (
	"fmt"
	"testing"

	"github.com/quiesce/quiesce/internal/mutant"
)

type score struct {
	how map[string]int
	n   int
}

func (s *score) add(m *mutant.Mutant, f fate) {
	if s.how == nil {
		s.how = map[string]int{}
	}
	s.how[f.How]++
	s.n++
	if f.How != byClaim {
		fmt.Printf("%d:%d %s\n\t%s %s %d\n", m.Number, m.Line, m.Key(), f.How, f.Stand, f.Others)
	}
}
func (s *score) line() string       { return fmt.Sprint(s.n, s.how) }
func (s *score) check(t *testing.T) {}
