// Package rng is the project's only source of randomness. It works with
// integers alone, and its output for a given seed is frozen by golden tests:
// a run named by a seed is the same on every machine, for ever.
package rng

import "math/bits"

// A Source is a stream of random bits: xoshiro256** (Blackman, Vigna,
// "Scrambled linear pseudorandom number generators", ACM TOMS 2021). The zero
// Source is not usable; make one with New.
type Source struct{ s [4]uint64 }

// New returns the source of run number run of the given seed. Different
// (seed, run) give independent streams: both go through SplitMix64 (Steele,
// Lea, Flood, OOPSLA 2014), as the authors of xoshiro recommend.
func New(seed, run uint64) Source {
	var r Source
	r.Seed(seed, run)
	return r
}

// Seed makes r the source that New(seed, run) returns.
func (r *Source) Seed(seed, run uint64) {
	x := mix(seed) ^ mix(run+golden)*odd
	for i := range r.s {
		x += golden
		r.s[i] = mix(x)
	}
}

const (
	golden = 0x9e3779b97f4a7c15
	odd    = 0xd1342543de82ef95
)

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns 64 random bits.
func (r *Source) Uint64() uint64 {
	s := &r.s
	out := bits.RotateLeft64(s[1]*5, 7) * 9
	t := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= t
	s[3] = bits.RotateLeft64(s[3], 45)
	return out
}

// Below returns a number in [0, n), each equally likely. It panics if n is 0.
// The method is Lemire's ("Fast random integer generation in an interval",
// TOMACS 2019): a multiplication, and a rejection that is rarely needed.
func (r *Source) Below(n uint64) uint64 {
	if n == 0 {
		panic("rng: Below(0)")
	}
	hi, lo := bits.Mul64(r.Uint64(), n)
	if lo < n {
		for least := -n % n; lo < least; {
			hi, lo = bits.Mul64(r.Uint64(), n)
		}
	}
	return hi
}

// Chance returns true num times out of den. It panics if den is 0.
func (r *Source) Chance(num, den uint64) bool { return r.Below(den) < num }
