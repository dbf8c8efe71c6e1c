package codec

import (
	"errors"
	"io"
)

// Text writes the numbered steps, with only the fields that change.
func Text(w io.Writer, d *Document) error { return errors.New("not yet") }

// Sequence writes a sequence diagram in plain text.
func Sequence(w io.Writer, d *Document) error { return errors.New("not yet") }

// Mermaid writes a sequence diagram in the language of mermaid.js.
func Mermaid(w io.Writer, d *Document) error { return errors.New("not yet") }

// Formats are the names Convert knows.
var Formats = []string{"json", "text", "sequence", "mermaid"}

// Convert writes d in one of Formats.
func Convert(w io.Writer, d *Document, to string) error { return errors.New("not yet") }
