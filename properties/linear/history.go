// Package linear checks concurrent histories of worker lifecycles: operations
// that overlap must have results as if each had happened at one moment between
// its call and its return (Herlihy, Wing, "Linearizability", TOPLAS 1990). The
// search is porcupine's.
//
// A history comes from Go values, from JSON lines ([Read]) or from a trace of a
// model ([FromTrace]). What operations mean is in [Sequential].
package linear

import (
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
)

// An Op is an operation on one worker.
type Op uint8

const (
	Start        Op = iota // make the instance run
	Attach                 // the worker logs in
	Substantiate           // wait until the worker is attached
	Detach                 // the connection ends
	Stop                   // make the instance stop
)

var opNames = []string{"start", "attach", "substantiate", "detach", "stop"}

func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// A Result is how an operation returned.
type Result uint8

const (
	OK      Result = iota
	Refused        // it did nothing, as the worker was not in a state for it
	Unknown        // it did what it does, at some time or never: a timeout, a lost answer
)

var resultNames = []string{"ok", "refused", "unknown"}

func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return fmt.Sprintf("Result(%d)", uint8(r))
}

// An Operation is a call and, unless it is pending, its return. Times are
// positions in the history: the first event is at 0.
type Operation struct {
	Client  string
	Worker  string
	Op      Op
	Result  Result
	Call    int
	Return  int
	Pending bool // it has not returned; or its result is Unknown, and Return is when that was said
}

func (o *Operation) String() string {
	result := o.Result.String()
	if o.Pending {
		result = "pending"
	}
	return fmt.Sprintf("%s of %s by %s: %s", o.Op, o.Worker, o.Client, result)
}

// A History is what clients did, in the order of its events. Each client has
// at most one operation at a time. The zero History is empty and ready for use.
type History struct {
	ops  []Operation
	open map[string]int // client to its operation that has not returned
	time int
}

// Call adds the call of an operation.
func (h *History) Call(client, worker string, op Op) error {
	if i, busy := h.open[client]; busy {
		return fmt.Errorf("client %q calls %v, but its %v of %q has not returned", client, op, h.ops[i].Op, h.ops[i].Worker)
	}
	switch {
	case client == "" || worker == "":
		return fmt.Errorf("call of %v without a client or a worker", op)
	case int(op) >= len(opNames):
		return fmt.Errorf("client %q calls %v, which is no operation", client, op)
	}
	if h.open == nil {
		h.open = make(map[string]int)
	}
	h.open[client] = len(h.ops)
	h.ops = append(h.ops, Operation{Client: client, Worker: worker, Op: op, Call: h.time, Pending: true})
	h.time++
	return nil
}

// Return adds the return of the client's open operation. An Unknown result
// leaves the operation pending, as it may still happen, but the client goes on.
func (h *History) Return(client string, result Result) error {
	i, busy := h.open[client]
	switch {
	case !busy:
		return fmt.Errorf("client %q returns, but has called nothing", client)
	case int(result) >= len(resultNames):
		return fmt.Errorf("client %q returns %v, which is no result", client, result)
	}
	delete(h.open, client)
	h.ops[i].Pending, h.ops[i].Result, h.ops[i].Return = result == Unknown, result, h.time
	h.time++
	return nil
}

// Operations returns what the history has, in order of calls.
func (h *History) Operations() []Operation { return slices.Clone(h.ops) }

// FromTrace makes the history of a behaviour: add is called for each step and
// adds the calls and returns that the step is.
func FromTrace[S, A comparable](t *traces.Trace[S, A], add func(h *History, from *S, step *model.Step[S, A]) error) (*History, error) {
	h := new(History)
	for i := range t.Steps {
		if err := add(h, t.At(i), &t.Steps[i]); err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return h, nil
}
