package zoo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
	"github.com/quiesce/quiesce/properties"
)

// TwoPhaseParams are the parameters of [TwoPhase].
type TwoPhaseParams struct {
	Managers int    // resource managers, 1 to 9
	Bug      string // "none", or "abort": a manager may abort by itself after its yes vote
}

// TwoPhaseState is a state of two-phase commit: 16 bytes, the widest fields
// first, so that there is no padding.
type TwoPhaseState struct {
	Counted fixed.Set[uint8, uint16] // managers whose vote the transaction manager has received
	Voted   fixed.Set[uint8, uint16] // managers whose yes vote has been sent
	Commit  bool                     // a commit message has been sent
	Abort   bool                     // an abort message has been sent
	TM      TMState
	RM      RMs
}

// RMs are the resource managers; those beyond the number asked for are absent.
type RMs [9]RMState

// View shows those that are there.
func (rms RMs) View() any { return present(rms[:]) }

// TMState is what the transaction manager has decided: where the transaction manager is.
type TMState uint8

const (
	TMInit TMState = iota
	TMCommitted
	TMAborted
)

func (s TMState) String() string { return word([]string{"init", "committed", "aborted"}, s) }

// RMState is where a resource manager is.
type RMState uint8

const (
	RMAbsent RMState = iota
	RMWorking
	RMPrepared
	RMCommitted
	RMAborted
)

func (s RMState) String() string {
	return word([]string{"absent", "working", "prepared", "committed", "aborted"}, s)
}

// TwoPhaseAction is a step of two-phase commit; RM is zero where it has no
// meaning.
type TwoPhaseAction struct {
	Name TwoPhaseName
	RM   uint8
}

// TwoPhaseName is the name of an action, as in the specification by Gray and
// Lamport.
type TwoPhaseName uint8

const (
	TMCommit TwoPhaseName = iota
	TMAbort
	TMRcvPrepared
	RMPrepare
	RMChooseToAbort
	RMAbortAfterVote
	RMRcvCommitMsg
	RMRcvAbortMsg
)

var twoPhaseNames = []string{"TMCommit", "TMAbort", "TMRcvPrepared", "RMPrepare",
	"RMChooseToAbort", "RMAbortAfterVote", "RMRcvCommitMsg", "RMRcvAbortMsg"}

func (n TwoPhaseName) String() string { return word(twoPhaseNames, n) }

type twoPhase struct {
	managers uint8
	everyone fixed.Set[uint8, uint16]
	bug      bool
}

func (m *twoPhase) Init() []TwoPhaseState {
	var s TwoPhaseState
	for i := range m.managers {
		s.RM[i] = RMWorking
	}
	return []TwoPhaseState{s}
}

func (m *twoPhase) Next(s *TwoPhaseState, out *model.Steps[TwoPhaseState, TwoPhaseAction]) {
	// The transaction manager may abort at any time before it commits, for a
	// reason of its own: votes are not all it goes by.
	if s.TM == TMInit && s.Counted == m.everyone {
		t := out.Add(TwoPhaseAction{Name: TMCommit})
		t.TM = TMCommitted
		t.Commit = true
	}
	if s.TM == TMInit {
		t := out.Add(TwoPhaseAction{Name: TMAbort})
		t.TM = TMAborted
		t.Abort = true
	}
	for i := range m.managers {
		// Messages stay: this is enabled again and may change nothing, as the
		// receiving of a decision below. Such steps are steps and are counted.
		if s.TM == TMInit && s.Voted.Has(i) {
			t := out.Add(TwoPhaseAction{TMRcvPrepared, i})
			t.Counted.Add(i)
		}
		if s.RM[i] == RMWorking {
			t := out.Add(TwoPhaseAction{RMPrepare, i})
			t.RM[i] = RMPrepared
			t.Voted.Add(i)
		}
		if s.RM[i] == RMWorking {
			t := out.Add(TwoPhaseAction{RMChooseToAbort, i})
			t.RM[i] = RMAborted
		}
		// A yes vote is a promise, which is what the bug breaks.
		if m.bug && s.RM[i] == RMPrepared {
			t := out.Add(TwoPhaseAction{RMAbortAfterVote, i})
			t.RM[i] = RMAborted
		}
		if s.Commit {
			t := out.Add(TwoPhaseAction{RMRcvCommitMsg, i})
			t.RM[i] = RMCommitted
		}
		if s.Abort {
			t := out.Add(TwoPhaseAction{RMRcvAbortMsg, i})
			t.RM[i] = RMAborted
		}
	}
}

// TwoPhase is two-phase commit over a message set that only grows: the model of
// Gray and Lamport ("Consensus on transaction commit", TODS 2006), in which a
// message stays after it was received and may be received again.
func TwoPhase(p TwoPhaseParams) (properties.Spec[TwoPhaseState, TwoPhaseAction], error) {
	err := errors.Join(
		within("twophase", "managers", p.Managers, 1, len(TwoPhaseState{}.RM)),
		oneOf("twophase", "bug", p.Bug, "none", "abort"))
	if err != nil {
		return properties.Spec[TwoPhaseState, TwoPhaseAction]{}, err
	}
	m := &twoPhase{managers: uint8(p.Managers), bug: p.Bug == "abort"}
	for i := range m.managers {
		m.everyone.Add(i)
	}
	// Without these two a model in which nothing is ever decided would pass.
	all := func(want RMState) properties.Predicate[TwoPhaseState] {
		return func(s *TwoPhaseState) bool {
			return !slices.ContainsFunc(s.RM[:m.managers], func(rm RMState) bool { return rm != want })
		}
	}
	return properties.Spec[TwoPhaseState, TwoPhaseAction]{
		Model: m,
		Properties: []properties.Property[TwoPhaseState]{
			properties.Always("consistent", consistent).
				Says("no manager has committed while another has aborted").
				About("a manager commits", func(s *TwoPhaseState) bool { return slices.Contains(s.RM[:], RMCommitted) }),
			properties.Reachable("commit agreement", all(RMCommitted)).Says("all managers may commit"),
			properties.Reachable("abort agreement", all(RMAborted)).Says("all managers may abort"),
		},
		About:   aboutTwoPhase,
		Actions: m.actions(),
		Canon:   m.canon,
	}, nil
}

// consistent looks at the managers only: what the transaction manager believes
// does not undo a commit.
func consistent(s *TwoPhaseState) bool {
	return !slices.Contains(s.RM[:], RMCommitted) || !slices.Contains(s.RM[:], RMAborted)
}

// actions leaves out the one that only the bug brings.
func (m *twoPhase) actions() []string {
	return slices.DeleteFunc(slices.Clone(twoPhaseNames), func(name string) bool {
		return name == RMAbortAfterVote.String() && !m.bug
	})
}

// canon sorts the managers by all that the state says of each, so that any two
// states that differ only in who is who have the same representative.
func (m *twoPhase) canon(s *TwoPhaseState) {
	var sorted [len(s.RM)]uint8 // by insertion: nine at most, and no allocation
	for i := range m.managers {
		key := uint8(s.RM[i]) << 2
		if s.Voted.Has(i) {
			key |= 2
		}
		if s.Counted.Has(i) {
			key |= 1
		}
		j := i
		for ; j > 0 && sorted[j-1] > key; j-- {
			sorted[j] = sorted[j-1]
		}
		sorted[j] = key
	}
	*s = TwoPhaseState{Commit: s.Commit, Abort: s.Abort, TM: s.TM}
	for i := range m.managers {
		s.RM[i] = RMState(sorted[i] >> 2)
		if sorted[i]&2 != 0 {
			s.Voted.Add(i)
		}
		if sorted[i]&1 != 0 {
			s.Counted.Add(i)
		}
	}
}

func aboutTwoPhase(a TwoPhaseAction) model.About {
	manager := fmt.Sprintf("manager %d", a.RM)
	const tm = "transaction manager"
	about := model.About{Name: a.Name.String(), Actor: manager}
	switch a.Name {
	case TMCommit:
		about.Actor, about.Sentence = tm, "the transaction manager has all votes and decides to commit"
	case TMAbort:
		about.Actor, about.Sentence = tm, "the transaction manager decides to abort"
	case TMRcvPrepared:
		about.Actor, about.Peer, about.Kind = tm, manager, model.Deliver
		about.Sentence = fmt.Sprintf("the transaction manager receives the vote of %s", manager)
	case RMPrepare:
		about.Peer, about.Sentence = tm, fmt.Sprintf("%s votes yes", manager)
	case RMChooseToAbort:
		about.Sentence = fmt.Sprintf("%s aborts instead of voting", manager)
	case RMAbortAfterVote:
		about.Kind, about.Sentence = model.Fault, fmt.Sprintf("%s aborts by itself after its yes vote", manager)
	case RMRcvCommitMsg:
		about.Peer, about.Kind, about.Sentence = tm, model.Deliver, fmt.Sprintf("%s learns of the commit", manager)
	case RMRcvAbortMsg:
		about.Peer, about.Kind, about.Sentence = tm, model.Deliver, fmt.Sprintf("%s learns of the abort", manager)
	}
	return about
}
