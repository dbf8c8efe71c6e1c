package main

import (
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestSwarmsMatchTheSchema(t *testing.T) {
	file, err := os.Open("../../docs/sim-report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	referred, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://github.com/quiesce/quiesce/docs/sim-report.schema.json", referred); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("../../docs/swarm-report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for code, args := range map[int]string{
		1: "lifecycle --scheduler swarm --switches bug,losses --batch 50 --runs 400 --traces " + t.TempDir(),
		0: "lifecycle --scheduler swarm --switches requests --batch 20 --runs 50",
	} {
		report := simulatedReport(t, code, strings.Fields(args)...)
		if err := schema.Validate(report); err != nil {
			t.Errorf("sim %s: %v", args, err)
		}
		report.(map[string]any)["outcome"] = "holds"
		if schema.Validate(report) == nil {
			t.Errorf("sim %s: a simulation that holds was accepted", args)
		}
	}
}
