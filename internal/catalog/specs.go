package catalog

import (
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

// Default is the spec that the command checks when none is named.
const Default = "latent"

// Specs returns all specs, in the order in which they are listed.
func Specs() []Entry {
	return []Entry{latentWorkers(), smallLifecycle(), twoPhase(), peterson(), philosophers(), alternatingBit(), tokenRing(), grid()}
}

// The ranges below are stated a second time: the constructors of the specs refuse
// the same values, for those who call them from Go. A test compares the two.

// lifecycle is small enough to check in a blink with two workers and two
// requests, and large enough for both of its bugs.
func smallLifecycle() Entry {
	return Of("lifecycle", "a master starts and stops workers over a network that loses messages",
		[]Param{
			number("workers", 2, 1, 4, "workers of the master"),
			number("requests", 2, 0, 255, "how often the master may be asked for a worker"),
			number("losses", 1, 0, 255, "how many messages and connections may be lost"),
			number("capacity", 1, 1, 255, "messages of a kind on the way for each worker; more are lost"),
			word("bug", []string{"none", "reconnect", "hang"},
				"reconnect: the master accepts a connection in any state; hang: it never repeats a stop"),
		},
		func(v Values) (properties.Spec[zoo.LifecycleState, zoo.LifecycleAction], error) {
			return zoo.Lifecycle(zoo.LifecycleParams{
				Workers: v.Int("workers"), Requests: v.Int("requests"), Losses: v.Int("losses"),
				Capacity: v.Int("capacity"), Bug: v.Word("bug"),
			})
		})
}

// twoPhase has a parameter only for what its published counts vary.
func twoPhase() Entry {
	return Of("twophase", "two-phase commit of Gray and Lamport: one transaction manager, many resource managers",
		[]Param{
			number("managers", 3, 1, 9, "resource managers"),
			word("bug", []string{"none", "abort"}, "abort: a manager may abort by itself after its yes vote"),
		},
		func(v Values) (properties.Spec[zoo.TwoPhaseState, zoo.TwoPhaseAction], error) {
			return zoo.TwoPhase(zoo.TwoPhaseParams{Managers: v.Int("managers"), Bug: v.Word("bug")})
		})
}

func peterson() Entry {
	return Of("peterson", "Peterson's mutual exclusion of two processes",
		nil,
		func(Values) (properties.Spec[zoo.PetersonState, zoo.PetersonAction], error) {
			return zoo.Peterson()
		})
}

func philosophers() Entry {
	return Of("philosophers", "dining philosophers, who take one fork at a time",
		[]Param{
			number("n", 3, 2, 16, "philosophers at the table"),
			word("order", []string{"same", "mixed"},
				"same: all take the left fork first; mixed: the last one the right fork"),
		},
		func(v Values) (properties.Spec[zoo.PhilosophersState, zoo.PhilosophersAction], error) {
			return zoo.Philosophers(zoo.PhilosophersParams{N: v.Int("n"), Order: v.Word("order")})
		})
}

// alternatingBit and tokenRing let the user weaken an assumption, to see the
// lasso that it rules out.
func alternatingBit() Entry {
	return Of("abp", "the alternating bit protocol over channels that lose and repeat",
		[]Param{
			number("messages", 3, 1, 200, "messages to transfer"),
			number("capacity", 2, 1, 4, "packets that a channel holds"),
			word("fairness", []string{"strong", "weak"}, "what is assumed of the channels"),
		},
		func(v Values) (properties.Spec[zoo.AlternatingBitState, zoo.AlternatingBitAction], error) {
			return zoo.AlternatingBit(zoo.AlternatingBitParams{
				Messages: v.Int("messages"), Capacity: v.Int("capacity"), Fairness: v.Word("fairness"),
			})
		})
}

func tokenRing() Entry {
	return Of("tokenring", "mutual exclusion by a token that goes round",
		[]Param{
			number("nodes", 3, 2, 12, "nodes of the ring"),
			word("fairness", []string{"strong", "weak"}, "what is assumed of a node with work when the token comes by"),
		},
		func(v Values) (properties.Spec[zoo.TokenRingState, zoo.TokenRingAction], error) {
			return zoo.TokenRing(zoo.TokenRingParams{Nodes: v.Int("nodes"), Fairness: v.Word("fairness")})
		})
}

// grid is not a protocol: its size is what its parameters multiply to.
func grid() Entry {
	return Of("grid", "counters that wrap: as many states as you like, for measuring",
		[]Param{
			number("counters", 3, 1, 8, "dimensions of the grid"),
			number("modulus", 10, 2, 255, "size in each dimension"),
		},
		func(v Values) (properties.Spec[zoo.GridState, zoo.GridAction], error) {
			return zoo.Grid(zoo.GridParams{Counters: v.Int("counters"), Modulus: v.Int("modulus")})
		})
}
