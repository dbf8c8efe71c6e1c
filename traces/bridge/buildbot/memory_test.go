package buildbot

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// residentKB is what a process holds in memory.
func residentKB(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatal("no VmRSS")
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every trace runs in a copy that ends after fifty, so that the process itself
// does not grow with the number of traces.
func TestMemoryIsFlat(t *testing.T) {
	b := open(t, Config{Unit: true}, Options{Processes: 1})
	pid := b.speaks[0].process.PID()
	traces := walks(5, 400, 10)
	run(t, b, traces...)
	before := residentKB(t, pid)
	for range 5 {
		run(t, b, traces...)
	}
	if after := residentKB(t, pid); after > before+2048 {
		t.Errorf("%d kB after 400 traces, %d kB after 2400", before, after)
	}
}
