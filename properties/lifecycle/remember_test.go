package lifecycle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
)

// memorised are fates that an earlier run of the same program has found, and
// the file to which those of this run are added as they come, so that a run
// that was interrupted goes on where it ended.
type memorised struct {
	has  map[int]*fate
	file *os.File // nil if nothing is to be kept
}

// remember opens the file of fates, if there is to be one. Its first line says
// which program it is about.
func remember(t *testing.T, binary string) *memorised {
	t.Helper()
	m := &memorised{has: make(map[int]*fate)}
	if *memory == "" {
		return m
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	title := fmt.Sprintf("%x", sha256.Sum256(program))
	old, err := os.ReadFile(*memory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var kept bytes.Buffer
	fmt.Fprintln(&kept, title)
	lines := bufio.NewScanner(bytes.NewReader(old))
	for same := lines.Scan() && lines.Text() == title; same && lines.Scan(); {
		var f fate
		if json.Unmarshal(lines.Bytes(), &f) != nil {
			break // the run was interrupted while it wrote this line
		}
		m.has[f.Mutant] = &f
		fmt.Fprintln(&kept, lines.Text())
	}
	if err := os.WriteFile(*memory+".new", kept.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(*memory+".new", *memory); err != nil {
		t.Fatal(err)
	}
	m.file, err = os.OpenFile(*memory, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.file.Close() })
	fmt.Printf("%d fates are known from %s\n", len(m.has), *memory)
	return m
}

func (m *memorised) keep(t *testing.T, f fate) {
	t.Helper()
	if m.file == nil {
		return
	}
	line, err := json.Marshal(f)
	if err == nil {
		_, err = fmt.Fprintf(m.file, "%s\n", line)
	}
	if err != nil {
		t.Fatal(err)
	}
}
