package latent

import (
	"reflect"
	"testing"

	"github.com/quiesce/quiesce/model/modeltest"
	"github.com/quiesce/quiesce/properties"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// small is a scope in which much happens soon.
func small(v Version) Config {
	c := Preset(v)
	c.Builds = 1
	c.Request[AskCancel] = 1
	return c
}

func TestLaws(t *testing.T) {
	for _, v := range Versions() {
		if err := modeltest.CheckSpec(must(Spec(small(v))), modeltest.Options{}); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	c := small(Buildbot370)
	c.Machine, c.Rule[NoLock] = true, true
	c.Request[AskMachine] = 1
	if err := modeltest.CheckSpec(must(Spec(c)), modeltest.Options{}); err != nil {
		t.Errorf("machine: %v", err)
	}
}

func TestLawsOfTwoWorkers(t *testing.T) {
	c := small(Buildbot370)
	c.Workers, c.Builds, c.Faults = 2, 2, 0
	exchange := func(s *StateOf[[2]Worker]) {
		s.Workers[0], s.Workers[1] = s.Workers[1], s.Workers[0]
		s.Master.exchange(0, 1)
	}
	if err := modeltest.CheckSpec(must(SpecOf[[2]Worker](c)), modeltest.Options{}, exchange); err != nil {
		t.Error(err)
	}
}

// TestSize: a worker, with its connections and instances, fits into 128 bytes.
func TestSize(t *testing.T) {
	if n := reflect.TypeFor[Worker]().Size(); n > 128 {
		t.Errorf("a worker takes %d bytes", n)
	}
	if n := reflect.TypeFor[State]().Size(); n > 128 {
		t.Errorf("a master with one worker takes %d bytes", n)
	}
}

func TestSpecChecksItsNumberOfWorkers(t *testing.T) {
	c := Preset(Buildbot370)
	if _, err := SpecOf[[2]Worker](c); err == nil {
		t.Error("a config of one worker made a spec of two")
	}
	c.Workers = 2
	if _, err := Spec(c); err == nil {
		t.Error("a config of two workers made a spec of one")
	}
	spec := must(SpecOf[[2]Worker](c))
	if spec.Canon == nil {
		t.Error("two workers and no symmetry")
	}
	if n := len(spec.Fairness); n > properties.MaxFairness {
		t.Errorf("%d fairness sets", n)
	}
}

// TestThreeWorkersFit: the largest scope still has a set for every party.
func TestThreeWorkersFit(t *testing.T) {
	c := Preset(BuildbotHEAD)
	c.Workers, c.Builds, c.Builders = 3, 3, 2
	c.Conns, c.Insts = 2, 2
	if n := len(must(SpecOf[[3]Worker](c)).Fairness); n > properties.MaxFairness {
		t.Errorf("%d fairness sets, at most %d are supported", n, properties.MaxFairness)
	}
}
