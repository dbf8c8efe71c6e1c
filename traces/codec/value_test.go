package codec

import (
	"slices"
	"testing"

	"github.com/quiesce/quiesce/model"
)

func num(s string) model.Value { return model.Value{Shape: model.Number, Text: s} }

func TestCompareNumbers(t *testing.T) {
	ordered := []string{"-100", "-99", "-10", "-9", "-1", "0", "1", "9", "10", "99", "100", "170141183460469231731687303715884105727"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := compareNumbers(a, b), sign(i-j); got != want {
				t.Errorf("compare %s with %s: %d, want %d", a, b, got, want)
			}
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// TestCompareIsAnOrder checks the laws that sorting needs, on all pairs and
// triples of values of every shape.
func TestCompareIsAnOrder(t *testing.T) {
	values := []model.Value{
		{Shape: model.Word, Text: "a"}, {Shape: model.Word, Text: "b"}, {Shape: model.Truth, Text: "true"},
		num("2"), num("10"), num("-3"),
		{Shape: model.List}, {Shape: model.List, Items: []model.Value{num("2")}},
		{Shape: model.List, Items: []model.Value{num("2"), num("1")}},
		{Shape: model.Set, Items: []model.Value{num("2")}},
		{Shape: model.Record, Names: []string{"x"}, Items: []model.Value{num("2")}},
		{Shape: model.Record, Names: []string{"y"}, Items: []model.Value{num("1")}},
		formed(formTuple, model.Value{Shape: model.List}),
	}
	for _, a := range values {
		for _, b := range values {
			if compare(a, b) != -compare(b, a) || (compare(a, b) == 0) != a.Equal(b) {
				t.Errorf("%s and %s: %d one way, %d the other", a, b, compare(a, b), compare(b, a))
			}
			for _, c := range values {
				if compare(a, b) < 0 && compare(b, c) < 0 && compare(a, c) >= 0 {
					t.Errorf("%s < %s < %s, but not the first and the last", a, b, c)
				}
			}
		}
	}
}

func TestCanonical(t *testing.T) {
	set := func(items ...model.Value) model.Value { return model.Value{Shape: model.Set, Items: items} }
	word := func(s string) model.Value { return model.Value{Shape: model.Word, Text: s} }
	pair := func(k, v model.Value) model.Value { return model.Value{Shape: model.List, Items: []model.Value{k, v}} }
	for _, c := range []struct {
		v    model.Value
		want string
	}{
		{set(num("10"), num("9"), num("-1"), num("9")), "{-1, 9, 10}"},
		{set(set(word("b"), word("a")), set(word("a"), word("b"), word("a"))), "{{a, b}}"},
		{word("a\xffb"), "a\uFFFDb"},
		{formed(formMap, model.Value{Shape: model.List, Items: []model.Value{pair(word("z"), num("1")), pair(word("y"), num("2"))}}),
			"{#map: [[y, 2], [z, 1]]}"},
	} {
		before := c.v.String()
		got := canonical(c.v)
		if got.String() != c.want || !canonical(got).Equal(got) {
			t.Errorf("%s became %s, want %s", before, got, c.want)
		}
		if c.v.String() != before {
			t.Errorf("%s was changed in place to %s", before, c.v)
		}
	}
}

func TestSlug(t *testing.T) {
	for s, want := range map[string]string{
		"": "x", "ÄÖ": "x", "Every stop ends": "every-stop-ends", "--a  b--": "a-b", "../../etc": "etc",
		"12345678901234567890123456789012345678901234567 tail": "12345678901234567890123456789012345678901234567",
	} {
		if got := slug(s, "x"); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}

func TestSortFieldsKeepsPairs(t *testing.T) {
	n, err := scan("f", []byte(`{"b": {"z": 1, "a": 2}, "a": [{"d": 3, "c": 4}]}`))
	if err != nil {
		t.Fatal(err)
	}
	sortFields(&n)
	if got, want := n.appendFlat(nil, 1000), []byte(`{"a": [{"c": 4, "d": 3}], "b": {"a": 2, "z": 1}}`); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
