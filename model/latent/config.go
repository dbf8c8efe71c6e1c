package latent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Version of Buildbot sets the rules in which versions differ.
type Version uint8

const (
	Buildbot370  Version = iota // 3.7.0, as Debian 12 ships it
	Buildbot430                 // 4.3.0, and 4.2 as well
	BuildbotHEAD                // upstream 61f2f41180, unreleased, after 4.3.0
)

var versionNames = []string{"3.7.0", "4.3.0", "HEAD"}

// Versions returns every version, the oldest first.
func Versions() []Version { return []Version{Buildbot370, Buildbot430, BuildbotHEAD} }

func (v Version) String() string { return versionNames[v] }

// A Config is everything about a scope: which Buildbot, what its environment
// may do, and how much of it. Start from [Preset]; the zero Config is not
// useful.
type Config struct {
	Version   Version
	Workers   int // 1 to 3
	Builders  int // 1 or 2; build i belongs to builder i modulo Builders
	Builds    int // 0 to 3
	MaxBuilds int // of the worker; 0 means no limit

	BuildWait int  // the sign of build_wait_timeout: -1, 0 or 1
	Missing   bool // whether missing_timeout is positive
	Machine   bool // whether the workers live on a latent machine
	Eager     bool // whether they start without being asked for once it is up
	Conns     int  // connections of a worker at any time, 1 to 3
	Insts     int  // instances of a worker at any time, 1 to 3

	// Fine makes a choice point of every wait for the database. Otherwise only
	// those are in which a race is known to sit: worker connected and
	// disconnected, claim, build added, preparing worker, failure recorded,
	// build finished, and what follows a ping.
	Fine bool

	// Exact keeps apart states that differ only in how many operations wait in
	// vain, for comparison with what the real Buildbot reports. The state space
	// may then be infinite.
	Exact bool

	Faults  int // in all
	Fault   [faultKinds]uint8
	Request [requestKinds]uint8
	Rule    [rules]bool
}

// Preset returns the default scope of a version: one worker, one builder, two
// builds, one fault of any kind by which nobody breaks a contract, and a
// request to stop the master.
func Preset(v Version) Config {
	c := Config{Version: v, Workers: 1, Builders: 1, Builds: 2, BuildWait: 1, Missing: true,
		Conns: 2, Insts: 2, Faults: 1}
	for _, f := range []Fault{FaultReset, FaultCut, FaultCrash, FaultMute, FaultFalse, FaultError, FaultSilent,
		FaultImpatient} {
		c.Fault[f] = 1
	}
	c.Request[AskStop] = 1
	c.setVersion(v)
	return c
}

func (c *Config) setVersion(v Version) {
	c.Version = v
	for _, b := range begins {
		c.Rule[b.rule] = v >= b.with
	}
}

// on reports whether a rule is on.
func (c *Config) on(r Rule) bool { return c.Rule[r] }

// A Switch is one thing a Config can be told: what it is called, what it does,
// what it may be, and how to read and change it.
type Switch struct {
	Name     string
	Group    string   // scope, faults, requests, version, museum, provider or fix
	Sentence string   // what it means
	Allowed  []string // every value it can have
	Default  string   // its value in Preset(Buildbot370)

	get func(*Config) string
	set func(*Config, int)
}

// Get returns the value of the switch in c.
func (s *Switch) Get(c *Config) string { return s.get(c) }

// Set changes the switch in c. The error names the values that are allowed.
func (s *Switch) Set(c *Config, value string) error {
	i := slices.Index(s.Allowed, value)
	if i < 0 {
		return fmt.Errorf("%s: %q is not allowed, only %s", s.Name, value, strings.Join(s.Allowed, ", "))
	}
	s.set(c, i)
	return nil
}

// Switches returns every switch, in the order in which they are to be listed.
// Setting the version sets its rules, so it must come before them.
func Switches() []Switch {
	out := []Switch{{Name: "version", Group: "scope", Allowed: versionNames,
		Sentence: "Which Buildbot: sets the rules in which versions differ.",
		get:      func(c *Config) string { return c.Version.String() },
		set:      func(c *Config, i int) { c.setVersion(Version(i)) }}}
	out = append(out, scopeSwitches()...)
	for f := range faultKinds {
		out = append(out, number("fault_"+faultNames[f], "faults", faultSentences[f], 0, 3,
			func(c *Config) *uint8 { return &c.Fault[f] }))
	}
	for r := range requestKinds {
		out = append(out, number("ask_"+requestNames[r], "requests", requestSentences[r], 0, 3,
			func(c *Config) *uint8 { return &c.Request[r] }))
	}
	for r := range rules {
		t := ruleTable[r]
		out = append(out, truth(t.name, t.group, t.sentence, func(c *Config) *bool { return &c.Rule[r] }))
	}
	preset := Preset(Buildbot370)
	for i := range out {
		out[i].Default = out[i].Get(&preset)
	}
	return out
}

func scopeSwitches() []Switch {
	n := func(name, sentence string, lo, hi int, at func(*Config) *int) Switch {
		return number(name, "scope", sentence, lo, hi, at)
	}
	return []Switch{
		n("workers", "How many workers the master has.", 1, 3, func(c *Config) *int { return &c.Workers }),
		n("builders", "How many builders use each worker.", 1, MaxBuilders, func(c *Config) *int { return &c.Builders }),
		n("builds", "How many build requests there are.", 0, MaxBuilds, func(c *Config) *int { return &c.Builds }),
		n("max_builds", "How many builds a worker takes at a time; 0 means any number.", 0, 2,
			func(c *Config) *int { return &c.MaxBuilds }),
		n("build_wait_timeout", "The sign of build_wait_timeout: negative keeps instances, 0 stops them at once.", -1, 1,
			func(c *Config) *int { return &c.BuildWait }),
		truth("missing_timeout", "scope", "Whether missing_timeout is positive.", func(c *Config) *bool { return &c.Missing }),
		truth("machine", "scope", "Whether the workers live on a latent machine.", func(c *Config) *bool { return &c.Machine }),
		truth("starts_without_substantiate", "scope", "Whether starting the machine substantiates every worker on it.",
			func(c *Config) *bool { return &c.Eager }),
		n("connections", "How many connections of a worker may exist at a time.", 1, MaxConns,
			func(c *Config) *int { return &c.Conns }),
		n("instances", "How many instances of a worker may exist at a time.", 1, MaxInsts,
			func(c *Config) *int { return &c.Insts }),
		truth("every_database_wait", "scope", "Whether every wait for the database may take any time, not only the important ones.",
			func(c *Config) *bool { return &c.Fine }),
		n("faults", "How many faults there are in all.", 0, 3, func(c *Config) *int { return &c.Faults }),
	}
}

func number[N int | uint8](name, group, sentence string, lo, hi int, at func(*Config) *N) Switch {
	s := Switch{Name: name, Group: group, Sentence: sentence}
	for i := lo; i <= hi; i++ {
		s.Allowed = append(s.Allowed, strconv.Itoa(i))
	}
	s.get = func(c *Config) string { return strconv.Itoa(int(*at(c))) }
	s.set = func(c *Config, i int) { *at(c) = N(lo + i) }
	return s
}

func truth(name, group, sentence string, at func(*Config) *bool) Switch {
	return Switch{Name: name, Group: group, Sentence: sentence, Allowed: []string{"false", "true"},
		get: func(c *Config) string { return strconv.FormatBool(*at(c)) },
		set: func(c *Config, i int) { *at(c) = i == 1 }}
}

// Validate reports a scope that is out of range or contradicts itself, naming
// the switches.
func (c *Config) Validate() error {
	for _, s := range Switches() {
		if v := s.Get(c); !slices.Contains(s.Allowed, v) {
			return fmt.Errorf("%s: %s is not allowed, only %s", s.Name, v, strings.Join(s.Allowed, ", "))
		}
	}
	never := []struct {
		bad bool
		why string
	}{
		{c.on(StartWaitsForAttach) && c.on(AttachAfterStart),
			"start_waits_for_attach and attach_after_start: the instance could never start"},
		{c.on(NegativeSurvives) && c.BuildWait >= 0, "negative_survives needs a negative build_wait_timeout"},
		{c.on(NegativeWaits) && c.BuildWait >= 0, "negative_waits needs a negative build_wait_timeout"},
		{c.on(FinishKicksFirst) && c.BuildWait != 0, "finish_kicks_first needs build_wait_timeout: 0"},
		{c.on(KeepConnection) && c.BuildWait != 0, "keep_connection needs build_wait_timeout: 0"},
		{c.Request[AskReassign] > 0 && c.Builders < 2, "ask_reassign needs builders: 2"},
		{c.Workers > 1 && c.Request[AskRemove]+c.Request[AskReassign] > 0,
			"ask_remove and ask_reassign need workers: 1"},
		{c.Eager && !c.Machine, "starts_without_substantiate needs machine: true"},
		{c.Request[AskMachine] > 0 && !c.Machine, "ask_machine needs machine: true"},
		{c.Request[AskStopWorker] > 0 && c.Request[AskRemove] > 0,
			"ask_stop_worker excludes ask_remove: stopService is called once"},
	}
	for _, n := range never {
		if n.bad {
			return fmt.Errorf("impossible: %s", n.why)
		}
	}
	return nil
}
