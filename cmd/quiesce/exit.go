package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/quiesce/quiesce/properties"
)

// Exit codes. Scripts rely on them; docs/command.md lists them.
const (
	exitPass         = 0
	exitViolated     = 1
	exitUsage        = 2
	exitInconclusive = 3
	exitVacuous      = 4
	exitInternal     = 5
)

// exitHelp is the part of the help that scripts are written from.
const exitHelp = `Exit codes:
  0  everything holds
  1  something is violated, or a trace diverges
  2  the command line or a file it names is wrong
  3  inconclusive: a limit or an interruption came first
  4  vacuous: what a property is about never happens
  5  internal error: the model broke its contract, or a defect of quiesce`

// A failure is an error that knows its exit code. Without a cause there is
// nothing to say: the output has said it.
type failure struct {
	code  int
	cause error
}

func (f *failure) Error() string {
	if f.cause == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.cause.Error()
}

func (f *failure) Unwrap() error { return f.cause }

// usage returns err as a fault of the command line or of a file it names.
func usage(err error) error { return &failure{exitUsage, err} }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// quit ends the command with code and without a message.
func quit(code int) error {
	if code == exitPass {
		return nil
	}
	return &failure{code, nil}
}

// codeOf returns the exit code for the worst of outcomes.
func codeOf(o properties.Outcome) int {
	switch o {
	case properties.Holds:
		return exitPass
	case properties.Violated:
		return exitViolated
	case properties.Vacuous:
		return exitVacuous
	}
	return exitInconclusive
}

// run is the whole command: its result is the exit code. A panic is a defect
// of ours; without this its exit code would be that of a usage error.
func run(args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "quiesce: internal error: %v\n\n%s", r, debug.Stack())
			code = exitInternal
		}
	}()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(root.Execute(), stderr)
}

// report prints err and returns its exit code. Errors without a code come
// from the parsing of the command line: everything else passes through coded.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitPass
	}
	code := exitUsage
	if f, ok := errors.AsType[*failure](err); ok {
		if f.cause == nil {
			return f.code
		}
		code = f.code
	}
	prefix := "quiesce: "
	if code == exitInternal {
		prefix = "quiesce: internal error: "
	}
	fmt.Fprintf(stderr, "%s%v\n", prefix, err)
	return code
}
