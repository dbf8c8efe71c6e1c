package buildbot

import "context"

// Coverage is what of one file the traces so far have run.
type Coverage struct {
	File        string   `json:"file"`
	Lines       int      `json:"lines"`
	Branches    int      `json:"branches"`
	MissedLines []int    `json:"missed_lines"`
	MissedArcs  [][2]int `json:"missed_branches"` // from line to line; a negative line is the end of the function
}

func (r *Conformance) cover(ctx context.Context, b *Bridge) error { return nil }
