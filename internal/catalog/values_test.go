package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/properties"
)

// plan is an entry with a parameter of every type, and of no spec.
var plan = Entry{Name: "plan", Doc: "for tests", Params: []Param{
	number("workers", 2, 1, 4, "how many"),
	word("bug", []string{"none", "hang"}, "which"),
	{Name: "retry.ever", Type: Bool, Default: false},
	word("retry.version", []string{"3.1", "3.10"}, "of what"),
}}

func variant(t *testing.T, text string) *Variant {
	t.Helper()
	v, err := ReadVariant("v.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAssignmentsOverrideTheFileOverridesDefaults(t *testing.T) {
	file := variant(t, "spec: plan\nworkers: 3\nretry:\n  ever: true\n  version: 3.10\n")
	values, err := plan.Values(file, []string{"workers=4"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"workers=4", "bug=none", "retry.ever=true", "retry.version=3.10"}
	if got := values.Strings(); !slices.Equal(got, want) {
		t.Errorf("values are %v, want %v", got, want)
	}
	if values.Int("workers") != 4 || values.Word("bug") != "none" || !values.Bool("retry.ever") {
		t.Errorf("values by type are wrong: %v", values)
	}
	data, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), `{"workers":4,"bug":"none","retry.ever":true,"retry.version":"3.10"}`; got != want {
		t.Errorf("JSON is %s, want %s", got, want)
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	file := variant(t, "workers: 9\n\nbug: \"no\"\nworkers: 10\n")
	_, err := plan.Values(file, []string{"worker=1", "workers", "workers=3", "workers=4", "bug=HANG", "="})
	want := strings.Join([]string{
		`v.yaml:1:10: workers wants an integer from 1 to 4, not 9`,
		`v.yaml:3:6: bug wants one of none, hang, not no`,
		`v.yaml:4:1: workers is set twice, first in line 1`,
		`--param worker=1: plan has no parameter worker; it has workers, bug, retry.ever, retry.version`,
		`--param workers: want NAME=VALUE`,
		`--param workers=4: workers is given twice`,
		`--param bug=HANG: bug wants one of none, hang, not HANG`,
		`--param =: plan has no parameter ""; it has workers, bug, retry.ever, retry.version`,
	}, "\n")
	if text(err) != want {
		t.Errorf("error is\n%s\nwant\n%s", text(err), want)
	}
}

func TestMistakesAreCounted(t *testing.T) {
	_, err := plan.Values(nil, make([]string, 1000))
	lines := strings.Split(text(err), "\n")
	if len(lines) != 21 || lines[20] != "and 980 more" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestNoParameters(t *testing.T) {
	none := Of("none", "", nil, func(Values) (properties.Spec[int8, int8], error) { panic("not built") })
	_, err := none.Values(nil, []string{"n=1"})
	if want := "--param n=1: none has no parameter n; it has none at all"; text(err) != want {
		t.Errorf("error is %q, want %q", text(err), want)
	}
}
