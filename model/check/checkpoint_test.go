package check_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/model/zoo"
	"github.com/quiesce/quiesce/properties"
)

func smallLifecycle(t *testing.T, bug string) properties.Spec[zoo.LifecycleState, zoo.LifecycleAction] {
	t.Helper()
	spec, err := zoo.Lifecycle(zoo.LifecycleParams{Workers: 2, Requests: 2, Losses: 1, Capacity: 1, Bug: bug})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// A search that stops anywhere and is taken up again, by another number of
// workers, gives the report of one that never stopped.
func TestResume(t *testing.T) {
	for _, bug := range []string{"none", "reconnect", "hang"} {
		spec := smallLifecycle(t, bug)
		whole, err := check.Run(context.Background(), spec, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for limit := 1; uint64(limit) < whole.Distinct; limit = limit*3 + 1 {
			path := filepath.Join(t.TempDir(), "checkpoint")
			part := check.Checkpoint{Path: path, Every: 3, Model: "lifecycle"}
			cut, err := check.Run(context.Background(), spec, check.Options{Workers: 1, MaxStates: limit, Checkpoint: part})
			if err != nil || cut.Complete {
				t.Fatalf("limit %d: %v, complete %v", limit, err, cut.Complete)
			}
			for _, workers := range []int{3, 2} {
				part.Every = 1 << 20 // only read
				r, err := check.Run(context.Background(), spec, check.Options{Workers: workers, Checkpoint: part})
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(r, whole) {
					t.Fatalf("bug %s, resumed after %d states:\n%+v\nwhole:\n%+v", bug, cut.Distinct, r, whole)
				}
				if _, err := os.Stat(path); err == nil {
					t.Error("the checkpoint of a finished search is still there")
				}
			}
		}
	}
}

func TestResumeCompact(t *testing.T) {
	spec := smallLifecycle(t, "reconnect")
	spec.Properties = spec.Properties[:1]
	whole, err := check.Run(context.Background(), spec, check.Options{Compact: true})
	if err != nil {
		t.Fatal(err)
	}
	c := check.Checkpoint{Path: filepath.Join(t.TempDir(), "c"), Model: "m"}
	if _, err := check.Run(context.Background(), spec, check.Options{Compact: true, MaxStates: 5000, Checkpoint: c}); err != nil {
		t.Fatal(err)
	}
	r, err := check.Run(context.Background(), spec, check.Options{Compact: true, Checkpoint: c})
	if err != nil || !reflect.DeepEqual(r, whole) {
		t.Fatalf("%v\n%+v\nwhole:\n%+v", err, r, whole)
	}
}

// Every byte of a checkpoint matters: flipped anywhere, or cut anywhere, the
// file is refused.
func TestDamagedCheckpoint(t *testing.T) {
	spec := smallLifecycle(t, "none")
	dir := t.TempDir()
	c := check.Checkpoint{Path: filepath.Join(dir, "whole"), Model: "lifecycle"}
	if _, err := check.Run(context.Background(), spec, check.Options{MaxStates: 50, Checkpoint: c}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, file []byte) {
		path := filepath.Join(dir, "damaged")
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := check.Run(context.Background(), spec, check.Options{Checkpoint: check.Checkpoint{Path: path, Model: "lifecycle"}})
		var ce *check.CheckpointError
		if !errors.As(err, &ce) || ce.Path != path {
			t.Fatalf("%s: %v", name, err)
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, file) {
			t.Fatalf("%s: the file was changed", name)
		}
	}
	for i := 0; i < len(good); i += 97 {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		refused("flipped", bad)
		refused("cut", good[:i])
	}
	refused("longer", append(bytes.Clone(good), 0))
}

func TestForeignCheckpoint(t *testing.T) {
	spec := smallLifecycle(t, "none")
	c := check.Checkpoint{Path: filepath.Join(t.TempDir(), "c"), Model: "lifecycle losses=1"}
	if _, err := check.Run(context.Background(), spec, check.Options{MaxStates: 50, Checkpoint: c}); err != nil {
		t.Fatal(err)
	}
	c.Model = "lifecycle losses=2"
	_, err := check.Run(context.Background(), spec, check.Options{Checkpoint: c})
	if err == nil || !strings.Contains(err.Error(), "losses=1") || !strings.Contains(err.Error(), "losses=2") {
		t.Errorf("another model: %v", err)
	}
	c.Model = "lifecycle losses=1"
	fewer := spec
	fewer.Properties = spec.Properties[:1]
	if _, err := check.Run(context.Background(), fewer, check.Options{Checkpoint: c}); err == nil {
		t.Error("a checkpoint of other claims is accepted")
	}
}

func TestCheckpointThatCannotBeWritten(t *testing.T) {
	c := check.Checkpoint{Path: filepath.Join(t.TempDir(), "no", "such", "folder"), Every: 1}
	_, err := check.Run(context.Background(), smallLifecycle(t, "none"), check.Options{Checkpoint: c})
	var ce *check.CheckpointError
	if !errors.As(err, &ce) {
		t.Errorf("%v", err)
	}
}
