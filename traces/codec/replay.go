package codec

import (
	"errors"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces"
)

// A Divergence says where a recorded trace is not a behaviour of the model, or
// not the evidence it claims to be. It is the error of Replay.
type Divergence struct {
	File    string         // as given to Read; empty if d was not read
	At      Pos            // of the step or field; zero if d was not read
	Step    int            // index of the step; -1: the start; number of steps: the trace as a whole
	Reason  string         // one line for people
	Want    string         // the recorded action, if it could not be taken
	Enabled []string       // what the model allows instead, one sentence each, in its order
	State   model.Value    // the model's state at that point
	Fields  []model.Change // what the file records (From) where the model has something else (To)
}

func (d *Divergence) Error() string { return d.Reason }

// Explain returns the whole divergence in several lines, ending in a newline.
func (d *Divergence) Explain() string { return d.Reason + "\n" }

// Replay finds the trace that d describes in the model of spec.
func Replay[S, A comparable](spec *properties.Spec[S, A], d *Document) (*traces.Trace[S, A], error) {
	return nil, errors.New("not yet")
}
