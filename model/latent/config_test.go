package latent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func find(t *testing.T, name string) Switch {
	t.Helper()
	for _, s := range Switches() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no switch %q", name)
	panic("unreachable")
}

func TestSwitchesAreComplete(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range Switches() {
		if seen[s.Name] {
			t.Errorf("two switches named %s", s.Name)
		}
		seen[s.Name] = true
		if s.Name != strings.ToLower(s.Name) || strings.ContainsAny(s.Name, " -") {
			t.Errorf("%q is not a name for a YAML key", s.Name)
		}
		if !strings.HasSuffix(s.Sentence, ".") || len(s.Sentence) < 20 {
			t.Errorf("%s: %q is no sentence", s.Name, s.Sentence)
		}
		if s.Group == "" || len(s.Allowed) < 2 || s.Default == "" {
			t.Errorf("%s: group %q, allowed %v, default %q", s.Name, s.Group, s.Allowed, s.Default)
		}
	}
	for r := range rules {
		if !seen[r.String()] {
			t.Errorf("rule %d has no switch", r)
		}
	}
}

// TestSwitchesSetWhatTheyGet: every allowed value can be set and read back,
// and setting it changes no other switch, but for the version.
func TestSwitchesSetWhatTheyGet(t *testing.T) {
	for _, s := range Switches() {
		for _, value := range s.Allowed {
			c := Preset(Buildbot370)
			if err := s.Set(&c, value); err != nil {
				t.Errorf("%s=%s: %v", s.Name, value, err)
			}
			if got := s.Get(&c); got != value {
				t.Errorf("%s=%s reads back as %s", s.Name, value, got)
			}
			for _, other := range Switches() {
				if s.Name != "version" && other.Name != s.Name && other.Get(&c) != other.Default {
					t.Errorf("%s=%s changes %s", s.Name, value, other.Name)
				}
			}
		}
	}
}

func TestSetRefusesWithWhatIsAllowed(t *testing.T) {
	c := Preset(Buildbot370)
	before := c
	s := find(t, "build_wait_timeout")
	err := s.Set(&c, "600")
	if err == nil || !strings.Contains(err.Error(), "-1, 0, 1") {
		t.Errorf("build_wait_timeout=600: %v", err)
	}
	if c != before {
		t.Error("a refused value changed the config")
	}
}

// Every rule in which versions differ begins with one of them and stays.
func TestVersionsDiffer(t *testing.T) {
	began := make(map[string][]string)
	var seen []string
	for _, v := range Versions() {
		c := Preset(v)
		for _, s := range Switches() {
			switch on := s.Get(&c); {
			case s.Group != "version":
			case on == "true" && !slices.Contains(seen, s.Name):
				seen = append(seen, s.Name)
				began[v.String()] = append(began[v.String()], s.Name)
			case on == "false" && slices.Contains(seen, s.Name):
				t.Errorf("%s has no %s any more", v, s.Name)
			}
		}
	}
	want := map[string][]string{
		"4.3.0": {"check_instance", "stop_waits_for_background", "waits_after_ping", "drop_heard", "none_tolerated",
			"locks_need_worker"},
		"HEAD": {"abort_refused", "login_outlives_master"},
	}
	if !maps.EqualFunc(began, want, slices.Equal) {
		t.Errorf("rules begin with %v, want %v", began, want)
	}
}

func TestValidateNamesTheSwitches(t *testing.T) {
	for _, bad := range []struct {
		name   string
		change func(*Config)
	}{
		{"start_waits_for_attach", func(c *Config) { c.Rule[StartWaitsForAttach], c.Rule[AttachAfterStart] = true, true }},
		{"negative_survives", func(c *Config) { c.Rule[NegativeSurvives] = true }},
		{"negative_waits", func(c *Config) { c.Rule[NegativeWaits] = true }},
		{"finish_kicks_first", func(c *Config) { c.Rule[FinishKicksFirst] = true }},
		{"keep_connection", func(c *Config) { c.Rule[KeepConnection] = true }},
		{"ask_reassign", func(c *Config) { c.Request[AskReassign] = 1 }},
		{"ask_remove", func(c *Config) { c.Workers, c.Request[AskRemove] = 2, 1 }},
		{"ask_machine", func(c *Config) { c.Request[AskMachine] = 1 }},
		{"starts_without_substantiate", func(c *Config) { c.Eager = true }},
		{"ask_stop_worker", func(c *Config) { c.Request[AskStopWorker], c.Request[AskRemove] = 1, 1 }},
		{"workers", func(c *Config) { c.Workers = 4 }},
		{"connections", func(c *Config) { c.Conns = 0 }},
		{"fault_reset", func(c *Config) { c.Fault[FaultReset] = 4 }},
	} {
		c := Preset(Buildbot370)
		bad.change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), bad.name) {
			t.Errorf("%s: %v", bad.name, err)
		}
		if _, err := Spec(c); err == nil {
			t.Errorf("%s: Spec accepts what Validate refuses", bad.name)
		}
	}
	for _, v := range Versions() {
		c := Preset(v)
		if err := c.Validate(); err != nil {
			t.Errorf("the preset of %s: %v", v, err)
		}
	}
}

// FuzzSet: no name or value makes a config that Validate and Spec disagree on.
func FuzzSet(f *testing.F) {
	f.Add(uint8(3), uint8(1), uint8(40), uint8(0))
	f.Fuzz(func(t *testing.T, a, x, b, y uint8) {
		all := Switches()
		c := Preset(Buildbot370)
		for _, pick := range [][2]uint8{{a, x}, {b, y}} {
			s := all[int(pick[0])%len(all)]
			if err := s.Set(&c, s.Allowed[int(pick[1])%len(s.Allowed)]); err != nil {
				t.Fatal(err)
			}
		}
		if c.Workers != 1 {
			return
		}
		spec, err := Spec(c)
		if (err == nil) != (c.Validate() == nil) {
			t.Fatalf("Spec: %v, Validate: %v", err, c.Validate())
		}
		if err == nil && len(spec.Model.Init()) != 1 {
			t.Fatal("no initial state")
		}
	})
}

// A user who proposes a change sets a switch and asks what follows.
func ExampleSwitches() {
	c := Preset(Buildbot370)
	for _, s := range Switches() {
		if s.Name == "arm_at_login" {
			fmt.Println(s.Sentence)
			fmt.Println(s.Set(&c, "true"), c.Rule[ArmAtLogin])
			fmt.Println(s.Set(&c, "perhaps"))
		}
	}
	// Output:
	// The loss of a connection is notified from the beginning of its login.
	// <nil> true
	// arm_at_login: "perhaps" is not allowed, only false, true
}

// What is taken for granted is said, and only where it is.
func TestGiven(t *testing.T) {
	c := Preset(Buildbot370)
	for impatient, want := range map[uint8]int{1: 1, 0: 2} {
		c.Fault[FaultImpatient] = impatient
		if got := must(Spec(c)).Given; len(got) != want {
			t.Errorf("fault_impatient=%d: %q", impatient, got)
		}
	}
}
