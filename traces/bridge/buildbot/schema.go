package buildbot

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "python/quiesce_bridge/schema.json"

// definition compiles one definition of the schema both sides share.
func definition(name string) (*jsonschema.Schema, error) {
	text, err := program.ReadFile(schemaFile)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaFile, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaFile + "#/$defs/" + name)
}

var answerSchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return definition("answer") })

// checkAnswer holds one line against the schema.
func checkAnswer(line []byte) error {
	schema, err := answerSchema()
	if err != nil {
		return fmt.Errorf("the embedded schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
