package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// lamp is the smallest spec of which something can be said: it goes on, off,
// and, if it may, breaks.
type lamp struct{ breaks bool }

type lampState uint8

func (s lampState) String() string { return []string{"off", "on", "broken"}[s] }

type lampAction uint8

func (a lampAction) String() string { return lampNames[a] }

var lampNames = []string{"Push", "Break", "Mend"}

func (m lamp) Init() []lampState { return []lampState{0} }

func (m lamp) Next(s *lampState, out *model.Steps[lampState, lampAction]) {
	if *s < 2 {
		*out.Add(0) = 1 - *s
	}
	if *s == 1 && m.breaks {
		*out.Add(1) = 2
	}
}

func lampEntry() Entry {
	params := []Param{{Name: "breaks", Type: Bool, Default: false}, number("watts", 5, 1, 9, "not more than it takes")}
	return Of("lamp", "goes on and off", params, func(v Values) (properties.Spec[lampState, lampAction], error) {
		spec := properties.Spec[lampState, lampAction]{
			Model: lamp{v.Bool("breaks")},
			About: func(a lampAction) model.About {
				return model.About{Name: a.String(), Actor: "hand", Sentence: "it happens"}
			},
			Actions: lampNames,
			Properties: []properties.Property[lampState]{
				properties.Always("never broken", func(s *lampState) bool { return *s < 2 }),
				properties.Reachable("light", func(s *lampState) bool { return *s == 1 }),
				properties.Eventually("light some day", func(s *lampState) bool { return *s == 1 }),
			},
			Fairness: []properties.Fairness[lampAction]{
				properties.Weak("pushing", func(a lampAction) bool { return a == 0 }),
				properties.Strong("mending", func(a lampAction) bool { return a == 2 }),
			},
			Final: func(*lampState) bool { return false },
		}
		if v.Bool("breaks") && v.Int("watts") == 9 {
			return spec, errors.New("lamp: 9 watts melt it before it breaks")
		}
		return spec, nil
	})
}

func build(t *testing.T, e Entry, assignments ...string) *Instance {
	t.Helper()
	values, err := e.Values(nil, assignments)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := e.Build(values)
	if err != nil {
		t.Fatal(err)
	}
	return instance
}

// found runs a check and prints what it says of each property.
func found(t *testing.T, i *Instance, opt Options) (*Report, string) {
	t.Helper()
	r, err := i.Check(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, v := range r.Verdicts {
		lines = append(lines, v.Name+" "+v.Outcome.String())
	}
	return r, strings.Join(lines, ", ")
}

func TestCheck(t *testing.T) {
	r, got := found(t, build(t, lampEntry(), "breaks=true"), Options{Options: check.Options{Witnesses: true}})
	if want := "never broken violated, light holds, light some day holds, no unexpected deadlock violated"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if r.Spec != "lamp" || r.Distinct != 3 || r.Generated != 4 || r.Depth != 2 || !r.Complete || r.Worst() != properties.Violated {
		t.Errorf("report is %+v", r)
	}
	if want := []string{"Mend"}; !slices.Equal(r.Never, want) {
		t.Errorf("never taken: %v, want %v", r.Never, want)
	}
	if want := []string{"SF(mending)"}; !slices.Equal(r.Idle, want) {
		t.Errorf("idle: %v, want %v", r.Idle, want)
	}
	broken, witness, live := r.Verdicts[0], r.Verdicts[1], r.Verdicts[2]
	if broken.Trace.Len() != 2 || broken.Trace.Claim.Outcome != "violated" || witness.Trace.Len() != 1 || witness.Trace.Claim.Outcome != "holds" {
		t.Errorf("traces are %+v, %+v", broken.Trace, witness.Trace)
	}
	if !live.Live || !slices.Equal(live.Necessary, []string{"WF(pushing)"}) {
		t.Errorf("live property: %+v", live)
	}
}

func TestOnly(t *testing.T) {
	lamp := build(t, lampEntry(), "breaks=true")
	if _, got := found(t, lamp, Options{Only: []string{"light", "no unexpected deadlock"}}); got != "light holds, no unexpected deadlock violated" {
		t.Error(got)
	}
	if _, got := found(t, lamp, Options{Only: []string{"never broken"}}); got != "never broken violated" {
		t.Error(got)
	}
	_, err := lamp.Check(context.Background(), Options{Only: []string{"light", "dark"}})
	if _, ok := errors.AsType[*check.OptionError](err); !ok || !strings.Contains(err.Error(), `no property is called "dark"`) ||
		!strings.Contains(err.Error(), `"light some day"`) {
		t.Errorf("error is %v", err)
	}
}

func TestConstructorMayRefuse(t *testing.T) {
	e := lampEntry()
	values, err := e.Values(nil, []string{"breaks=true", "watts=9"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Build(values); text(err) != "lamp: 9 watts melt it before it breaks" {
		t.Errorf("error is %v", err)
	}
}

func TestDescribe(t *testing.T) {
	d := build(t, lampEntry()).Describe()
	var got []string
	for _, p := range d.Properties {
		got = append(got, fmt.Sprint(p.Name, ": ", p.Form, " ", p.Rests))
	}
	for _, f := range d.Fairness {
		got = append(got, fmt.Sprint(f.Name, " covers ", f.Covers))
	}
	for _, a := range d.Actions {
		got = append(got, fmt.Sprint(a.Name, " met ", a.Met, " by ", a.Actor))
	}
	want := []string{
		"never broken: always []", "light: reachable []", "light some day: eventually [WF(pushing) SF(mending)]", "no unexpected deadlock: no deadlock []",
		"WF(pushing) covers [Push]", "SF(mending) covers []",
		"Push met true by hand", "Break met false by ", "Mend met false by ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("described as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// reread writes d and reads it back.
func reread(t *testing.T, d *codec.Document) *codec.Document {
	t.Helper()
	var file bytes.Buffer
	if err := codec.Write(&file, d); err != nil {
		t.Fatal(err)
	}
	d, err := codec.Read(&file, "trace.json")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReplay(t *testing.T) {
	hang := build(t, smallLifecycle(), "workers=1", "bug=hang")
	r, _ := found(t, hang, Options{})
	for _, v := range r.Verdicts {
		if v.Outcome != properties.Violated {
			continue
		}
		d := reread(t, v.Trace)
		again, err := Recorded(d, "", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Values.Strings(); !slices.Equal(got, hang.Values.Strings()) {
			t.Errorf("recorded values are %v", got)
		}
		if err := again.Replay(d); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		fixed, err := Recorded(d, "", nil, []string{"bug=none"})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*codec.Divergence](fixed.Replay(d)); !ok {
			t.Errorf("%s: the trace of the bug is one without the bug", v.Name)
		}
	}
}

func TestRecordedRefuses(t *testing.T) {
	doc := func(spec string, params ...codec.Param) *codec.Document {
		return &codec.Document{Header: codec.Header{Spec: spec, Params: params}, Loop: traces.Finite}
	}
	var names []string
	for _, e := range Specs() {
		names = append(names, e.Name)
	}
	known := "; there are " + strings.Join(names, ", ")
	for _, c := range []struct {
		doc  *codec.Document
		spec string
		err  string
	}{
		{doc("lamp"), "", "no spec is called lamp" + known},
		{doc("twophase"), "two phase", `no spec is called "two phase"` + known},
		{doc("twophase", codec.Param{Name: "managers", Value: "x"}), "", "params: managers wants an integer from 1 to 9, not x"},
		{doc("twophase", codec.Param{Name: "n", Value: "2"}), "", "params: twophase has no parameter n; it has managers, bug"},
		{doc("twophase", codec.Param{Name: "n", Value: "2"}), "peterson", ""},
	} {
		if _, err := Recorded(c.doc, c.spec, nil, nil); text(err) != c.err {
			t.Errorf("error is %q, want %q", text(err), c.err)
		}
	}
}
