package buildbot

import (
	"context"
	"fmt"
)

// Coverage is what of one file of the package buildbot has been run so far, as
// coverage.py counts it.
type Coverage struct {
	File           string   `json:"file"`
	Lines          int      `json:"lines"`
	Branches       int      `json:"branches"`
	MissedLines    []int    `json:"missed_lines"`
	MissedBranches [][2]int `json:"missed_branches"` // from line to line; a negative one leaves the function it begins
}

// String returns the shares that were run, such as "worker/latent.py: 210 of
// 220 lines, 70 of 80 branches".
func (c Coverage) String() string {
	return fmt.Sprintf("%s: %d of %d lines, %d of %d branches", c.File, c.Lines-len(c.MissedLines), c.Lines,
		c.Branches-len(c.MissedBranches), c.Branches)
}

// Coverage returns what of Options.Cover has been run by all processes, in
// that order; nothing if nothing was asked for. It needs Debian's package
// python3-coverage.
func (b *Bridge) Coverage(ctx context.Context) ([]Coverage, error) {
	var answer struct {
		Files []Coverage `json:"files"`
	}
	if len(b.opt.Cover) == 0 {
		return nil, nil
	}
	for _, s := range b.speaks {
		// Each process adds what it has itself; the last has seen all.
		if err := s.ask(ctx, request{Op: "coverage"}, &answer); err != nil {
			return nil, err
		}
	}
	return answer.Files, nil
}
