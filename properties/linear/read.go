package linear

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Limits of a file: who reads one does not know who wrote it.
const (
	maxLine   = 64 << 10
	maxEvents = 1 << 20
)

// Read reads a history from JSON lines, one event a line, in order of time:
//
//	{"client": "manager", "call": "attach", "worker": "w1"}
//	{"client": "manager", "return": "ok"}
//
// Operations are start, attach, substantiate, detach and stop; results ok,
// refused and unknown. Empty lines are skipped. An operation without a return
// is pending. Errors say file, line and column; name is for them.
func Read(r io.Reader, name string) (*History, error) {
	h := new(History)
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4096), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if h.time == maxEvents {
			return nil, fmt.Errorf("%s:%d:1: more than %d events", name, n, maxEvents)
		}
		if column, err := h.event(line); err != nil {
			return nil, fmt.Errorf("%s:%d:%d: %w", name, n, column, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d:1: %w (lines may have %d bytes)", name, n+1, err, maxLine)
	}
	return h, nil
}

// field is a field of a line and where it begins.
type field struct {
	name, value string
	column      int
}

// event adds the event of a line. The column is that of the mistake.
func (h *History) event(line []byte) (column int, err error) {
	fields, column, err := object(line)
	if err != nil {
		return column, err
	}
	at := make(map[string]field)
	for _, f := range fields {
		if !slices.Contains([]string{"client", "call", "worker", "return"}, f.name) {
			return f.column, fmt.Errorf("field %q is not known; there are client, call, worker and return", f.name)
		}
		if _, twice := at[f.name]; twice {
			return f.column, fmt.Errorf("field %q comes twice", f.name)
		}
		at[f.name] = f
	}
	// What a line is follows from its fields, so their combination is checked
	// before their values.
	called, isCall := at["call"]
	returned, isReturn := at["return"]
	worker, hasWorker := at["worker"]
	switch {
	case at["client"].value == "":
		return 1, fmt.Errorf("the event has no client")
	case isCall == isReturn:
		return 1, fmt.Errorf("want either call or return")
	case isReturn && hasWorker:
		return worker.column, fmt.Errorf("a return has no worker: it is that of the call")
	case isReturn:
		k := slices.Index(resultNames, returned.value)
		if k < 0 {
			return returned.column, fmt.Errorf("result %q is not known; there are %q", returned.value, resultNames)
		}
		return 1, h.Return(at["client"].value, Result(k))
	}
	k := slices.Index(opNames, called.value)
	if k < 0 {
		return called.column, fmt.Errorf("operation %q is not known; there are %q", called.value, opNames)
	}
	return 1, h.Call(at["client"].value, worker.value, Op(k))
}

// object reads a line that is one JSON object whose values are strings. Package
// json alone would accept fields that come twice and say no place.
func object(line []byte) ([]field, int, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	column := func() int { return int(d.InputOffset()) + 1 }
	token, err := d.Token()
	if err != nil || token != json.Delim('{') {
		return nil, 1, fmt.Errorf("want a JSON object, such as {\"client\": \"a\", \"return\": \"ok\"}")
	}
	var out []field
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, column(), fmt.Errorf("not JSON: %w", err)
		}
		at := column() - len(key.(string)) - 2 // its quotes
		value, err := d.Token()
		text, isText := value.(string)
		if err != nil {
			return nil, column(), fmt.Errorf("not JSON: %w", err)
		}
		if !isText {
			return nil, column(), fmt.Errorf("the value of %q is not a string", key)
		}
		out = append(out, field{key.(string), text, max(at, 1)})
	}
	if _, err := d.Token(); err != nil {
		return nil, column(), fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, column(), fmt.Errorf("something follows the object")
	}
	return out, 0, nil
}
