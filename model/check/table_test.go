package check_test

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A place is a state of a table.
type place uint8

// A label is an action of a table.
type label uint8

// A set holds places or labels, one bit each.
type set uint64

func (x set) has(n int) bool { return x>>n&1 == 1 }

func (x set) holds(s *place) bool { return x.has(int(*s)) }

func (x set) covers(a label) bool { return x.has(int(a)) }

// An arc is a step of a table.
type arc struct {
	by label
	to place
}

// An assumption is a fairness set of a table.
type assumption struct {
	name   string
	strong bool
	covers set
}

// String returns the assumption as verdicts print it.
func (a assumption) String() string {
	return properties.Fairness[label]{Name: a.name, Strong: a.strong}.String()
}

// A claim is a property of a table, with sets for predicates.
type claim struct {
	name    string
	form    properties.Form
	p, q    set
	bad     []set // by origin: the ends of the steps that AlwaysStep forbids
	subject *set
	under   []string // nil means every assumption
}

// A table is a spec whose model is written out, arc by arc. It is a small
// enough thing to be drawn at random, enumerated, printed and read back.
type table struct {
	init   []place
	next   [][]arc       // by place
	about  []model.About // by label
	never  []string      // further names in Spec.Actions, that no label has
	fair   []assumption
	claims []claim
	within *set
	final  *set
}

// Init and Next make a table a model.
func (t *table) Init() []place { return t.init }

func (t *table) Next(s *place, out *model.Steps[place, label]) {
	for _, arc := range t.next[*s] {
		*out.Add(arc.by) = arc.to
	}
}

// spec returns the table as the engines take it.
func (t *table) spec() properties.Spec[place, label] {
	spec := properties.Spec[place, label]{
		Model: t,
		About: func(a label) model.About { return t.about[a] },
	}
	for _, about := range t.about {
		if !slices.Contains(spec.Actions, about.Name) {
			spec.Actions = append(spec.Actions, about.Name)
		}
	}
	spec.Actions = append(spec.Actions, t.never...)
	for _, f := range t.fair {
		spec.Fairness = append(spec.Fairness,
			properties.Fairness[label]{Name: f.name, Strong: f.strong, Covers: f.covers.covers})
	}
	for i := range t.claims {
		spec.Properties = append(spec.Properties, t.claims[i].property())
	}
	if t.within != nil {
		spec.Within = t.within.holds
	}
	if t.final != nil {
		spec.Final = t.final.holds
	}
	return spec
}

func (c *claim) property() properties.Property[place] {
	p := properties.Property[place]{Name: c.name, Form: c.form, Under: c.under}
	switch c.form {
	case properties.FormAlways, properties.FormReachable, properties.FormNoDeadlock:
		p.P = c.p.holds
	case properties.FormLeadsTo:
		p.P, p.Q = c.p.holds, c.q.holds
	case properties.FormEventually, properties.FormAlwaysPossible:
		p.Q = c.q.holds
	case properties.FormAlwaysStep:
		p.Step = func(from, to *place) bool { return !c.bad[*from].holds(to) }
	}
	if c.subject != nil {
		p = p.About("the subject of "+c.name, c.subject.holds)
	}
	return p
}

// The text of a table, one thing a line. Labels are letters, # begins a
// comment, and the parts of a claim follow its form:
//
//	init 0
//	0: a>1 b>0            the arcs of place 0, in order
//	action a deliver m1 go   label a: its kind, actor (- for none) and name
//	never flood           a name that no label has
//	weak w: a b           an assumption and what it covers
//	strong s: c
//	within 0 1            places that are explored further
//	final 2
//	live leads to P=0,1 Q=2 under=w,s subject=3
//	safe always step bad=0>1,1>1
//
// The first word of a claim is its name. Without under= it may rest on every
// assumption; under= with nothing behind it allows none.
func (t *table) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("init%s", listed(len(t.init), func(i int) string { return strconv.Itoa(int(t.init[i])) }))
	for n, arcs := range t.next {
		line("%d:%s", n, listed(len(arcs), func(i int) string {
			return fmt.Sprintf("%c>%d", letter(int(arcs[i].by)), arcs[i].to)
		}))
	}
	for a, about := range t.about {
		line("action %c %s %s %s", letter(a), about.Kind, cmp.Or(about.Actor, "-"), about.Name)
	}
	for _, name := range t.never {
		line("never %s", name)
	}
	for _, f := range t.fair {
		strength := "weak"
		if f.strong {
			strength = "strong"
		}
		labels := f.covers.items()
		line("%s %s:%s", strength, f.name, listed(len(labels), func(i int) string { return string(letter(labels[i])) }))
	}
	if t.within != nil {
		line("within %s", strings.ReplaceAll(t.within.String(), ",", " "))
	}
	if t.final != nil {
		line("final %s", strings.ReplaceAll(t.final.String(), ",", " "))
	}
	for i := range t.claims {
		line("%s", t.claims[i].String())
	}
	return b.String()
}

func (c *claim) String() string {
	out := c.name + " " + c.form.String()
	switch c.form {
	case properties.FormAlways, properties.FormReachable, properties.FormNoDeadlock:
		out += " P=" + c.p.String()
	case properties.FormLeadsTo:
		out += " P=" + c.p.String() + " Q=" + c.q.String()
	case properties.FormEventually, properties.FormAlwaysPossible:
		out += " Q=" + c.q.String()
	case properties.FormAlwaysStep:
		var steps []string
		for from, ends := range c.bad {
			for _, to := range ends.items() {
				steps = append(steps, fmt.Sprintf("%d>%d", from, to))
			}
		}
		out += " bad=" + strings.Join(steps, ",")
	}
	if c.under != nil {
		out += " under=" + strings.Join(c.under, ",")
	}
	if c.subject != nil {
		out += " subject=" + c.subject.String()
	}
	return out
}

func letter(a int) rune { return rune('a' + a) }

// listed returns n words, each after a space.
func listed(n int, word func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" " + word(i))
	}
	return b.String()
}

// items returns what is in x, in order.
func (x set) items() []int {
	var out []int
	for x != 0 {
		out = append(out, bits.TrailingZeros64(uint64(x)))
		x &= x - 1
	}
	return out
}

func (x set) String() string {
	var out []string
	for _, n := range x.items() {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ",")
}
