package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/check"
)

// a clockwork stands still until it is told to go on.
type clockwork struct{ at time.Time }

func (c *clockwork) now() time.Time { return c.at }

func progressTo(b *bytes.Buffer, mode string, terminal bool) (*progress, *clockwork) {
	c := &clockwork{time.Unix(0, 0)}
	p := newProgress(b, mode, c.now)
	p.out.terminal = terminal
	p.live = mode == "auto" && terminal
	return p, c
}

// feed reports every 50 ms, a thousand states each time.
func feed(p *progress, c *clockwork, d time.Duration) {
	for end := c.at.Add(d); c.at.Before(end); {
		c.at = c.at.Add(50 * time.Millisecond)
		n := uint64(c.at.Sub(p.began)/time.Millisecond) * 20
		p.update(check.Progress{Phase: "searching", Distinct: n, Generated: 3 * n, Depth: 7, Queue: 12345, Bytes: 5 << 20})
	}
}

func TestProgressOfShortWorkIsSilent(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var b bytes.Buffer
		p, c := progressTo(&b, "auto", terminal)
		feed(p, c, 900*time.Millisecond)
		p.done(18000, 5<<20)
		if b.Len() > 0 {
			t.Errorf("terminal %v: %q", terminal, b.String())
		}
	}
}

func TestProgressNone(t *testing.T) {
	var b bytes.Buffer
	p, c := progressTo(&b, "none", true)
	feed(p, c, time.Minute)
	p.done(18000, 5<<20)
	if b.Len() > 0 {
		t.Errorf("%q", b.String())
	}
}

func TestProgressPiped(t *testing.T) {
	var b bytes.Buffer
	p, c := progressTo(&b, "auto", false)
	feed(p, c, 7*time.Second)
	p.done(140000, 5<<20)
	want := `searching  60,000 states  20,000/s  depth 7  queue 12,345  5.0 MiB  3.0 s
searching  120,000 states  20,000/s  depth 7  queue 12,345  5.0 MiB  6.0 s
140,000 states in 7.0 s, 20,000/s, 5.0 MiB
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestProgressPlainOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p, c := progressTo(&b, "plain", true)
	feed(p, c, 4*time.Second)
	if got := b.String(); strings.ContainsAny(got, "\r\x1b") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
}

func TestProgressOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p, c := progressTo(&b, "auto", true)
	p.out.width = 30
	feed(p, c, 2*time.Second)
	p.update(check.Progress{Phase: "deciding", Distinct: 1}) // too soon after the last to be shown
	p.done(40000, 5<<20)
	parts := strings.Split(b.String(), "\r\x1b[K")
	// From 1 s to 2 s every 200 ms, then the line is wiped.
	if len(parts) != 8 || parts[0] != "" {
		t.Fatalf("%d parts: %q", len(parts), parts)
	}
	for _, line := range parts[1:7] {
		if !strings.HasPrefix(line, "searching  ") || len(line) > 29 || strings.Contains(line, "\n") {
			t.Errorf("line is %q", line)
		}
	}
	if parts[7] != "40,000 states in 2.0 s, 20,000/s, 5.0 MiB\n" {
		t.Errorf("the end is %q", parts[7])
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234 * time.Millisecond: "1.2 s", 59 * time.Second: "59.0 s", 200 * time.Second: "3m20s", 3600 * time.Second: "1h00m", 7384 * time.Second: "2h03m",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
