package check_test

import (
	"context"
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

// The engine agrees with the naive checker on random specs, and with itself
// for other numbers of workers.
func TestRunAgainstNaive(t *testing.T) {
	inShards(t, 120_000, func(run uint64) error {
		source := rng.New(1, run)
		g := randomTable(&source)
		spec := g.spec()
		one, err := check.Run(context.Background(), spec, check.Options{Workers: 1, Witnesses: true})
		if err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		if err := sameReport(&spec, one, naively(&spec)); err != nil {
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
	claims := spec.Claims()
	for i := range claims {
		if err := sameVerdict(spec, &claims[i], &got.Verdicts[i], &want.Verdicts[i]); err != nil {
			return fmt.Errorf("%s: %v", claims[i].Name, err)
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

// A limit may hide verdicts and counts but not change them: what a truncated
// search says is what the whole search says, or inconclusive. Holds and
// vacuous need the whole graph, but for the witness of Reachable.
func TestLimitsOnlyHide(t *testing.T) {
	inShards(t, 30_000, func(run uint64) error {
		source := rng.New(5, run)
		g := randomTable(&source)
		spec := g.spec()
		whole := naively(&spec)
		limit := 1 + below(&source, len(g.next))
		cut, err := check.Run(context.Background(), spec, check.Options{Workers: 1, Witnesses: true, MaxStates: limit})
		if err != nil {
			return fmt.Errorf("%v\n%s", err, g)
		}
		if whole.Distinct <= uint64(limit) {
			if err := sameReport(&spec, cut, whole); err != nil {
				return fmt.Errorf("%v\n%s", err, g)
			}
			return nil
		}
		if err := hides(&spec, cut, whole, uint64(limit)); err != nil {
			return fmt.Errorf("at most %d states: %v\n%s", limit, err, g)
		}
		return nil
	})
}

func hides[S, A comparable](spec *properties.Spec[S, A], cut, whole *check.Report[S, A], limit uint64) error {
	if cut.Complete || cut.Stopped == "" || cut.Depth > whole.Depth || cut.Generated > whole.Generated {
		return fmt.Errorf("%+v of %+v", cut, whole)
	}
	if starts := uint64(len(spec.Model.Init())); cut.Distinct > max(limit, starts) {
		return fmt.Errorf("%d states visited", cut.Distinct)
	}
	claims := spec.Claims()
	for i := range claims {
		p, v := &claims[i], &cut.Verdicts[i]
		switch {
		case v.Outcome == properties.Inconclusive:
			if v.Reason == "" || v.Trace != nil {
				return fmt.Errorf("%s: inconclusive, because %q, trace %v", p.Name, v.Reason, v.Trace)
			}
		case v.Outcome != whole.Verdicts[i].Outcome:
			return fmt.Errorf("%s: %s, but without a limit %s", p.Name, v.Outcome, whole.Verdicts[i].Outcome)
		case p.Form == properties.FormReachable && v.Outcome == properties.Holds:
		case v.Outcome == properties.Violated && p.Form != properties.FormReachable:
			if err := properties.Refute(spec, p, v.Trace); err != nil {
				return fmt.Errorf("%s: %v", p.Name, err)
			}
		default:
			return fmt.Errorf("%s: %s on part of the graph", p.Name, v.Outcome)
		}
	}
	return nil
}

// Fingerprints instead of states change nothing but what is said of them.
func TestCompactAgainstNaive(t *testing.T) {
	inShards(t, 20_000, func(run uint64) error {
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
