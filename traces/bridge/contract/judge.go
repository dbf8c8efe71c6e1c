package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// A judge reads what happened in one schedule, in order.
type judge struct {
	out       seen
	at        int
	took      string
	instances map[int]*instance
	open      string // the call that has not come back, such as "start 1"
	started   int    // the last instance whose start_instance was called and no stop_instance since; 0 if none
	refused   bool
	refusing  bool // in this move
	shut      bool // the worker is shut down
}

type instance struct {
	alive, came         bool // came: it has been alive
	starting, connected bool // starting: an effect has come back that started it
	tried               bool // start_instance made an effect that could have started it
	stopped             bool // its stop_instance has come back
	reported            bool // with an exception
	kept                bool // it was there when its stop_instance returned
	late                int  // index of the move that began it after its start_instance was over, or -1
	troubled            bool // something that its start_instance did had not come back with success
}

// read judges a schedule that came to its end, or to the limit of its moves.
func read(o *buildbot.Observation) seen {
	j := judge{instances: make(map[int]*instance), out: seen{subjects: make(map[string]bool), rest: o.Played.Rest}}
	for i := range o.Played.Moves {
		m := &o.Played.Moves[i]
		j.at, j.took = i, m.Took
		j.refusing = slices.ContainsFunc(m.Happened, func(h buildbot.Happening) bool { return h.What == "refused" })
		for k := range m.Happened {
			j.happened(&m.Happened[k])
			if len(j.out.escapes) > 0 {
				return j.out // what the code does after that, it does because it was kept from it
			}
		}
		j.shut = j.shut || m.State == "SHUT_DOWN"
	}
	if o.Livelock != "" {
		j.breach(blocks, "The code goes round and round without time passing: %s.", o.Livelock)
	} else if o.Played.Rest {
		j.ended(o)
	}
	return j.out
}

func (j *judge) breach(claim, format string, args ...any) {
	for _, b := range j.out.breaches {
		if b.claim == claim {
			return
		}
	}
	j.out.breaches = append(j.out.breaches, breach{claim, j.at, fmt.Sprintf(format, args...)})
}

func (j *judge) of(n int) *instance {
	if j.instances[n] == nil {
		j.instances[n] = &instance{late: -1}
	}
	return j.instances[n]
}

func (j *judge) subject(claims ...string) {
	for _, c := range claims {
		j.out.subjects[c] = true
	}
}

func (j *judge) happened(h *buildbot.Happening) {
	switch h.What {
	case "called":
		j.called(h)
	case "returned":
		j.returned(h)
	case "raised":
		j.raised(h)
	case "effect":
		i := j.of(h.N)
		i.tried = i.tried || h.Role == "starts"
	case "blocking":
		j.breach(blocks, "%s blocks the master, at %s.", h.Text, place(h.At))
	case "escaped":
		j.out.escapes = append(j.out.escapes, fmt.Sprintf("%s uses %s itself, which cannot be held", place(h.At), h.Text))
	case "alive":
		i := j.of(h.Instance)
		i.alive, i.came = true, true
		if h.Late {
			i.late = j.at
		}
		if h.Late && i.stopped && !i.kept {
			j.tooLate(h.Instance)
		}
	case "ended", "died", "gave up":
		j.of(h.Instance).alive = false
	case "attached":
		j.of(h.Instance).connected = true
	case "refused":
		j.turnedAway(h)
	case "error":
		j.logged(h)
	}
}

func (j *judge) called(h *buildbot.Happening) {
	if h.Call.Call == "start" {
		j.subject(startReturns, startTells, startAlone, startEnds, raises, blocks)
		if j.started != 0 {
			j.known(knownTwoStarts, "start_instance is called again, and stop_instance was not called in between.")
		}
		if j.shut {
			j.known(knownLateStart, "start_instance is called although the worker is shut down.")
		}
		j.started = h.N
	} else {
		j.subject(stopReturns, stopEnds)
		j.started = 0
	}
	if j.open != "" {
		j.known(knownOverlap, "%s_instance is called while %s_instance has not come back.", h.Call.Call, strings.Fields(j.open)[0])
	}
	j.open = fmt.Sprintf("%s %d", h.Call.Call, h.N)
}

func (j *judge) returned(h *buildbot.Happening) {
	j.open = ""
	i := j.of(h.N)
	if h.Call.Call == "stop" {
		i.stopped = true
		if h.Value == "a coroutine" {
			j.breach(stopEnds, "stop_instance is an async function: Buildbot does not await it, and goes on at once.")
		} else if i.alive {
			i.kept = true
			j.breach(stopEnds, "stop_instance has returned, and instance %d is still there: nothing that it did had ended it.", h.N)
		}
		return
	}
	i.troubled = h.Troubled
	switch {
	case h.Value == "a coroutine":
		j.breach(startTells, "start_instance is an async function: Buildbot does not await it, and takes what it returns for success.")
	case h.Good && i.tried && !i.came:
		j.breach(startTells, "start_instance has returned %s although nothing that it did had started the instance.", h.Value)
	case !h.Good && !h.Troubled && i.came && j.took == "wait":
		j.breach(startAlone, "start_instance has returned %s after some time, although all it did came back with success: it has waited"+
			" for its worker.", h.Value)
	case !h.Good && !h.Troubled:
		j.breach(startTells, "start_instance has returned %s, which counts as a failure, although all it did came back with success.", h.Value)
	}
	if j.took == fmt.Sprintf("attach %d", h.N) {
		j.breach(startAlone, "start_instance has returned only because its worker has connected.")
	}
}

func (j *judge) raised(h *buildbot.Happening) {
	j.open = ""
	i := j.of(h.N)
	if h.Call.Call == "stop" {
		i.stopped, i.reported = true, true
	} else {
		i.troubled = h.Troubled
		if j.took == fmt.Sprintf("attach %d", h.N) {
			j.breach(startAlone, "start_instance has come back only because its worker has connected.")
		}
	}
	text := fmt.Sprintf("%s_instance has raised %s, at %s", h.Call.Call, h.Text, place(h.At))
	switch {
	case h.Slip:
		j.breach(raises, "%s.", text)
	case !h.Troubled && !documented(h.Text):
		j.breach(raises, "%s, although all it did came back with success.", text)
	}
}

// documented are the exceptions with which start_instance may say no at any time.
func documented(text string) bool {
	return strings.HasPrefix(text, "LatentWorkerFailedToSubstantiate") || strings.HasPrefix(text, "LatentWorkerCannotSubstantiate")
}

// ended judges what has not happened although nothing can happen any more.
func (j *judge) ended(o *buildbot.Observation) {
	j.at = len(o.Played.Moves) - 1
	for _, c := range o.Played.Open {
		i := j.of(c.N)
		switch {
		case c.Call == "stop":
			j.breach(stopReturns, "stop_instance has not come back, and never will.")
		case i.came && !i.connected && !j.unanswered(o, c):
			j.breach(startAlone, "start_instance has not come back, and all that it did has: it waits for its worker, which never connects.")
		default:
			j.breach(startReturns, "start_instance has not come back, and never will.")
		}
	}
	for n := 1; n <= len(j.instances); n++ {
		i := j.instances[n]
		if i == nil || !i.alive {
			continue
		}
		switch {
		case i.late >= 0 && i.stopped && !i.kept:
			j.at = i.late
			j.tooLate(n)
		case i.reported:
			j.out.left = true
		case !i.stopped && len(o.Played.Open) == 0:
			j.known(knownNoStop, "Instance %d is there for ever: its stop_instance is never called.", n)
		}
	}
	j.at = len(o.Played.Moves) - 1
	if len(o.Played.Open) == 0 {
		j.pending(o)
	}
}

func (j *judge) tooLate(n int) {
	j.breach(startEnds, "Instance %d has started although its start_instance had given up, and is there although its stop_instance is over.", n)
}

// unanswered reports whether anything that a call did has not come back.
func (j *judge) unanswered(o *buildbot.Observation, c buildbot.Call) bool {
	open := make(map[int]bool)
	for _, m := range o.Played.Moves {
		for _, h := range m.Happened {
			switch {
			case h.What == "effect" && h.Call == c:
				open[h.ID] = true
			case h.What == "answered" && h.How != "never":
				delete(open, h.ID)
			}
		}
	}
	return len(open) > 0
}

func place(at string) string {
	if at == "" {
		return "a place that is not known"
	}
	return at
}
