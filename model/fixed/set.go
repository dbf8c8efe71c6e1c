package fixed

import (
	"iter"
	"math/bits"
	"slices"
)

// Word is the memory of a Set: one bit for each possible element.
type Word interface {
	uint8 | uint16 | uint32 | uint64
}

// A Set is a set of elements numbered from 0 to the width of W less one: a
// Set[Worker, uint16] holds workers 0 to 15 in two bytes.
type Set[E ~uint8, W Word] struct{ bits W }

// Fits reports whether e can be an element.
func (s Set[E, W]) Fits(e E) bool { return W(1)<<e != 0 }

// Has reports whether e is in s.
func (s Set[E, W]) Has(e E) bool { return s.bits>>e&1 != 0 }

// Add puts e into s. It reports false, and leaves s alone, if e does not fit.
func (s *Set[E, W]) Add(e E) bool {
	s.bits |= W(1) << e
	return s.Fits(e)
}

// Remove takes e out of s and reports whether it was there.
func (s *Set[E, W]) Remove(e E) bool {
	had := s.Has(e)
	s.bits &^= W(1) << e
	return had
}

// Len returns the number of elements.
func (s Set[E, W]) Len() int { return bits.OnesCount64(uint64(s.bits)) }

// All yields the elements in ascending order.
func (s Set[E, W]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		for rest := uint64(s.bits); rest != 0; rest &= rest - 1 {
			if !yield(E(bits.TrailingZeros64(rest))) {
				return
			}
		}
	}
}

// View shows s as the set of its elements.
func (s Set[E, W]) View() any { return slices.Collect(s.All()) }
