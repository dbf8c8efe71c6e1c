package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// convert returns d in the given format.
func convert(t testing.TB, d *codec.Document, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := codec.Convert(&b, d, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// said returns a document whose steps have nothing but these sentences, and
// whose one field takes each in turn.
func said(loop int, sentences ...string) *codec.Document {
	field := func(s string) model.Value {
		return model.Value{Shape: model.Record, Names: []string{"f"}, Items: []model.Value{{Shape: model.Word, Text: s}}}
	}
	d := &codec.Document{Start: field(""), Loop: loop}
	for _, s := range sentences {
		d.Steps = append(d.Steps, codec.Step{Name: "Say", Actor: s, Sentence: s, State: field(s)})
	}
	return d
}

// The parser of mermaid 11.17.2 gave each of these back as the sentence on the
// left, when these lines were written.
func TestMermaidEscapes(t *testing.T) {
	for _, c := range [][2]string{
		{"plain: (a) {b} [c] 50% \"d\"", "plain: (a) {b} [c] 50% \"d\""},
		{"a; b", "a#59; b"},
		{"#1 and #amp;", "#35;1 and #35;amp#59;"},
		{"the end", "the #101;nd"},
		{"END of it", "#69;ND of it"},
		{"sending", "sending"},
		{"wrap: x", "#119;rap: x"},
		{"NoWrap:x", "#78;oWrap:x"},
		{"unwrap: x", "unwrap: x"},
		{"%%{init: {}}%%", "#37;#37;{init: {}}#37;#37;"},
		{"<b> & &lt;", "#60;b> #38; #38;lt#59;"},
		{"$$x$$", "#36;#36;x#36;#36;"},
		{"```", "#96;#96;#96;"},
		{"  lead, trail  ", "#32; lead, trail#32; "},
		{"two\nlines", `two\nlines`},
	} {
		out := convert(t, said(traces.Finite, c[0]), "mermaid")
		for _, line := range []string{"    participant P0 as " + c[1] + "\n", "    P0->>P0: " + c[1] + "\n"} {
			if !strings.Contains(out, line) {
				t.Errorf("%q: no line %q in\n%s", c[0], line, out)
			}
		}
	}
	if out := convert(t, said(traces.Finite, "a;", "b#"), "mermaid"); !strings.Contains(out, "    Note over P1: f: a#59; -> b#35;\n") {
		t.Errorf("notes are not escaped:\n%s", out)
	}
}

var (
	message    = regexp.MustCompile(`(?m)^ +P\d+(?:->>|-x)P\d+: step (\d+)`)
	autonumber = regexp.MustCompile(`(?m)^ +autonumber(?: (\d+))?$`)
)

// TestMermaidElidesHonestly draws traces that are too long: the numbers that
// Mermaid will count are the steps' own, and what is missing is said.
func TestMermaidElidesHonestly(t *testing.T) {
	for _, c := range []struct {
		steps, loop        int
		notes, whole, tall bool
	}{
		{steps: 100, loop: traces.Finite, notes: true, whole: true},
		{steps: 700, loop: traces.Finite, whole: true},
		{steps: 700, loop: 3, whole: true},
		{steps: 5000, loop: traces.Finite},
		{steps: 5000, loop: 0},
		{steps: 5000, loop: 2500},
		{steps: 5000, loop: 5000},
		{steps: 20_000, loop: 10, tall: true},
	} {
		var sentences []string
		for i := range c.steps {
			sentences = append(sentences, fmt.Sprintf("step %d is taken", i+1))
		}
		d := said(c.loop, sentences...)
		for i := range d.Steps {
			if !c.tall {
				d.Steps[i].Actor = "actor " + strconv.Itoa(i%3)
			}
		}
		out := convert(t, d, "mermaid")
		if len(out) > 50_000 {
			t.Errorf("%d steps: %d characters", c.steps, len(out))
		}
		if got := strings.Contains(out, "Note over P0: f"); got != c.notes {
			t.Errorf("%d steps: notes of changes: %v", c.steps, got)
		}
		if got := strings.Contains(out, "are left out"); got == c.whole {
			t.Errorf("%d steps: steps are said to be left out: %v", c.steps, got)
		}
		if strings.Count(out, "    loop ") != strings.Count(out, "    end\n") {
			t.Errorf("%d steps: a box is not closed", c.steps)
		}
		numbered(t, c.steps, c.whole, out)
	}
}

// numbered checks that Mermaid's count agrees with the steps.
func numbered(t *testing.T, steps int, whole bool, out string) {
	t.Helper()
	next, shown := 1, 0
	for line := range strings.Lines(out) {
		if m := autonumber.FindStringSubmatch(line); m != nil && m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		if m := message.FindStringSubmatch(line); m != nil {
			if m[1] != strconv.Itoa(next) {
				t.Fatalf("%d steps: step %s is drawn as number %d", steps, m[1], next)
			}
			next++
			shown++
		}
	}
	if next != steps+1 || whole && shown != steps || !whole && shown > steps-1 {
		t.Errorf("%d steps: %d are shown, the last as number %d", steps, shown, next-1)
	}
}

func TestTextIsSafeForTerminals(t *testing.T) {
	d := said(traces.Finite, "\x1b[2J\x07cleared\u202e\u009b", "two\nlines\r\ttab")
	d.Spec = "\x1b]0;title\x07"
	for _, format := range codec.Formats[1:] {
		out := convert(t, d, format)
		if strings.ContainsAny(out, "\x1b\x07\r\t\u202e\u009b") {
			t.Errorf("%s passes control characters on: %q", format, out)
		}
		if !strings.Contains(out, `\x1b[2J\acleared\u202e\u009b`) || !strings.Contains(out, `two\nlines\r\ttab`) {
			t.Errorf("%s does not show them: %s", format, out)
		}
	}
}

func TestTextBreaksWideStates(t *testing.T) {
	wide := model.Value{Shape: model.List}
	for i := range 3 {
		wide.Items = append(wide.Items, model.View(struct {
			Name  string
			Parts [2]int
		}{strings.Repeat("x", 30), [2]int{i, -i}}))
	}
	d := &codec.Document{Loop: traces.Finite, Start: model.Value{Shape: model.Record, Names: []string{"w", "n"},
		Items: []model.Value{wide, {Shape: model.Number, Text: "1"}}}}
	out := convert(t, d, "text")
	for _, want := range []string{"        w[0]  {Name: <string>, Parts: [0, 0]}\n", "        n     1\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestEndings(t *testing.T) {
	for loop, want := range map[int]string{
		0: "then steps 1 to 3 again, for ever\n", 2: "then step 3 again, for ever\n",
		3: "then nothing more happens, for ever\n", traces.Finite: "",
	} {
		d := said(loop, "a", "b", "c")
		for _, format := range []string{"text", "sequence"} {
			if out := convert(t, d, format); !strings.HasSuffix(out, want) || want == "" && strings.Contains(out, "for ever") {
				t.Errorf("loop %d: %s ends\n%s", loop, format, out)
			}
		}
	}
}

// TestSequenceDrawsStraightLifelines checks every row of a diagram with many
// participants: a lifeline stands in its column unless an arrow crosses it.
func TestSequenceDrawsStraightLifelines(t *testing.T) {
	names := []string{"a", "the second", "c", strings.Repeat("long ", 9), "ë"}
	d := said(traces.Finite)
	for i := range 25 {
		d.Steps = append(d.Steps, codec.Step{Name: "N", Actor: names[i/5], Peer: names[i%5], Kind: "fault", State: d.Start})
		d.Steps = append(d.Steps, codec.Step{Name: "N", Actor: names[i/5], Peer: names[i%5], Kind: "deliver", State: d.Start})
	}
	rows := strings.Split(strings.TrimSuffix(convert(t, d, "sequence"), "\n"), "\n")
	if !strings.Contains(rows[2], "long long long long lon…") {
		t.Errorf("heads: %s", rows[2])
	}
	var at []int
	for col, c := range rows[3] {
		if c == '|' {
			at = append(at, col)
		}
	}
	if len(at) != 5 {
		t.Fatalf("lifelines at %v", at)
	}
	for i, row := range rows[4:] {
		for k, col := range at {
			if c := row[col]; c != '|' && c != '-' && c != '*' && c != 'x' {
				t.Errorf("row %d, lifeline %d is %q: %s", i, k, c, row)
			}
		}
		from, to := i/2/5, i/2%5
		switch span := row[:at[4]+1]; {
		case from == to && strings.Count(span, "*") != 1,
			from != to && i%2 == 0 && strings.Count(span, "x") != 1,
			from < to && i%2 == 1 && span[at[from]+1] != '<', // who delivers is at the tip
			from > to && i%2 == 1 && span[at[from]-1] != '>':
			t.Errorf("row %d, from %d to %d: %s", i, from, to, row)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWritersReportErrors(t *testing.T) {
	for _, format := range codec.Formats {
		if err := codec.Convert(failing{}, documents(t)["lasso"], format); err == nil || err.Error() != "disk full" {
			t.Errorf("%s: got %v", format, err)
		}
	}
}
