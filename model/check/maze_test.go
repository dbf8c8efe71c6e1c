package check_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
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
		report, err := sameRuns(spec, check.Options{})
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
	got, err := sameRuns(spec, check.Options{})
	if err != nil {
		return err
	}
	return sameReport(spec, got, want)
}

// sameRuns runs the engine with several numbers of workers and returns the
// report, which must be one and the same.
func sameRuns(spec *properties.Spec[hall, label], limits check.Options) (*check.Report[hall, label], error) {
	var first *check.Report[hall, label]
	for _, workers := range []int{1, 2, 5} {
		limits.Workers, limits.Witnesses = workers, true
		report, err := check.Run(context.Background(), *spec, limits)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = report
		}
		for i, v := range report.Verdicts {
			if !reflect.DeepEqual(v, first.Verdicts[i]) {
				return nil, fmt.Errorf("%d workers: %+v\n1 worker: %+v", workers, v, first.Verdicts[i])
			}
		}
		if !reflect.DeepEqual(first, report) {
			return nil, fmt.Errorf("%d workers: %+v\n1 worker: %+v", workers, report, first)
		}
	}
	return first, nil
}

// Where workers are when a limit is met must not show in the report. Each
// claim hangs on a handful of halls, which the level taken back may have been
// about to expand.
func TestLimitsForAnyWorkers(t *testing.T) {
	inShards(t, 6, func(run uint64) error {
		m := &maze{seed: 7 + run%2, states: 60_000, degree: 5, onward: int(run % 2)}
		spec := m.spec(m.states)
		for i := range uint64(30) {
			here := func(s *hall) bool { return s.Room%(m.states/3) == m.states/100*i }
			gone := func(s *hall) bool { return !here(s) }
			spec.Properties = append(spec.Properties,
				properties.LeadsTo(fmt.Sprint("left ", i), here, gone).Assuming(),
				properties.AlwaysPossible(fmt.Sprint("never at ", i), gone))
		}
		limits := check.Options{MaxStates: 5_000 + 5_000*int(run)}
		if run%3 == 0 {
			limits = check.Options{MaxBytes: 500_000 + 250_000*int64(run)}
		}
		report, err := sameRuns(spec, limits)
		if err == nil && (report.Complete || report.Distinct < 1000) {
			return fmt.Errorf("%d states, complete: %t", report.Distinct, report.Complete)
		}
		return err
	})
}

// Wherever a run is interrupted, what it has said by then is true.
func TestInterruptionsOnlyHide(t *testing.T) {
	ended := make([]bool, 300)
	t.Run("runs", func(t *testing.T) {
		inShards(t, uint64(len(ended)), func(run uint64) error {
			m := &maze{seed: 900 + run, states: 300, degree: 2 + int(run%3), onward: int(run % 11)}
			spec := m.spec(40)
			whole := naively(spec)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			left := run % 12
			got, err := check.Run(ctx, *spec, check.Options{Workers: 1, Progress: func(check.Progress) {
				if left--; left == 0 {
					cancel()
				}
			}})
			ended[run] = err != nil
			if got == nil || ctx.Err() != err {
				return fmt.Errorf("%v, %v", got, err)
			}
			for i, v := range got.Verdicts {
				part := !got.Complete && (v.Outcome == holds && v.Form != properties.FormReachable || v.Outcome == vacuous)
				if part || v.Outcome != inconclusive && v.Outcome != whole.Verdicts[i].Outcome {
					return fmt.Errorf("%s: %s (%s), without interruption %s", v.Property, v.Outcome, v.Reason, whole.Verdicts[i].Outcome)
				}
			}
			return nil
		})
	})
	if !slices.Contains(ended, true) || !slices.Contains(ended, false) {
		t.Error("want runs that were interrupted, and runs that were not")
	}
}
