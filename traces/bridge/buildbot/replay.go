package buildbot

import (
	"context"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// An Outcome is the answer of a replay.
type Outcome uint8

const (
	NotApplicable Outcome = iota // the code cannot be brought to do what the trace does
	Reproduced                   // the code does what the trace says
	Fixed                        // the code takes the same steps and ends elsewhere
)

var outcomeNames = [...]string{"not applicable", "reproduced", "fixed"}

func (o Outcome) String() string { return outcomeNames[o] }

// A Verdict is the outcome of replaying one trace on one Buildbot.
type Verdict struct {
	Outcome  Outcome
	At       int    // steps taken before Why; all of them if it was reproduced
	Why      string // what is different, or cannot be done; empty if reproduced
	Versions Versions
}

// String returns the verdict as it is told: one line, and one more for each
// difference.
func (v Verdict) String() string {
	switch v.Outcome {
	case Reproduced:
		return fmt.Sprintf("reproduced on Buildbot %s: all %d steps", v.Versions.Buildbot, v.At)
	case Fixed:
		return fmt.Sprintf("fixed in Buildbot %s: %s", v.Versions.Buildbot, v.Why)
	}
	return fmt.Sprintf("not applicable at step %d because %s", v.At+1, v.Why)
}

// ReplayLatent takes the steps of t, a trace of c, on the real code. The loop
// of an infinite trace is taken twice. If c differs from a real Buildbot the
// trace is not applicable. An error is a *bridge.Failure or that of ctx.
func ReplayLatent(ctx context.Context, c latent.Config, t *traces.Trace[latent.State, latent.Action], opt Options) (Verdict, error) {
	if _, err := ConfigFor(c); err != nil {
		return Verdict{Outcome: NotApplicable, Why: err.Error()}, nil
	}
	opt.Processes = 1
	system, err := OpenLatent(ctx, c, opt)
	if err != nil {
		return Verdict{}, err
	}
	defer system.Close()
	return system.Judge(ctx, t)
}

// Judge is ReplayLatent for a trace of the scope of l.
func (l *Latent) Judge(ctx context.Context, t *traces.Trace[latent.State, latent.Action]) (Verdict, error) {
	long := traces.Trace[latent.State, latent.Action]{Start: t.Start, Steps: t.Steps[:len(t.Steps):len(t.Steps)], Loop: traces.Finite}
	if t.Infinite() {
		long.Steps = append(long.Steps, t.Steps[t.Loop:]...)
	}
	seen, err := l.Replay(ctx, []*traces.Trace[latent.State, latent.Action]{&long})
	if err != nil {
		return Verdict{}, err
	}
	v := judge(&long, seen[0])
	v.Versions = l.bridge.Versions
	if code, _, err := ModelOf(v.Versions.Buildbot); err == nil && v.Outcome == Fixed && isOlder(code, l.config.Version) {
		// Nobody has repaired what had not been broken yet.
		v.Outcome, v.Why = NotApplicable, fmt.Sprintf("the trace is of %s and Buildbot %s is older: %s", l.config.Version, v.Versions.Buildbot, v.Why)
	}
	return v, nil
}

func isOlder(a, b latent.Version) bool {
	all := latent.Versions()
	return slices.Index(all, a) < slices.Index(all, b)
}

// judge compares a whole trace with what was seen of it. Differences on the
// way to the same end do not matter.
func judge(t *traces.Trace[latent.State, latent.Action], seen bridge.Seen) Verdict {
	d := bridge.Compare(t, seen)
	last := len(seen.Code) - 1
	switch {
	case d == nil:
		return Verdict{Outcome: Reproduced, At: t.Len()}
	case last+1 < t.Len() && seen.Stopped != "":
		return Verdict{Outcome: NotApplicable, At: last + 1, Why: seen.Stopped}
	case last+1 == t.Len() && seen.Code[last].Equal(seen.Model[last]):
		return Verdict{Outcome: Reproduced, At: t.Len()}
	}
	return Verdict{Outcome: Fixed, At: d.At, Why: d.Error()}
}
