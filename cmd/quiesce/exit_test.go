package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/properties"
)

func TestCodeOfOutcomes(t *testing.T) {
	for o, want := range map[properties.Outcome]int{
		properties.Holds: 0, properties.Violated: 1, properties.Inconclusive: 3, properties.Vacuous: 4,
	} {
		if got := codeOf(o); got != want {
			t.Errorf("%s: exit code %d, want %d", o, got, want)
		}
	}
}

func TestReportOfErrors(t *testing.T) {
	work := func(err error) error { return coded(func(*cobra.Command, []string) error { return err })(nil, nil) }
	for _, c := range []struct {
		name string
		err  error
		code int
		text string
	}{
		{"nothing", work(nil), 0, ""},
		{"a pass", work(quit(exitPass)), 0, ""},
		{"a verdict", work(quit(exitVacuous)), 4, ""},
		{"cobra", errors.New("unknown flag: --x"), 2, "quiesce: unknown flag: --x\n"},
		{"usage", work(usagef("no such %s", "spec")), 2, "quiesce: no such spec\n"},
		{"wrapped", fmt.Errorf("more: %w", work(usagef("no"))), 2, "quiesce: more: no\n"},
		{"options", work(&check.OptionError{Reason: "no"}), 2, "quiesce: no\n"},
		{"the model", work(&check.ContractError{Reason: "no"}), 5, "quiesce: internal error: the model broke its contract: no\n"},
		{"anything", work(errors.New("no")), 5, "quiesce: internal error: no\n"},
	} {
		var stderr bytes.Buffer
		if code := report(c.err, &stderr); code != c.code || stderr.String() != c.text {
			t.Errorf("%s: exit code %d, %q; want %d, %q", c.name, code, stderr.String(), c.code, c.text)
		}
	}
}

// A panic must not look like a usage error, whose exit code Go gives it.
func TestPanicIsAnInternalError(t *testing.T) {
	var stderr bytes.Buffer
	code := run([]string{"check", "peterson"}, panicking{}, &stderr)
	if code != exitInternal || !strings.HasPrefix(stderr.String(), "quiesce: internal error: no paper\n") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("no paper") }

func TestOutputThatFails(t *testing.T) {
	var stderr bytes.Buffer
	if code := run([]string{"check", "peterson"}, full{}, &stderr); code != exitInternal || !strings.Contains(stderr.String(), "disk full") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
