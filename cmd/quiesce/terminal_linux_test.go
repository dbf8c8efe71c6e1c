package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns a pseudo-terminal of the given width: what the command
// writes to, and what arrives on the other side once that is closed.
func terminal(t *testing.T, width uint16) (tty *os.File, arrived func() string) {
	t.Helper()
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pty.Close() })
	fd := int(pty.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan string)
	go func() {
		var b bytes.Buffer
		io.Copy(&b, pty) // ends with an error when the other side is closed
		received <- b.String()
	}()
	return tty, func() string {
		tty.Close()
		return strings.ReplaceAll(<-received, "\r\n", "\n")
	}
}

func TestColourOnATerminal(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    map[string]string
		colour bool
	}{
		{"terminal", nil, true},
		{"NO_COLOR", map[string]string{"NO_COLOR": "1"}, false},
		{"NO_COLOR empty", map[string]string{"NO_COLOR": ""}, true},
		{"dumb", map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv("NO_COLOR", "")
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			tty, arrived := terminal(t, 80)
			code := run([]string{"check", "philosophers", "-p", "n=2"}, tty, io.Discard)
			text := arrived()
			if code != exitViolated || strings.Contains(text, "\x1b[1;31mviolated\x1b[0m") != c.colour || strings.Contains(text, "\x1b[") != c.colour {
				t.Errorf("exit code %d, output %q", code, text)
			}
		})
	}
}

func TestWidthOfATerminal(t *testing.T) {
	for _, c := range []struct {
		columns uint16
		width   int
	}{{80, 80}, {100, 100}, {20, leastWidth}, {500, mostWidth}, {0, usualWidth}} {
		tty, arrived := terminal(t, c.columns)
		if s := newScreen(tty); !s.terminal || s.width != c.width {
			t.Errorf("a terminal of %d columns is a screen %d wide", c.columns, s.width)
		}
		arrived()
	}
}

func TestLiveProgressIsForTerminals(t *testing.T) {
	tty, arrived := terminal(t, 80)
	defer arrived()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		out        io.Writer
		mode       string
		tell, live bool
	}{
		{tty, "auto", true, true},
		{tty, "plain", true, false},
		{tty, "none", false, false},
		{file, "auto", true, false},
		{file, "none", false, false},
	} {
		if p := newProgress(c.out, c.mode, time.Now); p.tell != c.tell || p.live != c.live {
			t.Errorf("%T, %s: tells %v, live %v", c.out, c.mode, p.tell, p.live)
		}
	}
}
