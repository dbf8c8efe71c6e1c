package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestUserReportMatchesTheSchema holds reports of every kind against the schema,
// and then one without each of its fields.
func TestUserReportMatchesTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/test-report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitPass, []string{"fixed.py:SSHLatentWorker", "--deviations", "0"}},
		{exitPass, []string{"fixed.py:SSHLatentWorker", "--random", "3"}},
		{exitInconclusive, []string{"fixed.py:SSHLatentWorker", "--schedules", "3"}},
		{exitViolated, []string{"broken.py:SSHLatentWorker", "--deviations", "1"}},
	} {
		args := append([]string{"test", "../../examples/ssh/" + c.args[0], "--json", "--progress", "none",
			"--arg", "ssh_host=h", "--arg", "start_command=up", "--arg", "stop_command=down"}, c.args[1:]...)
		code, text := quiesce(t, args...)
		if code != c.code {
			t.Errorf("%v: exit code %d, want %d", c.args, code, c.code)
		}
		tree, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err == nil {
			err = schema.Validate(tree)
		}
		if err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, text)
		}
		report, _ = tree.(map[string]any)
	}
	if len(report) == 0 || len(report["foreign"].([]any)) == 0 {
		t.Fatal("the last report says nothing of Buildbot")
	}
	for field := range report {
		without := maps.Clone(report)
		delete(without, field)
		if schema.Validate(without) == nil {
			t.Errorf("the schema allows a report without %s", field)
		}
	}
}

func TestArguments(t *testing.T) {
	got, err := arguments([]string{"host=build1", "n=3", `tags=["a","b=c"]`, "empty=", "text=\"3\"", "nothing=null"})
	text, _ := json.Marshal(got)
	if want := `{"empty":"","host":"build1","n":3,"nothing":null,"tags":["a","b=c"],"text":"3"}`; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	for _, bad := range [][]string{{"x"}, {"=1"}, {"a=1", "a=2"}, {"name=w"}, {"password=x"}} {
		if _, err := arguments(bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	says, err := sayings([]string{"^POST .*=", `x=a=b`})
	if err != nil || len(says) != 2 || says[0].Text != "" || says[1].To != "x" || says[1].Text != "a=b" {
		t.Errorf("%v, %v", says, err)
	}
	for _, bad := range []string{"x", "=x", "(=x"} {
		if _, err := sayings([]string{bad}); err == nil {
			t.Errorf("--says %s is accepted", bad)
		}
	}
}
