package latent

import (
	"fmt"

	"github.com/quiesce/quiesce/properties"
)

// Spec returns the protocol of c with one worker, and what may be assumed
// about its fairness. It makes no claims: package lifecycle does.
func Spec(c Config) (properties.Spec[State, Action], error) {
	if c.Workers != 1 {
		return properties.Spec[State, Action]{}, fmt.Errorf("workers: %d, use SpecOf for more than one", c.Workers)
	}
	return SpecOf[[1]Worker](c)
}

// SpecOf is Spec for any number of workers: that of C, which must be
// c.Workers.
func SpecOf[C Crew](c Config) (properties.Spec[StateOf[C], Action], error) {
	var crew C
	var spec properties.Spec[StateOf[C], Action]
	if err := c.Validate(); err != nil {
		return spec, err
	}
	if c.Workers != len(crew) {
		return spec, fmt.Errorf("workers: %d, for a state of %d", c.Workers, len(crew))
	}
	spec.Model = &Protocol[C]{c}
	spec.About = About
	spec.Actions = Ops()
	spec.Fairness = fairness(&c)
	spec.Given = given(&c)
	if c.Workers > 1 {
		spec.Canon = canon[C]
	}
	return spec, nil
}

// given says in which order events are assumed to come though nothing makes
// them: timers may run out whenever they are armed, but for this.
func given(c *Config) []string {
	out := []string{"a worker that is alive answers the ping of a duplicate within its ten seconds"}
	if c.Missing && (c.Faults == 0 || c.Fault[FaultImpatient] == 0) {
		out = append(out, "a worker that can still attach does so before its missing timer runs out (without fault_impatient)")
	}
	return out
}

// FairnessNames returns the names of the assumptions a spec of c makes.
func FairnessNames(c *Config) []string {
	var out []string
	for _, f := range fairness(c) {
		out = append(out, f.Name)
	}
	return out
}

// fairness returns one assumption for each party that waits for one thing at a
// time. People and faults are not bound to do anything.
func fairness(c *Config) []properties.Fairness[Action] {
	var out []properties.Fairness[Action]
	add := func(g group, worker, n int, name string) {
		covers := func(a Action) bool {
			return opTable[a.Op].group == g && (worker < 0 || int(a.Worker) == worker) && (n < 0 || int(a.N) == n)
		}
		if g == perInst || g == perConn || g == perRefusal {
			out = append(out, properties.Strong(name, covers))
		} else {
			out = append(out, properties.Weak(name, covers))
		}
	}
	add(master, -1, -1, "master")
	if c.Request[AskRemove]+c.Request[AskReassign]+c.Request[AskMachine] > 0 {
		add(reconfiguration, -1, -1, "reconfiguration")
	}
	if c.Machine {
		add(machineCall, -1, -1, "machine answers")
		add(machineMissingTimer, -1, 0, "machine missing timer")
		add(machineWaitTimer, -1, 0, "machine build wait timer")
	}
	if c.Request[AskMachine] > 0 {
		add(machineMissingTimer, -1, 1, "loose machine missing timer")
		add(machineWaitTimer, -1, 1, "loose machine build wait timer")
	}
	for b := range c.Builders {
		add(perBuilder, -1, b, fmt.Sprintf("builder %d", b))
	}
	for i := range c.Builds {
		add(perBuild, -1, i, fmt.Sprintf("build %d", i))
	}
	for w := range c.Workers {
		for k := range c.Conns {
			add(perConn, w, k, fmt.Sprintf("login %d.%d", w, k))
			add(perConnGone, w, k, fmt.Sprintf("process sees close %d.%d", w, k))
			add(perRefusal, w, k, fmt.Sprintf("process sees refusal %d.%d", w, k))
			add(perConnLost, w, k, fmt.Sprintf("master sees close %d.%d", w, k))
		}
		for i := range c.Insts {
			add(perInst, w, i, fmt.Sprintf("process %d.%d", w, i))
		}
		add(perWorkerStop, w, -1, fmt.Sprintf("stopService %d", w))
		add(perWorkerCall, w, -1, fmt.Sprintf("provider answers %d", w))
		add(perWorkerEnd, w, -1, fmt.Sprintf("provider ends instances %d", w))
		add(perWorkerMissing, w, -1, fmt.Sprintf("missing timer %d", w))
		add(perWorkerWait, w, -1, fmt.Sprintf("build wait timer %d", w))
		add(perWorkerCheck, w, -1, fmt.Sprintf("check timer %d", w))
		add(perWorkerQuarantine, w, -1, fmt.Sprintf("quarantine timer %d", w))
	}
	return out
}
