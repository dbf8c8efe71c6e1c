package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func reportSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reported runs quiesce check --json with args and returns the report.
func reported(t *testing.T, code int, args ...string) any {
	t.Helper()
	var stdout, stderr bytes.Buffer
	got := run(append([]string{"check", "--json", "--progress", "none"}, args...), &stdout, &stderr)
	if got != code || stderr.Len() > 0 {
		t.Fatalf("check %v: exit code %d, want %d; %s", args, got, code, stderr.String())
	}
	tree, err := jsonschema.UnmarshalJSON(&stdout)
	if err != nil {
		t.Fatalf("check %v: %v", args, err)
	}
	return tree
}

func TestReportsMatchTheSchema(t *testing.T) {
	schema := reportSchema(t)
	for _, c := range []struct {
		code int
		args string
	}{
		{0, "peterson"},
		{0, "twophase --witnesses"},
		{0, "twophase --witnesses --traces " + t.TempDir()},
		{0, "twophase --symmetry"},
		{0, "twophase --compact"},
		{1, "philosophers -p n=2"},
		{1, "lifecycle -p bug=hang --traces " + t.TempDir()},
		{1, "lifecycle -p bug=reconnect --max-states 500"},
		{3, "lifecycle --max-states 100"},
		{3, "lifecycle --max-bytes 1KiB"},
		{4, "lifecycle -p requests=0"},
	} {
		if err := schema.Validate(reported(t, c.code, strings.Fields(c.args)...)); err != nil {
			t.Errorf("check %s: %v", c.args, err)
		}
	}
}

// TestSchemaRefuses changes a good report in one way each: a schema that takes
// everything would pass the test above.
func TestSchemaRefuses(t *testing.T) {
	schema := reportSchema(t)
	property := func(r map[string]any) map[string]any { return r["properties"].([]any)[1].(map[string]any) }
	for name, change := range map[string]func(r map[string]any){
		"no outcome":         func(r map[string]any) { delete(r, "outcome") },
		"another outcome":    func(r map[string]any) { property(r)["outcome"] = "maybe" },
		"another form":       func(r map[string]any) { property(r)["form"] = "never" },
		"another field":      func(r map[string]any) { r["seconds"] = json.Number("3") },
		"negative count":     func(r map[string]any) { r["distinct"] = json.Number("-1") },
		"count as text":      func(r map[string]any) { r["distinct"] = "6" },
		"no reason to stop":  func(r map[string]any) { r["complete"] = false },
		"stopped, complete":  func(r map[string]any) { r["stopped"] = "the limit of 3 states" },
		"null for no names":  func(r map[string]any) { r["never"] = nil },
		"parameter of parts": func(r map[string]any) { r["params"] = map[string]any{"n": []any{}} },
		"trace without loop": func(r map[string]any) { delete(property(r)["trace"].(map[string]any), "loop") },
		"vacuous with trace": func(r map[string]any) { property(r)["outcome"], property(r)["reason"] = "vacuous", "never: x" },
		"vacuous, no reason": func(r map[string]any) { property(r)["outcome"], property(r)["trace"] = "vacuous", nil },
		"violated, yet sets": func(r map[string]any) { property(r)["necessary"] = []any{"WF(x)"} },
	} {
		r := reported(t, 1, "philosophers", "-p", "n=2").(map[string]any)
		if err := schema.Validate(r); err != nil {
			t.Fatal(err)
		}
		change(r)
		if schema.Validate(r) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
