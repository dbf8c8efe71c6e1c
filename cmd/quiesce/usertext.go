package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/traces/bridge/buildbot"
	"github.com/quiesce/quiesce/traces/bridge/contract"
)

// showUserTest prints the report for people: the verdicts, what each violated
// claim comes to, what was taken for granted, what is not the user's, and one
// line to remember.
func showUserTest(out *screen, w *buildbot.UserWorker, r *contract.Report) {
	fmt.Fprintf(out, "%s of %s, on Buildbot %s\n", w.Class, w.Shown, r.Versions.Buildbot)
	fmt.Fprintf(out, "%s\n\n", played(r))
	rows := [][]cell{{{"OUTCOME", faint}, {"CLAIM", faint}, {"RESTS ON", faint}}}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		word, ink := outcomeWord(r, v.Outcome)
		rows = append(rows, []cell{{word, ink}, {v.Name, bold}, {userRestsOn(r, v), plain}})
	}
	fmt.Fprint(out, out.columns("", rows))
	// What leaves a claim open leaves them all.
	if i := slices.IndexFunc(r.Verdicts, func(v contract.Verdict) bool { return v.Outcome == properties.Inconclusive }); i >= 0 {
		fmt.Fprint(out, "\n"+out.paragraph("", "Not decided: "+r.Verdicts[i].Reason+"."))
	}
	for i := range r.Verdicts {
		if v := &r.Verdicts[i]; v.Shown != nil {
			fmt.Fprintf(out, "\n%s\n", out.paint(fmt.Sprintf("%q is violated", v.Name), red))
			fmt.Fprint(out, out.paragraph("  ", v.Shown.What))
			schedule(out, v.Shown)
			fmt.Fprint(out, out.paragraph("  ", "The clause: "+v.Clause))
			fmt.Fprint(out, out.paragraph("  ", "From: "+v.Source+"."))
		}
	}
	granted(out, w, r)
	notYours(out, r)
	fmt.Fprintf(out, "\n%s\n", userSummary(r))
}

// outcomeWord is that of an outcome; random schedules are a sample, so that
// nothing holds because of them.
func outcomeWord(r *contract.Report, o properties.Outcome) (string, ink) {
	if r.Random && o == properties.Holds {
		return "no failure", plain
	}
	return o.String(), inkOf(o)
}

func userRestsOn(r *contract.Report, v *contract.Verdict) string {
	switch {
	case v.Shown != nil:
		return fmt.Sprintf("a schedule of %s; %s of all", counted(uint64(len(v.Shown.Moves)), "event"), grouped(uint64(v.Schedules)))
	case v.Outcome == properties.Inconclusive:
		return "not decided"
	case v.Outcome == properties.Vacuous:
		return v.Reason
	}
	return fmt.Sprintf("all %s", counted(uint64(r.Schedules), "schedule"))
}

// played says which schedules there were.
func played(r *contract.Report) string {
	switch {
	case r.Random:
		return fmt.Sprintf("Played %s chosen at random.", counted(uint64(r.Schedules), "schedule"))
	case r.Stopped != "":
		return fmt.Sprintf("Played %s, not all: %s.", counted(uint64(r.Schedules), "schedule"), r.Stopped)
	case r.Deviations == 0:
		return "Played the calm schedule alone."
	}
	return fmt.Sprintf("Played all %s in which at most %s not the calm one.", counted(uint64(r.Schedules), "schedule"),
		map[bool]string{true: "1 event is", false: fmt.Sprintf("%d events are", r.Deviations)}[r.Deviations == 1])
}

func partOf(n, of int) string {
	return fmt.Sprintf("%s of %s", grouped(uint64(n)), counted(uint64(of), "schedule"))
}

// schedule prints numbered sentences, with what each event brings about.
func schedule(out *screen, s *contract.Schedule) {
	for i, line := range s.Lines() {
		if i == len(s.Moves) {
			fmt.Fprintln(out, "  What comes of it:")
		}
		fmt.Fprint(out, hanging(out, fmt.Sprintf("%4d. ", i+1), line.Text))
		for _, then := range line.Then {
			fmt.Fprint(out, hanging(out, "      - ", then))
		}
	}
	if s.Rest {
		fmt.Fprintln(out, "      then nothing more happens, for ever")
	}
}

// hanging writes text after label, and its further lines below its first.
func hanging(out *screen, label, text string) string {
	indent := strings.Repeat(" ", len(label))
	return label + strings.TrimPrefix(out.paragraph(indent, text), indent)
}

// meanings say what success of an effect is taken for.
var meanings = map[string]string{
	"starts": "has started the instance", "ends": "has ended the instance", "asks": "says that the instance is there",
	"": "means nothing for the instance",
}

// granted says what the whole rests on besides the schedules.
func granted(out *screen, w *buildbot.UserWorker, r *contract.Report) {
	if len(r.Effects) == 0 {
		return
	}
	fmt.Fprintf(out, "\nTaken for granted, of what succeeds (--starts, --ends, --asks, --late change it):\n")
	said := make(map[string]bool)
	for _, e := range r.Effects {
		meaning := meanings[e.Role]
		if e.Role == "ends" && w.Late {
			meaning = "ends the instance, at once or later"
		}
		where := "outside of both"
		if e.Call != "" {
			where = "in " + e.Call + "_instance"
		}
		text := fmt.Sprintf("%s, %s: %s", e.Text, where, meaning)
		if !said[text] {
			said[text] = true
			fmt.Fprint(out, hanging(out, "  - ", text))
		}
	}
}

// notYours lists what Buildbot does wrong by itself, and what was left behind
// with a report.
func notYours(out *screen, r *contract.Report) {
	if len(r.Foreign) > 0 {
		fmt.Fprintf(out, "\nNot yours: Buildbot's own, met on the way, and no part of the outcome:\n")
	}
	for i := range r.Foreign {
		f := &r.Foreign[i]
		text := f.Name
		if f.Is != "" {
			text += " (" + f.Is + ")"
		} else {
			text += " (not described)"
		}
		text += fmt.Sprintf(": %s; first in: %s", partOf(f.Schedules, r.Schedules), strings.Join(eventsOf(&f.Shown), ", "))
		fmt.Fprint(out, hanging(out, "  - ", text))
	}
	if r.Left > 0 {
		fmt.Fprint(out, "\n"+out.paragraph("", fmt.Sprintf("In %s an instance is left behind after stop_instance has said with an exception"+
			" that it could not end it. Buildbot logs the exception and forgets the instance.", partOf(r.Left, r.Schedules))))
	}
}

func eventsOf(s *contract.Schedule) []string {
	var out []string
	for i := range s.Moves {
		out = append(out, s.Moves[i].Took)
	}
	return out
}

// userSummary is the last line.
func userSummary(r *contract.Report) string {
	worst, count := r.Worst(), 0
	for i := range r.Verdicts {
		if r.Verdicts[i].Outcome == worst {
			count++
		}
	}
	word, _ := outcomeWord(r, worst)
	text := fmt.Sprintf("%s: %d of %d claims; %s, %s", word, count, len(r.Verdicts),
		counted(uint64(r.Schedules), "schedule"), counted(uint64(r.Events), "event"))
	if r.Stopped != "" {
		text += "; not complete: " + r.Stopped
	}
	return text
}
