package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestDocumentedSessions runs the console blocks of a page, one after the other
// in one folder, and compares what they show. A line after "$ " is for the
// shell; what follows is its output. A YAML block is the file that its first
// line names. With -update the page is rewritten.
func TestDocumentedSessions(t *testing.T) {
	for page, least := range map[string]int{"../../docs/command.md": 10, "../../README.md": 6, "../../docs/simulation.md": 4,
		"../../docs/your-worker.md": 3} {
		t.Run(filepath.Base(page), func(t *testing.T) { runSessions(t, page, least) })
	}
}

// runSessions runs the blocks of one page, which has at least so many commands.
func runSessions(t *testing.T, page string, least int) {
	source, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	examples, err := filepath.Abs("../../examples")
	if err == nil {
		err = os.Symlink(examples, filepath.Join(dir, "examples"))
	}
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	block, file, commands, last := "", "", 0, 0
	for line := range strings.Lines(string(source)) {
		if kind, fence := strings.CutPrefix(line, "```"); fence {
			block, file = strings.TrimSpace(kind), ""
			out.WriteString(line)
			continue
		}
		switch command, is := strings.CutPrefix(line, "$ "); {
		case block == "yaml":
			if file == "" {
				file = filepath.Join(dir, strings.TrimSpace(strings.TrimPrefix(line, "#")))
			}
			appendTo(t, file, line)
			out.WriteString(line)
		case block != "console":
			out.WriteString(line)
		case is:
			out.WriteString(line)
			var shown string
			shown, last = shell(t, dir, strings.ReplaceAll(command, "$?", strconv.Itoa(last)))
			out.WriteString(shown)
			commands++
		}
	}
	if commands < least {
		t.Errorf("%d commands were found", commands)
	}
	if *update {
		if err := os.WriteFile(page, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if out.String() != string(source) {
		t.Errorf("%s does not show what is printed; run go test -update and look at the difference. It should be\n%s", page, out.String())
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// shell runs a line and returns all it prints, with its exit code. The command
// quiesce is this test binary: see TestMain.
func shell(t *testing.T, dir, line string) (string, int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), failed.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), 0
}
