package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

func TestFind(t *testing.T) {
	for _, e := range Specs() {
		again, err := Find(e.Name)
		if err != nil || again.Name != e.Name || again.Doc != e.Doc {
			t.Errorf("%s is found as %+v, %v", e.Name, again, err)
		}
	}
	for _, name := range []string{"", "Twophase", "two phase", strings.Repeat("x", 100)} {
		if _, err := Find(name); err == nil || len(err.Error()) > 200 || !strings.HasPrefix(err.Error(), "no spec is called "+quoted(name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	var specs []string
	for _, e := range Specs() {
		if slices.Contains(specs, e.Name) {
			t.Errorf("two specs are called %s", e.Name)
		}
		specs = append(specs, e.Name)
		params := []string{"spec"} // a variant file has it beside the parameters
		for _, p := range e.Params {
			if slices.Contains(params, p.Name) {
				t.Errorf("%s has two parameters called %s", e.Name, p.Name)
			}
			params = append(params, p.Name)
		}
	}
}

func TestTitle(t *testing.T) {
	if got := Title("peterson", nil); got != "peterson" {
		t.Errorf("without parameters: %q", got)
	}
	if got := Title("plan", plan.defaults()); got != "plan workers=2 bug=none retry.ever=false retry.version=3.1" {
		t.Errorf("with parameters: %q", got)
	}
}

// count goes up for ever: what describes it must stop by itself.
type count struct{}

func (count) Init() []uint64 { return []uint64{0} }

func (count) Next(s *uint64, out *model.Steps[uint64, uint64]) { *out.Add(*s) = *s + 1 }

func TestDescribeEnds(t *testing.T) {
	e := Of("count", "", nil, func(Values) (properties.Spec[uint64, uint64], error) {
		return properties.Spec[uint64, uint64]{
			Model: count{},
			About: func(a uint64) model.About {
				if a < statesDescribed/2 {
					return model.About{Name: "early"}
				}
				return model.About{Name: "late"}
			},
			Actions: []string{"early", "late", "never"},
		}, nil
	})
	d := build(t, e).Describe()
	for i, met := range []bool{true, true, false} {
		if d.Actions[i].Met != met {
			t.Errorf("%s met: %v", d.Actions[i].Name, d.Actions[i].Met)
		}
	}
}
