package check_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// inShards calls try with the numbers below n, one in 20 of them if tests are
// to be short, on all processors, and reports the first of each shard to fail.
func inShards(t *testing.T, n uint64, try func(run uint64) error) {
	shards := uint64(2 * runtime.GOMAXPROCS(0))
	stride := shards
	if testing.Short() {
		stride *= 20
	}
	for shard := range shards {
		t.Run(fmt.Sprintf("shard%d", shard), func(t *testing.T) {
			t.Parallel()
			for run := shard; run < n; run += stride {
				if err := try(run); err != nil {
					t.Fatalf("run %d: %v", run, err)
				}
			}
		})
	}
}

// The engine agrees with the naive checker on random specs, finds shortest
// lassos, and agrees with itself for other numbers of workers.
func TestRunAgainstNaive(t *testing.T) {
	inShards(t, 120_000, func(run uint64) error {
		source := rng.New(1, run)
		g := randomTable(&source)
		spec := g.spec()
		if run%8 == 1 {
			spec.Actions = nil
		}
		one, err := check.Run(context.Background(), spec, check.Options{Workers: 1, Witnesses: true})
		if err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		graph := explore(&spec)
		if err := errors.Join(sameReport(&spec, one, graph.report()), graph.shortestLassos(one)); err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		if run%8 != 0 { // levels as short as these are left to one worker anyway
			return nil
		}
		three, err := check.Run(context.Background(), spec, check.Options{Workers: 3, Witnesses: true})
		if err != nil || !reflect.DeepEqual(one, three) {
			return fmt.Errorf("three workers: %v\n%+v\none:\n%+v\n%s", err, three, one, g)
		}
		return nil
	})
}

// sameReport says in what the engine's report differs from the naive one.
func sameReport[S, A comparable](spec *properties.Spec[S, A], got, want *check.Report[S, A]) error {
	if err := sameCounts(got, want); err != nil {
		return err
	}
	claims := spec.Claims()
	for i := range claims {
		if err := sameVerdict(spec, &claims[i], &got.Verdicts[i], &want.Verdicts[i]); err != nil {
			return fmt.Errorf("%s: %v", claims[i].Name, err)
		}
	}
	return nil
}

func sameCounts[S, A comparable](got, want *check.Report[S, A]) error {
	for _, part := range []struct {
		name      string
		got, want any
	}{
		{"distinct", got.Distinct, want.Distinct},
		{"generated", got.Generated, want.Generated},
		{"depth", got.Depth, want.Depth},
		{"complete", got.Complete, want.Complete},
		{"complete without a reason why not", got.Complete, got.Stopped == ""},
		{"fired", got.Fired, want.Fired},
		{"never", strings.Join(got.Never, " "), strings.Join(want.Never, " ")},
		{"idle", strings.Join(got.Idle, " "), strings.Join(want.Idle, " ")},
		{"verdicts", len(got.Verdicts), len(want.Verdicts)},
	} {
		if !reflect.DeepEqual(part.got, part.want) {
			return fmt.Errorf("%s: %v, naively %v", part.name, part.got, part.want)
		}
	}
	return nil
}

func sameVerdict[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S],
	got, want *properties.Verdict[S, A]) error {
	if got.Property != p.Name || got.Form != p.Form || got.Sentence != p.Sentence {
		return fmt.Errorf("the verdict is on %q, %s", got.Property, got.Form)
	}
	if got.Outcome != want.Outcome {
		return fmt.Errorf("%s (%s), naively %s", got.Outcome, got.Reason, want.Outcome)
	}
	if got.Outcome == properties.Holds &&
		fmt.Sprint(got.Assuming, got.Necessary) != fmt.Sprint(want.Assuming, want.Necessary) {
		return fmt.Errorf("holds assuming %v, necessary %v, naively %v, %v",
			got.Assuming, got.Necessary, want.Assuming, want.Necessary)
	}
	if got.Outcome != properties.Holds && got.Necessary != nil {
		return fmt.Errorf("%s, but something is necessary: %v", got.Outcome, got.Necessary)
	}
	silent := got.Reason == ""
	if silent && (got.Outcome == properties.Inconclusive || got.Outcome == properties.Vacuous) {
		return fmt.Errorf("%s without a reason", got.Outcome)
	}
	return sameCounterexample(spec, p, got, want)
}

// sameCounterexample compares traces step for step. A lasso need not be any
// one lasso, but it must be a genuine one.
func sameCounterexample[S, A comparable](spec *properties.Spec[S, A], p *properties.Property[S],
	got, want *properties.Verdict[S, A]) error {
	switch {
	case p.Form.Live() && got.Outcome == properties.Violated:
		if got.Trace == nil {
			return fmt.Errorf("violated without a trace")
		}
		return properties.Refute(spec, p, got.Trace)
	case p.Form.Live() && got.Trace != nil:
		return fmt.Errorf("%s with a trace", got.Outcome)
	case !p.Form.Live() && !reflect.DeepEqual(got.Trace, want.Trace):
		return fmt.Errorf("trace\n%+v, naively\n%+v", got.Trace, want.Trace)
	}
	return nil
}

// A search that meets a limit has visited whole levels and expanded all but
// the last, as if a constraint had kept it from going on.
func TestLimitsAgainstNaive(t *testing.T) {
	inShards(t, 20_000, func(run uint64) error {
		source := rng.New(5, run)
		g := randomTable(&source)
		spec := g.spec()
		if run%8 == 1 {
			spec.Actions = nil
		}
		limit := 1 + below(&source, len(g.next))
		got, err := check.Run(context.Background(), spec, check.Options{Workers: 1, MaxStates: limit, Witnesses: true})
		if err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		whole := naively(&spec)
		if whole.Distinct <= uint64(limit) {
			err = sameReport(&spec, got, whole)
		} else {
			part := spec
			part.Within = above(&spec, uint64(limit))
			err = errors.Join(sameCounts(got, naively(&part)), onlyHidden(&spec, got, whole),
				sameOutcomes(got, naively(&part)))
		}
		if err != nil {
			return fmt.Errorf("at most %d states: %v\n%s", limit, err, g)
		}
		return nil
	})
}

// above returns the constraint that keeps a search in the levels above the
// last one that begins within the limit.
func above[S, A comparable](spec *properties.Spec[S, A], limit uint64) func(s *S) bool {
	g := explore(spec)
	last := 0
	for n, depth := range g.depth {
		if uint64(n) < limit {
			last = depth
		}
	}
	// States are numbered level by level: a level is whole if the next state
	// belongs to another. The start is visited whatever the limit.
	if limit < uint64(len(g.depth)) && g.depth[limit] == last {
		last = max(0, last-1)
	}
	return func(s *S) bool {
		return g.depth[g.index[*s]] < last && (spec.Within == nil || spec.Within(s))
	}
}

// onlyHidden says where a limit changed a verdict to another than
// inconclusive, or left one that needs the whole graph.
func onlyHidden[S, A comparable](spec *properties.Spec[S, A], cut, whole *check.Report[S, A]) error {
	claims := spec.Claims()
	for i := range claims {
		p, v := &claims[i], &cut.Verdicts[i]
		witness := p.Form == properties.FormReachable
		switch {
		case v.Outcome == properties.Inconclusive && v.Reason != "" && v.Trace == nil:
		case v.Outcome != whole.Verdicts[i].Outcome:
			return fmt.Errorf("%s: %s, but without a limit %s", p.Name, v.Outcome, whole.Verdicts[i].Outcome)
		case v.Outcome == properties.Holds && witness && v.Trace != nil:
		case v.Outcome == properties.Violated && !witness:
			if err := properties.Refute(spec, p, v.Trace); err != nil {
				return fmt.Errorf("%s: %v", p.Name, err)
			}
		default:
			return fmt.Errorf("%s: %s (%s) on part of the graph", p.Name, v.Outcome, v.Reason)
		}
	}
	return nil
}

func sameOutcomes[S, A comparable](got, want *check.Report[S, A]) error {
	for i, v := range got.Verdicts {
		if v.Outcome != want.Verdicts[i].Outcome {
			return fmt.Errorf("%s: %s, naively %s", v.Property, v.Outcome, want.Verdicts[i].Outcome)
		}
	}
	return nil
}

// Fingerprints instead of states change nothing but what is said of them.
func TestCompactAgainstNaive(t *testing.T) {
	inShards(t, 10_000, func(run uint64) error {
		source := rng.New(9, run)
		g := randomTable(&source)
		g.claims = safeOnly(g.claims)
		spec := g.spec()
		report, err := check.Run(context.Background(), spec, check.Options{Workers: 1, Witnesses: true, Compact: true})
		if err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		if report.Omission == nil {
			return fmt.Errorf("nothing is said of what may be missed")
		}
		if err := sameReport(&spec, report, naively(&spec)); err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		return nil
	})
}

// safeOnly returns the claims that need no graph.
func safeOnly(claims []claim) []claim {
	var out []claim
	for _, c := range claims {
		if !c.form.Live() && c.form != properties.FormAlwaysPossible {
			out = append(out, c)
		}
	}
	return out
}
