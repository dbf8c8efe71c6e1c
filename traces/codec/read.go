package codec

import (
	"errors"
	"io"
)

// Read is being written.
func Read(r io.Reader, name string) (*Document, error) { return nil, errors.New("not yet") }

// Open reads the file at path.
func Open(path string) (*Document, error) { return nil, errors.New("not yet") }
