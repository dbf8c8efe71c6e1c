package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
)

// settings are the flags that choose a spec's parameters. They are the same for
// every command that takes a spec, and mean the same: a --param beats the
// variant file, which beats the default.
type settings struct {
	params  []string
	variant string
	file    *catalog.Variant // as read; nil if there is none
}

// flags declares them. --param is an array and not a list: a value may have a
// comma in it.
func (s *settings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&s.params, "param", "p", nil, "set a parameter of the spec, as `NAME=VALUE`; may be repeated")
	f.StringVar(&s.variant, "variant", "", "take parameters from a YAML `FILE`; --param overrides it")
	complete(cmd, "param", completeParam)
	complete(cmd, "variant", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return []cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	})
}

// given reports whether anything was chosen.
func (s *settings) given() bool { return len(s.params) > 0 || s.variant != "" }

// resolve returns the spec that args or the variant file name, or the default,
// with a value for every parameter.
func (s *settings) resolve(args []string) (*catalog.Entry, catalog.Values, error) {
	variant, err := s.read()
	if err != nil {
		return nil, nil, err
	}
	if variant != nil && variant.Spec != "" && len(args) == 0 {
		args = []string{variant.Spec}
	}
	s.file = variant
	entry, err := specOf(args)
	if err != nil {
		return nil, nil, err
	}
	values, err := entry.Values(variant, s.params)
	if err != nil {
		return nil, nil, usage(err)
	}
	return entry, values, nil
}

// instance returns the spec to check with its parameters.
func (s *settings) instance(args []string) (*catalog.Instance, error) {
	entry, values, err := s.resolve(args)
	if err != nil {
		return nil, err
	}
	instance, err := entry.Build(values)
	if err != nil {
		return nil, usage(s.file.Blame(err))
	}
	return instance, nil
}

// read returns the variant file, nil if there is none.
func (s *settings) read() (*catalog.Variant, error) {
	if s.variant == "" {
		return nil, nil
	}
	file, err := os.Open(s.variant)
	if err != nil {
		return nil, usage(err)
	}
	defer file.Close()
	variant, err := catalog.ReadVariant(s.variant, file)
	if err != nil {
		return nil, usage(err)
	}
	return variant, nil
}

// completeParam completes --param: first the name with its =, then the value.
// Between the two the shell must not add a blank.
func completeParam(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	entry, err := specOf(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	name, _, valued := strings.Cut(typed, "=")
	for _, p := range entry.Params {
		if !valued {
			out = append(out, cobra.CompletionWithDesc(p.Name+"=", p.Sentence))
			continue
		}
		if p.Name != name {
			continue
		}
		for _, value := range candidates(&p) {
			out = append(out, cobra.Completion(p.Name+"="+value))
		}
	}
	if !valued {
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// candidates returns the values of p if they are few enough to choose from.
func candidates(p *catalog.Param) []string {
	const few = 20
	out := append([]string{}, p.Words...)
	if p.Type == catalog.Bool {
		return []string{"false", "true"}
	}
	for n := p.Min; p.Type == catalog.Int && n <= p.Max && len(out) < few; n++ {
		out = append(out, fmt.Sprint(n))
	}
	return out
}

// complete gives a flag its completion. It fails only for a flag that does
// not exist, which is a defect of ours.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}
