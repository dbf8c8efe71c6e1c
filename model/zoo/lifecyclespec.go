package zoo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// Lifecycle is a master and its workers, each substantiated on demand, used
// for one build, and insubstantiated. Between them is a network that may lose
// messages and connections, a given number of times, and delivers messages in
// any order. At any time the master may be asked to stop for good.
//
// With the bug "reconnect" the master accepts a connection in any state, with
// "hang" it tells a worker to stop only once.
func Lifecycle(p LifecycleParams) (properties.Spec[LifecycleState, LifecycleAction], error) {
	err := errors.Join(
		within("lifecycle", "workers", p.Workers, 1, len(LifecycleWorkers{})),
		within("lifecycle", "requests", p.Requests, 0, 255),
		within("lifecycle", "losses", p.Losses, 0, 255),
		within("lifecycle", "capacity", p.Capacity, 1, 255),
		oneOf("lifecycle", "bug", p.Bug, "none", "reconnect", "hang"))
	if err != nil {
		return properties.Spec[LifecycleState, LifecycleAction]{}, err
	}
	m := &lifecycle{
		workers: uint8(p.Workers), requests: uint8(p.Requests), losses: uint8(p.Losses), capacity: uint8(p.Capacity),
		reconnect: p.Bug == "reconnect", hang: p.Bug == "hang",
	}
	// Few claims, each cheap: what this model costs to check is measured.
	return properties.Spec[LifecycleState, LifecycleAction]{
		Model: m,
		Properties: []properties.Property[LifecycleState]{
			properties.Always("no connection accepted outside substantiating",
				func(s *LifecycleState) bool { return !s.Wrong }).
				Says("the master accepts a connection only of a worker that it is substantiating").
				About("a connection is accepted", m.accepted),
			properties.LeadsTo("stop leads to every worker stopped",
				func(s *LifecycleState) bool { return s.StopRequested }, m.stopped).
				Says("once asked to stop the master has no worker in its books in the end"),
		},
		Fairness: m.fairness(),
		About:    aboutLifecycle,
		Actions:  m.actions(),
		Final:    func(s *LifecycleState) bool { return s.StopRequested && m.stopped(s) },
		Canon:    m.canon,
	}, nil
}

// actions leaves out what the parameters rule out.
func (m *lifecycle) actions() []string {
	return slices.DeleteFunc(slices.Clone(lifecycleNames), func(name string) bool {
		return m.hang && name == ResendStop.String() ||
			m.losses == 0 && slices.Index(lifecycleNames, name) >= int(LoseStart)
	})
}

// accepted is what the safety claim is about: if it never holds nothing was
// shown.
func (m *lifecycle) accepted(s *LifecycleState) bool {
	for i := range m.workers {
		if s.Worker[i].Master == Substantiated {
			return true
		}
	}
	return false
}

// stopped goes by the books of the master: a worker may still be running that
// the master has given up.
func (m *lifecycle) stopped(s *LifecycleState) bool {
	for i := range m.workers {
		if s.Worker[i].Master != NotSubstantiated {
			return false
		}
	}
	return true
}

// fairness assumes weak fairness of four actors for each worker. The
// environment need not do anything: not ask, not stop, not lose.
func (m *lifecycle) fairness() []properties.Fairness[LifecycleAction] {
	var out []properties.Fairness[LifecycleAction]
	weak := func(name string, i uint8, first, last LifecycleName) {
		out = append(out, properties.Weak(fmt.Sprintf(name, i), func(a LifecycleAction) bool {
			return a.Worker == i && first <= a.Name && a.Name <= last
		}))
	}
	for i := range m.workers {
		weak("master about worker %d", i, Substantiate, ResendStop)
		weak("master receives from worker %d", i, RecvAttach, RecvDetach)
		weak("worker %d receives", i, RecvStart, RecvStop)
		weak("worker %d", i, BootDone, Stopped)
	}
	return out
}

// canon sorts the workers, which are all alike. An insertion sort: there are
// four at most, and it is called for every step.
func (m *lifecycle) canon(s *LifecycleState) {
	for i := 1; i < int(m.workers); i++ {
		for j := i; j > 0 && s.Worker[j].key() < s.Worker[j-1].key(); j-- {
			s.Worker[j], s.Worker[j-1] = s.Worker[j-1], s.Worker[j]
		}
	}
}

func (w *LifecycleWorker) key() uint64 {
	return uint64(w.Master)<<40 | uint64(w.Self)<<32 |
		uint64(w.Start)<<24 | uint64(w.Stop)<<16 | uint64(w.Attach)<<8 | uint64(w.Detach)
}

// lifecycleText says who takes an action, whom it concerns, and in words what
// happens; «w» is the worker.
var lifecycleText = [...]struct {
	actor, peer string
	kind        model.Kind
	sentence    string
}{
	Submit:       {"user", "master", model.Request, "a user asks for a build"},
	StopRequest:  {"user", "master", model.Request, "a user asks the master to stop for good"},
	Substantiate: {"master", "«w»", model.Internal, "the master gives «w» a build and tells it to start"},
	ResendStart:  {"master", "«w»", model.Timer, "the master tells «w» again to start"},
	MasterStop:   {"master", "«w»", model.Internal, "the master is to stop and tells «w» to stop"},
	FinishBuild:  {"master", "«w»", model.Internal, "the build on «w» is finished and the master tells it to stop"},
	ResendStop:   {"master", "«w»", model.Timer, "the master tells «w» again to stop"},
	RecvAttach:   {"master", "«w»", model.Deliver, "the master receives the attach message of «w»"},
	RecvDetach:   {"master", "«w»", model.Deliver, "the master receives the detach message of «w»"},
	RecvStart:    {"«w»", "master", model.Deliver, "«w» receives the start message"},
	RecvStop:     {"«w»", "master", model.Deliver, "«w» receives the stop message"},
	BootDone:     {"«w»", "master", model.Internal, "«w» has booted and asks to be attached"},
	ResendAttach: {"«w»", "master", model.Timer, "«w» asks again to be attached"},
	Stopped:      {"«w»", "master", model.Internal, "«w» has stopped and says so"},
	LoseStart:    {"network", "«w»", model.Fault, "the network loses a start message to «w»"},
	LoseStop:     {"network", "«w»", model.Fault, "the network loses a stop message to «w»"},
	LoseAttach:   {"network", "«w»", model.Fault, "the network loses an attach message of «w»"},
	LoseDetach:   {"network", "«w»", model.Fault, "the network loses a detach message of «w»"},
	Disconnect:   {"network", "«w»", model.Fault, "«w» loses its connection, makes a new one and asks to be attached"},
}

func aboutLifecycle(a LifecycleAction) model.About {
	text := &lifecycleText[a.Name]
	name := strings.NewReplacer("«w»", fmt.Sprintf("worker %d", a.Worker))
	return model.About{
		Name: a.Name.String(), Actor: name.Replace(text.actor), Peer: name.Replace(text.peer),
		Kind: text.kind, Sentence: name.Replace(text.sentence),
	}
}
