package lifecycle

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

const latentHead = `# The latent worker model

What is checked, how large it is, and what makes it smaller. The tables are
written by ` + "`go test ./properties/lifecycle -run Sweep -update`" + `; the museum and the
findings have files of their own.

## What a step is

One turn of the master's reactor: an event from outside (a database answer, a
message, a provider's answer, a timer, a request, a fault) and everything it
causes before control returns. Coroutines are methods that run until they wait;
what a release or a notification wakes runs inside it, in Buildbot's order. A
step that needs more than 400 calls is an endless loop. What is put off to the
next turn (closing a socket, callLater(0)) runs at the end of the same step,
since no packet can overtake it.

Timers may run out whenever they are armed. One ordering is assumed: while a
worker could still attach, its missing timer runs out only as a fault
(impatient), so that scopes without that fault rest on "the worker connects
before the missing timeout". A ping of a healthy duplicate is answered in time.

## What is not modelled

Builds that trigger builds, regular workers, msgpack and the null protocol, the
start of the master, a master that is killed, the worker's own keepalive,
compatibility of instances with builds, locks. Waits for the database that no
race is known to need are merged unless every_database_wait is on. The worker
manager keeps no stale sample of several workers.

## Mutation

` + "`make mutation`" + ` changes the model's rules in every way it knows, one at a time, and asks the claims
about each change: the score, every survivor and the judgement on it are in [mutation.md](mutation.md).
All mutants are one program, in which each is switched on by its number. A stand whose graph a
mutant leaves as it is cannot tell it from the model and is not asked; the others are asked, the smallest
first, until a verdict changes. What is found is remembered: after an interruption, or when only
judgements have changed, the command goes on where it was.
` + "`go test ./properties/lifecycle -v -run Mutation -only 'build.go prepared'`" + `
prints what becomes of the mutants whose names match. Judgements are in
properties/lifecycle/testdata/mutation.txt; survivors without one, and judgements without a survivor, fail
the run and are printed as they are to be pasted there. Every fortieth mutant is part of the tests.

`

// TestSweep decides versions by timeouts by providers by faults in a small
// scope, and how scopes grow. It writes docs/latent.md; without -update it
// decides one row of each table and looks for it there.
func TestSweep(t *testing.T) {
	if *update {
		var doc strings.Builder
		doc.WriteString(latentHead)
		sweepTable(t, &doc)
		growthTable(t, &doc)
		reductionTable(t, &doc)
		if err := os.WriteFile("../../docs/latent.md", []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile("../../docs/latent.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{sweepRow(t, latent.Buildbot370, "0", providers[0], "mute"), growthRow[[2]latent.Worker](t, 2)} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/latent.md has no row %q: run with -update", row)
		}
	}
}

// providers are ways of keeping the contract, and one of not quite keeping it.
var providers = []struct{ name, switches string }{
	{"any order", ""},
	{"attach after start", "attach_after_start=true"},
	{"start waits for attach", "start_waits_for_attach=true"},
	{"stop returns early", "stop_returns_early=true"},
}

var swept = []string{"reset", "cut", "crash", "freeze", "mute", "start_false", "start_error", "start_cannot", "stop_error",
	"survive", "silent", "impatient"}

func sweepTable(t *testing.T, doc *strings.Builder) {
	start := time.Now()
	doc.WriteString("## Sweep\n\nOne build, a request to stop the master, one fault of the kind named, one connection at a time. " +
		"States, claims violated and claims made.\n\n| version | build_wait_timeout | provider | fault | states | violated |\n|---|---|---|---|---|---|\n")
	scopes, states := 0, uint64(0)
	for _, v := range both {
		for _, wait := range []string{"-1", "0", "1"} {
			for _, p := range providers {
				for _, f := range swept {
					row := sweepRow(t, v, wait, p, f)
					doc.WriteString(row)
					scopes++
					var n uint64
					if _, err := fmt.Sscanf(strings.Split(row, " | ")[4], "%d", &n); err != nil {
						t.Fatal(err)
					}
					states += n
				}
			}
		}
	}
	fmt.Fprintf(doc, "\n%d scopes, %d states in all, %d s on two cores.\n", scopes, states, int(time.Since(start).Seconds()))
}

func sweepRow(t *testing.T, v latent.Version, wait string, p struct{ name, switches string }, fault string) string {
	c, err := Apply(Plain(v), fmt.Sprintf("builds=1 connections=1 ask_stop=1 faults=1 fault_%s=1 build_wait_timeout=%s %s", fault, wait, p.switches))
	if err != nil {
		t.Fatal(err)
	}
	rep := decide(t, c, "", 0)
	bad := 0
	for _, v := range rep.Verdicts {
		if v.Outcome == properties.Violated {
			bad++
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %d | %d of %d |\n", v, wait, p.name, fault, rep.Distinct, bad, len(rep.Verdicts))
}

func growthTable(t *testing.T, doc *strings.Builder) {
	doc.WriteString("\n## Growth with workers\n\nA build for each worker, no faults, no requests, safety claims. Symmetry sorts the workers.\n\n" +
		"| workers | states | with symmetry | factor |\n|---|---|---|---|\n")
	doc.WriteString(growthRow[[1]latent.Worker](t, 1))
	doc.WriteString(growthRow[[2]latent.Worker](t, 2))
	doc.WriteString(growthRow[[3]latent.Worker](t, 3))
}

func growthRow[C latent.Crew](t *testing.T, workers int) string {
	c := Plain(latent.Buildbot370)
	c.Workers, c.Builds, c.Conns = workers, workers, 1
	full := grow[C](t, c, false)
	sorted := full
	if workers > 1 {
		sorted = grow[C](t, c, true)
	}
	return fmt.Sprintf("| %d | %s | %s | %s |\n", workers, count(full), count(sorted), factor(full.Distinct, sorted.Distinct))
}

// count is the number of states, marked if there are more.
func count[C latent.Crew](rep *check.Report[latent.StateOf[C], latent.Action]) string {
	if rep.Complete {
		return fmt.Sprint(rep.Distinct)
	}
	return fmt.Sprintf("more than %d", rep.Distinct)
}

func factor(a, b uint64) string { return fmt.Sprintf("%d.%02d", a/b, a*100/b%100) }

func reductionTable(t *testing.T, doc *strings.Builder) {
	doc.WriteString("\n## Reductions\n\nWhat the model forgets because it can make no difference (waiting insubstantiations that will find " +
		"nothing to do, how many operations wait in vain, requests nobody will claim), and merged waits for the database.\n\n" +
		"| scope | states | exact | factor | every database wait | factor |\n|---|---|---|---|---|---|\n")
	for _, s := range []scoped{
		{Sound, "builds=2 ask_stop=1"},
		{Sound, "builds=1 faults=1 fault_mute=1 ask_stop=1"},
		{plain370, "builds=2 build_wait_timeout=-1 ask_stop=1"},
	} {
		c, err := Apply(s.base(), s.scope)
		if err != nil {
			t.Fatal(err)
		}
		brief := decide(t, c, "", 0)
		fine := c
		fine.Fine = true
		c.Exact = true
		exact, every := decide(t, c, "", 0), decide(t, fine, "", 0)
		fmt.Fprintf(doc, "| %s | %d | %d | %s | %d | %s |\n", s.scope, brief.Distinct, exact.Distinct,
			factor(exact.Distinct, brief.Distinct), every.Distinct, factor(every.Distinct, brief.Distinct))
	}
	for _, v := range both {
		rep := decide(t, latent.Preset(v), "", 0)
		fmt.Fprintf(doc, "\nThe default scope of %s has %d states, depth %d.", v, rep.Distinct, rep.Depth)
	}
	doc.WriteString("\n")
}
