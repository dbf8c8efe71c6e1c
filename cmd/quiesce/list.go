package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiesce/quiesce/internal/catalog"
)

// newList returns the command that says what there is to check.
func newList() *cobra.Command {
	var set settings
	var schema bool
	cmd := &cobra.Command{
		Use:   "list [SPEC]",
		Short: "List the specs, or what one of them claims and assumes",
		Long: `List the specs. With SPEC, list its parameters, its properties with the fairness
each may rest on, its fairness sets and its actions. With --schema, print the JSON
schema of its variant files, by which editors complete and check YAML.`,
		Example: `  quiesce list
  quiesce list lifecycle
  quiesce list lifecycle --param bug=hang
  quiesce list latent --schema >latent.schema.json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: specArg,
		RunE: coded(func(cmd *cobra.Command, args []string) error {
			out := newScreen(cmd.OutOrStdout())
			if len(args) == 0 && schema {
				return usage(errors.New("--schema needs a spec: quiesce list SPEC --schema"))
			}
			if len(args) == 0 && !set.given() {
				listSpecs(&out)
				return nil
			}
			entry, values, err := set.resolve(args)
			if err != nil {
				return err
			}
			if schema {
				text, err := entry.Schema()
				fmt.Fprintf(&out, "%s", text)
				return err
			}
			return set.listSpec(&out, entry, values)
		}),
	}
	set.flags(cmd)
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of the spec's variant files")
	return cmd
}

// listSpecs writes a line or two for each spec, with its parameters in brackets.
func listSpecs(out *screen) {
	var rows [][]cell
	for _, e := range catalog.Specs() {
		names := make([]string, len(e.Params))
		for i, p := range e.Params {
			names[i] = p.Name
		}
		doc := e.Doc
		if len(names) > 0 {
			doc += " (" + strings.Join(names, ", ") + ")"
		}
		if e.Name == catalog.Default {
			doc += "; the default"
		}
		rows = append(rows, []cell{{e.Name, bold}, {doc, plain}})
	}
	fmt.Fprint(out, out.columns("", rows))
}

// listSpec writes all that can be said of a spec without checking it. It takes
// values because properties and actions may depend on them.
func (s *settings) listSpec(out *screen, e *catalog.Entry, values catalog.Values) error {
	instance, err := e.Build(values)
	if err != nil {
		return usage(s.file.Blame(err))
	}
	fmt.Fprint(out, out.paragraph("", e.Name+": "+e.Doc))
	var rows [][]cell
	for i, p := range e.Params {
		rows = append(rows, []cell{
			{p.Name, bold}, {fmt.Sprint(values[i].Value), plain}, {p.Sentence + " (" + p.Allowed() + ")", plain}})
	}
	section(out, "Parameters", rows)

	d := instance.Describe()
	fmt.Fprint(out, "\nProperties\n")
	for _, p := range d.Properties {
		listClaim(out, &p, len(d.Fairness))
	}
	rows = nil
	for _, f := range d.Fairness {
		covers := "no action that was met"
		if len(f.Covers) > 0 {
			covers = joined(f.Covers)
		}
		rows = append(rows, []cell{{f.Name, bold}, {covers, plain}})
	}
	section(out, "Fairness sets, and the actions in each", rows)

	rows = nil
	for _, a := range d.Actions {
		rows = append(rows, actionRow(&a))
	}
	section(out, "Actions, each with the first example met", rows)
	return nil
}

// listClaim writes a property and on which of the spec's fairness sets it may
// rest.
func listClaim(out *screen, p *catalog.Claim, sets int) {
	fmt.Fprintf(out, "  %s (%s)\n", out.paint(p.Name, bold), p.Form)
	if p.Sentence != "" {
		fmt.Fprint(out, out.paragraph("      ", p.Sentence))
	}
	// Most properties may rest on all sets, which are listed below anyway.
	switch len(p.Rests) {
	case 0:
	case sets:
		fmt.Fprint(out, out.paragraph("      ", "may rest on every fairness set"))
	default:
		fmt.Fprint(out, out.paragraph("      ", "may rest on "+joined(p.Rests)))
	}
}

// actionRow shows an action by an example: models have one name for many
// actions, and their sentences carry the parameters.
func actionRow(a *catalog.Action) []cell {
	if !a.Met {
		return []cell{{a.Name, bold}, {"", plain}, {"", plain}, {"not met in the first states", faint}}
	}
	who := a.Actor
	if a.Peer != "" {
		who += " → " + a.Peer
	}
	return []cell{{a.Name, bold}, {a.Kind.String(), plain}, {who, plain}, {a.Sentence, plain}}
}

// section writes rows below a title, and nothing if there are none.
func section(out *screen, title string, rows [][]cell) {
	if len(rows) > 0 {
		fmt.Fprintf(out, "\n%s\n%s", title, out.columns("  ", rows))
	}
}
