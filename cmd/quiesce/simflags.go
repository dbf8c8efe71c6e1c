package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/model"
)

// A natural is a flag that takes any number from 0 on.
type natural uint64

func (n *natural) Set(text string) error {
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("want a number from 0 to %d", uint64(math.MaxUint64))
	}
	*n = natural(v)
	return nil
}

func (n *natural) String() string { return strconv.FormatUint(uint64(*n), 10) }

func (n *natural) Type() string { return "N" }

// completeAction completes names and kinds of actions.
func (s *settings) completeAction(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	instance, err := s.instance(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for k := model.Internal; k <= model.Fault; k++ {
		out = append(out, cobra.CompletionWithDesc(k.String(), "all actions of this kind"))
	}
	for _, a := range instance.Describe().Actions {
		out = append(out, cobra.CompletionWithDesc(a.Name, a.Sentence))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// A share is a flag that takes a probability that is neither 0 nor 1. Zero, its
// default, is none at all.
type share float64

func (s *share) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v < 1) {
		return fmt.Errorf("want a number between 0 and 1, such as 0.95")
	}
	*s = share(v)
	return nil
}

func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

func (s *share) Type() string { return "P" }
