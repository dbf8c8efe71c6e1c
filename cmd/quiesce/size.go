package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A size is a flag that takes a number of bytes, such as 4GiB or 500MB.
type size int64

// units are tried in order, so that GiB is found before B. The first four are
// those that bytesText uses. A lone letter is binary, as in ulimit, Java and
// Docker.
var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40},
}

// Set takes a whole number with a unit: fractions of a byte invite surprises.
func (s *size) Set(text string) error {
	digits, unit := text, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			digits, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 {
		return fmt.Errorf("want a size such as 4GiB, 500MB or a number of bytes")
	}
	if n > math.MaxInt64/unit {
		return fmt.Errorf("more bytes than there can be")
	}
	*s = size(n * unit)
	return nil
}

func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return bytesText(int64(*s))
}

func (s *size) Type() string { return "SIZE" }

// bytesText returns n in a binary unit, with two digits or more.
func bytesText(n int64) string {
	f, unit := float64(n), "B"
	for _, u := range units[:4] {
		if f < 1024 {
			break
		}
		f, unit = f/1024, u.name
	}
	if f < 10 && unit != "B" {
		return fmt.Sprintf("%.1f %s", f, unit)
	}
	return fmt.Sprintf("%.0f %s", f, unit)
}
