package modeltest_test

import (
	"fmt"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/modeltest"
	"github.com/quiesce/quiesce/properties"
)

type lightsSpec = properties.Spec[lights, press]

func count(s *lights) int {
	n := 0
	for _, on := range s.On {
		if on {
			n++
		}
	}
	return n
}

// good is a spec that obeys every law and has every part a spec may have.
func good() lightsSpec {
	return lightsSpec{
		Model: with(next),
		Properties: []properties.Property[lights]{
			properties.Always("few", func(s *lights) bool { return count(s) <= 2 }).
				About("some", func(s *lights) bool { return count(s) > 0 }),
			properties.AlwaysStep("one by one", func(from, to *lights) bool { return count(to) <= count(from)+1 }),
			properties.LeadsTo("the second follows the first",
				func(s *lights) bool { return s.On[0] }, func(s *lights) bool { return s.On[1] }),
		},
		Fairness: []properties.Fairness[press]{properties.Weak("all", func(press) bool { return true })},
		About: func(a press) model.About {
			return model.About{Name: "Press", Actor: "hand", Kind: model.Request,
				Sentence: fmt.Sprintf("light %d goes on", a.Light), Reads: []string{"On"}, Writes: []string{"On"}}
		},
		Actions: []string{"Press"},
		Within:  func(s *lights) bool { return count(s) < 2 },
		Final:   func(s *lights) bool { return count(s) == 2 },
		Canon:   sorted,
	}
}

func sorted(s *lights) {
	if s.On[0] && !s.On[1] {
		swap(s)
	}
}

func swap(s *lights) { s.On[0], s.On[1] = s.On[1], s.On[0] }

// saying returns an About that differs from the good one.
func saying(change func(a press, about *model.About)) func(press) model.About {
	honest := good().About
	return func(a press) model.About {
		about := honest(a)
		change(a, &about)
		return about
	}
}

func TestGoodSpec(t *testing.T) {
	want(t, modeltest.CheckSpec(good(), modeltest.Options{}, swap))
}

func TestWithinIsNotLeft(t *testing.T) {
	spec := good()
	spec.Model = with(func(s *lights, out *steps) {
		if count(s) == 2 {
			panic("outside")
		}
		next(s, out)
	})
	want(t, modeltest.CheckSpec(spec, modeltest.Options{}, swap))
}

// A defect is a change to the good spec that breaks a law.
type defect struct {
	name   string
	change func(spec *lightsSpec)
	law    modeltest.Law
}

func wantEach(t *testing.T, defects []defect) {
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			spec := good()
			d.change(&spec)
			want(t, modeltest.CheckSpec(spec, modeltest.Options{}), d.law)
		})
	}
}

// alternately returns true and false in turn.
func alternately() func() bool {
	calls := 0
	return func() bool { calls++; return calls%2 == 1 }
}

func TestBrokenAbout(t *testing.T) {
	odd := alternately()
	wantEach(t, []defect{
		{"no About", func(s *lightsSpec) { s.About = nil }, modeltest.Valid},
		{"no model", func(s *lightsSpec) { s.Model = nil }, modeltest.Valid},
		{"model", func(s *lightsSpec) {
			s.Model = with(func(s *lights, out *steps) { next(s, out); s.On[0] = !s.On[0] })
		}, modeltest.Unmodified},
		{"name not listed", func(s *lightsSpec) { s.Actions = []string{"Release"} }, modeltest.Listed},
		{"name listed twice", func(s *lightsSpec) { s.Actions = []string{"Press", "Press"} }, modeltest.Listed},
		{"no actor", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Actor = "" })
		}, modeltest.Described},
		{"no sentence", func(s *lightsSpec) {
			s.About = saying(func(a press, about *model.About) {
				if a.Light == 1 {
					about.Sentence = " "
				}
			})
		}, modeltest.Described},
		{"two lines", func(s *lightsSpec) {
			s.About = saying(func(a press, about *model.About) { about.Sentence = fmt.Sprintf("light\n%d", a.Light) })
		}, modeltest.Described},
		{"no kind", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Kind = 9 })
		}, modeltest.Described},
		{"moody", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) {
				if odd() {
					about.Peer = "light"
				}
			})
		}, modeltest.Described},
		{"two actions, one sentence", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Sentence = "a light goes on" })
		}, modeltest.Distinguished},
		{"About panics", func(s *lightsSpec) {
			s.About = saying(func(a press, _ *model.About) {
				if a.Light == 1 {
					panic("light 1")
				}
			})
		}, modeltest.NoPanic},
		{"writes what it does not say", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Writes = []string{} })
		}, modeltest.Written},
		{"writes less than it does", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Writes = []string{"On[0]"} })
		}, modeltest.Written},
		{"reads what is not there", func(s *lightsSpec) {
			s.About = saying(func(_ press, about *model.About) { about.Reads = []string{"Off"} })
		}, modeltest.Written},
	})
}

func TestBrokenPredicates(t *testing.T) {
	odd := alternately()
	wantEach(t, []defect{
		{"predicate modifies", func(s *lightsSpec) {
			s.Properties[0].P = func(s *lights) bool { s.On[0] = true; return true }
		}, modeltest.PureQuestion},
		{"predicate changes its mind", func(s *lightsSpec) {
			s.Properties[2].Q = func(*lights) bool { return odd() }
		}, modeltest.PureQuestion},
		{"step predicate modifies", func(s *lightsSpec) {
			s.Properties[1].Step = func(_, to *lights) bool { to.On = [2]bool{}; return true }
		}, modeltest.PureQuestion},
		{"step predicate changes its mind", func(s *lightsSpec) {
			s.Canon = nil // asking more often, it would see more
			s.Properties[1].Step = func(_, _ *lights) bool { return odd() }
		}, modeltest.PureQuestion},
		{"fairness changes its mind", func(s *lightsSpec) {
			s.Fairness[0].Covers = func(press) bool { return odd() }
		}, modeltest.PureQuestion},
		{"predicate panics", func(s *lightsSpec) {
			s.Properties[2].P = func(s *lights) bool { panic("no") }
		}, modeltest.NoPanic},
		{"Within panics", func(s *lightsSpec) {
			s.Within = func(s *lights) bool { panic("no") }
		}, modeltest.NoPanic},
	})
}

func TestBrokenCanon(t *testing.T) {
	flips := 0
	for _, test := range []struct {
		name   string
		change func(spec *lightsSpec)
		swap   func(*lights)
		laws   []modeltest.Law
	}{
		{"not idempotent", func(s *lightsSpec) { s.Canon = swap }, swap,
			[]modeltest.Law{modeltest.Idempotent, modeltest.OneClass}},
		{"not a function", func(s *lightsSpec) {
			s.Canon = func(s *lights) {
				if flips++; flips%2 == 0 {
					swap(s)
				}
			}
		}, nil, []modeltest.Law{modeltest.Idempotent}},
		{"loses what matters", func(s *lightsSpec) {
			s.Properties, s.Within, s.Final = nil, nil, nil
			s.Canon = func(s *lights) { s.On[0] = false }
		}, nil, []modeltest.Law{modeltest.SameSteps}},
		{"a property sees the difference", func(s *lightsSpec) {
			s.Properties[0] = properties.Always("first", func(s *lights) bool { return s.On[1] || !s.On[0] })
		}, swap, []modeltest.Law{modeltest.SameAnswers}},
		{"a property of steps sees the difference", func(s *lightsSpec) {
			s.Properties[1].Step = func(from, to *lights) bool { return !from.On[0] }
		}, swap, []modeltest.Law{modeltest.SameAnswers}},
		{"sees the symmetry", func(s *lightsSpec) { s.Canon = func(*lights) {} }, swap,
			[]modeltest.Law{modeltest.OneClass}},
		{"panics", func(s *lightsSpec) { s.Canon = func(*lights) { panic("no") } }, nil,
			[]modeltest.Law{modeltest.NoPanic}},
		{"not a symmetry of the steps", func(s *lightsSpec) { s.Canon = nil },
			func(s *lights) { s.On[0] = !s.On[0] }, []modeltest.Law{modeltest.Closed}},
		{"not a symmetry of the start", func(s *lightsSpec) {
			s.Canon = nil
			s.Model = funcs[lights, press]{func() []lights { return []lights{{On: [2]bool{true, false}}} }, next}
		}, swap, []modeltest.Law{modeltest.Closed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := good()
			test.change(&spec)
			var symmetries []func(*lights)
			if test.swap != nil {
				symmetries = append(symmetries, test.swap)
			}
			want(t, modeltest.CheckSpec(spec, modeltest.Options{}, symmetries...), test.laws...)
		})
	}
}

// All that is wrong is reported in one go, and two things that break the same
// law one by one.
func TestViolationsAreSeparate(t *testing.T) {
	spec := good()
	spec.Properties[0].P = func(*lights) bool { panic("first") }
	spec.Properties[2].P = func(*lights) bool { panic("second") }
	spec.Actions = nil
	spec.Model = with(func(s *lights, out *steps) { next(s, out); s.On[0] = !s.On[0] })
	err := modeltest.CheckSpec(spec, modeltest.Options{})
	want(t, err, modeltest.Unmodified, modeltest.Listed, modeltest.NoPanic)
	if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n != 4 {
		t.Errorf("%d violations, want 4, two of them panics:\n%v", n, err)
	}
}
