package check

import "github.com/zeebo/xxh3"

// visited is the set of states of a search: the states themselves or, with
// compaction, their fingerprints.
type visited[S comparable] struct {
	exact  *store[S]
	prints *store[xxh3.Uint128] // instead of exact
}

func newVisited[S comparable](compact, alone bool) (v visited[S], err error) {
	if compact {
		v.prints, err = newStore[xxh3.Uint128](alone)
	} else {
		v.exact, err = newStore[S](alone)
	}
	return v, err
}

// hash returns what the table finds *s by.
func (v *visited[S]) hash(s *S) uint64 {
	if v.exact != nil {
		return hashOf(s)
	}
	print := fingerprint(s)
	return hashOf(&print)
}

func fingerprint[S comparable](s *S) xxh3.Uint128 { return xxh3.Hash128(bytesOf(s)) }

// add returns the id of *s and whether it is new; found is what fetch found
// for its hash, or 0. It panics with errFull.
func (v *visited[S]) add(hash, found uint64, s *S, c *cursor) (uint32, bool) {
	var id uint32
	var isNew bool
	if v.exact != nil {
		if v.exact.holds(found, s) { // most lookups end here
			return uint32(found) - 1, false
		}
		id, isNew = v.exact.add(hash, s, c)
	} else {
		print := fingerprint(s)
		id, isNew = v.prints.add(hash, &print, c)
	}
	if id == noID {
		panic(errFull)
	}
	return id, isNew
}

func (v *visited[S]) fetch(hashes, found []uint64) uint64 {
	if v.exact != nil {
		return v.exact.fetch(hashes, found)
	}
	return v.prints.fetch(hashes, found)
}

func (v *visited[S]) room(n int) bool {
	if v.exact != nil {
		return v.exact.makeRoom(n)
	}
	return v.prints.makeRoom(n)
}

func (v *visited[S]) giveBack(n int) {
	if v.exact != nil {
		v.exact.giveBack(n)
	} else {
		v.prints.giveBack(n)
	}
}

func (v *visited[S]) growTable() error {
	if v.exact != nil {
		return v.exact.grow(2 * len(v.exact.slots))
	}
	return v.prints.grow(2 * len(v.prints.slots))
}

func (v *visited[S]) bytesPerState() uint64 {
	if v.exact != nil {
		return uint64(v.exact.size)
	}
	return uint64(v.prints.size)
}

// ids is an upper bound of the ids in use.
func (v *visited[S]) ids() uint32 {
	if v.exact != nil {
		return v.exact.next.Load()
	}
	return v.prints.next.Load()
}

func (v *visited[S]) close() {
	if v.exact != nil {
		v.exact.close()
	}
	if v.prints != nil {
		v.prints.close()
	}
}
