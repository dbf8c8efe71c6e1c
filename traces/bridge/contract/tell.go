package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/traces/bridge/buildbot"
)

// A Line tells one event of a schedule: what happens, and what that brings
// about.
type Line struct {
	Event string // as it is named in schedules
	Text  string
	Then  []string
}

// Lines tell the schedule in sentences: its moves, and then those after.
func (s *Schedule) Lines() []Line {
	t := teller{effects: make(map[string]string)}
	all := slices.Concat(s.Moves, s.After)
	out := make([]Line, len(all))
	for i := range all {
		m := &all[i]
		out[i] = Line{Event: m.Took, Text: t.event(m)}
		for k := range m.Happened {
			if text := t.then(&m.Happened[k]); text != "" {
				out[i].Then = append(out[i].Then, text)
			}
		}
	}
	return out
}

// A teller remembers what effects are called.
type teller struct{ effects map[string]string }

// simple are the events whose name needs no more than their number, if any.
var simple = map[string]string{
	"build":    "user: somebody asks for a build",
	"remove":   "user: the worker is removed from the configuration",
	"shutdown": "user: somebody stops the master (SIGTERM)",
	"cancel":   "user: somebody cancels the build",
	"done":     "worker: the command of the build ends",
	"attach":   "worker: the process of instance %s connects",
	"end":      "worker: instance %s has ended at last",
	"die":      "worker: instance %s dies by itself",
	"lose":     "worker: the connection of instance %s is lost; its process lives on",
	"mute":     "worker: the process of instance %s will never connect",
}

func (t *teller) event(m *buildbot.Move) string {
	words := strings.Fields(m.Took)
	switch {
	case words[0] == "answer" && len(words) == 3:
		return "provider: " + t.effects[words[1]] + " " + t.answer(words[1], words[2])
	case words[0] == "wait":
		for _, h := range m.Happened {
			if h.What == "waited" {
				return "time: " + seconds(h.MS)
			}
		}
	}
	if text, ok := simple[words[0]]; ok && len(words) > 1 {
		return fmt.Sprintf(text, words[1])
	}
	return simple[words[0]]
}

// answers say how an effect comes back, by its kind and that.
var answers = map[string]map[string]string{
	"command": {"ok": "comes back with exit status 0", "error": "comes back with exit status 1", "never": "never comes back",
		"half": "comes back with exit status 1, although it has started the instance",
		"late": "comes back with exit status 0; the instance is to end later"},
	"request": {"ok": "is answered with status 200", "error": "finds nobody to connect to", "never": "is never answered",
		"status": "is answered with status 500", "half": "loses its connection, although it has started the instance",
		"late": "is answered with status 200; the instance is to end later"},
	"thread": {"ok": "returns", "error": "fails", "never": "never returns",
		"half": "fails, although it has started the instance", "late": "returns; the instance is to end later"},
}

func (t *teller) answer(id, how string) string { return answers[t.effects["kind "+id]][how] }

func (t *teller) then(h *buildbot.Happening) string {
	switch h.What {
	case "called":
		return fmt.Sprintf("%s_instance is called for instance %d", h.Call.Call, h.N)
	case "returned":
		return fmt.Sprintf("%s_instance returns %s", h.Call.Call, h.Value)
	case "raised":
		return fmt.Sprintf("%s_instance raises %s (%s)", h.Call.Call, h.Text, place(h.At))
	case "effect":
		id := strconv.Itoa(h.ID)
		t.effects[id], t.effects["kind "+id] = h.Text, h.Kind
		return fmt.Sprintf("your code: %s (%s)", h.Text, place(h.At))
	case "answered":
		if h.How == "killed" {
			return "your code kills " + t.effects[strconv.Itoa(h.ID)]
		}
	case "blocking":
		return fmt.Sprintf("your code blocks: %s (%s)", h.Text, place(h.At))
	case "alive":
		return fmt.Sprintf("instance %d is there", h.Instance)
	case "ended":
		return fmt.Sprintf("instance %d is gone", h.Instance)
	case "gave up":
		return fmt.Sprintf("the process of instance %d gives up", h.Instance)
	case "attached":
		return "it is accepted"
	case "refused":
		return "it is refused: " + h.Text
	case "unreachable":
		return "the master does not listen any more"
	case "lost":
		return "the connection is closed before the login is over"
	case "build":
		return fmt.Sprintf("build %d ends: %s", h.N, h.Text)
	case "error":
		return "logged: " + h.Text
	case "escaped":
		return fmt.Sprintf("your code is kept from %s (%s)", h.Text, place(h.At))
	}
	return ""
}

func seconds(ms int64) string {
	if ms%1000 == 0 {
		return fmt.Sprintf("%d s pass", ms/1000)
	}
	return fmt.Sprintf("%d ms pass", ms)
}
