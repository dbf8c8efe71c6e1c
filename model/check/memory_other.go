//go:build !unix

package check

import "fmt"

// maxHeapRange keeps a reservation on systems without a way to reserve
// addresses small enough to be real memory.
const maxHeapRange = 1 << 30

func reserve(n int) ([]byte, error) {
	if n > maxHeapRange {
		return nil, fmt.Errorf("reserving %d bytes: at most %d are supported on this system", n, maxHeapRange)
	}
	return make([]byte, n), nil
}

func release([]byte) {}
