package check

import (
	"sync/atomic"
	"unsafe"
)

// A graph keeps the steps between stored states by id, for the questions that
// a single pass cannot answer. Steps that change nothing are left out: to
// stutter is always possible, and fairness does not look at such steps.
//
// The edges of a state are one run of words: their number, their targets, and
// two labels to a word. A label names a set of fairness bits (actions.masks).
type graph struct {
	starts  []uint64 // by id: where its run begins in words; 0: not expanded
	words   []uint32
	next    atomic.Uint64
	memory  [2][]byte
	labeled bool
}

// A pen writes runs for one goroutine, in blocks of words.
type pen struct {
	at, end uint64
	written uint64 // words of finished runs
}

const (
	blockWords = 1 << 16
	edgeBytes  = 1 << 38 // addresses, not memory
)

func newGraph(ids uint32, labeled bool) (*graph, error) {
	g := &graph{labeled: labeled}
	starts, err := reserve(int(ids) * wordSize)
	if err != nil {
		return nil, err
	}
	words, err := reserve(edgeBytes)
	if err != nil {
		release(starts)
		return nil, err
	}
	g.memory = [2][]byte{starts, words}
	g.starts = unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(starts))), ids)
	g.words = unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(words))), edgeBytes/4)
	g.next.Store(1) // 0 means that a state has no run
	return g, nil
}

func (g *graph) close() {
	if g != nil {
		release(g.memory[0])
		release(g.memory[1])
	}
}

// write stores the edges of a state. It reports false if the address range is
// used up.
func (g *graph) write(p *pen, from uint32, targets []uint32, labels []uint16) bool {
	n := uint64(len(targets))
	size := 1 + n
	if g.labeled {
		size += (n + 1) / 2
	}
	if p.end-p.at < size {
		block := max(blockWords, size)
		p.end = g.next.Add(block)
		p.at = p.end - block
		if p.end > uint64(len(g.words)) {
			return false
		}
	}
	run := g.words[p.at : p.at+size]
	run[0] = uint32(n)
	copy(run[1:], targets)
	if g.labeled {
		for i, l := range labels {
			if i%2 == 0 {
				run[1+int(n)+i/2] = uint32(l)
			} else {
				run[1+int(n)+i/2] |= uint32(l) << 16
			}
		}
	}
	g.starts[from] = p.at
	p.at += size
	p.written += size
	return true
}

// expanded reports whether the edges of the state are known.
func (g *graph) expanded(id uint32) bool { return g.starts[id] != 0 }

// edges returns the targets of a state's edges and the words of their labels.
func (g *graph) edges(id uint32) (targets, labels []uint32) {
	start := g.starts[id]
	if start == 0 {
		return nil, nil
	}
	n := uint64(g.words[start])
	targets = g.words[start+1 : start+1+n : start+1+n]
	if g.labeled {
		labels = g.words[start+1+n : start+1+n+(n+1)/2]
	}
	return targets, labels
}

// label returns the i-th label of a state whose label words are given.
func label(words []uint32, i int) uint16 {
	return uint16(words[i/2] >> (16 * (i % 2)))
}
