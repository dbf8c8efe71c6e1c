package linear

import (
	"bufio"
	"encoding/json"
	"io"
)

// jsonEvent is a line of a file.
type jsonEvent struct {
	Client string `json:"client"`
	Call   string `json:"call,omitempty"`
	Worker string `json:"worker,omitempty"`
	Return string `json:"return,omitempty"`
}

// Write writes the history as the JSON lines that Read takes: the same history
// gives the same bytes, and what is read back is the same history.
func (h *History) Write(w io.Writer) error {
	events := make([]jsonEvent, h.time)
	for i := range h.ops {
		o := &h.ops[i]
		events[o.Call] = jsonEvent{Client: o.Client, Call: o.Op.String(), Worker: o.Worker}
		if !o.Pending || o.Result == Unknown {
			events[o.Return] = jsonEvent{Client: o.Client, Return: o.Result.String()}
		}
	}
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range events {
		if err := lines.Encode(&events[i]); err != nil {
			return err
		}
	}
	return out.Flush()
}
