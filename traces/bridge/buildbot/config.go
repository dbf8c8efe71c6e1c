package buildbot

import (
	"bytes"
	"encoding/json"
)

// A Config is what is set of the master, its latent worker w and its builders
// b0, b1 … A field that is nil or empty keeps its default, which
// python/quiesce_bridge/config.py says.
type Config struct {
	Unit                      bool     `json:"unit,omitempty"`                        // worker and builders only: no build requests, no database
	Gated                     bool     `json:"gated,omitempty"`                       // unit mode with real builds whose answers wait
	BuildWaitTimeout          *int     `json:"build_wait_timeout,omitempty"`          // seconds, 10
	MissingTimeout            *int     `json:"missing_timeout,omitempty"`             // seconds, 60
	CheckInstanceInterval     int      `json:"check_instance_interval,omitempty"`     // seconds; newer versions only
	MaxBuilds                 int      `json:"max_builds,omitempty"`                  //
	StartsWithoutSubstantiate bool     `json:"starts_without_substantiate,omitempty"` //
	RemoveWorker              bool     `json:"remove_worker,omitempty"`               // the worker is not configured (any more)
	Reassigned                *bool    `json:"reassigned,omitempty"`                  // the last builder has another worker
	Machine                   bool     `json:"machine,omitempty"`                     // the worker is on a latent machine
	MachineBuildWaitTimeout   *int     `json:"machine_build_wait_timeout,omitempty"`  // seconds, 0
	MachineMissingTimeout     *int     `json:"machine_missing_timeout,omitempty"`     // seconds, 1200
	Builders                  int      `json:"builders,omitempty"`                    // 1
	AutoStart                 AutoCall `json:"auto_start,omitempty"`                  // start_instance needs no step
	AutoStop                  AutoCall `json:"auto_stop,omitempty"`                   // stop_instance
	AutoMachineStart          AutoCall `json:"auto_mstart,omitempty"`                 // start_machine
	AutoMachineStop           AutoCall `json:"auto_mstop,omitempty"`                  // stop_machine
	StopDisconnects           bool     `json:"stop_disconnects,omitempty"`            // stop_instance calls the worker's disconnect first
	Hurry                     bool     `json:"hurry,omitempty"`                       // what the master sleeps takes no time; so it is if Gated
	QuantumMS                 int      `json:"quantum_ms,omitempty"`                  // time that passes after each step
	Log                       bool     `json:"log,omitempty"`                         // observations have the master's log lines

	Worker *UserWorker `json:"worker,omitempty"` // a class of a user's file, in the place of the provider; implies Gated
}

// An AutoCall is the answer of a provider call that is not held for the driver.
type AutoCall string

const (
	AutoOK    AutoCall = "ok"
	AutoFalse AutoCall = "false"
	AutoRaise AutoCall = "raise"
)

// Seconds is for the fields of Config in which 0 differs from the default.
func Seconds(n int) *int { return &n }

// marshal is json.Marshal without the escaping meant for HTML.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return string(bytes.TrimSpace(b.Bytes())), err
}
