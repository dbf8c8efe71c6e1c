package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/quiesce/quiesce/model/check"
)

// A progress tells how far a search is: one line that is rewritten on a
// terminal, a line now and then elsewhere, nothing for short work.
type progress struct {
	out  screen
	now  func() time.Time
	tell bool // anything at all
	live bool // rewrite one line

	began, said time.Time
	shown       bool

	// The first update: a resumed search begins with states that it did not
	// find, and so does not count from its beginning.
	from      time.Time
	fromCount uint64
}

// Work shorter than quiet passes without a word. A line that is rewritten may
// change as often as an eye can follow; lines that stay must not fill a log.
const (
	quiet      = time.Second
	liveEvery  = 200 * time.Millisecond
	plainEvery = 3 * time.Second
)

// newProgress returns what --progress asks for: auto, plain or none.
func newProgress(w io.Writer, mode string, now func() time.Time) *progress {
	p := &progress{out: newScreen(w), now: now, tell: mode != "none", began: now()}
	p.live = mode == "auto" && p.out.terminal
	p.said = p.began
	return p
}

// update is check.Options.Progress: called often, it must cost little.
func (p *progress) update(at check.Progress) {
	now := p.now()
	if p.from.IsZero() {
		p.from, p.fromCount = now, at.Distinct
	}
	p.say(now, func() string { return p.line(at) })
}

// say shows a line if it is time for one.
func (p *progress) say(now time.Time, text func() string) {
	every := plainEvery
	if p.live {
		every = liveEvery
	}
	if !p.tell || now.Sub(p.began) < quiet || now.Sub(p.said) < every {
		return
	}
	p.said, p.shown = now, true
	line := text()
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K%s", clip(line, p.out.width-1))
		return
	}
	fmt.Fprintf(p.out, "%s  %s\n", line, clock(now.Sub(p.began)))
}

// line says how far the search is. States and queue matter while it grows; after
// that only the phase changes.
func (p *progress) line(at check.Progress) string {
	parts := []string{at.Phase, grouped(at.Distinct) + " states"}
	if at.Phase == "searching" {
		parts = append(parts, p.rate(at.Distinct))
	}
	parts = append(parts, fmt.Sprintf("depth %d", at.Depth))
	if at.Queue > 0 {
		parts = append(parts, "queue "+grouped(at.Queue))
	}
	return strings.Join(append(parts, bytesText(at.Bytes)), "  ")
}

// clear takes back a line that was to be rewritten.
func (p *progress) clear() {
	if p.shown && p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// done ends the line. If anything was said it also says what the whole took:
// time is no part of a report, which is the same on every machine.
func (p *progress) done(distinct uint64, bytes int64) {
	if !p.shown {
		return
	}
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	took := p.now().Sub(p.began)
	fmt.Fprintf(p.out, "%s states in %s, %s, %s\n", grouped(distinct), clock(took), p.rate(distinct), bytesText(bytes))
}

// rate returns states a second since the first update: over a part of a second
// it would tell more about the machine's other work than about the search.
func (p *progress) rate(distinct uint64) string {
	seconds := p.now().Sub(p.from).Seconds()
	if seconds <= 0 || distinct < p.fromCount {
		return "0/s"
	}
	return grouped(uint64(float64(distinct-p.fromCount)/seconds)) + "/s"
}

// clock returns d as people say it: 4.2 s, 3m20s, 2h03m.
func clock(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// clip returns at most width runes of line.
func clip(line string, width int) string {
	if runes := []rune(line); len(runes) > width {
		return string(runes[:width])
	}
	return line
}
