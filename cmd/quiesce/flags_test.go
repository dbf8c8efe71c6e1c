package main

import (
	"math"
	"testing"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "4096": 4096, "4096B": 4096, "4GiB": 4 << 30, "4G": 4 << 30, "4 GiB": 4 << 30, "500MB": 500e6, "1kB": 1000, "1KB": 1000,
		"8388607TiB": 8388607 << 40, "9223372036854775807": math.MaxInt64,
		"0": 0, "-1": 0, "": 0, "GiB": 0, "1.5GiB": 0, "4gib": 0, "four": 0, "8388608TiB": 0, "99999999999999999999": 0, "0x10": 0,
	} {
		var s size
		err := s.Set(text)
		if (err == nil) != (want > 0) || int64(s) != want {
			t.Errorf("%q is %d bytes, error %v; want %d", text, s, err, want)
		}
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 10 << 10: "10 KiB", 1 << 20: "1.0 MiB", 1000 << 20: "1000 MiB", 1 << 30: "1.0 GiB",
		5 << 40: "5.0 TiB", 5000 << 40: "5000 TiB",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

func TestChoiceAndLimit(t *testing.T) {
	c := one("none", "text")
	if c.String() != "none" || c.Set("text") != nil || c.String() != "text" {
		t.Errorf("choice is %q", c)
	}
	if err := c.Set("texts"); err == nil || err.Error() != "want one of none, text" || c.String() != "text" {
		t.Errorf("choice is %q, error %v", c, err)
	}
	var l limit
	for text, ok := range map[string]bool{"1": true, "100000": true, "0": false, "-1": false, "": false, "1e3": false} {
		if err := l.Set(text); (err == nil) != ok {
			t.Errorf("limit %q: %v", text, err)
		}
	}
}
