package linear_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
	"github.com/quiesce/quiesce/traces"
)

// TestSequential writes the rules down a second time, as a table of all cases:
// what each operation makes of each state, or - if it is refused.
func TestSequential(t *testing.T) {
	states := map[byte]linear.State{'O': linear.Off, 'W': linear.Waiting, 'A': linear.Attached}
	for op, row := range map[linear.Op]string{
		//                   from O, W, A
		linear.Start:        "W--",
		linear.Attach:       "-A-",
		linear.Substantiate: "--A",
		linear.Detach:       "--W",
		linear.Stop:         "-OO",
	} {
		for i, s := range []linear.State{linear.Off, linear.Waiting, linear.Attached} {
			next, ok := linear.Sequential(s, op, linear.OK)
			if done := row[i] != '-'; ok != done || done && next != states[row[i]] {
				t.Errorf("%v when %v: %v, %v", op, s, next, ok)
			}
			if next, ok := linear.Sequential(s, op, linear.Refused); ok != (row[i] == '-') || next != s {
				t.Errorf("%v refused when %v: %v, %v", op, s, next, ok)
			}
			next, ok = linear.Sequential(s, op, linear.Unknown)
			if want, can := states[row[i]]; !ok || can && next != want || !can && next != s {
				t.Errorf("%v pending when %v: %v, %v", op, s, next, ok)
			}
		}
	}
}

// TestAnyRealExecutionIsLinearisable makes histories that are right by
// construction: each operation takes effect at a moment between its call and
// its return, or is left pending, before or after that.
func TestAnyRealExecutionIsLinearisable(t *testing.T) {
	r := rng.New(2, 0)
	for range 2000 {
		h := new(linear.History)
		state := make(map[string]linear.State)
		type running struct {
			worker string
			op     linear.Op
			done   bool
			result linear.Result
		}
		clients := make([]*running, 4)
		for range 40 {
			i := r.Below(4)
			name, c := fmt.Sprint("client ", i), clients[i]
			var err error
			switch {
			case c == nil:
				clients[i] = &running{worker: fmt.Sprint("w", r.Below(2)), op: linear.Op(r.Below(5))}
				err = h.Call(name, clients[i].worker, clients[i].op)
			case !c.done:
				next, ok := linear.Sequential(state[c.worker], c.op, linear.OK)
				c.done, c.result = true, linear.Refused
				if ok {
					state[c.worker], c.result = next, linear.OK
				}
			default:
				err = h.Return(name, c.result)
				clients[i] = nil
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if rep := h.Check(0); rep.Outcome != properties.Holds {
			t.Fatalf("%v (%s): %v", rep.Outcome, rep.Reason, h.Operations())
		}
	}
}

// TestOneLieIsFound turns the result of the only operation that matters.
func TestOneLieIsFound(t *testing.T) {
	truth := "m+start m=ok w+attach w=ok b+substantiate b=ok w+detach w=ok m+stop m=ok m+start m=ok"
	if r := history(t, truth).Check(0); r.Outcome != properties.Holds {
		t.Fatal(r.Reason)
	}
	for i := range strings.Count(truth, "=ok") {
		words := strings.Fields(truth)
		for k, seen := 0, 0; k < len(words); k++ {
			if strings.HasSuffix(words[k], "=ok") {
				if seen == i {
					words[k] = strings.Replace(words[k], "ok", "refused", 1)
				}
				seen++
			}
		}
		if r := history(t, strings.Join(words, " ")).Check(0); r.Outcome != properties.Violated {
			t.Errorf("%v: %v", words, r.Outcome)
		}
	}
}

// TestWorkersAreIndependent: each worker is a partition of its own, and the one
// that goes wrong is named.
func TestWorkersAreIndependent(t *testing.T) {
	h := new(linear.History)
	for _, e := range []struct {
		worker string
		op     linear.Op
		result linear.Result
	}{{"good", linear.Start, linear.OK}, {"bad", linear.Attach, linear.OK}, {"good", linear.Attach, linear.OK}} {
		if err := errors.Join(h.Call("c", e.worker, e.op), h.Return("c", e.result)); err != nil {
			t.Fatal(err)
		}
	}
	r := h.Check(0)
	if r.Outcome != properties.Violated || !strings.HasPrefix(r.Reason, "bad: no operation can come next:") {
		t.Errorf("%v: %s", r.Outcome, r.Reason)
	}
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil || !strings.Contains(b.String(), "attach bad: ok") {
		t.Errorf("HTML of %d bytes, %v", b.Len(), err)
	}
}

func TestOperationsAreACopy(t *testing.T) {
	h := history(t, "m+start m=ok")
	ops := h.Operations()
	ops[0].Worker = "changed"
	if got := h.Operations(); got[0].Worker != "w" || !slices.Equal(got, h.Operations()) || got[0].Call != 0 || got[0].Return != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		linear.Substantiate.String(): "substantiate", linear.Op(9).String(): "Op(9)", linear.Refused.String(): "refused",
		linear.Result(9).String(): "Result(9)", linear.Waiting.String(): "waiting for the worker", linear.State(9).String(): "State(9)",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStepsThatMakeNoHistory(t *testing.T) {
	tr := &traces.Trace[zoo.LifecycleState, zoo.LifecycleAction]{Steps: make([]model.Step[zoo.LifecycleState, zoo.LifecycleAction], 2)}
	_, err := linear.FromTrace(tr, func(h *linear.History, _ *zoo.LifecycleState, _ *model.Step[zoo.LifecycleState, zoo.LifecycleAction]) error {
		return h.Call("c", "w", linear.Start)
	})
	if err == nil || !strings.HasPrefix(err.Error(), "step 2: ") {
		t.Errorf("error %v, want one about step 2", err)
	}
}
