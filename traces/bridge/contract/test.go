package contract

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// Options say what is tested and how far.
type Options struct {
	Worker     buildbot.UserWorker
	Bridge     buildbot.Options
	Deviations int            // events of a schedule that are not the calm ones, at most; 0 plays the calm schedule alone
	Schedules  int            // at most; 0 is no limit
	Random     int            // if not 0, that many random schedules instead
	Seed       uint64         // of those
	Moves      int            // events of a schedule, at most; 0 means 300
	Progress   func(Progress) // called after each lot, if not nil
}

// Progress says how far a test is.
type Progress struct {
	Schedules  int
	Deviations int // of the schedules that are being played
	Violated   int // claims
}

// A Report is the result of a test. It is a function of the options but for
// the number of processes.
type Report struct {
	Versions   buildbot.Versions
	Schedules  int
	Events     int
	Deviations int    // all schedules with at most so many were played; -1: not even the calm one
	Random     bool   //
	Stopped    string // why not all were; empty if they were
	Verdicts   []Verdict
	Foreign    []Foreign // what Buildbot did wrong by itself, in the order in which it was met
	Effects    []Effect  // what the code did to the world, in the order in which it was met
	Cut        int       // schedules that were not at rest after all their moves
	Left       int       // schedules with an instance left behind after stop_instance had reported a failure
}

// A Verdict is the outcome of one claim.
type Verdict struct {
	Claim
	Outcome   properties.Outcome
	Reason    string // of what is not decided
	Schedules int    // that violate it
	Shown     *Schedule
}

// A Foreign is something of Buildbot's own.
type Foreign struct {
	Known
	Schedules int
	Shown     Schedule // the first that showed it
}

// A Schedule is one that shows something.
type Schedule struct {
	Moves []buildbot.Move // up to the one that shows it
	After []buildbot.Move // what follows, where that shows the harm
	What  string          // what it shows, one sentence
	Rest  bool            // nothing happens after the moves, for ever
}

// An Effect is a kind of call to the world outside, and what its success was
// taken to mean.
type Effect struct{ Call, Kind, Text, Role, At string }

// followed is how many events are told after the one that shows something.
const followed = 3

// lot is how many schedules are played at a time: it bounds the memory.
const lot = 200

const usualMoves = 300

// Test plays schedules of the class and judges each. The error is a
// *bridge.Failure; an end of ctx gives a report of what was played until then.
func Test(ctx context.Context, opt Options) (*Report, error) {
	if opt.Moves == 0 {
		opt.Moves = usualMoves
	}
	if opt.Bridge.Processes == 0 {
		opt.Bridge.Processes = runtime.NumCPU()
	}
	b, err := buildbot.Open(ctx, buildbot.Config{Worker: &opt.Worker}, opt.Bridge)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	t := &tester{opt: opt, bridge: b, report: Report{Versions: b.Versions, Random: opt.Random > 0, Deviations: -1},
		subjects: make(map[string]bool), effects: make(map[Effect]bool)}
	for _, c := range Claims {
		t.report.Verdicts = append(t.report.Verdicts, Verdict{Claim: c})
	}
	if opt.Random > 0 {
		err = t.random(ctx)
	} else {
		err = t.exhaust(ctx)
	}
	if err == nil {
		err = t.shrinkAll(ctx)
	}
	// A bridge is killed when ctx ends: what was found before is all there is.
	if ctx.Err() != nil {
		t.report.Stopped, err = "interrupted", nil
	}
	t.decide()
	return &t.report, err
}

type tester struct {
	opt      Options
	bridge   *buildbot.Bridge
	report   Report
	subjects map[string]bool
	effects  map[Effect]bool
	escapes  []string
	stuck    int // schedules that did not return
}

// Each schedule that does not return costs its whole CPU budget, and once there
// are some there are many.
const stuckAtMost = 3

// exhaust plays all schedules in the order of their deviations: delay-bounded
// search (Emmi, Qadeer, Rakamarić, POPL 2011), with every event that is not the
// calm one for a delay.
func (t *tester) exhaust(ctx context.Context) error {
	level := [][]buildbot.Chosen{nil}
	for n := 0; n <= t.opt.Deviations && len(level) > 0; n++ {
		var next [][]buildbot.Chosen
		for len(level) > 0 {
			size := min(lot, len(level))
			if t.opt.Schedules > 0 {
				size = min(size, t.opt.Schedules-t.report.Schedules)
			}
			if t.stuck >= stuckAtMost || n == 1 && t.stuck > 0 {
				t.report.Stopped = "schedules that do not return"
				return nil
			}
			if size == 0 {
				t.report.Stopped = fmt.Sprintf("the limit of %d schedules", t.opt.Schedules)
				return nil
			}
			played, err := t.play(ctx, level[:size], n)
			if err != nil {
				return err
			}
			for i := range played {
				if n < t.opt.Deviations {
					next = append(next, deviate(level[i], played[i])...)
				}
			}
			level = level[size:]
		}
		t.report.Deviations = n
		level = next
	}
	t.report.Deviations = t.opt.Deviations
	return nil
}

// deviate returns the schedules with one more deviation, later than the others.
func deviate(chosen []buildbot.Chosen, m moves) [][]buildbot.Chosen {
	var out [][]buildbot.Chosen
	from := 0
	if len(chosen) > 0 {
		from = chosen[len(chosen)-1].At + 1
	}
	for at := from; at < len(m); at++ {
		for _, event := range m[at].Enabled {
			if event != m[at].Took {
				out = append(out, append(slices.Clone(chosen), buildbot.Chosen{At: at, Event: event}))
			}
		}
	}
	return out
}

func (t *tester) play(ctx context.Context, schedules [][]buildbot.Chosen, n int) ([]moves, error) {
	steps := make([]buildbot.Step, len(schedules))
	for i, s := range schedules {
		steps[i] = buildbot.Play(t.opt.Moves, s...)
	}
	return t.lot(ctx, steps, n)
}

// picked is how many events of a random schedule are chosen at random; a third
// of them are not the calm ones.
const picked = 60

func (t *tester) random(ctx context.Context) error {
	for done := 0; done < t.opt.Random; {
		if t.stuck >= stuckAtMost {
			t.report.Stopped = "schedules that do not return"
			return nil
		}
		steps := make([]buildbot.Step, min(lot, t.opt.Random-done))
		for i := range steps {
			r := rng.New(t.opt.Seed, uint64(done+i))
			picks := make([]uint32, picked)
			for k := range picks {
				if r.Below(3) == 0 {
					picks[k] = uint32(r.Below(1 << 20))
				}
			}
			steps[i] = buildbot.PlayPicks(t.opt.Moves, picks)
		}
		if _, err := t.lot(ctx, steps, -1); err != nil {
			return err
		}
		done += len(steps)
	}
	return nil
}

// lot plays steps, one schedule each, and judges them.
func (t *tester) lot(ctx context.Context, steps []buildbot.Step, n int) ([]moves, error) {
	results, err := t.results(ctx, steps)
	if err != nil {
		return nil, err
	}
	out := make([]moves, len(results))
	for i := range results {
		s, played, err := t.judged(ctx, steps[i], results[i])
		if err != nil {
			return nil, err
		}
		t.add(s, played)
		out[i] = played
	}
	if t.opt.Progress != nil {
		t.opt.Progress(Progress{t.report.Schedules, n, t.violated()})
	}
	return out, nil
}

func (t *tester) results(ctx context.Context, steps []buildbot.Step) ([]buildbot.Result, error) {
	traces := make([][]buildbot.Step, len(steps))
	for i, s := range steps {
		traces[i] = []buildbot.Step{s}
	}
	return t.bridge.Run(ctx, traces)
}

// judged judges the result of one schedule. One that did not return is played
// again up to the move that does not.
func (t *tester) judged(ctx context.Context, step buildbot.Step, r buildbot.Result) (seen, moves, error) {
	if r.End != buildbot.Done {
		t.stuck++
		return t.unfinished(ctx, step, r)
	}
	o := &r.Observations[0]
	switch {
	case o.Raised != "":
		return seen{}, nil, fmt.Errorf("the bridge failed while it played a schedule: %s", o.Raised)
	case o.NotApplicable != "":
		return seen{}, nil, fmt.Errorf("the code does not do the same in the same schedule: %s", o.NotApplicable)
	case o.Played == nil:
		return seen{}, nil, errors.New("the bridge does not say what it played")
	}
	return read(o), o.Played.Moves, nil
}

// unfinished finds the longest beginning of a schedule that returns. What comes
// next does not.
func (t *tester) unfinished(ctx context.Context, step buildbot.Step, r buildbot.Result) (seen, moves, error) {
	low, high := 0, t.opt.Moves
	var last *buildbot.Observation
	if t.report.Verdicts[indexOf(blocks)].Shown != nil {
		high = 0 // one is enough to be shown
	}
	// In doubled and then in halved paces: each that is too far costs a budget.
	for low < high {
		if step.Limit = 2*low + 1; step.Limit >= high {
			step.Limit = (low + high + 1) / 2
		}
		got, err := t.results(ctx, []buildbot.Step{limited(step)})
		if err != nil {
			return seen{}, nil, err
		}
		if got[0].End != buildbot.Done {
			high = step.Limit - 1
			continue
		}
		low, last = step.Limit, &got[0].Observations[0]
	}
	j := judge{at: -1}
	m := moves{}
	if last != nil && last.Played != nil {
		m = last.Played.Moves
		j.out, j.at = read(last), len(m)-1
	}
	if r.End == buildbot.Spin && r.Where == "buildbot/worker/latent.py:stopService" {
		j.known(knownLoop, "stopService does not come back.")
	} else {
		j.breach(blocks, "What follows does not come back: %s at %s.", r.End, r.Where)
	}
	return j.out, m, nil
}

// limited has a limit of 0 be one: the field is left out when it is 0.
func limited(s buildbot.Step) buildbot.Step {
	s.Limit = max(s.Limit, 1)
	return s
}

// add counts what one schedule showed.
func (t *tester) add(s seen, m moves) {
	r := &t.report
	r.Schedules++
	r.Events += len(m)
	if !s.rest && len(s.breaches) == 0 {
		r.Cut++
	}
	if s.left {
		r.Left++
	}
	for _, c := range Claims {
		t.subjects[c.Name] = t.subjects[c.Name] || s.subjects[c.Name]
	}
	for _, e := range s.escapes {
		if !slices.Contains(t.escapes, e) {
			t.escapes = append(t.escapes, e)
		}
	}
	for _, b := range s.breaches {
		v := &r.Verdicts[indexOf(b.claim)]
		if v.Schedules++; v.Shown == nil {
			v.Shown = shown(b, s, m)
		}
	}
	for _, f := range s.foreign {
		t.foreign(f, s, m)
	}
	t.keepEffects(m)
}

func (t *tester) foreign(f breach, s seen, m moves) {
	for i := range t.report.Foreign {
		if t.report.Foreign[i].Name == f.claim {
			t.report.Foreign[i].Schedules++
			return
		}
	}
	t.report.Foreign = append(t.report.Foreign, Foreign{Known{f.claim, described[f.claim]}, 1, *shown(f, s, m)})
}

func (t *tester) keepEffects(m moves) {
	for i := range m {
		for k := range m[i].Happened {
			h := &m[i].Happened[k]
			e := Effect{h.Call.Call, h.Kind, h.Text, h.Role, h.At}
			if h.What == "effect" && !t.effects[e] {
				t.effects[e] = true
				t.report.Effects = append(t.report.Effects, e)
			}
		}
	}
}

func shown(b breach, s seen, m moves) *Schedule {
	out := &Schedule{Moves: m[:b.at+1], What: b.what, Rest: s.rest && b.at == len(m)-1}
	if i := indexOf(b.claim); i >= 0 && Claims[i].lasting {
		out.After = m[b.at+1 : min(b.at+1+followed, len(m))]
	}
	return out
}

func indexOf(claim string) int {
	return slices.IndexFunc(Claims, func(c Claim) bool { return c.Name == claim })
}

func (t *tester) violated() int {
	n := 0
	for i := range t.report.Verdicts {
		if t.report.Verdicts[i].Shown != nil {
			n++
		}
	}
	return n
}

// decide gives every claim its outcome.
func (t *tester) decide() {
	r := &t.report
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		switch {
		case v.Shown != nil:
			v.Outcome = properties.Violated
		case len(t.escapes) > 0:
			v.Outcome, v.Reason = properties.Inconclusive, t.escapes[0]
		case r.Stopped != "":
			v.Outcome, v.Reason = properties.Inconclusive, r.Stopped
		case r.Cut > 0:
			v.Outcome, v.Reason = properties.Inconclusive, fmt.Sprintf("%d schedules not at rest after %d events", r.Cut, t.opt.Moves)
		case !t.subjects[v.Name]:
			v.Outcome, v.Reason = properties.Vacuous, "never called"
		default:
			v.Outcome = properties.Holds
		}
	}
}

// Worst returns the outcome of the whole.
func (r *Report) Worst() properties.Outcome {
	var all []properties.Outcome
	for i := range r.Verdicts {
		all = append(all, r.Verdicts[i].Outcome)
	}
	return properties.Worst(all)
}
