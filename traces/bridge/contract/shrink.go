package contract

import (
	"context"
	"slices"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// shrinkAll makes the schedule of each violated claim as short as it gets by
// taking events out of it.
func (t *tester) shrinkAll(ctx context.Context) error {
	for i := range t.report.Verdicts {
		v := &t.report.Verdicts[i]
		if v.Shown == nil || v.Name == blocks && t.stuck > 0 {
			continue // what does not return is as short as it was found
		}
		// At first with all its events, so that nobody asks for more after them.
		_, err := t.firstShorter(ctx, v.Name, v.Shown, len(v.Shown.Moves), [][]string{taken(v.Shown.Moves)})
		for again := true; again && err == nil; {
			again, err = t.shorter(ctx, v.Name, v.Shown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shorter takes one or two events out of a schedule that violates a claim, if
// it then still does, with fewer events. What follows the events that are left
// is calm, and nobody asks for anything more.
func (t *tester) shorter(ctx context.Context, claim string, s *Schedule) (bool, error) {
	events := taken(s.Moves)
	var tries [][]string
	for i := range events {
		tries = append(tries, slices.Delete(slices.Clone(events), i, i+1))
	}
	for i := range events {
		for k := i + 1; k < len(events); k++ {
			tries = append(tries, slices.Concat(events[:i], events[i+1:k], events[k+1:]))
		}
	}
	for len(tries) > 0 {
		n := min(lot, len(tries))
		found, err := t.firstShorter(ctx, claim, s, len(s.Moves)-1, tries[:n])
		if err != nil || found {
			return found, err
		}
		tries = tries[n:]
	}
	return false, nil
}

// firstShorter replaces s by the first of tries that violates the claim with
// at most so many events.
func (t *tester) firstShorter(ctx context.Context, claim string, s *Schedule, most int, tries [][]string) (bool, error) {
	steps := make([]buildbot.Step, len(tries))
	for i, events := range tries {
		steps[i] = buildbot.PlayEvents(t.opt.Moves, events)
	}
	results, err := t.results(ctx, steps)
	if err != nil {
		return false, err
	}
	for _, r := range results {
		if r.End != buildbot.Done || r.Observations[0].Played == nil {
			continue // does not return: shows something else, or the same less clearly
		}
		o := &r.Observations[0]
		found := read(o)
		k := slices.IndexFunc(found.breaches, func(b breach) bool { return b.claim == claim })
		if k < 0 || found.breaches[k].at+1 > most {
			continue
		}
		*s = *shown(found.breaches[k], found, o.Played.Moves)
		return true, nil
	}
	return false, nil
}

func taken(m moves) []string {
	out := make([]string, len(m))
	for i := range m {
		out[i] = m[i].Took
	}
	return out
}
