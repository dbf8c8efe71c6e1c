package check

import (
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// A store is the exact visited set, the queue and the memory of a search in
// one: each value is appended once to an arena, in the order of discovery, and
// an open-addressing table finds it again.
//
// The arena is one range of addresses reserved up front, so that a value never
// moves and is found by a multiplication. The number of a value in it is its
// id. A slot of the table holds the upper half of the value's hash and id+1;
// 0 is an empty slot. The home of a value is given by the top bits of that
// upper half, so a table can grow without looking at the arena.
//
// Any number of goroutines may add at the same time, each with its own cursor;
// growing needs them to pause.
type store[K comparable] struct {
	arena []byte
	base  unsafe.Pointer
	size  uintptr // bytes of a value
	max   uint32  // ids below this fit the arena
	next  atomic.Uint32

	table []byte
	slots []uint64
	shift uint
	room  atomic.Int64 // values that may still be added before the table must grow
	alone bool         // only one goroutine adds
}

// A cursor hands out ids to one goroutine, in blocks, so that goroutines do
// not share a counter. What is left of a block when a search ends is a hole.
type cursor struct{ next, end uint32 }

const (
	blockIDs    = 1024
	leastSlots  = 1 << 12
	arenaBytes  = 1 << 40 // addresses, not memory
	maxID       = 1<<32 - 2*blockIDs
	loadNum     = 3 // the table grows when it is more than
	loadDen     = 4 // loadNum/loadDen full
	noID        = ^uint32(0)
	wordSize    = 8
	hashMul     = 0x9e3779b97f4a7c15
	hashSeed    = 0xd1342543de82ef95
	hashFinally = 0x8bb84b93962eacc9
)

func newStore[K comparable](alone bool) (*store[K], error) {
	st := &store[K]{size: max(1, unsafe.Sizeof(*new(K))), alone: alone}
	want := min(arenaBytes, uintptr(maxID)*st.size)
	for {
		var err error
		if st.arena, err = reserve(int(want)); err == nil {
			break
		}
		// A system with little address space gets a smaller arena; a search
		// that fills it ends inconclusive.
		if want /= 2; want < 1<<20 {
			return nil, err
		}
	}
	st.base = unsafe.Pointer(unsafe.SliceData(st.arena))
	st.max = uint32(min(maxID, uintptr(len(st.arena))/st.size))
	if err := st.grow(leastSlots); err != nil {
		release(st.arena)
		return nil, err
	}
	return st, nil
}

func (st *store[K]) close() {
	release(st.arena)
	release(st.table)
	*st = store[K]{}
}

// at returns the value with that id. It is never changed after it was added.
func (st *store[K]) at(id uint32) *K {
	return (*K)(unsafe.Add(st.base, uintptr(id)*st.size))
}

// fetch looks each hash up as far as the table alone can tell: found receives
// the slot value whose hash agrees, or 0. It also touches the values so found,
// as they will be compared. Each loop has little else to do, so the processor
// waits for many places of memory at once; that wait is most of the cost of a
// search. The result depends on all that was touched, so that the compiler
// cannot leave it out.
func (st *store[K]) fetch(hashes, found []uint64) (sink uint64) {
	slots, shift, mask := st.slots, st.shift, uint64(len(st.slots)-1)
	found = found[:len(hashes)]
	for _, h := range hashes {
		sink += atomic.LoadUint64(&slots[h>>shift])
	}
	for i, h := range hashes {
		at := h >> shift
		v := atomic.LoadUint64(&slots[at])
		for v != 0 && v>>32 != h>>32 {
			at = (at + 1) & mask
			v = atomic.LoadUint64(&slots[at])
		}
		found[i] = v
		if v != 0 {
			sink += uint64(*(*byte)(unsafe.Pointer(st.at(uint32(v) - 1))))
		}
	}
	return sink
}

// holds reports whether the slot value v is that of *k. Once a slot is taken it
// keeps its value, so the answer stays true.
func (st *store[K]) holds(v uint64, k *K) bool {
	return v != 0 && *st.at(uint32(v) - 1) == *k
}

// find returns the id of *k, or noID.
func (st *store[K]) find(hash uint64, k *K) uint32 {
	mask := uint64(len(st.slots) - 1)
	for i := hash >> st.shift; ; i = (i + 1) & mask {
		v := atomic.LoadUint64(&st.slots[i])
		if v == 0 {
			return noID
		}
		if v>>32 == hash>>32 && same(unsafe.Pointer(st.at(uint32(v)-1)), unsafe.Pointer(k), st.size) {
			return uint32(v) - 1
		}
	}
}

// add returns the id of *k and whether it is new. The caller has made room.
// If the arena is full it returns noID.
func (st *store[K]) add(hash uint64, k *K, c *cursor) (id uint32, isNew bool) {
	mask := uint64(len(st.slots) - 1)
	written := false
	for i := hash >> st.shift; ; {
		v := atomic.LoadUint64(&st.slots[i])
		if v == 0 {
			if !written {
				if c.next == c.end && !st.block(c) {
					return noID, false
				}
				*st.at(c.next) = *k
				written = true
			}
			// If another goroutine takes the slot first, the next round looks
			// at what it put there: it may be the same value.
			if st.take(i, hash>>32<<32|uint64(c.next)+1) {
				c.next++
				return c.next - 1, true
			}
			continue
		}
		if v>>32 == hash>>32 && same(unsafe.Pointer(st.at(uint32(v)-1)), unsafe.Pointer(k), st.size) {
			return uint32(v) - 1, false
		}
		i = (i + 1) & mask
	}
}

// take puts v into slot i unless another goroutine was first.
func (st *store[K]) take(i, v uint64) bool {
	if st.alone {
		st.slots[i] = v
		return true
	}
	return atomic.CompareAndSwapUint64(&st.slots[i], 0, v)
}

func (st *store[K]) block(c *cursor) bool {
	end := st.next.Add(blockIDs)
	if end > st.max || end < blockIDs {
		st.next.Add(^uint32(blockIDs - 1))
		return false
	}
	c.next, c.end = end-blockIDs, end
	return true
}

// makeRoom reports whether n more values may be added, and sets them aside.
func (st *store[K]) makeRoom(n int) bool {
	if st.room.Add(-int64(n)) >= 0 {
		return true
	}
	st.room.Add(int64(n))
	return false
}

// giveBack returns room that was set aside and not used.
func (st *store[K]) giveBack(n int) { st.room.Add(int64(n)) }

// grow moves to a table of n slots, a power of two. No other goroutine may use
// the store meanwhile.
func (st *store[K]) grow(n int) error {
	table, err := reserve(n * wordSize)
	if err != nil {
		return fmt.Errorf("growing the table: %w", err)
	}
	slots := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(table))), n)
	shift := uint(64 - bits.TrailingZeros(uint(n)))
	mask := uint64(n - 1)
	used := int64(0)
	for _, v := range st.slots {
		if v == 0 {
			continue
		}
		used++
		i := v >> 32 << 32 >> shift
		for slots[i] != 0 {
			i = (i + 1) & mask
		}
		slots[i] = v
	}
	release(st.table)
	st.table, st.slots, st.shift = table, slots, shift
	st.room.Store(int64(n)/loadDen*loadNum - used)
	return nil
}

// link enters a value that is in the arena and not in the table. There is room.
func (st *store[K]) link(id uint32, hash uint64) {
	mask := uint64(len(st.slots) - 1)
	i := hash >> st.shift
	for st.slots[i] != 0 {
		i = (i + 1) & mask
	}
	st.slots[i] = hash>>32<<32 | uint64(id) + 1
}

// tableBytes is the size of the table of a search that visited n values.
func tableBytes(n uint64) int64 {
	slots := uint64(leastSlots)
	for slots/loadDen*loadNum < n {
		slots *= 2
	}
	return int64(slots * wordSize)
}

// hashOf mixes the memory of *k: two words at a time through a 128-bit
// product, as wyhash does (Wang Yi, "Modern non-cryptographic hash function").
// It is the same in every process on little-endian machines, and never 0.
func hashOf[K comparable](k *K) uint64 {
	p, n := unsafe.Pointer(k), unsafe.Sizeof(*k)
	h := uint64(hashSeed) ^ uint64(n)
	for ; n > 2*wordSize; n -= 2 * wordSize {
		h = fold(word(p, 0)^hashMul, word(p, wordSize)^h)
		p = unsafe.Add(p, 2*wordSize)
	}
	var a, b uint64
	switch {
	case n >= wordSize:
		a, b = word(p, 0), word(p, n-wordSize)
	case n >= 4:
		a, b = uint64(*(*uint32)(p)), uint64(*(*uint32)(unsafe.Add(p, n-4)))
	default:
		for i := range n {
			a = a<<8 | uint64(*(*byte)(unsafe.Add(p, i)))
		}
	}
	return fold(a^hashFinally, b^h) | 1
}

// hashSmall is hashOf for values that are mostly a few bytes: short enough to
// be inlined. Its upper bits are good.
func hashSmall[K comparable](k *K) uint64 {
	switch p := unsafe.Pointer(k); unsafe.Sizeof(*k) {
	case 1:
		return uint64(*(*uint8)(p)) * hashMul
	case 2:
		return uint64(*(*uint16)(p)) * hashMul
	case 4:
		return uint64(*(*uint32)(p)) * hashMul
	case 8:
		return word(p, 0) * hashMul
	}
	return hashOf(k)
}

func word(p unsafe.Pointer, off uintptr) uint64 { return *(*uint64)(unsafe.Add(p, off)) }

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// same compares n bytes of memory. States are plain, so this is ==; unlike the
// compiler's == for structs of arrays it is not one call per field.
func same(p, q unsafe.Pointer, n uintptr) bool {
	if n < wordSize {
		for i := range n {
			if *(*byte)(unsafe.Add(p, i)) != *(*byte)(unsafe.Add(q, i)) {
				return false
			}
		}
		return true
	}
	for i := uintptr(0); i+wordSize < n; i += wordSize {
		if word(p, i) != word(q, i) {
			return false
		}
	}
	return word(p, n-wordSize) == word(q, n-wordSize)
}

func bytesOf[K comparable](k *K) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(k)), unsafe.Sizeof(*k))
}

func sameState[S comparable](a, b *S) bool {
	return same(unsafe.Pointer(a), unsafe.Pointer(b), unsafe.Sizeof(*a))
}

// viewAs returns memory as a slice of words of type T.
func viewAs[T ~uint64](memory []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/wordSize)
}
