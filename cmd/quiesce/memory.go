package main

import (
	"os"
	"strconv"
	"strings"
)

// usualBytes is the limit of a search when none is set: three quarters of
// the memory that this machine or its control group has, so that a spec that is
// too large ends inconclusive with what was covered, and not by the kernel. It
// is 0, no limit, where the system does not say.
func usualBytes() int64 {
	info, _ := os.ReadFile("/proc/meminfo") // none on other systems
	group, _ := os.ReadFile("/sys/fs/cgroup/memory.max")
	return threeQuarters(string(info), string(group))
}

// threeQuarters reads the two files of Linux: "MemTotal: 24689764 kB" among
// other lines, and a number of bytes or "max".
func threeQuarters(info, group string) int64 {
	total := int64(0)
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kB, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				total = kB * 1024
			}
		}
	}
	if limit, err := strconv.ParseInt(strings.TrimSpace(group), 10, 64); err == nil && (total == 0 || limit < total) {
		total = limit
	}
	return total / 4 * 3
}
