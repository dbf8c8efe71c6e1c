package catalog

import (
	"fmt"
	"strings"
	"testing"
)

func TestBadVariants(t *testing.T) {
	for _, c := range []struct{ name, yaml, err string }{
		{"unknown key", "workers: 2\nwrokers: 3\n",
			"v.yaml:2:1: plan has no parameter wrokers; it has workers, bug, retry.ever, retry.version"},
		{"duplicate key", "workers: 2\nbug: hang\nworkers: 3\n",
			"v.yaml:3:1: workers is set twice, first in line 1"},
		{"dotted and nested", "retry.ever: true\nretry: {ever: false}\n",
			"v.yaml:2:9: retry.ever is set twice, first in line 1"},
		{"two specs", "spec: plan\nspec: plan\n", "v.yaml:2:1: spec is set twice, first in line 1"},
		{"out of range", "workers:   5 # too many\n", "v.yaml:1:12: workers wants an integer from 1 to 4, not 5"},
		{"quoted number", "workers: '3'\n",
			`v.yaml:1:10: workers wants an integer from 1 to 4, not the text "3": drop the quotes`},
		{"quoted truth", `retry: {ever: "true"}`,
			`v.yaml:1:15: retry.ever wants true or false, not the text "true": drop the quotes`},
		{"truth of old", "retry:\n  ever: yes\n", "v.yaml:2:9: retry.ever wants true or false, not yes"},
		{"float", "workers: 2.0\n", "v.yaml:1:10: workers wants an integer from 1 to 4, not 2.0"},
		{"no value", "bug:\n", `v.yaml:1:5: bug wants one of none, hang, not ""`},
		{"mapping for a value", "workers: {n: 2}\n",
			"v.yaml:1:11: plan has no parameter workers.n; it has workers, bug, retry.ever, retry.version"},
		{"value for a mapping", "retry: true\n",
			"v.yaml:1:1: plan has no parameter retry; it has workers, bug, retry.ever, retry.version"},
		{"list", "bug: [none]\n", "v.yaml:1:6: bug is a list; a parameter is a single value"},
		{"anchor", "workers: &n 2\n", "v.yaml:1:10: workers has an anchor, an alias or a tag; write the value itself"},
		{"alias", "retry: &r {ever: true}\nbug: *r\n",
			"v.yaml:1:8: retry has an anchor, an alias or a tag; write the value itself\n" +
				"v.yaml:2:6: bug has an anchor, an alias or a tag; write the value itself"},
		{"tag", "workers: !!int 2\n", "v.yaml:1:10: workers has an anchor, an alias or a tag; write the value itself"},
		{"merge", "<<: {workers: 2}\n", "v.yaml:1:1: the key is not the name of a parameter"},
		{"key that is a list", "? [workers]\n: 2\n", "v.yaml:1:3: the key is not the name of a parameter"},
		{"another spec", "spec: twophase\nworkers: 99\n", "v.yaml:1:7: the file is for spec twophase, not for plan"},
		{"spec of no text", "spec: 3\n", "v.yaml:1:7: spec wants the name of a spec"},
		{"a list", "- workers: 2\n", `v.yaml:1:1: a list; a variant file is a mapping such as "workers: 2"`},
		{"a word", "workers\n", `v.yaml:1:1: the value workers; a variant file is a mapping such as "workers: 2"`},
		{"two documents", "workers: 2\n---\nbug: hang\n", "v.yaml:2:1: a second document; a variant file has one"},
		{"not YAML", "workers: 2\nbug: [hang\n", "v.yaml:3:1: not YAML: while parsing a flow sequence that starts in line 2: did not find expected ',' or ']'"},
		{"a tab", "retry:\n\tever: true\n", "v.yaml:2:1: not YAML: found character that cannot start any token"},
		{"not text", "workers: 2\nbug: h\xe4ng\n", "v.yaml:2:7: byte 0xe4 is not UTF-8 text"},
		{"deep", strings.Repeat("{a: ", 9) + strings.Repeat("}", 9), "v.yaml:1:33: nested deeper than any parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := ReadVariant("v.yaml", strings.NewReader(c.yaml))
			if err == nil {
				_, err = plan.Values(v, nil)
			}
			if text(err) != c.err {
				t.Errorf("error is\n%s\nwant\n%s", text(err), c.err)
			}
		})
	}
}

func TestVariantWithNothingInIt(t *testing.T) {
	for _, yaml := range []string{"", "# nothing yet\n", "---\n", "{}", "~"} {
		values, err := plan.Values(variant(t, yaml), nil)
		if err != nil || fmt.Sprint(values) != fmt.Sprint(plan.defaults()) {
			t.Errorf("%q: %v, %v", yaml, values, err)
		}
	}
}

func TestHugeVariant(t *testing.T) {
	_, err := ReadVariant("v.yaml", strings.NewReader(strings.Repeat("#", MaxVariantBytes+1)))
	if err == nil || !strings.HasPrefix(err.Error(), "v.yaml: larger than 65536 bytes") {
		t.Errorf("error is %v", err)
	}
	_, err = ReadVariant("v.yaml", strings.NewReader(strings.Repeat("[", MaxVariantBytes)))
	if err == nil {
		t.Error("nothing but brackets is read")
	}
}

// FuzzVariant: no input panics, every error has a place, and what is accepted
// is what the parameters allow.
func FuzzVariant(f *testing.F) {
	for _, seed := range []string{
		"workers: 3\nretry:\n  ever: true\n", "spec: plan\nbug: hang", "retry.version: 3.10", "- a", "{a: [", "a: &a 1\nb: *a",
		"? {a: 1}\n: 2", "a: |\n  b\n", "%YAML 1.1\n---\nworkers: 2", "---\n...\n---\n", "\ufeffworkers: 2", "<<: {a: 1}", "workers: !!int 2",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadVariant("v.yaml", strings.NewReader(string(data)))
		if err == nil {
			var values Values
			if values, err = plan.Values(v, nil); err == nil {
				inRange(t, values)
				return
			}
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !strings.HasPrefix(line, "v.yaml:") && !strings.HasPrefix(line, "and ") {
				t.Errorf("an error without a place: %q", line)
			}
		}
	})
}

func inRange(t *testing.T, values Values) {
	t.Helper()
	for i, p := range plan.Params {
		if again, err := p.Parse(fmt.Sprint(values[i].Value)); err != nil || again != values[i].Value {
			t.Errorf("%s is %v: %v", p.Name, values[i].Value, err)
		}
	}
}
