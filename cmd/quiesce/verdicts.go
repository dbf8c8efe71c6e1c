package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
)

// verdictTable says of each property its outcome and what the outcome rests on.
func verdictTable(out *screen, found *catalog.Report) string {
	rows := [][]cell{{{"OUTCOME", faint}, {"PROPERTY", faint}, {"RESTS ON", faint}}}
	for i := range found.Verdicts {
		v := &found.Verdicts[i]
		rows = append(rows, []cell{{v.Outcome.String(), inkOf(v.Outcome)}, {v.Name, bold}, {restsOn(found, v), plain}})
	}
	return out.columns("", rows)
}

// restsOn says why the outcome of v may be believed: for what is not decided,
// why it is not; for the rest, what was visited, seen or assumed.
func restsOn(found *catalog.Report, v *catalog.Verdict) string {
	basis := ""
	switch {
	// Not decided: there is nothing but the reason.
	case v.Outcome == properties.Inconclusive || v.Outcome == properties.Vacuous:
	case v.Trace != nil:
		basis = traceText(v)
	// Violated without a trace: nothing reachable satisfies it, or the search was
	// interrupted before its trace was found. The reason says which.
	case v.Outcome == properties.Violated:
	case v.Live:
		basis = assumptions(v)
	case v.Form == properties.FormReachable.String():
		basis = "a state that was seen"
	default:
		basis = everyState(found)
	}
	if basis != "" && v.Reason != "" {
		basis += "; "
	}
	return basis + v.Reason
}

// everyState says what was visited, and how exactly.
func everyState(found *catalog.Report) string {
	text := "every reachable state"
	if found.Omission != nil {
		text = "fingerprints of " + text
	}
	if found.Symmetry {
		text += ", up to symmetry"
	}
	return text
}

// traceText says how long a trace is: 5 steps, the last 2 for ever.
func traceText(v *catalog.Verdict) string {
	what := "a trace of "
	if v.Outcome == properties.Holds {
		what = "a witness of "
	}
	text := what + counted(uint64(v.Trace.Len()), "step")
	switch loop := v.Trace.Len() - v.Trace.Loop; {
	case v.Trace.Loop < 0:
	case loop == 0:
		text += ", then nothing for ever"
	default:
		text += fmt.Sprintf(", the last %d for ever", loop)
	}
	return text
}

// A table has room for so many fairness sets; more are listed below it.
const setsInTable = 2

// assumptions says on which fairness a property rests that holds.
func assumptions(v *catalog.Verdict) string {
	n := len(v.Assuming)
	if n == 0 {
		return "no fairness"
	}
	text := strings.Join(v.Assuming, ", ")
	if n > setsInTable {
		text = fmt.Sprintf("%d fairness sets", n)
	}
	switch {
	case len(v.Necessary) == 0:
		return text + ", none necessary by itself"
	case len(v.Necessary) == n && n == 1:
		return text + ", necessary"
	case len(v.Necessary) == n:
		return text + ", each necessary"
	case n > setsInTable:
		return text + fmt.Sprintf(", %d necessary", len(v.Necessary))
	}
	return text + "; necessary: " + strings.Join(v.Necessary, ", ")
}

// assumed lists the fairness sets that had no room in the table.
func assumed(v *catalog.Verdict) string {
	if v.Outcome != properties.Holds || !v.Live || len(v.Assuming) <= setsInTable {
		return ""
	}
	text := strconv.Quote(v.Name) + " assumes " + joined(v.Assuming)
	if n := len(v.Necessary); n > 0 && n < len(v.Assuming) {
		text += "; necessary: " + joined(v.Necessary)
	}
	return text
}

// remarks say what a reader of the verdicts should know besides them: a green
// table may hide that half of the model never ran.
func remarks(out *screen, found *catalog.Report) string {
	var b strings.Builder
	for i := range found.Verdicts {
		if text := assumed(&found.Verdicts[i]); text != "" {
			b.WriteString("\n" + out.paragraph("", text))
		}
	}
	say := func(label string, names []string) {
		if len(names) > 0 {
			b.WriteString("\n" + out.paragraph("", label+joined(names)))
		}
	}
	taken := " taken: "
	if !found.Complete {
		taken = " taken so far: "
	}
	say("Actions never"+taken, found.Never)
	say("Fairness sets that cover no action"+taken, found.Idle)
	b.WriteString(takenForGranted(out, found))
	if o := found.Omission; o != nil {
		b.WriteString("\n" + out.paragraph("", fmt.Sprintf(
			"States were kept as %d-bit fingerprints: a state was missed with a chance of at most 1 in 2^%d.", o.Bits, o.Exponent)))
	}
	return b.String()
}

// takenForGranted says what the verdicts take for granted about the model.
func takenForGranted(out *screen, found *catalog.Report) string {
	var sentences []string
	for i := range found.Verdicts {
		for _, s := range found.Verdicts[i].Given {
			if !slices.Contains(sentences, s) {
				sentences = append(sentences, s)
			}
		}
	}
	if len(sentences) == 0 {
		return ""
	}
	return "\n" + out.paragraph("", "Taken for granted: "+strings.Join(sentences, "; ")+".")
}

// summary is the last line: the worst outcome, how often it is, what was
// covered.
func summary(found *catalog.Report) string {
	worst, count := found.Worst(), 0
	for i := range found.Verdicts {
		if found.Verdicts[i].Outcome == worst {
			count++
		}
	}
	covered := fmt.Sprintf("%s, %s generated, depth %d", counted(found.Distinct, "state"), grouped(found.Generated), found.Depth)
	text := fmt.Sprintf("%s: %d of %s; %s", worst, count, propertiesText(len(found.Verdicts)), covered)
	if !found.Complete {
		text += "; not complete: " + found.Stopped
	}
	return text
}

// propertiesText returns a number of properties; their plural is irregular.
func propertiesText(n int) string {
	if n == 1 {
		return "1 property"
	}
	return fmt.Sprintf("%d properties", n)
}
