//go:build unix

package check

import (
	"fmt"
	"syscall"
)

// reserve returns n bytes of zeroed memory outside the Go heap. The memory
// costs nothing until it is touched, so a store may reserve far more than it
// will use and never has to move its states. Big tables would otherwise also
// double the garbage collector's target.
func reserve(n int) ([]byte, error) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|noReserve)
	if err != nil {
		return nil, fmt.Errorf("reserving %d bytes: %w", n, err)
	}
	preferHugePages(b)
	return b, nil
}

func release(b []byte) {
	if len(b) > 0 {
		// Unmapping a range that reserve returned cannot fail.
		_ = syscall.Munmap(b)
	}
}
