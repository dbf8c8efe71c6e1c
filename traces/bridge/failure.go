package bridge

import (
	"fmt"
	"strings"
)

// A Cause says why a system could not be driven. What the system itself does
// wrong is never a Failure: it is observed.
type Cause uint8

const (
	NoProgram    Cause = iota // the program that drives the system cannot be started
	NoPackage                 // the program runs, but a package it needs is missing
	WrongVersion              // something is there in a version the bridge does not know
	BadTree                   // the tree to be driven is not one
	BadWorker                 // the code to be run on it cannot be
	NotBooted                 // the system did not come up
	Died                      // the process ended in the middle of its work
	Hung                      // the process did not answer in time and was killed
	BadAnswer                 // the process answered what no version of the protocol allows
	BadRequest                // the process refused what it was asked
)

var causeNames = [...]string{"no program", "no package", "wrong version", "bad tree", "bad worker", "not booted", "died", "hung",
	"bad answer", "bad request"}

func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// A Failure is the error of everything that drives a system.
type Failure struct {
	Cause  Cause
	What   string // one line: what happened
	Advice string // one line: what to do about it; empty if nobody knows
	Output string // the last the process wrote to its standard error
}

func (f *Failure) Error() string {
	out := f.Cause.String() + ": " + f.What
	if f.Advice != "" {
		out += "\n" + f.Advice
	}
	if f.Output != "" {
		out += "\nits last words:\n  " + strings.ReplaceAll(f.Output, "\n", "\n  ")
	}
	return out
}
