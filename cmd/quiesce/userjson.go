package main

import (
	"encoding/json"
	"io"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/bridge/contract"
)

// The JSON of quiesce test --json, described by docs/test-report.schema.json.
type jsonUserTest struct {
	File       string        `json:"file"`
	Class      string        `json:"class"`
	Buildbot   string        `json:"buildbot"`
	Schedules  int           `json:"schedules"`
	Events     int           `json:"events"`
	Deviations *int          `json:"deviations"` // null for random schedules
	Stopped    string        `json:"stopped"`    // empty if everything was played
	Left       int           `json:"left"`
	Outcome    string        `json:"outcome"`
	Claims     []jsonClaim   `json:"claims"`
	Foreign    []jsonForeign `json:"foreign"`
	Effects    []jsonEffect  `json:"effects"`
}

type jsonClaim struct {
	Name      string        `json:"name"`
	Clause    string        `json:"clause"`
	Source    string        `json:"source"`
	Outcome   string        `json:"outcome"`
	Reason    string        `json:"reason"`
	Schedules int           `json:"schedules"`
	Schedule  *jsonSchedule `json:"schedule"` // null if not violated
}

type jsonSchedule struct {
	What   string      `json:"what"`
	Events []jsonEvent `json:"events"`
	After  []jsonEvent `json:"after"` // what follows, where that shows the harm
	Rest   bool        `json:"rest"`
}

type jsonEvent struct {
	Event string   `json:"event"`
	Text  string   `json:"text"`
	Then  []string `json:"then"`
}

type jsonForeign struct {
	Name      string        `json:"name"`
	Is        string        `json:"is"`
	Schedules int           `json:"schedules"`
	Schedule  *jsonSchedule `json:"schedule"`
}

type jsonEffect struct {
	Call string `json:"call"`
	Kind string `json:"kind"`
	Text string `json:"text"`
	Role string `json:"role"`
	At   string `json:"at"`
}

func writeUserJSON(w io.Writer, worker *buildbot.UserWorker, r *contract.Report) error {
	out := jsonUserTest{File: worker.Shown, Class: worker.Class, Buildbot: r.Versions.Buildbot, Schedules: r.Schedules, Events: r.Events,
		Stopped: r.Stopped, Left: r.Left, Outcome: r.Worst().String(), Foreign: []jsonForeign{}, Effects: []jsonEffect{}}
	if !r.Random {
		out.Deviations = &r.Deviations
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		out.Claims = append(out.Claims, jsonClaim{v.Name, v.Clause, v.Source, v.Outcome.String(), v.Reason, v.Schedules, scheduleJSON(v.Shown)})
	}
	for i := range r.Foreign {
		f := &r.Foreign[i]
		out.Foreign = append(out.Foreign, jsonForeign{f.Name, f.Is, f.Schedules, scheduleJSON(&f.Shown)})
	}
	for _, e := range r.Effects {
		out.Effects = append(out.Effects, jsonEffect(e))
	}
	e := json.NewEncoder(w) // whose < and > are escaped for HTML unless told otherwise
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func scheduleJSON(s *contract.Schedule) *jsonSchedule {
	if s == nil {
		return nil
	}
	out := &jsonSchedule{What: s.What, Rest: s.Rest, Events: []jsonEvent{}, After: []jsonEvent{}}
	for i, line := range s.Lines() {
		event := jsonEvent{line.Event, line.Text, list(line.Then)}
		if i < len(s.Moves) {
			out.Events = append(out.Events, event)
		} else {
			out.After = append(out.After, event)
		}
	}
	return out
}
