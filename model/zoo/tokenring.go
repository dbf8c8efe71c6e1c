package zoo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// TokenRingParams are the parameters of [TokenRing].
type TokenRingParams struct {
	Nodes    int    // nodes of the ring, 2 to 12
	Fairness string // "strong", or "weak": what is assumed of a node with work when the token comes by
}

// TokenRingState is a state of the token ring.
type TokenRingState struct {
	Token uint8 // the node that has the token
	Node  RingNodes
}

// RingNodes are the nodes of the ring; those beyond the number asked for are
// absent.
type RingNodes [12]RingNode

// View shows those that are there.
func (n RingNodes) View() any { return present(n[:]) }

// RingNode is what a node is doing.
type RingNode uint8

const (
	RingAbsent RingNode = iota
	RingIdle
	RingWaiting // has work that needs the token
	RingWorking
)

func (n RingNode) String() string { return word([]string{"absent", "idle", "waiting", "working"}, n) }

// TokenRingAction is a step of one node.
type TokenRingAction struct {
	Name TokenRingName
	Node uint8
}

// TokenRingName is the name of an action.
type TokenRingName uint8

const (
	RingAsk TokenRingName = iota
	RingBegin
	RingEnd
	RingPass
)

var tokenRingNames = []string{"Ask", "Begin", "End", "Pass"}

func (n TokenRingName) String() string { return word(tokenRingNames, n) }

type tokenRing struct{ nodes uint8 }

func (m *tokenRing) Init() []TokenRingState {
	var s TokenRingState
	for i := range m.nodes {
		s.Node[i] = RingIdle
	}
	return []TokenRingState{s}
}

// Next lets a node that has the token begin or pass, as it likes. A node that
// ends its work lets the token go: otherwise it could work again and again, and
// no fairness of the others would help them.
func (m *tokenRing) Next(s *TokenRingState, out *model.Steps[TokenRingState, TokenRingAction]) {
	for i := range m.nodes {
		if s.Node[i] == RingIdle {
			t := out.Add(TokenRingAction{RingAsk, i})
			t.Node[i] = RingWaiting
		}
		if s.Node[i] == RingWaiting && s.Token == i {
			t := out.Add(TokenRingAction{RingBegin, i})
			t.Node[i] = RingWorking
		}
		if s.Node[i] == RingWorking {
			t := out.Add(TokenRingAction{RingEnd, i})
			t.Node[i] = RingIdle
			t.Token = (i + 1) % m.nodes
		}
		if s.Node[i] != RingWorking && s.Token == i {
			t := out.Add(TokenRingAction{RingPass, i})
			t.Token = (i + 1) % m.nodes
		}
	}
}

// TokenRing is mutual exclusion by a token that goes round. A node that has the
// token may work once or pass it on at once, even if it waits for it: whether it
// is served is then a matter of fairness. Its chance comes again and again but
// does not stay, so that weak fairness is not enough and strong fairness is.
func TokenRing(p TokenRingParams) (properties.Spec[TokenRingState, TokenRingAction], error) {
	err := errors.Join(
		within("tokenring", "nodes", p.Nodes, 2, len(RingNodes{})),
		oneOf("tokenring", "fairness", p.Fairness, "strong", "weak"))
	if err != nil {
		return properties.Spec[TokenRingState, TokenRingAction]{}, err
	}
	m := &tokenRing{nodes: uint8(p.Nodes)}
	// That the token moves is weak fairness in any case: Pass or End is enabled
	// until it does. To begin is enabled only while the token is there.
	begin := properties.Strong[TokenRingAction]
	if p.Fairness == "weak" {
		begin = properties.Weak[TokenRingAction]
	}
	spec := properties.Spec[TokenRingState, TokenRingAction]{
		Model: m,
		Properties: []properties.Property[TokenRingState]{
			properties.Always("mutual exclusion", func(s *TokenRingState) bool { return working(s) <= 1 }).
				Says("at most one node works at a time").
				About("a node works", func(s *TokenRingState) bool { return working(s) > 0 }),
			properties.AlwaysPossible("rest", func(s *TokenRingState) bool {
				return !slices.ContainsFunc(s.Node[:m.nodes], func(n RingNode) bool { return n != RingIdle })
			}).Says("the ring can always come to rest"),
		},
		Fairness: []properties.Fairness[TokenRingAction]{
			properties.Weak("the token moves", func(a TokenRingAction) bool { return a.Name == RingPass || a.Name == RingEnd }),
		},
		About:   aboutTokenRing,
		Actions: tokenRingNames,
		// The token never stops.
		Final: func(*TokenRingState) bool { return false },
	}
	for i := range m.nodes {
		spec.Properties = append(spec.Properties, properties.LeadsTo(fmt.Sprintf("node %d is served", i),
			func(s *TokenRingState) bool { return s.Node[i] == RingWaiting },
			func(s *TokenRingState) bool { return s.Node[i] == RingWorking }).
			Says(fmt.Sprintf("whenever node %d waits it works in the end", i)))
		spec.Fairness = append(spec.Fairness, begin(fmt.Sprintf("node %d begins", i),
			func(a TokenRingAction) bool { return a == TokenRingAction{RingBegin, i} }))
	}
	return spec, nil
}

// working returns how many nodes work. Absent ones do not.
func working(s *TokenRingState) int {
	count := 0
	for _, n := range s.Node {
		if n == RingWorking {
			count++
		}
	}
	return count
}

func aboutTokenRing(a TokenRingAction) model.About {
	self := fmt.Sprintf("node %d", a.Node)
	about := model.About{Name: a.Name.String(), Actor: self}
	switch a.Name {
	case RingAsk:
		about.Kind, about.Sentence = model.Request, self+" gets work that needs the token"
	case RingBegin:
		about.Sentence = self + " has the token and begins to work"
	case RingEnd:
		about.Sentence = self + " ends its work and passes the token on"
	case RingPass:
		about.Sentence = self + " passes the token on without working"
	}
	return about
}
