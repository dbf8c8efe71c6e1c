package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/codec"
)

// tells reports whether to print the story of a spec and not every
// counterexample: a spec with dozens of properties would fill pages, and what
// its reader wants to know first is what it comes to.
func (c *checkFlags) tells(instance *catalog.Instance, found *catalog.Report) bool {
	if c.all || len(c.only) > 0 || c.diagram.value != "none" {
		return false
	}
	return slices.ContainsFunc(instance.Story, func(ch catalog.Chapter) bool { return violation(found, ch.Property) != nil })
}

// violation returns the verdict on a property if it has a counterexample.
func violation(found *catalog.Report, property string) *catalog.Verdict {
	i := slices.IndexFunc(found.Verdicts, func(v catalog.Verdict) bool {
		return v.Name == property && v.Outcome == properties.Violated && v.Trace != nil
	})
	if i < 0 {
		return nil
	}
	return &found.Verdicts[i]
}

// story prints the chapters whose property is violated, each with the outline
// of its counterexample and what it means, and then the other properties that
// do not hold in a line each.
func story(out *screen, chapters []catalog.Chapter, found *catalog.Report) error {
	fmt.Fprint(out, out.paragraph("", catalog.Title(found.Spec, found.Values)))
	told := make(map[string]bool)
	for _, ch := range chapters {
		v := violation(found, ch.Property)
		if v == nil {
			continue
		}
		told[v.Name] = true
		fmt.Fprintf(out, "\n%s\n", out.paint(ch.Title, inkOf(v.Outcome)))
		fmt.Fprint(out, out.paragraph("  ", fmt.Sprintf("Violated: %q, %s.", v.Name, traceText(v))))
		var steps bytes.Buffer
		if err := codec.Outline(&steps, v.Trace); err != nil {
			return err
		}
		fmt.Fprint(out, steps.String())
		fmt.Fprint(out, out.paragraph("  ", ch.Text))
	}
	rest(out, found, told)
	fmt.Fprint(out, takenForGranted(out, found))
	fmt.Fprintf(out, "\n%s\n", summary(found))
	fmt.Fprint(out, out.paragraph("", "--property NAME shows one counterexample in full, --all all of them, --traces DIR saves them."))
	return nil
}

// rest names the properties that no chapter told of, by outcome.
func rest(out *screen, found *catalog.Report, told map[string]bool) {
	for _, outcome := range []properties.Outcome{properties.Violated, properties.Inconclusive, properties.Vacuous, properties.Holds} {
		var names []string
		for i := range found.Verdicts {
			if v := &found.Verdicts[i]; v.Outcome == outcome && !told[v.Name] {
				names = append(names, v.Name)
			}
		}
		if len(names) > 0 {
			label := "Also " + outcome.String() + ": "
			if outcome == properties.Holds {
				label = "What holds: "
			}
			fmt.Fprint(out, "\n"+out.paragraph("", label+strings.Join(names, "; ")+"."))
		}
	}
}
