package main

import (
	"fmt"
	"strconv"
)

// grouped returns n in groups of three digits: 2,369,355.
func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// counted returns n with its noun: 1 step, 2 steps.
func counted(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", grouped(n), noun)
}

// them stands for n things named before.
func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
