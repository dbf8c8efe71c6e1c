package linear

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/quiesce/quiesce/properties"
)

// A Report is what a history says: holds if it is linearisable, violated if it
// is not, inconclusive if time ran out, vacuous if it is empty.
type Report struct {
	Outcome properties.Outcome
	Reason  string // for a history that is not linearisable: where every order ends, and why

	info porcupine.LinearizationInfo
}

// Check decides whether h is linearisable, each worker by itself: locality makes
// that enough. Its worst case is exponential in operations that overlap; a
// timeout of 0 means none.
//
// A pending operation may take effect at any time after its call, or never. So
// it is given a return after the last event and any result: put at the very end
// it has no effect that anyone saw.
//
// Memory is bounded. Where porcupine would try more than a million sets of
// operations another method decides, which has no picture and says less of what
// is wrong. A history with more than 10,000 operations of one worker, or in which
// too many overlap, is inconclusive.
func (h *History) Check(timeout time.Duration) *Report {
	if len(h.ops) == 0 {
		return &Report{Outcome: properties.Vacuous, Reason: "there are no operations"}
	}
	ops := h.operations()
	most := 0
	for _, part := range byWorker(ops) {
		if most = max(most, len(part)); most > maxOperations {
			return &Report{Outcome: properties.Inconclusive,
				Reason: fmt.Sprintf("%d operations of %s, of which at most %d can be checked", len(part), part[0].Input.(call).worker, maxOperations)}
		}
	}
	model, within := bounded(most)
	result, info := porcupine.CheckOperationsVerbose(model, ops, timeout)
	// Porcupine keeps these in the order of a map. In a fixed order the report
	// and its HTML are the same in every run.
	for _, partials := range info.PartialLinearizations() {
		slices.SortFunc(partials, func(a, b []int) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return slices.Compare(a, b)
		})
	}
	r := &Report{info: info}
	switch {
	case result == porcupine.Ok:
		r.Outcome = properties.Holds
	case !within():
		h.instead(r)
	case result == porcupine.Illegal:
		r.Outcome, r.Reason = properties.Violated, h.blame(info)
	default:
		r.Outcome, r.Reason = properties.Inconclusive, fmt.Sprintf("not decided in %v", timeout)
	}
	return r
}

// instead decides what porcupine gave up.
func (h *History) instead(r *Report) {
	switch ok, why, done := h.decide(); {
	case !done:
		r.Outcome, r.Reason = properties.Inconclusive, "too many operations overlap"
	case ok:
		r.Outcome = properties.Holds
	default:
		r.Outcome, r.Reason = properties.Violated, why
	}
}

// HTML writes porcupine's picture of the history: which operations overlap,
// the longest orders found, where they end. It is one file without outside
// parts. The same history gives the same bytes.
func (r *Report) HTML(w io.Writer) error {
	if len(r.info.PartialLinearizations()) == 0 {
		return fmt.Errorf("linear: nothing to draw: %s", r.Reason)
	}
	return porcupine.Visualize(sequential, r.info, w)
}

// call is the input of an operation in porcupine's terms; its output is a Result.
type call struct {
	worker string
	op     Op
}

// sequential is the lifecycle in porcupine's terms.
var sequential = porcupine.Model{
	Partition: byWorker,
	Init:      func() any { return Off },
	Step: func(state, input, output any) (bool, any) {
		next, ok := Sequential(state.(State), input.(call).op, output.(Result))
		return ok, next
	},
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%s %s: %s", input.(call).op, input.(call).worker, output)
	},
	DescribeState: func(state any) string { return state.(State).String() },
}

// Porcupine keeps the longest order found for each operation: the square of their
// number, in words. And it keeps each set of operations that was tried with the
// state after it: a bit for each operation.
const (
	maxOperations = 10_000
	maxBytes      = 256 << 20
	maxTries      = 1 << 20
)

// bounded returns the sequential model with a limit on how much may be tried,
// for histories with up to n operations of a worker, and whether it was kept.
// Beyond it every operation is refused, so that the search ends: porcupine itself
// ends early only by the clock. What was found by then is worth nothing.
func bounded(n int) (porcupine.Model, func() bool) {
	left := new(atomic.Int64)
	left.Store(int64(min(maxTries, maxBytes/(128+n/8))))
	model := sequential
	model.Step = func(state, input, output any) (bool, any) {
		ok, next := sequential.Step(state, input, output)
		if ok && left.Add(-1) < 0 {
			return false, state
		}
		return ok, next
	}
	return model, func() bool { return left.Load() >= 0 }
}

// byWorker keeps workers in order of their first operation, as porcupine's own
// helpers do not promise an order.
func byWorker(all []porcupine.Operation) [][]porcupine.Operation {
	var parts [][]porcupine.Operation
	at := make(map[string]int)
	for _, op := range all {
		worker := op.Input.(call).worker
		i, ok := at[worker]
		if !ok {
			i = len(parts)
			at[worker] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], op)
	}
	return parts
}

// operations are those of the history as porcupine wants them: clients by number,
// and none that has not returned. A pending Substantiate is left out: it changes
// nothing and may have any result, so that it fits into every order.
func (h *History) operations() []porcupine.Operation {
	clients := make(map[string]int)
	var out []porcupine.Operation
	for i := range h.ops {
		o := &h.ops[i]
		if o.Pending && o.Op == Substantiate {
			continue
		}
		client := o.Client
		if o.Pending {
			// What its client does next overlaps it.
			client = fmt.Sprintf("%s #%d", o.Client, i)
		}
		if _, ok := clients[client]; !ok {
			clients[client] = len(clients)
		}
		op := porcupine.Operation{ClientId: clients[client], Input: call{o.Worker, o.Op},
			Call: int64(o.Call), Output: o.Result, Return: int64(o.Return)}
		if o.Pending {
			op.Output, op.Return = Unknown, int64(h.time+i)
		}
		out = append(out, op)
	}
	return out
}

// blame explains, for the first worker whose operations cannot be ordered, the
// longest order there is: which operations could come next, and why none can.
func (h *History) blame(info porcupine.LinearizationInfo) string {
	all := byWorker(h.operations())
	for p, partials := range info.PartialLinearizations() {
		var longest []int // porcupine keeps no order of no operations
		if len(partials) > 0 {
			longest = partials[0]
		}
		if len(longest) == len(all[p]) {
			continue
		}
		s, done := Off, make(map[int]bool)
		var b strings.Builder
		worker := all[p][0].Input.(call).worker
		fmt.Fprintf(&b, "%s:", worker)
		for n, i := range longest {
			if n > 0 {
				b.WriteByte(',')
			}
			s, _ = Sequential(s, all[p][i].Input.(call).op, all[p][i].Output.(Result))
			done[i] = true
			fmt.Fprintf(&b, " %s (%s)", all[p][i].Input.(call).op, all[p][i].Output)
		}
		if len(longest) > 0 {
			b.WriteString(" is the longest order there is;")
		}
		b.WriteString(" no operation can come next:")
		for i, op := range all[p] {
			if !done[i] && next(all[p], done, i) {
				fmt.Fprintf(&b, "\n  %s (%s), called at event %d: %s", op.Input.(call).op, op.Output, op.Call+1,
					why(s, op.Input.(call).op, op.Output.(Result)))
			}
		}
		return b.String()
	}
	return "no order of the operations was found"
}

// next reports whether operation i may come next: no other that is left had
// returned before it was called.
func next(ops []porcupine.Operation, done map[int]bool, i int) bool {
	for k := range ops {
		if !done[k] && k != i && ops[k].Return < ops[i].Call {
			return false
		}
	}
	return true
}
