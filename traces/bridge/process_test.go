package bridge

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(Command{Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func caused(t *testing.T, err error, cause Cause, says string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || f.Cause != cause || !strings.Contains(f.Error(), says) {
		t.Errorf("error %v, want %s: …%s…", err, cause, says)
	}
}

func TestConversation(t *testing.T) {
	p := start(t, `while read line; do echo "got $line"; done`)
	for i := range 100 {
		if err := p.Send(t.Context(), []byte(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
		line, err := p.Receive(t.Context())
		if err != nil || string(line) != "got "+strconv.Itoa(i) {
			t.Fatalf("%q, %v", line, err)
		}
	}
}

func TestLongLine(t *testing.T) {
	p := start(t, `head -c 3000000 /dev/zero | tr '\0' x; echo`)
	line, err := p.Receive(t.Context())
	if err != nil || len(line) != 3_000_000 {
		t.Errorf("%d bytes, %v", len(line), err)
	}
}

func TestEndlessLine(t *testing.T) {
	p := start(t, `tr '\0' x </dev/zero`)
	_, err := p.Receive(t.Context())
	caused(t, err, BadAnswer, "a line of more than")
}

func TestDied(t *testing.T) {
	p := start(t, `echo oh no >&2; exit 7`)
	_, err := p.Receive(t.Context())
	caused(t, err, Died, "exit status 7")
	caused(t, err, Died, "oh no")
	p = start(t, `exec <&-; kill -9 $$`)
	_, err = p.Receive(t.Context())
	caused(t, err, Died, "killed")
}

func TestNoProgram(t *testing.T) {
	_, err := Start(Command{Path: "/nowhere/at/all"})
	caused(t, err, NoProgram, "no such file")
}

func TestHungIsKilledWithItsChildren(t *testing.T) {
	p := start(t, `sleep 1000 & echo $!; wait`)
	line, err := p.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(string(line))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = p.Receive(ctx)
	caused(t, err, Hung, "no answer in time")
	for range 100 {
		if !alive(child) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the child %d of the killed process still runs", child)
}

// alive is false for a process that has ended and waits to be reaped.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	return !strings.Contains(string(stat), ") Z ")
}

func TestCancelled(t *testing.T) {
	p := start(t, `sleep 1000`)
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := p.Receive(ctx); !errors.Is(err, reason) {
		t.Errorf("error %v, want %v", err, reason)
	}
	if err := start(t, `sleep 1000`).Send(ctx, []byte("x")); !errors.Is(err, reason) {
		t.Errorf("error %v, want %v", err, reason)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var kept tail
	for i := range 3000 {
		if _, err := kept.Write([]byte(strconv.Itoa(i) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if text := kept.String(); len(text) > keptBytes || !strings.HasSuffix(text, "2999") || strings.Contains(text, "\n1000\n") {
		t.Errorf("kept %d bytes that end in %q", len(text), text[len(text)-20:])
	}
}

func TestShareKeepsTheOrder(t *testing.T) {
	for workers := 1; workers <= 4; workers++ {
		got, err := Share(t.Context(), make([]int, workers), 50, func(_ context.Context, _, job int) (int, error) { return job * job, nil })
		if err != nil || len(got) != 50 {
			t.Fatal(got, err)
		}
		for i, v := range got {
			if v != i*i {
				t.Errorf("%d workers: result %d is %d", workers, i, v)
			}
		}
	}
}

func TestShareStopsAtTheFirstError(t *testing.T) {
	bad := errors.New("bad")
	begun := make([]bool, 1000)
	_, err := Share(t.Context(), make([]int, 2), len(begun), func(ctx context.Context, _, job int) (int, error) {
		begun[job] = true
		if job == 3 {
			return 0, bad
		}
		return 0, context.Cause(ctx)
	})
	if err != bad || begun[999] {
		t.Errorf("error %v, last job begun %t", err, begun[999])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Share(ctx, make([]int, 2), 100, func(context.Context, int, int) (int, error) { return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled from the beginning: %v", err)
	}
}

func TestCausesHaveNames(t *testing.T) {
	for c := NoProgram; c <= BadRequest; c++ {
		if c.String() == "" || strings.HasPrefix(c.String(), "Cause(") {
			t.Errorf("cause %d has no name", c)
		}
	}
	if Cause(200).String() != "Cause(200)" {
		t.Error(Cause(200))
	}
}
