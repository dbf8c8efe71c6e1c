package check

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"
)

const sumBytes = 16

// A recorder writes numbers and memory and keeps a checksum. The first error
// stays until finish returns it.
type recorder struct {
	buf *bufio.Writer
	sum *xxh3.Hasher
	err error
}

func (r *recorder) bytes(b []byte) {
	if r.err == nil {
		_, _ = r.sum.Write(b) // a hash cannot fail
		_, r.err = r.buf.Write(b)
	}
}

func (r *recorder) number(n uint64) {
	var b [wordSize]byte
	binary.LittleEndian.PutUint64(b[:], n)
	r.bytes(b[:])
}

func (r *recorder) numbers(list ...uint64) {
	for _, n := range list {
		r.number(n)
	}
}

func (r *recorder) text(s string) {
	r.number(uint64(len(s)))
	r.bytes([]byte(s))
}

func (r *recorder) words(list []uint32) {
	var b [4]byte
	for _, n := range list {
		binary.LittleEndian.PutUint32(b[:], n)
		r.bytes(b[:])
	}
}

// finish adds the checksum.
func (r *recorder) finish() error {
	sum := r.sum.Sum128().Bytes()
	if r.err == nil {
		_, r.err = r.buf.Write(sum[:])
	}
	if r.err == nil {
		r.err = r.buf.Flush()
	}
	return r.err
}

// A player reads what a recorder wrote. After the first error it gives zeros.
type player struct {
	buf *bufio.Reader
	err error
}

func (p *player) read(b []byte) {
	if p.err == nil {
		_, p.err = io.ReadFull(p.buf, b)
	}
	if p.err != nil {
		clear(b)
	}
}

func (p *player) number() uint64 {
	var b [wordSize]byte
	p.read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

const maxHead = 1 << 20 // bytes of a head; anything longer is not one

func (p *player) text() string {
	n := p.number()
	if n > maxHead {
		p.err = fmt.Errorf("a head of %d bytes", n)
		return ""
	}
	b := make([]byte, n)
	p.read(b)
	return string(b)
}

func (p *player) words(into []uint32, n uint64) []uint32 {
	var b [4]byte
	for i := uint64(0); i < n && p.err == nil; i++ {
		p.read(b[:])
		into = append(into, binary.LittleEndian.Uint32(b[:]))
	}
	return into
}
