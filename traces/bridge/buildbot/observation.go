package buildbot

import (
	"encoding/json"
	"fmt"
)

// An Observation is what can be seen of the master after a step, as
// python/quiesce_bridge/observation.py says it. Times are in milliseconds of
// virtual time since the boot; a timer is the time left, nil if not armed;
// connections are numbered in the order of their attach steps.
type Observation struct {
	T              int64             `json:"t"`
	State          string            `json:"state"`
	Conn           *int              `json:"conn"`       // worker.conn
	Registered     *int              `json:"registered"` // the connection the worker manager knows
	Lock           bool              `json:"lock"`       // the start/stop lock is held
	LockWaiters    int               `json:"lock_waiters"`
	MissingTimer   *int64            `json:"missing_timer"`
	BuildWaitTimer *int64            `json:"build_wait_timer"`
	CheckTimer     *int64            `json:"check_timer"` // newer versions
	Waiters        int               `json:"waiters"`     // for the worker to be substantiated
	DeferWaiter    int               `json:"deferwaiter"` // background operations stopService waits for
	NextBuild      bool              `json:"next_build"`  // a build wants the worker as soon as it is insubstantiated
	Quarantine     bool              `json:"quarantine"`
	CanStart       bool              `json:"can_start"` // worker.canStartBuild()
	Start          Calls             `json:"start"`
	Stop           Calls             `json:"stop"`
	Check          Calls             `json:"check"` // newer versions
	Machine        *Machine          `json:"machine"`
	Builders       map[string]string `json:"builders"` // state of the worker's LatentWorkerForBuilder
	Connections    []Connection      `json:"connections"`
	Calls          map[string]string `json:"calls"` // operations of the driver: pending, fired, failed: why
	Errors         []string          `json:"errors"`
	ReactorStopped bool              `json:"reactor_stopped"`
	HeldResults    int               `json:"held_results"` // of the database, waiting for the driver
	Due            []string          `json:"due"`          // calls that are due; only when turns are taken by hand

	Wants   []string `json:"wants"`   // unit mode: what became of each build
	Wakeups int      `json:"wakeups"` // unit mode: how often the master was asked to look for builds

	Gates     []string        `json:"gates"`     // gated builds: answers that wait for the driver
	Available map[string]bool `json:"available"` // gated builds: which builders a distributor would find the worker for

	Builds   []BuildSeen    `json:"builds"`   // full mode
	Building map[string]int `json:"building"` // full mode: builds of each builder
	Log      []string       `json:"log"`

	// What the step itself did, if it was not simply taken.
	NotApplicable string `json:"not_applicable"` // it makes no sense here; nothing has changed
	Raised        string `json:"raised"`         // the code raised an exception in the driver's face
	Livelock      string `json:"livelock"`       // it never came to rest
}

// Calls count those of one provider method.
type Calls struct{ Made, Open int }

// UnmarshalJSON reads [made, open].
func (c *Calls) UnmarshalJSON(data []byte) error {
	var pair []int
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("calls are %s, not [made, open]", data)
	}
	c.Made, c.Open = pair[0], pair[1]
	return nil
}

// MarshalJSON writes [made, open].
func (c Calls) MarshalJSON() ([]byte, error) { return json.Marshal([]int{c.Made, c.Open}) }

// A Machine is the latent machine the worker is on.
type Machine struct {
	State        string `json:"state"`
	Start        Calls  `json:"start"`
	Stop         Calls  `json:"stop"`
	MissingTimer *int64 `json:"missing_timer"`
	WaitTimer    *int64 `json:"wait_timer"`
}

// A Connection is one attach as the worker process sees it.
type Connection struct {
	Status   string   `json:"status"` // connecting, logged in, refused, unreachable
	Closed   bool     `json:"closed"`
	Reason   string   `json:"reason"`   // of a refusal or a loss
	Held     []string `json:"held"`     // replies held back
	Commands int      `json:"commands"` // that run on the worker
}

// A BuildSeen is one build of full mode.
type BuildSeen struct {
	ID      int    `json:"id"`
	Request int    `json:"request"`
	At      string `json:"at"`
	Result  string `json:"result"` // empty while it runs
}
