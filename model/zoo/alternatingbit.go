package zoo

import (
	"errors"
	"fmt"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/model/fixed"
	"github.com/quiesce/quiesce/properties"
)

// AlternatingBitParams are the parameters of [AlternatingBit].
type AlternatingBitParams struct {
	Messages int    // messages to transfer, 1 to 200
	Capacity int    // packets a channel holds, 1 to 4
	Fairness string // "strong", or "weak": what is assumed of the channels
}

// AlternatingBitState is a state of the alternating bit protocol. Messages are
// numbers: message m travels with bit m mod 2.
type AlternatingBitState struct {
	Sending   uint8 // the message being sent; all are acknowledged when there is none left
	Delivered uint8 // how many messages the receiver has passed on
	Latest    uint8 // the last message passed on
	Packets   fixed.Queue[Packet, [4]Packet]
	Acks      fixed.Queue[uint8, [4]uint8] // bits
}

// Packet is what travels to the receiver. The protocol looks at the bit alone;
// the message is what the claims are about.
type Packet struct{ Message, Bit uint8 }

// AlternatingBitAction is a step of the protocol.
type AlternatingBitAction struct {
	Name    AlternatingBitName
	Message uint8 // of Send, Receive and LosePacket
	Bit     uint8
}

// AlternatingBitName is the name of an action.
type AlternatingBitName uint8

const (
	Send AlternatingBitName = iota
	Receive
	ReceiveAck
	LosePacket
	LoseAck
)

var alternatingBitNames = []string{"Send", "Receive", "ReceiveAck", "LosePacket", "LoseAck"}

func (n AlternatingBitName) String() string { return word(alternatingBitNames, n) }

type alternatingBit struct {
	messages uint8
	capacity int
}

func (m *alternatingBit) Init() []AlternatingBitState { return []AlternatingBitState{{}} }

func (m *alternatingBit) Next(s *AlternatingBitState, out *model.Steps[AlternatingBitState, AlternatingBitAction]) {
	// Sending for the first time and again is one action: a sender that does
	// not know what arrived does the same in both cases.
	if s.Sending < m.messages && s.Packets.Len() < m.capacity {
		p := Packet{s.Sending, s.Sending % 2}
		t := out.Add(AlternatingBitAction{Send, p.Message, p.Bit})
		t.Packets.Push(p)
	}
	if p, ok := s.Packets.At(0); ok {
		t := out.Add(AlternatingBitAction{Receive, p.Message, p.Bit})
		t.Packets.Pop()
		if p.Bit == s.Delivered%2 { // otherwise it has arrived before
			t.Latest = p.Message
			t.Delivered++
		}
		if t.Acks.Len() < m.capacity { // or the acknowledgement is lost
			t.Acks.Push(p.Bit)
		}

		// Losing the first is as good as losing any: what is lost later may as
		// well be lost when its turn comes.
		t = out.Add(AlternatingBitAction{LosePacket, p.Message, p.Bit})
		t.Packets.Pop()
	}
	if bit, ok := s.Acks.At(0); ok {
		t := out.Add(AlternatingBitAction{Name: ReceiveAck, Bit: bit})
		t.Acks.Pop()
		if s.Sending < m.messages && bit == s.Sending%2 {
			t.Sending++
		}

		t = out.Add(AlternatingBitAction{Name: LoseAck, Bit: bit})
		t.Acks.Pop()
	}
}

// AlternatingBit is the alternating bit protocol (Bartlett, Scantlebury,
// Wilkinson, "A note on reliable full-duplex transmission over half-duplex
// links", CACM 1969): two channels that lose packets but keep their order, and
// a sender that repeats itself.
//
// It needs strong fairness of the channels. Between two losses a channel may be
// empty, so that a channel which loses every packet is weakly fair.
func AlternatingBit(p AlternatingBitParams) (properties.Spec[AlternatingBitState, AlternatingBitAction], error) {
	err := errors.Join(
		within("abp", "messages", p.Messages, 1, 200),
		within("abp", "capacity", p.Capacity, 1, (&fixed.Queue[Packet, [4]Packet]{}).Cap()),
		oneOf("abp", "fairness", p.Fairness, "strong", "weak"))
	if err != nil {
		return properties.Spec[AlternatingBitState, AlternatingBitAction]{}, err
	}
	m := &alternatingBit{messages: uint8(p.Messages), capacity: p.Capacity}
	done := func(s *AlternatingBitState) bool { return s.Sending == m.messages }
	named := func(name AlternatingBitName) func(AlternatingBitAction) bool {
		return func(a AlternatingBitAction) bool { return a.Name == name }
	}
	channel := properties.Strong[AlternatingBitAction]
	if p.Fairness == "weak" {
		channel = properties.Weak[AlternatingBitAction]
	}
	return properties.Spec[AlternatingBitState, AlternatingBitAction]{
		Model: m,
		Properties: []properties.Property[AlternatingBitState]{
			properties.Always("in order", func(s *AlternatingBitState) bool {
				return s.Delivered == 0 || s.Latest == s.Delivered-1
			}).Says("the receiver passes on each message once, in the order of sending").
				About("a message is passed on", func(s *AlternatingBitState) bool { return s.Delivered > 0 }),
			properties.AlwaysStep("acknowledged after delivery", func(from, to *AlternatingBitState) bool {
				return from.Sending == to.Sending || to.Delivered >= to.Sending
			}).Says("the sender goes on only when the receiver has the message"),
			properties.Eventually("all arrive", done).
				Says("in the end every message is delivered and acknowledged"),
		},
		Fairness: []properties.Fairness[AlternatingBitAction]{
			properties.Weak("sender", named(Send)),
			channel("packet channel", named(Receive)),
			channel("acknowledgement channel", named(ReceiveAck)),
		},
		About:   aboutAlternatingBit,
		Actions: alternatingBitNames,
		Final:   done,
	}, nil
}

func aboutAlternatingBit(a AlternatingBitAction) model.About {
	about := model.About{Name: a.Name.String()}
	packet := fmt.Sprintf("message %d with bit %d", a.Message, a.Bit)
	ack := fmt.Sprintf("acknowledgement of bit %d", a.Bit)
	switch a.Name {
	case Send:
		about.Actor, about.Peer, about.Kind = "sender", "receiver", model.Timer
		about.Sentence = "the sender sends " + packet
	case Receive:
		about.Actor, about.Peer, about.Kind = "receiver", "sender", model.Deliver
		about.Sentence = "the receiver receives " + packet + " and acknowledges it"
	case ReceiveAck:
		about.Actor, about.Peer, about.Kind = "sender", "receiver", model.Deliver
		about.Sentence = "the sender receives an " + ack
	case LosePacket:
		about.Actor, about.Kind = "network", model.Fault
		about.Sentence = "the network loses " + packet
	case LoseAck:
		about.Actor, about.Kind = "network", model.Fault
		about.Sentence = "the network loses an " + ack
	}
	return about
}
