package catalog

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// Schema returns the JSON schema (2020-12) of variant files for e, for editors
// that complete and check YAML by one. What it accepts is what a variant file
// may say by itself; combinations that are impossible are found by Build. It
// is the same text every time.
func (e *Entry) Schema() ([]byte, error) {
	instance, err := e.Build(e.defaults())
	if err != nil {
		return nil, err
	}
	root := object{}
	for i := range e.Params {
		p := &e.Params[i]
		root[p.Name] = p.schema()
		root.nest(strings.Split(p.Name, "."), p.schema())
	}
	root["spec"] = map[string]any{"const": e.Name, "description": "Which spec the file is for; optional."}
	root["delays"] = object(delaySchemas(instance)).schema("What actions take in simulations with time, by name or kind.")
	whole := root.schema(e.Doc)
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	whole["title"] = "Variants of " + e.Name
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	w.SetEscapeHTML(false)
	w.SetIndent("", " ")
	err = w.Encode(whole)
	return out.Bytes(), err
}

// An object is what keys of a mapping may be.
type object map[string]any

func (o object) schema(description string) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "description": description,
		"properties": map[string]any(o)}
}

// nest allows a name with dots to be written as mappings, too.
func (o object) nest(path []string, schema any) {
	if len(path) == 1 {
		o[path[0]] = schema
		return
	}
	below, ok := o[path[0]].(map[string]any)
	if !ok {
		below = object{}.schema("The parameters that begin with " + path[0] + ".")
		o[path[0]] = below
	}
	object(below["properties"].(map[string]any)).nest(path[1:], schema)
}

// schema says what p may be in a file.
func (p *Param) schema() map[string]any {
	out := map[string]any{"description": p.Sentence, "default": p.Default}
	switch p.Type {
	case Int:
		out["type"], out["minimum"], out["maximum"] = "integer", p.Min, p.Max
	case Bool:
		out["type"] = "boolean"
	case Word:
		out["enum"] = spellings(p.Words)
	}
	return out
}

// spellings are words as YAML may read them: true is no text there.
func spellings(words []string) []any {
	var out []any
	for _, w := range words {
		out = append(out, w)
		var other any
		if json.Unmarshal([]byte(w), &other) == nil {
			out = append(out, other)
		}
	}
	return out
}

// delaySchemas allows a delay for every action, and for every kind of action.
func delaySchemas(i *Instance) map[string]any {
	text := func(of string) any { return map[string]any{"type": "string", "description": of} }
	out := make(map[string]any)
	for kind := model.Internal; kind <= model.Fault; kind++ {
		out[kind.String()] = text("Actions of this kind that have no delay of their own.")
	}
	for _, a := range i.Describe().Actions {
		out[a.Name] = text(a.Sentence)
	}
	return out
}
