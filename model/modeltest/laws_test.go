package modeltest_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/modeltest"
)

// The model that is broken in many ways: two lights that are switched on.
type (
	lights struct{ On [2]bool }
	press  struct{ Light uint8 }
	steps  = model.Steps[lights, press]
)

// next is the honest model: the steps of all other tests are a lie about it.
func next(s *lights, out *steps) {
	for i := range uint8(2) {
		if !s.On[i] {
			out.Add(press{i}).On[i] = true
		}
	}
}

// funcs is a model given by its functions.
type funcs[S, A comparable] struct {
	init func() []S
	next func(*S, *model.Steps[S, A])
}

func (f funcs[S, A]) Init() []S                         { return f.init() }
func (f funcs[S, A]) Next(s *S, out *model.Steps[S, A]) { f.next(s, out) }

func dark() []lights { return []lights{{}} }

func with(next func(*lights, *steps)) model.Model[lights, press] {
	return funcs[lights, press]{dark, next}
}

func from(init func() []lights) model.Model[lights, press] {
	return funcs[lights, press]{init, next}
}

// laws returns the laws that err names.
func laws(t *testing.T, err error) []modeltest.Law {
	t.Helper()
	if err == nil {
		return nil
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v is a %T, which wraps no violations", err, err)
	}
	var out []modeltest.Law
	for _, e := range all.Unwrap() {
		v, ok := errors.AsType[*modeltest.Violation](e)
		if !ok {
			t.Fatalf("%v is not a violation", e)
		}
		out = append(out, v.Law)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func want(t *testing.T, err error, wanted ...modeltest.Law) {
	t.Helper()
	slices.Sort(wanted)
	if got := laws(t, err); !slices.Equal(got, wanted) {
		t.Errorf("got %q, want %q:\n%v", got, wanted, err)
	}
}

func TestGoodModel(t *testing.T) {
	want(t, modeltest.Check(with(next), modeltest.Options{}))
}

// A model may take back a step that it added, and use its state again.
func TestDropIsAllowed(t *testing.T) {
	want(t, modeltest.Check(with(func(s *lights, out *steps) {
		for range 20 {
			out.Add(press{})
			out.Drop()
		}
		next(s, out)
	}), modeltest.Options{}))
}

// A lie is a model with a Next that breaks a law.
type lie struct {
	name string
	next func(s *lights, out *steps)
	law  modeltest.Law
}

func wantAll(t *testing.T, lies []lie) {
	for _, lie := range lies {
		t.Run(lie.name, func(t *testing.T) {
			want(t, modeltest.Check(with(lie.next), modeltest.Options{}), lie.law)
		})
	}
}

func TestBrokenNext(t *testing.T) {
	var calls atomic.Int64
	var before lights
	wantAll(t, []lie{
		{"counts its calls", func(s *lights, out *steps) {
			if next(s, out); calls.Add(1)%7 == 0 {
				out.Add(press{2})
			}
		}, modeltest.Pure},
		{"remembers", func(s *lights, out *steps) {
			// Asked twice about the same state it answers the same, and yet it
			// depends on which state it was asked about before.
			next(s, out)
			if before != *s && before.On[0] && before.On[1] {
				out.Add(press{2})
			}
			before = *s
		}, modeltest.Pure},
		{"turns round", func(s *lights, out *steps) {
			if calls.Add(1)%2 == 0 && !s.On[0] && !s.On[1] {
				out.Add(press{1}).On[1] = true
				out.Add(press{0}).On[0] = true
				return
			}
			next(s, out)
		}, modeltest.Ordered},
		{"modifies the state", func(s *lights, out *steps) {
			next(s, out)
			s.On[0] = true
		}, modeltest.Unmodified},
		{"panics", func(s *lights, out *steps) {
			if s.On[0] && s.On[1] {
				panic("both")
			}
			next(s, out)
		}, modeltest.NoPanic},
	})
}

// Models that do with the steps, or with what Add returned, what they may not.
func TestMisusedSteps(t *testing.T) {
	var kept *lights
	var keptOut *steps
	wantAll(t, []lie{
		{"uses a state after the next Add", func(s *lights, out *steps) {
			if s.On[0] || s.On[1] {
				return
			}
			a := out.Add(press{0})
			b := out.Add(press{1})
			a.On[0], b.On[1] = true, true
		}, modeltest.NoAliasing},
		{"writes to a state of the call before", func(s *lights, out *steps) {
			if kept != nil {
				kept.On = [2]bool{true, true}
			}
			if kept = nil; !s.On[0] {
				kept = out.Add(press{0})
				kept.On[0] = true
			}
		}, modeltest.NotKept},
		{"adds to the steps of the call before", func(s *lights, out *steps) {
			if keptOut != nil {
				keptOut.Add(press{1})
			}
			next(s, out)
			keptOut = out
		}, modeltest.NotKept},
		{"forgets what was collected", func(s *lights, out *steps) {
			out.Reset()
			next(s, out)
		}, modeltest.OnlyAdds},
		{"looks at what was collected", func(s *lights, out *steps) {
			if len(out.All()) == 0 {
				next(s, out)
			}
		}, modeltest.Pure},
	})
}

// A model with memory that two calls share. It waits until another call is
// inside, for a while, so that the test does not depend on luck.
func TestNotConcurrent(t *testing.T) {
	var inside atomic.Int64
	err := modeltest.Check(with(func(s *lights, out *steps) {
		inside.Add(1)
		defer inside.Add(-1)
		next(s, out)
		for range 1000 {
			if inside.Load() > 1 {
				out.Add(press{2})
				return
			}
			runtime.Gosched()
		}
	}), modeltest.Options{})
	want(t, err, modeltest.Concurrent)
}

func TestBrokenInit(t *testing.T) {
	calls := 0
	shared := []lights{{On: [2]bool{true, false}}}
	for _, test := range []struct {
		name string
		init func() []lights
		laws []modeltest.Law
	}{
		{"none", func() []lights { return nil }, []modeltest.Law{modeltest.Starts}},
		{"another order", func() []lights {
			calls++
			a, b := lights{}, lights{On: [2]bool{true, true}}
			if calls%2 == 0 {
				a, b = b, a
			}
			return []lights{a, b}
		}, []modeltest.Law{modeltest.Starts}},
		{"kept", func() []lights { return shared }, []modeltest.Law{modeltest.NotKept}},
		{"panic", func() []lights { panic("no") }, []modeltest.Law{modeltest.NoPanic}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want(t, modeltest.Check(from(test.init), modeltest.Options{}), test.laws...)
		})
	}
	if shared[0] != (lights{On: [2]bool{true, false}}) {
		t.Error("what the model keeps was not given back to it")
	}
}

func TestNotPlain(t *testing.T) {
	type padded struct {
		A uint8
		B uint16
	}
	m := funcs[padded, string]{
		init: func() []padded { return []padded{{}} },
		next: func(s *padded, out *model.Steps[padded, string]) {
			if s.A == 0 {
				out.Add("go").A = 1
			}
		},
	}
	err := modeltest.Check(m, modeltest.Options{})
	want(t, err, modeltest.PlainData)
	for _, part := range []string{"padding at byte 1", "string"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}

// blurred hides half of its content.
type blurred struct{ Seen, Hidden bool }

func (b blurred) View() any { return b.Seen }

func TestLooksTheSame(t *testing.T) {
	m := funcs[blurred, blurred]{
		init: func() []blurred { return []blurred{{}} },
		next: func(s *blurred, out *model.Steps[blurred, blurred]) {
			if !s.Hidden {
				out.Add(blurred{}).Hidden = true
				out.Add(blurred{Hidden: true}).Hidden = true
			}
		},
	}
	err := modeltest.Check(m, modeltest.Options{})
	want(t, err, modeltest.Visible)
	for _, part := range []string{"states", "actions"} {
		if !strings.Contains(err.Error(), string(modeltest.Visible)+", "+part) {
			t.Errorf("%v does not name the %s", err, part)
		}
	}
}

func TestLimit(t *testing.T) {
	type count struct{ N uint64 }
	var lock sync.Mutex // Next is also called by several goroutines
	largest := uint64(0)
	m := funcs[count, count]{
		init: func() []count { return []count{{}} },
		next: func(s *count, out *model.Steps[count, count]) {
			lock.Lock()
			defer lock.Unlock()
			largest = max(largest, s.N)
			out.Add(*s).N++
		},
	}
	if err := modeltest.Check(m, modeltest.Options{States: 3}); err != nil {
		t.Error(err)
	}
	if largest != 2 {
		t.Errorf("Next was asked about state %d at last, want 2", largest)
	}
}

func TestViolationSaysHowOften(t *testing.T) {
	err := modeltest.Check(with(func(s *lights, out *steps) {
		next(s, out)
		s.On[0] = !s.On[0]
	}), modeltest.Options{})
	text := fmt.Sprint(err)
	if !strings.Contains(text, "{On: [false, false]} it left {On: [true, false]}") || !strings.Contains(text, "more times)") {
		t.Errorf("got %s", text)
	}
}

func TestNoModel(t *testing.T) {
	if err := modeltest.Check[lights, press](nil, modeltest.Options{}); err == nil {
		t.Error("no model is no error")
	}
}
