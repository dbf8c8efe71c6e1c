package contract

import (
	"fmt"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// A Known is something that Buildbot does wrong whatever the user's code does.
type Known struct {
	Name string
	Is   string // where it is described; empty if nowhere
}

// Names of what is known, and where it is described. What is not known gets
// its text as a name.
const (
	knownRefusal   = "a worker that comes back while it is being stopped, or after its connection was lost, is refused"
	knownStop      = "after a refused connection a stop never ends"
	knownTwoStarts = "two starts without a stop between them"
	knownLateStart = "an instance is started after the worker was shut down"
	knownOverlap   = "calls overlap"
	knownNoStop    = "an instance is never stopped"
	knownLoop      = "stopService never returns to the reactor"
	knownOther     = "a stop never ends"
)

var described = map[string]string{
	knownRefusal: "B01 of docs/museum.md, issue 8400", knownStop: "F02 of docs/findings.md", knownTwoStarts: "F26 of docs/findings.md",
	knownLateStart: "F27 of docs/findings.md", knownLoop: "F28 of docs/findings.md",
}

// known keeps the first of each that is met in a schedule.
func (j *judge) known(name, format string, args ...any) {
	for _, f := range j.out.foreign {
		if f.claim == name {
			return
		}
	}
	j.out.foreign = append(j.out.foreign, breach{name, j.at, fmt.Sprintf(format, args...)})
}

// turnedAway tells a refusal that the user's code has brought about, by a
// stop_instance that returned too early, from those of Buildbot.
func (j *judge) turnedAway(h *buildbot.Happening) {
	j.refused = true
	i := j.of(h.Instance)
	if i.kept || i.reported || i.late >= 0 {
		return
	}
	j.known(knownRefusal, "The worker of instance %d connects and is refused.", h.Instance)
}

// logged judges an error in the log that no call has come back with.
func (j *judge) logged(h *buildbot.Happening) {
	switch {
	case h.At != "":
		j.breach(raises, "%s is raised where nobody waits for it, at %s.", h.Text, h.At)
	case j.refusing:
		// The refusal itself is told.
	default:
		j.known(h.Text, "Buildbot logs %s.", h.Text)
	}
}

// pending judges stops that do not end although every call has come back.
func (j *judge) pending(o *buildbot.Observation) {
	for _, name := range []string{"stop_service", "shutdown"} {
		if o.Calls[name] != "pending" {
			continue
		}
		if j.refused {
			j.known(knownStop, "The stop never ends although every call has come back: a connection was refused before.")
		} else {
			j.known(knownOther, "The stop never ends although every call has come back; the worker is %s.", o.State)
		}
	}
}
