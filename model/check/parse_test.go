package check_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// parse reads the text of a table, as String writes it. A label without an
// action line is an internal step of actor "p" named by its letter, and a
// place without a line has no steps.
func parse(t testing.TB, text string) *table {
	t.Helper()
	var out table
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := out.read(words); err != nil {
			t.Fatalf("line %d: %q: %v", number+1, line, err)
		}
	}
	out.complete()
	return &out
}

func (t *table) read(words []string) error {
	first, rest := words[0], words[1:]
	switch first {
	case "init":
		for _, w := range rest {
			t.init = append(t.init, place(digits(w)))
		}
	case "action":
		a := label(rest[0][0] - 'a')
		t.name(a)
		kind := slices.IndexFunc(kinds, func(k model.Kind) bool { return k.String() == rest[1] })
		t.about[a] = model.About{Kind: kinds[kind], Actor: strings.TrimPrefix(rest[2], "-"), Name: rest[3]}
	case "never":
		t.never = append(t.never, rest...)
	case "weak", "strong":
		f := assumption{name: strings.TrimSuffix(rest[0], ":"), strong: first == "strong"}
		for _, w := range rest[1:] {
			f.covers |= 1 << (w[0] - 'a')
		}
		t.fair = append(t.fair, f)
	case "within":
		t.within = new(parseSet(rest))
	case "final":
		t.final = new(parseSet(rest))
	default:
		if from, ok := strings.CutSuffix(first, ":"); ok {
			t.readArcs(digits(from), rest)
			return nil
		}
		return t.readClaim(first, rest)
	}
	return nil
}

var kinds = []model.Kind{model.Internal, model.Deliver, model.Timer, model.Request, model.Fault}

func (t *table) readArcs(from int, words []string) {
	t.place(from)
	for _, w := range words {
		by, to, _ := strings.Cut(w, ">")
		a := label(by[0] - 'a')
		t.name(a)
		t.place(digits(to))
		t.next[from] = append(t.next[from], arc{a, place(digits(to))})
	}
}

func (t *table) readClaim(name string, words []string) error {
	c := claim{name: name}
	parts := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, "=") })
	if parts < 0 {
		return fmt.Errorf("a claim has a form and parts")
	}
	form := strings.Join(words[:parts], " ")
	for c.form.String() != form {
		if c.form++; c.form > properties.FormNoDeadlock {
			return fmt.Errorf("no form %q", form)
		}
	}
	for _, w := range words[parts:] {
		key, value, _ := strings.Cut(w, "=")
		items := strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		switch key {
		case "P":
			c.p = parseSet(items)
		case "Q":
			c.q = parseSet(items)
		case "subject":
			c.subject = new(parseSet(items))
		case "under":
			c.under = append([]string{}, items...)
		case "bad":
			for _, step := range items {
				from, to, _ := strings.Cut(step, ">")
				for len(c.bad) <= digits(from) {
					c.bad = append(c.bad, 0)
				}
				c.bad[digits(from)] |= 1 << digits(to)
			}
		default:
			return fmt.Errorf("no part %q", key)
		}
	}
	t.claims = append(t.claims, c)
	return nil
}

func parseSet(items []string) set {
	var out set
	for _, w := range items {
		out |= 1 << digits(w)
	}
	return out
}

// digits reads a place. A wrong one is far outside any table.
func digits(w string) int {
	n, err := strconv.Atoi(w)
	if err != nil {
		panic(err)
	}
	return n
}

// place and name make room for a place and a label.
func (t *table) place(n int) {
	for len(t.next) <= n {
		t.next = append(t.next, nil)
	}
}

func (t *table) name(a label) {
	for len(t.about) <= int(a) {
		t.about = append(t.about, model.About{Actor: "p", Name: string(letter(len(t.about)))})
	}
}

// complete makes room for the places that are only named.
func (t *table) complete() {
	for _, n := range t.init {
		t.place(int(n))
	}
	for i := range t.claims {
		for len(t.claims[i].bad) < len(t.next) {
			t.claims[i].bad = append(t.claims[i].bad, 0)
		}
	}
}

// A failing random table is read back from its dump, so the two must agree.
func TestTableTextIsFaithful(t *testing.T) {
	for run := range uint64(2000) {
		source := rng.New(7, run)
		text := randomTable(&source).String()
		if again := parse(t, text).String(); again != text {
			t.Fatalf("run %d: wrote\n%s\nread back\n%s", run, text, again)
		}
	}
}
