package main

import (
	"io"
	"os"
	"path/filepath"
)

// replaceFile writes the file at path. It appears whole or not at all: what is
// written beside it takes its name when it is complete and on the disk.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".quiesce-*.tmp")
	if err != nil {
		return usage(err)
	}
	// Whatever fails below, no half-written file stays behind.
	defer func() {
		if err != nil {
			temp.Close() // a second Close only returns an error nobody needs
			os.Remove(temp.Name())
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	// CreateTemp makes files for their owner alone; a result is for anybody.
	if err := temp.Chmod(0o644); err != nil {
		return usage(err)
	}
	if err := temp.Sync(); err != nil {
		return usage(err)
	}
	if err := temp.Close(); err != nil {
		return usage(err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return usage(err)
	}
	return nil
}
