package rapidtest_test

import (
	"fmt"

	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties/rapidtest"
)

// What follows is a small master with its workers, as somebody might write it
// in Go: event handlers of the master and of a worker, with messages between
// them. The defect is that of Buildbot's issue 8400: the master does not ask
// whether it still waits for the worker that connects.

type master struct {
	asked, pending, losses int
	stopping               bool
	workers                []*worker
	forgetful              bool // attached does not look at the books
}

// worker is one machine: what the master's books say of it, and itself.
type worker struct {
	books                       zoo.MasterState
	self                        zoo.WorkerState
	start, stop, attach, detach bool // a message is on the way
}

func (m *master) substantiate(w *worker) {
	m.pending--
	w.books, w.start = zoo.Substantiating, true
}

func (m *master) insubstantiate(w *worker) {
	w.books, w.stop = zoo.Insubstantiating, true
}

// attached is called when a worker's login reaches the master.
func (m *master) attached(w *worker) {
	w.attach = false
	if w.self != zoo.Connecting {
		return // of a connection that is gone
	}
	switch {
	case w.books == zoo.Substantiating || m.forgetful:
		w.books, w.self = zoo.Substantiated, zoo.Attached
	case w.books == zoo.Substantiated:
		m.insubstantiate(w)
	case w.books == zoo.NotSubstantiated:
		w.stop = true
	}
}

func (m *master) detached(w *worker) {
	w.detach = false
	if w.books == zoo.Insubstantiating {
		w.books = zoo.NotSubstantiated
	}
}

func (w *worker) started() {
	w.start = false
	if w.self == zoo.Off {
		w.self = zoo.Booting
	}
}

func (w *worker) stopped() {
	w.stop = false
	if w.self == zoo.Off {
		w.detach = true
	} else {
		w.self = zoo.Stopping
	}
}

func (w *worker) connect() { w.self, w.attach = zoo.Connecting, true }
func (w *worker) halt()    { w.self, w.detach = zoo.Off, true }

// Do makes one event happen: what a user writes to hold a program against a
// spec, together with State.
func (m *master) Do(a zoo.LifecycleAction) error {
	w := m.workers[a.Worker]
	lose := func(message *bool) { *message, m.losses = false, m.losses-1 }
	switch a.Name {
	case zoo.Submit:
		m.asked, m.pending = m.asked-1, m.pending+1
	case zoo.StopRequest:
		m.stopping = true
	case zoo.Substantiate:
		m.substantiate(w)
	case zoo.ResendStart:
		w.start = true
	case zoo.MasterStop, zoo.FinishBuild, zoo.ResendStop:
		m.insubstantiate(w)
	case zoo.RecvAttach:
		m.attached(w)
	case zoo.RecvDetach:
		m.detached(w)
	case zoo.RecvStart:
		w.started()
	case zoo.RecvStop:
		w.stopped()
	case zoo.BootDone:
		w.connect()
	case zoo.ResendAttach:
		w.attach = true
	case zoo.Stopped:
		w.halt()
	case zoo.LoseStart:
		lose(&w.start)
	case zoo.LoseStop:
		lose(&w.stop)
	case zoo.LoseAttach:
		lose(&w.attach)
	case zoo.LoseDetach:
		lose(&w.detach)
	case zoo.Disconnect:
		m.losses--
		w.connect()
	default:
		return fmt.Errorf("no such event")
	}
	return nil
}

func (m *master) State() zoo.LifecycleState {
	s := zoo.LifecycleState{Requests: uint8(m.asked), Pending: uint8(m.pending), Losses: uint8(m.losses), StopRequested: m.stopping}
	n := map[bool]uint8{true: 1}
	for i, w := range m.workers {
		s.Worker[i] = zoo.LifecycleWorker{Master: w.books, Self: w.self,
			Start: n[w.start], Stop: n[w.stop], Attach: n[w.attach], Detach: n[w.detach]}
	}
	return s
}

// newMaster makes a master in the initial state s of the spec.
func newMaster(forgetful bool) func(s zoo.LifecycleState) rapidtest.Implementation[zoo.LifecycleState, zoo.LifecycleAction] {
	return func(s zoo.LifecycleState) rapidtest.Implementation[zoo.LifecycleState, zoo.LifecycleAction] {
		m := &master{asked: int(s.Requests), losses: int(s.Losses), forgetful: forgetful}
		for _, w := range s.Worker {
			if w.Master != zoo.WorkerAbsent {
				m.workers = append(m.workers, &worker{books: w.Master})
			}
		}
		return m
	}
}
