package catalog

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write golden files")

// The schema of the Buildbot model is published.
func TestSchemaOfLatent(t *testing.T) {
	const file = "../../docs/latent-variant.schema.json"
	got := schemaOf(t, "latent")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date, run with -update: %v", file, err)
	}
}

func schemaOf(t *testing.T, spec string) []byte {
	t.Helper()
	e, err := Find(spec)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Schema()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Schema and reader take the same files, for every spec and every parameter.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	for _, e := range Specs() {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaOf(t, e.Name)))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("variant.json", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := compiler.Compile("variant.json")
		if err != nil {
			t.Fatal(err)
		}
		files := []string{"{}", "spec: " + e.Name, "spec: other", "no_such_key: 1", "a.b: 1", "delays: {timer: constant(1s)}",
			"delays: {no such action: constant(1s)}", "delays: 1"}
		for _, p := range e.Params {
			values := append([]string{"-7", "0", "1", "2", "99", "1.5", "true", "false", "x", "'1'", "'true'", "[1]", "{a: 1}"}, p.Words...)
			for _, value := range append(values, fmt.Sprint(p.Default)) {
				files = append(files, p.Name+": "+value)
				files = append(files, strings.ReplaceAll(p.Name, ".", ": {")+": "+value+strings.Repeat("}", strings.Count(p.Name, ".")))
			}
		}
		actions := actionsOf(t, &e)
		for _, file := range files {
			if taken, valid := reads(&e, actions, file), accepts(t, schema, file); taken != valid {
				t.Errorf("%s: %q is taken: %t, valid: %t", e.Name, file, taken, valid)
			}
		}
	}
}

// reads reports whether the reader takes a file for e, which has these actions.
func reads(e *Entry, actions []string, text string) bool {
	v, err := ReadVariant("v.yaml", strings.NewReader(text))
	if err != nil {
		return false
	}
	if _, err := e.Values(v, nil); err != nil {
		return false
	}
	if len(v.delays) == 0 {
		return true // tables of delays take their time
	}
	_, err = delaysOf(e.Name, actions, &SimOptions{Variant: v})
	return err == nil
}

func actionsOf(t *testing.T, e *Entry) (names []string) {
	t.Helper()
	i, err := e.Build(e.defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range i.Describe().Actions {
		names = append(names, a.Name)
	}
	return names
}

func accepts(t *testing.T, schema *jsonschema.Schema, text string) bool {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value) == nil
}
