package check_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// A maze is a random graph too large for a table: the steps of a state are
// drawn when they are asked for, from a source that the state seeds.
type maze struct {
	seed   uint64
	states uint64
	degree int
	onward int // of ten steps, how many lead a little further and not anywhere
}

// A hall is a state of a maze. Echo depends on Room and makes states wide,
// with bytes that differ in many places.
type hall struct {
	Room uint64
	Echo [11]uint8
	Last uint8
	Tail [4]uint8
}

func (m *maze) hall(room uint64) hall {
	r := rng.New(m.seed, room)
	h := hall{Room: room, Last: uint8(room)}
	for i, x := 0, r.Uint64(); i < len(h.Echo); i++ {
		h.Echo[i] = uint8(x >> (5 * i))
	}
	return h
}

func (m *maze) Init() []hall { return []hall{m.hall(0), m.hall(m.states / 2)} }

func (m *maze) Next(s *hall, out *model.Steps[hall, label]) {
	r := rng.New(m.seed+1, s.Room)
	for range r.Below(uint64(m.degree + 1)) {
		to := r.Below(m.states)
		if r.Chance(uint64(m.onward), 10) {
			to = (s.Room + r.Below(8)) % m.states
		}
		*out.Add(label(r.Below(6))) = m.hall(to)
	}
}

// spec makes claims that are rarely decided early. Rare predicates hold in
// about one of rarity halls.
func (m *maze) spec(rarity uint64) *properties.Spec[hall, label] {
	about := func(a label) model.About {
		kind := model.Internal
		if a == 5 {
			kind = model.Fault
		}
		return model.About{Name: string(letter(int(a))), Actor: fmt.Sprint("p", a%3), Kind: kind}
	}
	rare := func(salt, one uint64) properties.Predicate[hall] {
		return func(s *hall) bool {
			r := rng.New(m.seed+salt, s.Room)
			return r.Chance(1, one)
		}
	}
	not := func(p properties.Predicate[hall]) properties.Predicate[hall] {
		return func(s *hall) bool { return !p(s) }
	}
	return &properties.Spec[hall, label]{
		Model:   m,
		About:   about,
		Actions: []string{"a", "b", "c", "d", "e", "f", "g"},
		Fairness: []properties.Fairness[label]{
			properties.Weak("even", func(a label) bool { return a%2 == 0 }),
			properties.Strong("low", func(a label) bool { return a < 3 }),
			properties.Strong("four", func(a label) bool { return a == 4 }),
			properties.Weak("all", func(a label) bool { return true }),
		},
		Properties: []properties.Property[hall]{
			properties.Always("always", not(rare(2, rarity))),
			properties.AlwaysStep("always step", func(from, to *hall) bool {
				r := rng.New(from.Room, to.Room)
				return !r.Chance(1, 4*rarity)
			}),
			properties.Reachable("reachable", rare(3, rarity)),
			properties.NoDeadlock("no deadlock", not(rare(4, rarity))),
			properties.AlwaysPossible("always possible", rare(5, 4)),
			properties.LeadsTo("leads to", rare(6, rarity), rare(7, 3)),
			properties.LeadsTo("leads to unfairly", rare(8, rarity), rare(9, 2)).Assuming("low", "even"),
			properties.LeadsTo("leads to weakly", rare(10, rarity), rare(11, 4)).Assuming("all"),
			properties.Eventually("eventually", rare(12, 3)).Assuming("four", "all"),
		},
	}
}

// Graphs of some hundred states are still in reach of the naive checker.
func TestMediumGraphsAgainstNaive(t *testing.T) {
	inShards(t, 600, func(run uint64) error {
		m := &maze{seed: 100 + run, states: 20 + run%400, degree: 2 + int(run%4), onward: int(run % 11)}
		spec := m.spec(1 + m.states/8)
		if run%3 == 0 {
			spec.Within = func(s *hall) bool { return s.Echo[0] != 0 }
		}
		return sameForWorkers(spec, naively(spec))
	})
}

// Levels of a large graph are long enough for workers to share them.
func TestLargeGraphsAgainstNaive(t *testing.T) {
	inShards(t, 2, func(run uint64) error {
		m := &maze{seed: 7 + run, states: 60_000, degree: 5, onward: int(3 * run)}
		spec := m.spec(m.states / 4)
		want := naively(safeSpec(spec))
		if want.Distinct < 50_000 {
			return fmt.Errorf("only %d states", want.Distinct)
		}
		if err := sameForWorkers(safeSpec(spec), want); err != nil {
			return err
		}
		// The naive checker is too slow for live claims here; the lassos
		// are still checked, and must be the same for all numbers of workers.
		report, err := sameRuns(spec)
		if err != nil {
			return err
		}
		for i := range spec.Properties {
			if trace := report.Verdicts[i].Trace; trace != nil && spec.Properties[i].Form.Live() {
				if err := properties.Refute(spec, &spec.Properties[i], trace); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// safeSpec returns spec without its live claims.
func safeSpec(spec *properties.Spec[hall, label]) *properties.Spec[hall, label] {
	safe := *spec
	safe.Properties = nil
	for _, p := range spec.Properties {
		if !p.Form.Live() {
			safe.Properties = append(safe.Properties, p)
		}
	}
	return &safe
}

func sameForWorkers(spec *properties.Spec[hall, label], want *check.Report[hall, label]) error {
	got, err := sameRuns(spec)
	if err != nil {
		return err
	}
	return sameReport(spec, got, want)
}

// sameRuns runs the engine with several numbers of workers and returns the
// report, which must be one and the same.
func sameRuns(spec *properties.Spec[hall, label]) (*check.Report[hall, label], error) {
	var first *check.Report[hall, label]
	for _, workers := range []int{1, 2, 5} {
		report, err := check.Run(context.Background(), *spec, check.Options{Workers: workers, Witnesses: true})
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = report
		} else if !reflect.DeepEqual(first, report) {
			return nil, fmt.Errorf("%d workers:\n%+v\n1 worker:\n%+v", workers, report, first)
		}
	}
	return first, nil
}
