package main

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/traces"
)

// The JSON of quiesce check --json, described by docs/report.schema.json.
// Nothing in it depends on the machine, the time or the number of workers.
type jsonReport struct {
	Spec       string         `json:"spec"`
	Params     catalog.Values `json:"params"`
	Symmetry   bool           `json:"symmetry"`
	Distinct   uint64         `json:"distinct"`
	Generated  uint64         `json:"generated"`
	Depth      int            `json:"depth"`
	Bytes      int64          `json:"bytes"`
	Complete   bool           `json:"complete"`
	Stopped    string         `json:"stopped,omitempty"`
	Omission   *jsonOmission  `json:"omission,omitempty"`
	Outcome    string         `json:"outcome"`
	Properties []jsonVerdict  `json:"properties"`
	Never      []string       `json:"never"`
	Idle       []string       `json:"idle"`
}

// jsonOmission is there only with --compact: without it nothing was missed.
type jsonOmission struct {
	Bits     int `json:"bits"`
	Exponent int `json:"exponent"`
}

// jsonVerdict has every field for every form and outcome, so that a consumer
// need not know which fields go with which.
type jsonVerdict struct {
	Name      string     `json:"name"`
	Form      string     `json:"form"`
	Sentence  string     `json:"sentence"`
	Outcome   string     `json:"outcome"`
	Reason    string     `json:"reason"`
	Assuming  []string   `json:"assuming"`
	Necessary []string   `json:"necessary"`
	Trace     *jsonTrace `json:"trace"`
}

// jsonTrace points to the trace. Its steps are in the file, in a format of their
// own.
type jsonTrace struct {
	File   *string `json:"file"` // null if not saved
	Length int     `json:"length"`
	Loop   *int    `json:"loop"` // null if the trace ends
}

// writeJSON writes the report. A consumer finds every list, empty or not.
func writeJSON(w io.Writer, found *catalog.Report, files []string) error {
	out := jsonReport{
		Spec: found.Spec, Params: found.Values, Symmetry: found.Symmetry,
		Distinct: found.Distinct, Generated: found.Generated, Depth: found.Depth, Bytes: found.Bytes,
		Complete: found.Complete, Stopped: found.Stopped,
		Outcome:    found.Worst().String(),
		Properties: []jsonVerdict{}, Never: list(found.Never), Idle: list(found.Idle),
	}
	if o := found.Omission; o != nil {
		out.Omission = &jsonOmission{o.Bits, o.Exponent}
	}
	for i := range found.Verdicts {
		v := &found.Verdicts[i]
		out.Properties = append(out.Properties, jsonVerdict{
			Name: v.Name, Form: v.Form, Sentence: v.Sentence,
			Outcome: v.Outcome.String(), Reason: v.Reason,
			Assuming: list(slices.Concat(v.Assuming, v.Given)), Necessary: list(v.Necessary),
			Trace: traceJSON(v, files[i]),
		})
	}
	e := json.NewEncoder(w) // whose < and > are escaped for HTML unless told otherwise
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// traceJSON says how long the trace is and where it was saved. A loop that is
// not there is null, not -1: 0 is one that is.
func traceJSON(v *catalog.Verdict, file string) *jsonTrace {
	if v.Trace == nil {
		return nil
	}
	out := &jsonTrace{Length: v.Trace.Len()}
	if file != "" {
		out.File = &file
	}
	if v.Trace.Loop != traces.Finite {
		out.Loop = &v.Trace.Loop
	}
	return out
}

// list returns names as JSON has them: empty, not null.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
