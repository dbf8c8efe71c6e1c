package main

import "testing"

func TestThreeQuarters(t *testing.T) {
	const info = "MemFree: 17 kB\nMemTotal:       8 kB\nBuffers: 1 kB\n"
	for _, c := range []struct {
		info, group string
		want        int64
	}{
		{info, "max\n", 6144},
		{info, "", 6144},
		{info, "4096\n", 3072},
		{info, "1000000\n", 6144},
		{"", "4096", 3072},
		{"", "", 0},
		{"MemTotal: many kB\n", "max", 0},
	} {
		if got := threeQuarters(c.info, c.group); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.info, c.group, got, c.want)
		}
	}
}
