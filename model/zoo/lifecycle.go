package zoo

import "github.com/quiesce/quiesce/model"

// LifecycleParams are the parameters of [Lifecycle].
type LifecycleParams struct {
	Workers  int    // 1 to 4
	Requests int    // builds that may be asked for, 0 to 255
	Losses   int    // messages and connections that may be lost, 0 to 255
	Capacity int    // messages of a kind on the way for each worker, 1 to 255
	Bug      string // "none", "reconnect": the master accepts a connection in any state, or "hang": it never repeats a stop
}

// LifecycleState is a state of the lifecycle model: 29 bytes.
type LifecycleState struct {
	Worker        LifecycleWorkers
	Requests      uint8 // builds that may still be asked for
	Pending       uint8 // builds asked for and not yet given to a worker
	Losses        uint8 // losses that may still happen
	StopRequested bool
	Wrong         bool // a connection was accepted outside substantiating
}

// LifecycleWorkers are the workers; those beyond the number asked for are
// absent.
type LifecycleWorkers [4]LifecycleWorker

// View shows those that are there.
func (w LifecycleWorkers) View() any { return present(w[:]) }

// LifecycleWorker is all that is about one worker: how the master sees it, what
// it does, and how many messages of each kind are on the way.
type LifecycleWorker struct {
	Master MasterState
	Self   WorkerState
	Start  uint8 // master to worker
	Stop   uint8 // master to worker
	Attach uint8 // worker to master
	Detach uint8 // worker to master
}

// MasterState is a worker's state in the books of the master.
type MasterState uint8

const (
	WorkerAbsent MasterState = iota
	NotSubstantiated
	Substantiating
	Substantiated
	Insubstantiating
)

func (s MasterState) String() string {
	return word([]string{"absent", "not substantiated", "substantiating", "substantiated", "insubstantiating"}, s)
}

// WorkerState is what a worker does.
type WorkerState uint8

const (
	Off WorkerState = iota
	Booting
	Connecting // has a connection and waits for the master to accept it
	Attached
	Stopping
)

func (s WorkerState) String() string {
	return word([]string{"off", "booting", "connecting", "attached", "stopping"}, s)
}

// LifecycleAction is a step of the lifecycle model; Worker is zero where it has
// no meaning.
type LifecycleAction struct {
	Name   LifecycleName
	Worker uint8
}

// LifecycleName is the name of an action.
type LifecycleName uint8

const (
	Submit LifecycleName = iota
	StopRequest
	Substantiate
	ResendStart
	MasterStop
	FinishBuild
	ResendStop
	RecvAttach
	RecvDetach
	RecvStart
	RecvStop
	BootDone
	ResendAttach
	Stopped
	LoseStart
	LoseStop
	LoseAttach
	LoseDetach
	Disconnect
)

var lifecycleNames = []string{"Submit", "StopRequest",
	"Substantiate", "ResendStart", "MasterStop", "FinishBuild", "ResendStop",
	"RecvAttach", "RecvDetach", "RecvStart", "RecvStop",
	"BootDone", "ResendAttach", "Stopped",
	"LoseStart", "LoseStop", "LoseAttach", "LoseDetach", "Disconnect"}

func (n LifecycleName) String() string { return word(lifecycleNames, n) }

type lifecycle struct {
	workers, requests, losses, capacity uint8
	reconnect, hang                     bool
}

func (m *lifecycle) Init() []LifecycleState {
	s := LifecycleState{Requests: m.requests, Losses: m.losses}
	for i := range m.workers {
		s.Worker[i].Master = NotSubstantiated
	}
	return []LifecycleState{s}
}

type lifecycleSteps = model.Steps[LifecycleState, LifecycleAction]

// Next has the environment first, then for each worker everything about it.
func (m *lifecycle) Next(s *LifecycleState, out *lifecycleSteps) {
	if s.Requests > 0 && !s.StopRequested {
		t := out.Add(LifecycleAction{Name: Submit})
		t.Requests--
		t.Pending++
	}
	if !s.StopRequested {
		t := out.Add(LifecycleAction{Name: StopRequest})
		t.StopRequested = true
	}
	for i := range m.workers {
		m.master(s, i, out)
		m.masterReceives(s, i, out)
		m.worker(s, i, out)
		if s.Losses > 0 { // a budget: without it nothing could be promised
			m.network(s, i, out)
		}
	}
}

// put sends one more message, which is lost if too many are on the way.
func (m *lifecycle) put(channel *uint8) {
	if *channel < m.capacity {
		*channel++
	}
}

// master has the steps that the master takes of its own accord about worker i.
func (m *lifecycle) master(s *LifecycleState, i uint8, out *lifecycleSteps) {
	w := &s.Worker[i]
	if w.Master == NotSubstantiated && s.Pending > 0 && !s.StopRequested {
		t := out.Add(LifecycleAction{Substantiate, i})
		t.Worker[i].Master = Substantiating
		t.Pending--
		m.put(&t.Worker[i].Start)
	}
	// A message may have been lost, and the master cannot know: it repeats
	// itself as long as it has no answer.
	if w.Master == Substantiating && !s.StopRequested && w.Start < m.capacity {
		t := out.Add(LifecycleAction{ResendStart, i})
		m.put(&t.Worker[i].Start)
	}
	if s.StopRequested && (w.Master == Substantiating || w.Master == Substantiated) {
		t := out.Add(LifecycleAction{MasterStop, i})
		t.Worker[i].Master = Insubstantiating
		m.put(&t.Worker[i].Stop)
	}
	// A worker does one build and is stopped.
	if w.Master == Substantiated && w.Self == Attached && !s.StopRequested {
		t := out.Add(LifecycleAction{FinishBuild, i})
		t.Worker[i].Master = Insubstantiating
		m.put(&t.Worker[i].Stop)
	}
	if w.Master == Insubstantiating && w.Stop < m.capacity && !m.hang {
		t := out.Add(LifecycleAction{ResendStop, i})
		m.put(&t.Worker[i].Stop)
	}
}

// masterReceives has the messages of worker i that reach the master.
func (m *lifecycle) masterReceives(s *LifecycleState, i uint8, out *lifecycleSteps) {
	w := &s.Worker[i]
	if w.Attach > 0 {
		t := out.Add(LifecycleAction{RecvAttach, i})
		t.Worker[i].Attach--
		if w.Self == Connecting { // otherwise it is of a connection that is gone
			m.attach(t, i)
		}
	}
	// A detach that the master does not wait for is old and says nothing.
	if w.Detach > 0 {
		t := out.Add(LifecycleAction{RecvDetach, i})
		t.Worker[i].Detach--
		if w.Master == Insubstantiating {
			t.Worker[i].Master = NotSubstantiated
		}
	}
}

// attach is what the master makes of a live connection of worker i.
func (m *lifecycle) attach(t *LifecycleState, i uint8) {
	w := &t.Worker[i]
	switch {
	case w.Master == Substantiating || m.reconnect:
		// Wrong is a history variable: it makes a claim about a step one about
		// states, and is part of the published counts.
		t.Wrong = t.Wrong || w.Master != Substantiating
		w.Master = Substantiated
		w.Self = Attached
	case w.Master == Substantiated: // of a worker that lost its first connection
		w.Master = Insubstantiating
		m.put(&w.Stop)
	case w.Master == NotSubstantiated: // of a worker that is not wanted any more
		m.put(&w.Stop)
	}
}

// worker has the steps of worker i, those it takes on a message first.
func (m *lifecycle) worker(s *LifecycleState, i uint8, out *lifecycleSteps) {
	w := &s.Worker[i]
	if w.Start > 0 {
		t := out.Add(LifecycleAction{RecvStart, i})
		t.Worker[i].Start--
		if w.Self == Off { // otherwise it was told so before
			t.Worker[i].Self = Booting
		}
	}
	if w.Stop > 0 {
		t := out.Add(LifecycleAction{RecvStop, i})
		t.Worker[i].Stop--
		if w.Self == Off { // it says so again, as the master does not know
			m.put(&t.Worker[i].Detach)
		} else {
			t.Worker[i].Self = Stopping
		}
	}
	if w.Self == Booting {
		t := out.Add(LifecycleAction{BootDone, i})
		t.Worker[i].Self = Connecting
		m.put(&t.Worker[i].Attach)
	}
	if w.Self == Connecting && w.Attach < m.capacity {
		t := out.Add(LifecycleAction{ResendAttach, i})
		m.put(&t.Worker[i].Attach)
	}
	if w.Self == Stopping {
		t := out.Add(LifecycleAction{Stopped, i})
		t.Worker[i].Self = Off
		m.put(&t.Worker[i].Detach)
	}
}

// network has what may still be lost about worker i.
func (m *lifecycle) network(s *LifecycleState, i uint8, out *lifecycleSteps) {
	w := &s.Worker[i]
	if w.Start > 0 {
		t := out.Add(LifecycleAction{LoseStart, i})
		t.Losses--
		t.Worker[i].Start--
	}
	if w.Stop > 0 {
		t := out.Add(LifecycleAction{LoseStop, i})
		t.Losses--
		t.Worker[i].Stop--
	}
	if w.Attach > 0 {
		t := out.Add(LifecycleAction{LoseAttach, i})
		t.Losses--
		t.Worker[i].Attach--
	}
	if w.Detach > 0 {
		t := out.Add(LifecycleAction{LoseDetach, i})
		t.Losses--
		t.Worker[i].Detach--
	}
	if w.Self == Attached {
		t := out.Add(LifecycleAction{Disconnect, i})
		t.Losses--
		t.Worker[i].Self = Connecting
		m.put(&t.Worker[i].Attach)
	}
}
