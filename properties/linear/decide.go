package linear

import (
	"fmt"
	"slices"
)

// decide says whether the operations of each worker can be ordered, where
// porcupine's search gives up: it follows all orders at once, event by event, and
// lets operations happen no earlier than the next return needs (just-in-time
// linearizability: Lowe, "Testing for linearizability", CCPE 2017). Pending
// operations of one kind are interchangeable once they are called, so that they
// are counted and not told apart: a search is exponential in them, this is not.
//
// why says at which event there is no order left. done is false if there are more
// ways to follow than memory is good for, or too many operations open at a time.
func (h *History) decide() (ok bool, why string, done bool) {
	var workers []string
	for i := range h.ops {
		if !slices.Contains(workers, h.ops[i].Worker) {
			workers = append(workers, h.ops[i].Worker)
		}
	}
	for _, w := range workers {
		if why, done := h.follow(w); why != "" || !done {
			return false, why, done
		}
	}
	return true, "", true
}

// way is one state that some order leads to: what the worker is, how many pending
// operations of each kind have been called and have not happened, and which of
// the open operations have, a bit each.
type way struct {
	state State
	left  [5]uint16
	open  uint64
}

// Bounds of follow: ways at a time, and pending operations of a kind.
const (
	mostWays    = 1 << 20
	mostPending = 1<<16 - 1
)

// follow follows the operations of one worker.
func (h *History) follow(worker string) (why string, done bool) {
	// By time: the operation that is called or returns then, or -1.
	events := make([]int, h.time)
	for i := range events {
		events[i] = -1
	}
	for i := range h.ops {
		if o := &h.ops[i]; o.Worker == worker {
			events[o.Call] = i
			if !o.Pending {
				events[o.Return] = i
			}
		}
	}
	ways := map[way]bool{{}: true}
	var open [64]*Operation
	var pending [5]int
	for at, i := range events {
		if i < 0 {
			continue
		}
		o := &h.ops[i]
		switch {
		case o.Pending:
			if pending[o.Op]++; pending[o.Op] > mostPending {
				return "", false
			}
			called := make(map[way]bool, len(ways))
			for w := range ways {
				w.left[o.Op]++
				called[w] = true
			}
			ways = called
		case at == o.Call:
			slot := slices.Index(open[:], nil)
			if slot < 0 {
				return "", false
			}
			open[slot] = o
		default:
			slot := slices.Index(open[:], o)
			next, fits := happen(ways, &open, slot)
			if !fits {
				return "", false
			}
			if len(next) == 0 {
				return fmt.Sprintf("%s: no order of the operations explains that %s returns %s at event %d", worker, o.Op, o.Result, at+1), true
			}
			open[slot], ways = nil, next
		}
	}
	return "", true
}

// happen lets open and pending operations happen in every order until that of
// slot has, and forgets it. It reports whether there was room for all ways.
func happen(ways map[way]bool, open *[64]*Operation, slot int) (map[way]bool, bool) {
	seen := make(map[way]bool, len(ways))
	var todo []way
	add := func(w way) {
		if !seen[w] {
			seen[w] = true
			todo = append(todo, w)
		}
	}
	// What is reached is the same in any order.
	for w := range ways {
		add(w)
	}
	next := make(map[way]bool)
	for len(todo) > 0 {
		if len(seen) > mostWays {
			return nil, false
		}
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.open>>slot&1 == 1 {
			w.open &^= 1 << slot
			next[w] = true
			continue
		}
		for i, o := range open {
			if o == nil || w.open>>i&1 == 1 {
				continue
			}
			if s, can := Sequential(w.state, o.Op, o.Result); can {
				then := w
				then.state, then.open = s, w.open|1<<i
				add(then)
			}
		}
		for op, n := range w.left {
			if s, _ := Sequential(w.state, Op(op), Unknown); n > 0 && s != w.state {
				then := w
				then.state = s
				then.left[op]--
				add(then)
			}
		}
	}
	return next, true
}
