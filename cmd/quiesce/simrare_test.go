package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestEstimatesMatchTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/rare-report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	const bug = "lifecycle -p workers=1 -p requests=1 -p bug=reconnect --rare;no connection accepted outside substantiating;--runs;100"
	for _, c := range []string{
		bug, bug + ";--levels;steps;--traces;" + t.TempDir(), bug + ";--levels;Submit,RecvAttach;--replicas;2",
		bug + ";--levels;LoseStop,LoseStop;--runs;1;--replicas;2",
		"philosophers --rare;no unexpected deadlock;--steps;6",
	} {
		head, rest, _ := strings.Cut(c, " --rare;")
		args := append(strings.Fields(head), append([]string{"--rare"}, strings.Split(rest, ";")...)...)
		report := simulatedReport(t, 1, args...)
		if err := schema.Validate(report); err != nil {
			t.Errorf("sim %s: %v", c, err)
		}
		for name, change := range map[string]func(r map[string]any){
			"holds":         func(r map[string]any) { r["outcome"] = "holds" },
			"another field": func(r map[string]any) { r["seconds"] = json.Number("3") },
			"no estimates":  func(r map[string]any) { r["estimates"] = []any{} },
			"no mean":       func(r map[string]any) { delete(r, "mean") },
			"live":          func(r map[string]any) { r["form"] = "leads to" },
		} {
			changed := make(map[string]any)
			for k, v := range report.(map[string]any) {
				changed[k] = v
			}
			change(changed)
			if schema.Validate(changed) == nil {
				t.Errorf("sim %s: %s: accepted", c, name)
			}
		}
	}
}
