package bridge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Limits of what is believed of a process: a line of an answer, and the end of
// its standard error that is kept for people.
const (
	maxLineBytes = 64 << 20
	keptBytes    = 4 << 10
)

// A Command says how to start a process that speaks in lines.
type Command struct {
	Path string
	Args []string // without the path
	Dir  string
	Env  []string // the whole environment: nothing is inherited
}

// A Process is a child that reads and writes lines. It leads its own process
// group, so that killing it takes along everything it has started. Its methods
// are for one goroutine at a time.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  *bufio.Reader
	stderr tail
	once   sync.Once
	ended  error // of Wait, valid after finish
}

// Start starts the process. The error is a *Failure.
func Start(c Command) (*Process, error) {
	p := &Process{cmd: exec.Command(c.Path, c.Args...)}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = c.Dir, c.Env, &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Whatever a child of the child keeps open must not keep Wait waiting.
	p.cmd.WaitDelay = time.Second
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, &Failure{Cause: NoProgram, What: err.Error()}
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, &Failure{Cause: NoProgram, What: err.Error()}
	}
	if err := p.cmd.Start(); err != nil {
		return nil, &Failure{Cause: NoProgram, What: err.Error()}
	}
	p.stdin, p.lines = stdin, bufio.NewReaderSize(stdout, 1<<20)
	return p, nil
}

// Send writes one line. A process that does not read it before ctx ends is
// killed. The error is a *Failure or that of ctx.
func (p *Process) Send(ctx context.Context, line []byte) error {
	stop := context.AfterFunc(ctx, p.kill)
	_, err := p.stdin.Write(append(bytes.Clone(line), '\n'))
	if !stop() {
		return p.late(ctx)
	}
	if err != nil {
		return p.died()
	}
	return nil
}

// Receive reads one line, without its end. A process that does not write one
// before ctx ends is killed. The error is a *Failure or that of ctx.
func (p *Process) Receive(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, p.kill)
	line, err := p.readLine()
	if !stop() {
		return nil, p.late(ctx)
	}
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		p.finish()
		return nil, &Failure{Cause: BadAnswer, What: fmt.Sprintf("a line of more than %d bytes", maxLineBytes),
			Output: p.stderr.String()}
	case err != nil:
		return nil, p.died()
	}
	return line, nil
}

func (p *Process) readLine() ([]byte, error) {
	var line []byte
	for {
		part, err := p.lines.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLineBytes {
			return nil, bufio.ErrTooLong
		}
		if err == nil {
			return line[:len(line)-1], nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

// Close ends the process and everything it has started, and waits for it.
func (p *Process) Close() { p.finish() }

// Output returns the end of what the process wrote to its standard error.
func (p *Process) Output() string { return p.stderr.String() }

// PID returns the process id, which is also that of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

func (p *Process) kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

func (p *Process) finish() {
	p.once.Do(func() {
		p.kill()
		p.ended = p.cmd.Wait()
	})
}

// late explains a process that was killed because ctx ended.
func (p *Process) late(ctx context.Context) error {
	p.finish()
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return &Failure{Cause: Hung, What: "no answer in time; the process was killed", Output: p.stderr.String()}
	}
	return context.Cause(ctx)
}

// died explains a process that closed its pipes. It is given a moment to end
// by itself, because only then its exit status means something.
func (p *Process) died() error {
	p.once.Do(func() {
		timer := time.AfterFunc(time.Second, p.kill)
		p.ended = p.cmd.Wait()
		timer.Stop()
		p.kill()
	})
	what := "the process ended"
	if p.ended != nil {
		what += ": " + p.ended.Error()
	}
	return &Failure{Cause: Died, What: what, Output: p.stderr.String()}
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, data...)
	if extra := len(t.kept) - keptBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(strings.TrimSpace(string(t.kept)), "?")
}
