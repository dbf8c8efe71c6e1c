package buildbot

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quiesce/quiesce/traces/bridge"
)

// Protocol is the version of the line protocol that both sides must speak.
const Protocol = 1

//go:embed python/quiesce_bridge/*.py python/quiesce_bridge/schema.json
var program embed.FS

// unpack writes the Python program to a new private directory.
func unpack() (*unpacked, error) {
	dir, err := os.MkdirTemp("", "quiesce-bridge-")
	if err != nil {
		return nil, err
	}
	u := &unpacked{dir: dir}
	root, err := fs.Sub(program, "python")
	if err == nil {
		err = os.CopyFS(dir, root)
	}
	for _, sub := range []string{u.measured(), u.temporary()} {
		if err == nil {
			err = os.Mkdir(sub, 0o700)
		}
	}
	if err != nil {
		u.remove()
		return nil, err
	}
	return u, nil
}

func (u *unpacked) measured() string  { return filepath.Join(u.dir, "coverage") }
func (u *unpacked) temporary() string { return filepath.Join(u.dir, "tmp") }

// A request is one line to the process.
type request struct {
	Protocol int           `json:"protocol"`
	ID       int           `json:"id"`
	Op       string        `json:"op"`
	Tree     string        `json:"tree,omitempty"`
	Config   *Config       `json:"config,omitempty"`
	Coverage *coverRequest `json:"coverage,omitempty"`
	Step     *Step         `json:"step,omitempty"`
	Traces   [][]Step      `json:"traces,omitempty"`
	BudgetMS int           `json:"budget_ms,omitempty"`
	WallMS   int           `json:"wall_ms,omitempty"`
}

type coverRequest struct {
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
}

// An answer is one line from the process: a result, an error, or what was seen
// of one trace.
type answer struct {
	Protocol     int             `json:"protocol"`
	ID           int             `json:"id"`
	Result       json.RawMessage `json:"result"`
	Error        *refusal        `json:"error"`
	Trace        *int            `json:"trace"`
	Observations []Observation   `json:"observations"`
	End          End             `json:"end"`
	Where        string          `json:"where"`
}

type refusal struct{ Kind, Message string }

// A speaker is one process and the conversation with it.
type speaker struct {
	process *bridge.Process
	id      int
	tree    string
	checked bool // an answer with observations has been held against the schema
}

func speak(python string, files *unpacked) (*speaker, error) {
	p, err := bridge.Start(bridge.Command{
		Path: python, Args: []string{"-m", "quiesce_bridge"}, Dir: files.dir,
		// Nothing of the caller's environment can change what is observed. Hashes
		// are fixed because sets of strings are walked in their order.
		Env: []string{"PATH=/usr/bin:/bin", "HOME=" + files.temporary(), "TMPDIR=" + files.temporary(),
			"LANG=C.UTF-8", "TZ=UTC", "PYTHONHASHSEED=0", "PYTHONNOUSERSITE=1"},
	})
	var f *bridge.Failure
	if errors.As(err, &f) {
		f.Advice = "install it: apt-get install python3, or name another interpreter"
	}
	if err != nil {
		return nil, err
	}
	return &speaker{process: p}, nil
}

// ask sends a request and decodes its result into result.
func (s *speaker) ask(ctx context.Context, r request, result any) error {
	s.tree = r.Tree
	id, err := s.send(ctx, r)
	if err != nil {
		return err
	}
	a, err := s.receive(ctx, id)
	if err != nil {
		return err
	}
	if err := decodeStrictly(a.Result, result); err != nil {
		return s.bad(err)
	}
	return nil
}

func (s *speaker) send(ctx context.Context, r request) (id int, err error) {
	s.id++
	r.Protocol, r.ID = Protocol, s.id
	line, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	return s.id, s.process.Send(ctx, line)
}

func (s *speaker) receive(ctx context.Context, id int) (*answer, error) {
	line, err := s.process.Receive(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.decode(line)
	if err != nil {
		return nil, s.bad(err)
	}
	if a.Error != nil {
		cause, advice := adviceFor(a.Error.Kind, s.tree)
		return nil, &bridge.Failure{Cause: cause, What: a.Error.Message, Advice: advice, Output: s.process.Output()}
	}
	if a.ID != id {
		return nil, s.bad(fmt.Errorf("an answer to request %d, expected %d", a.ID, id))
	}
	return a, nil
}

// decode is strict on every line. The schema says more than the Go types, such
// as which states there are; it is slower than Buildbot itself, so of many
// observations only the first line is held against it.
func (s *speaker) decode(line []byte) (*answer, error) {
	var a answer
	if err := decodeStrictly(line, &a); err != nil {
		return nil, err
	}
	if a.Protocol != Protocol {
		return nil, fmt.Errorf("protocol %d, expected %d", a.Protocol, Protocol)
	}
	if a.Trace == nil || !s.checked {
		s.checked = s.checked || a.Trace != nil
		if err := checkAnswer(line); err != nil {
			return nil, err
		}
	}
	return &a, nil
}

func decodeStrictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %v", errNotJSON, err)
	}
	if d.More() {
		return fmt.Errorf("%w: more than one value on a line", errNotJSON)
	}
	return nil
}

// bad ends the process: after an answer nobody understands nothing it says can
// be believed.
func (s *speaker) bad(err error) error {
	s.process.Close()
	return &bridge.Failure{Cause: bridge.BadAnswer, What: err.Error(),
		Advice: "something printed to the bridge's standard output, or its files were changed",
		Output: s.process.Output()}
}
