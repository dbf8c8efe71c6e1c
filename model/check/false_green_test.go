package check_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

// line is a spec of which everything claimed is true: 0, 1, 2 in a row and
// round again.
const line = `
	init 0
	0: a>1
	1: b>2
	2: c>0
	action a step p go
	action b deliver p go
	action c step q back
	weak go: a b c
	final 0 1 2
	bound always P=0,1,2
	forward always step bad=1>0
	seen reachable P=2
	answered leads to P=0 Q=2
	done eventually Q=2
	home always possible Q=0
	about always P=0,1,2 subject=2
`

// The table below proves nothing if the spec it starts from does not hold.
func TestLineHolds(t *testing.T) {
	report, err := check.Run(context.Background(), parse(t, line).spec(), check.Options{})
	if err != nil || !report.Complete {
		t.Fatal(err, report)
	}
	for _, v := range report.Verdicts {
		if v.Outcome != properties.Holds {
			t.Errorf("%s: %s", v.Property, v.Outcome)
		}
	}
}

// An attempt is a way to get a green report that says nothing.
type attempt struct {
	name string
	text string // of a table; line if empty
	only string // the claim to keep; all if empty
	with check.Options
	more func(*testing.T, *properties.Spec[place, label], *check.Options) // further changes, if any
	ctx  func() (context.Context, context.CancelFunc)                     // the background if nil
	want func(*check.Report[place, label], error) (complaint string)      // what must be said
}

// refused wants an error of type E, before anything is explored, that
// contains a text.
func refused[E error](part string) func(*check.Report[place, label], error) string {
	return func(r *check.Report[place, label], err error) string {
		var kind E
		if r != nil || !errors.As(err, &kind) || !strings.Contains(err.Error(), part) {
			return "want no report and an error about " + part
		}
		return ""
	}
}

// outcomes wants the verdicts, in order, with a reason for each that is
// inconclusive or vacuous.
func outcomes(want ...properties.Outcome) func(*check.Report[place, label], error) string {
	return func(r *check.Report[place, label], err error) string {
		if r == nil || len(r.Verdicts) != len(want) {
			return "want a verdict on each claim"
		}
		for i, v := range r.Verdicts {
			open := v.Outcome == properties.Inconclusive || v.Outcome == properties.Vacuous
			if v.Outcome != want[i] || open && v.Reason == "" {
				return v.Property + ": want " + want[i].String()
			}
		}
		return ""
	}
}

// truncated wants no verdict at all but on what the first state shows.
func truncated(part string) func(*check.Report[place, label], error) string {
	return func(r *check.Report[place, label], err error) string {
		if r == nil || r.Complete || !strings.Contains(r.Stopped, part) {
			return "want a report that is not complete because of " + part
		}
		for _, v := range r.Verdicts {
			if v.Outcome != properties.Inconclusive || v.Reason == "" {
				return v.Property + ": want inconclusive, and why"
			}
		}
		return ""
	}
}

const (
	holds        = properties.Holds
	violated     = properties.Violated
	vacuous      = properties.Vacuous
	inconclusive = properties.Inconclusive
)

var limits = []attempt{
	{name: "too many states", with: check.Options{MaxStates: 2}, want: truncated("2 states")},
	{name: "too few states for the start", with: check.Options{MaxStates: 1},
		text: "init 0 1\n0: a>1\nok always P=0,1", want: truncated("1 state")},
	{name: "too many bytes", with: check.Options{MaxBytes: 1}, want: truncated("1 byte")},
	{name: "cancelled before it began", ctx: cancelled, want: interrupted(context.Canceled)},
	{name: "no time", ctx: late, want: interrupted(context.DeadlineExceeded)},
	{name: "outside the constraint", text: line + "within 0", want: truncated("constraint")},
	{name: "the start is outside the constraint", text: line + "within 1 2", want: truncated("constraint")},
	{name: "negative workers", with: check.Options{Workers: -1}, want: refused[*check.OptionError]("Workers")},
	{name: "negative states", with: check.Options{MaxStates: -1}, want: refused[*check.OptionError]("MaxStates")},
	{name: "negative bytes", with: check.Options{MaxBytes: -1}, want: refused[*check.OptionError]("MaxBytes")},
}

var reductions = []attempt{
	{name: "symmetry of nothing", only: "bound", with: check.Options{Symmetry: true},
		want: refused[*check.OptionError]("ymmetry")},
	{name: "symmetry and leads to", only: "answered", with: check.Options{Symmetry: true}, more: canon,
		want: refused[*check.OptionError]("answered")},
	{name: "symmetry and eventually", only: "done", with: check.Options{Symmetry: true}, more: canon,
		want: refused[*check.OptionError]("done")},
	{name: "symmetry and always possible", only: "home", with: check.Options{Symmetry: true}, more: canon,
		want: refused[*check.OptionError]("home")},
	{name: "compaction and leads to", only: "answered", with: check.Options{Compact: true},
		want: refused[*check.OptionError]("answered")},
	{name: "compaction and eventually", only: "done", with: check.Options{Compact: true},
		want: refused[*check.OptionError]("done")},
	{name: "compaction and always possible", only: "home", with: check.Options{Compact: true},
		want: refused[*check.OptionError]("home")},
	{name: "compaction keeps quiet", only: "bound", with: check.Options{Compact: true},
		want: func(r *check.Report[place, label], err error) string {
			if err != nil || r.Omission == nil || r.Omission.Bits == 0 {
				return "want a word on what may have been missed"
			}
			return ""
		}},
	{name: "a file that is no checkpoint", more: brokenCheckpoint, want: refused[*check.CheckpointError]("")},
}

var nothing = []attempt{
	{name: "no start", text: strings.Replace(line, "init 0", "init", 1),
		want: outcomes(vacuous, vacuous, violated, vacuous, vacuous, vacuous, vacuous, vacuous)},
	{name: "the trigger never happens", text: "init 0\n0: a>0\nx leads to P=1 Q=0", want: outcomes(vacuous)},
	{name: "the trigger is cut off", text: "init 0\n0: a>1\n1: a>2\nwithin 0\nx leads to P=2 Q=0",
		want: outcomes(inconclusive)},
	{name: "the subject never happens", want: outcomes(vacuous, vacuous, vacuous, vacuous, vacuous, violated),
		text: `init 0
			0: a>1
			1: a>0
			weak a: a
			always always P=0,1 subject=2
			possible always possible Q=0 subject=2
			goal eventually Q=1 subject=2
			calm no deadlock P=0 subject=2
			seen reachable P=1 subject=2
			false always P=1 subject=2`},
	{name: "not reachable", text: "init 0\n0: a>0\n1: a>2\nx reachable P=2", want: outcomes(violated)},
	{name: "no steps to judge", text: "init 0\nx always step bad=0>1", want: outcomes(vacuous)},
	{name: "a goal in the past", text: "init 0\n0: a>1\nweak a: a\nx leads to P=1 Q=0", want: outcomes(violated)},
	{name: "an unfair end", text: "init 0\n0: a>1\nx eventually Q=1", want: outcomes(violated)},
	{name: "a deadlock the spec does not allow", text: "init 0\n0: a>1\nfinal 0\nx always P=0,1",
		want: outcomes(holds, violated)},
	{name: "an action that never fires", text: line + "never flood",
		want: names("flood", func(r *check.Report[place, label]) []string { return r.Never })},
	{name: "fairness of nothing", text: line + "strong none:",
		want: names("SF(none)", func(r *check.Report[place, label]) []string { return r.Idle })},
	{name: "fairness of what never fires", text: line + "action d step p slow\nweak slow: d",
		want: names("WF(slow)", func(r *check.Report[place, label]) []string { return r.Idle })},
	{name: "no claims", text: "init 0\n0: a>0", want: func(r *check.Report[place, label], err error) string {
		if err != nil || len(r.Verdicts) > 0 || properties.Worst(nil) == holds {
			return "want nothing claimed and nothing held"
		}
		return ""
	}},
}

var broken = []attempt{
	{name: "fairness that is not in the spec", text: "init 0\n0: a>0\nx eventually Q=0 under=w", want: refused[error](`"w"`)},
	{name: "two claims of one name", text: "init 0\n0: a>0\nx always P=0\nx always P=", want: refused[error](`"x"`)},
	{name: "a claim without its predicate", more: change(func(s *properties.Spec[place, label]) { s.Properties[0].P = nil }),
		want: refused[error](`"bound"`)},
	{name: "nothing said about actions", more: change(func(s *properties.Spec[place, label]) { s.About = nil }),
		want: refused[error]("About")},
	{name: "no model", more: change(func(s *properties.Spec[place, label]) { s.Model = nil }), want: refused[error]("no model")},
	{name: "an action that is not in the list", more: change(func(s *properties.Spec[place, label]) { s.Actions = []string{"go"} }),
		want: refused[*check.ContractError]("back")},
	{name: "steps that come and go, on a loop", text: "init 0\n0: a>1\n1: a>0\nfalse leads to P=0 Q=", more: makeFickle,
		want: refused[*check.ContractError]("Next")},
	{name: "steps that come and go, on a path", text: "init 0\n0: a>1\n1: a>2\nfalse always P=0,1", more: makeFickle,
		want: refused[*check.ContractError]("")},
	{name: "too much fairness", more: change(func(s *properties.Spec[place, label]) {
		for i := range properties.MaxFairness {
			s.Fairness = append(s.Fairness, properties.Weak(string(rune('A'+i)), func(label) bool { return true }))
		}
	}), want: refused[error]("64")},
}

// names wants a name in a list of the report.
func names(name string, list func(*check.Report[place, label]) []string) func(*check.Report[place, label], error) string {
	return func(r *check.Report[place, label], err error) string {
		if err != nil || !slices.Contains(list(r), name) {
			return "want " + name + " reported"
		}
		return ""
	}
}

// interrupted wants the error of the context and a report without verdicts.
func interrupted(cause error) func(*check.Report[place, label], error) string {
	return func(r *check.Report[place, label], err error) string {
		if !errors.Is(err, cause) {
			return "want " + cause.Error()
		}
		return truncated("")(r, err)
	}
}

func cancelled() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}

func late() (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.Background(), time.Unix(0, 0))
}

func change(how func(*properties.Spec[place, label])) func(*testing.T, *properties.Spec[place, label], *check.Options) {
	return func(_ *testing.T, s *properties.Spec[place, label], _ *check.Options) { how(s) }
}

func canon(_ *testing.T, s *properties.Spec[place, label], _ *check.Options) {
	s.Canon = func(*place) {}
}

func brokenCheckpoint(t *testing.T, _ *properties.Spec[place, label], opt *check.Options) {
	opt.Checkpoint = check.Checkpoint{Path: filepath.Join(t.TempDir(), "checkpoint"), Model: "line"}
	if err := os.WriteFile(opt.Checkpoint.Path, []byte("not a checkpoint\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A fickle table forgets the steps of a place once it has shown them.
type fickle struct {
	table
	shown set
}

func (f *fickle) Next(s *place, out *model.Steps[place, label]) {
	if !f.shown.holds(s) {
		f.shown |= 1 << *s
		f.table.Next(s, out)
	}
}

var makeFickle = change(func(s *properties.Spec[place, label]) { s.Model = &fickle{table: *s.Model.(*table)} })

// A holder is a model whose states are not plain: two that look the same to
// the model differ in memory, so that nothing counted would mean anything.
type holder struct{ At *int }

type holders struct{}

func (holders) Init() []holder { return []holder{{new(int)}} }

func (holders) Next(s *holder, out *model.Steps[holder, label]) { out.Add(0).At = new(int) }

func TestStatesMustBePlain(t *testing.T) {
	spec := properties.Spec[holder, label]{Model: holders{}, About: func(label) model.About { return model.About{} }}
	report, err := check.Run(context.Background(), spec, check.Options{MaxStates: 10})
	var broken *check.ContractError
	if report != nil || !errors.As(err, &broken) || !strings.Contains(err.Error(), "At") {
		t.Errorf("got %+v, %v; want the field that is not plain", report, err)
	}
}

func TestFalseGreen(t *testing.T) {
	for _, a := range slices.Concat(limits, reductions, nothing, broken) {
		t.Run(a.name, func(t *testing.T) {
			if a.text == "" {
				a.text = line
			}
			spec := parse(t, a.text).spec()
			if a.only != "" {
				spec.Properties = slices.DeleteFunc(spec.Properties,
					func(p properties.Property[place]) bool { return p.Name != a.only })
			}
			if a.more != nil {
				a.more(t, &spec, &a.with)
			}
			ctx := context.Background()
			if a.ctx != nil {
				c, cancel := a.ctx()
				defer cancel()
				ctx = c
			}
			report, err := check.Run(ctx, spec, a.with)
			if complaint := a.want(report, err); complaint != "" {
				t.Errorf("%s; got error %v, report %+v", complaint, err, report)
			}
		})
	}
}
