// Package fixed has bounded collections that are plain data, for the states of
// models: a [Set], a [Queue] and a [Map].
//
// Every collection is canonical: two of them with the same content are ==,
// because what is not in use is zero and what has no order of its own is kept
// sorted. The zero value is empty. No operation allocates, and none that would
// not fit pretends to have happened: it reports false and changes nothing.
//
// Capacities are part of the type, as lengths of arrays:
//
//	type Inbox = fixed.Queue[Message, [4]Message]
//
// Elements should consist of bytes (uint8, bool, and structs and arrays of
// them). The length is kept in one byte, so that wider elements would need
// padding, which model.Plain rejects.
//
// A map whose keys are few and known needs nothing from here: it is an array
// indexed by its key.
package fixed

// Slots is the memory of a bounded collection: an array of T, whose length is
// the capacity. Go cannot say "an array of any length", hence the list.
type Slots[T any] interface {
	~[1]T | ~[2]T | ~[3]T | ~[4]T | ~[5]T | ~[6]T | ~[7]T | ~[8]T |
		~[10]T | ~[12]T | ~[16]T | ~[24]T | ~[32]T | ~[64]T
}
