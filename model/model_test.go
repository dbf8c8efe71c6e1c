package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
)

func TestStepsKeepWhatTheyCollect(t *testing.T) {
	var out model.Steps[lampState, lampAction]
	on, off := lampState{On: true}, lampState{}
	if n := out.Extend(lamp{}, &on); n != 2 {
		t.Errorf("%d steps from on, not 2", n)
	}
	if n := out.Extend(lamp{}, &off); n != 3 {
		t.Errorf("%d steps from on and off, not 3", n)
	}
	want := []model.Step[lampState, lampAction]{{press, lampState{}}, {burn, lampState{true, true}}, {press, lampState{On: true}}}
	if !slices.Equal(out.All(), want) {
		t.Errorf("collected %v, want %v", out.All(), want)
	}
	out.Drop()
	if !slices.Equal(out.All(), want[:2]) {
		t.Errorf("after Drop %v, want %v", out.All(), want[:2])
	}
	if steps := out.From(lamp{}, off); !slices.Equal(steps, want[2:]) {
		t.Errorf("From after Extend gave %v", steps)
	}
	out.Reset()
	if len(out.All()) != 0 {
		t.Errorf("after Reset %v", out.All())
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	var out model.Steps[lampState, lampAction]
	on := lampState{On: true}
	var m model.Model[lampState, lampAction] = lamp{}
	out.From(m, on)
	if n := testing.AllocsPerRun(100, func() { out.From(m, on) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestReserveKeepsSteps(t *testing.T) {
	var out model.Steps[lampState, lampAction]
	on := lampState{On: true}
	out.Extend(lamp{}, &on)
	before := slices.Clone(out.All())
	out.Reserve(1)
	first := &out.All()[0]
	out.Add(press)
	if !slices.Equal(out.All()[:2], before) || &out.All()[0] != first {
		t.Error("Reserve lost steps, or the next Add moved them")
	}
}

type inner struct {
	A uint8
	B [2]int8
}

func TestPlain(t *testing.T) {
	type padded struct {
		A uint8
		B uint16
	}
	type tail struct {
		A uint32
		B uint8
	}
	type blank struct {
		A uint8
		_ uint8
	}
	type nested struct {
		List [3]struct{ P *int }
	}
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"inner", model.Plain[inner](), nil},
		{"array", model.Plain[[3]inner](), nil},
		{"bool", model.Plain[bool](), nil},
		{"empty", model.Plain[struct{}](), nil},
		{"no elements", model.Plain[[0]string](), nil},
		{"padded", model.Plain[padded](), []string{".B is preceded by 1 bytes of padding at byte 1"}},
		{"tail", model.Plain[tail](), []string{"ends with 3 bytes of padding at byte 5"}},
		{"blank", model.Plain[blank](), []string{"._ at byte 1 is a blank field"}},
		{"nested", model.Plain[nested](), []string{".List[0].P at byte 0 has type *int"}},
		{"float", model.Plain[struct{ X float64 }](), []string{".X at byte 0 has type float64"}},
		{"interface", model.Plain[struct{ X any }](), []string{"has type interface {}"}},
		{"several", model.Plain[struct{ X, Y string }](), []string{".X at byte 0", ".Y at byte 16"}},
	} {
		if (c.err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, c.err)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(c.err.Error(), part) {
				t.Errorf("%s: %q does not say %q", c.name, c.err, part)
			}
		}
	}
}

type members uint8

func (m members) View() any {
	out := []uint8{}
	for i := range uint8(8) {
		if m>>i&1 == 1 {
			out = append(out, i)
		}
	}
	return out
}

type hidden struct{ shown, rest uint8 }

func (h hidden) View() any { return model.Value{Shape: model.Word, Text: "hidden"} }

func TestView(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{uint8(7), "7"},
		{int16(-7), "-7"},
		{true, "true"},
		{burn, "burn"},
		{[2]bool{true}, "[true, false]"},
		{inner{1, [2]int8{-1, 2}}, "{A: 1, B: [-1, 2]}"},
		{members(0b101), "{0, 2}"},
		{members(0), "{}"},
		{hidden{1, 2}, "hidden"},
		{struct{ M members }{0b10}, "{M: {1}}"},
		{model.Fault, "fault"},
	} {
		if got := model.View(c.value).String(); got != c.want {
			t.Errorf("%#v is shown as %s, not %s", c.value, got, c.want)
		}
	}
	if s := model.Kind(9).String(); s != "Kind(9)" {
		t.Errorf("a kind that is none is shown as %s", s)
	}
}

func TestDiff(t *testing.T) {
	type state struct {
		N    uint8
		List [2]inner
		Set  members
	}
	from := state{N: 1, Set: 0b1}
	to := from
	to.List[1].B[0] = 5
	to.Set = 0b11
	got := model.Diff(model.View(from), model.View(to))
	want := []model.Change{{Path: "List[1].B[0]", From: "0", To: "5"}, {Path: "Set", From: "{0}", To: "{0, 1}"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if same := model.Diff(model.View(from), model.View(from)); same != nil {
		t.Errorf("a state differs from itself: %v", same)
	}
	if whole := model.Diff(model.View(from), model.View(uint8(3))); len(whole) != 1 || whole[0].To != "3" {
		t.Errorf("values of different shape: %v", whole)
	}
}
