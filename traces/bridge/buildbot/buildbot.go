// Package buildbot drives the real Buildbot: its BuildMaster, latent workers,
// latent machines and Perspective Broker run unchanged in a Python process
// with a virtual clock, and every step of a trace and every observation passes
// through this package.
//
// The Python program is embedded; it needs an interpreter and an installed
// Buildbot, such as Debian's packages python3 and buildbot. Its README is the
// doc string of python/quiesce_bridge/__init__.py.
package buildbot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/quiesce/quiesce/traces/bridge"
)

// Options say which Buildbot is driven, by what, and how patiently. The zero
// Options drive the installed one with one process per CPU.
type Options struct {
	Python    string        // the interpreter; empty means /usr/bin/python3
	Tree      string        // a directory with another Buildbot: the package buildbot itself or a checkout; empty means the installed one
	Processes int           // how many bridges run side by side; 0 means one per CPU
	Budget    time.Duration // CPU time after which a step spins; 0 means 2 s
	Patience  time.Duration // time after which a step is blocked; 0 means 60 s
	Cover     []string      // files of the package buildbot whose coverage is measured, such as worker/latent.py

	coverDir string // where their data is kept, if several bridges share it
}

const (
	defaultPython   = "/usr/bin/python3"
	defaultBudget   = 2 * time.Second
	defaultPatience = time.Minute
	bootPatience    = 2 * time.Minute
	batch           = 50 // traces of one request: enough to pay for its fork
)

func (o Options) withDefaults() Options {
	if o.Python == "" {
		o.Python = defaultPython
	}
	if o.Processes == 0 {
		o.Processes = runtime.NumCPU()
	}
	if o.Budget == 0 {
		o.Budget = defaultBudget
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	return o
}

// Versions say what is being driven.
type Versions struct {
	Buildbot string `json:"buildbot"`
	Twisted  string `json:"twisted"`
	Python   string `json:"python"`
	Path     string `json:"path"` // of the package buildbot
}

// A Bridge is a number of processes that each run the same booted master.
// Close it. Its methods are for one goroutine at a time.
type Bridge struct {
	Versions Versions
	Booted   Observation // what could be seen before any step

	opt    Options
	files  *unpacked
	speaks []*speaker
}

// Open unpacks the Python program, starts the processes and boots a master in
// each. The error is a *bridge.Failure or that of ctx.
func Open(ctx context.Context, config Config, opt Options) (*Bridge, error) {
	opt = opt.withDefaults()
	files, err := unpack()
	if err != nil {
		return nil, fmt.Errorf("unpacking the bridge: %w", err)
	}
	b := &Bridge{opt: opt, files: files, speaks: make([]*speaker, opt.Processes)}
	if opt.coverDir == "" {
		b.opt.coverDir = files.measured()
	}
	boots, err := bridge.Share(ctx, b.speaks, opt.Processes, func(ctx context.Context, _ *speaker, i int) (booted, error) {
		s, boot, err := b.boot(ctx, config)
		b.speaks[i] = s
		return boot, err
	})
	if err != nil {
		b.Close()
		return nil, err
	}
	b.Versions, b.Booted = boots[0].Versions, boots[0].State
	return b, nil
}

type booted struct {
	Versions
	State Observation `json:"state"`
}

func (b *Bridge) boot(ctx context.Context, config Config) (*speaker, booted, error) {
	s, err := speak(b.opt.Python, b.files)
	if err != nil {
		return nil, booted{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, bootPatience)
	defer cancel()
	req := request{Op: "boot", Tree: b.opt.Tree, Config: &config}
	if len(b.opt.Cover) > 0 {
		req.Coverage = &coverRequest{Dir: b.opt.coverDir, Files: b.opt.Cover}
	}
	var boot booted
	err = s.ask(ctx, req, &boot)
	return s, boot, err
}

// Close ends the processes and removes every file of the bridge.
func (b *Bridge) Close() {
	for _, s := range b.speaks {
		if s != nil {
			s.process.Close()
		}
	}
	b.files.remove()
}

// Run takes every trace, each from the booted state, and returns what was seen
// in the order of the traces. It does not depend on the number of processes.
// The error is a *bridge.Failure or that of ctx; a step that spins, blocks or
// crashes the process it runs in is a result.
func (b *Bridge) Run(ctx context.Context, traces [][]Step) ([]Result, error) {
	batches := (len(traces) + batch - 1) / batch
	parts, err := bridge.Share(ctx, b.speaks, batches, func(ctx context.Context, s *speaker, i int) ([]Result, error) {
		return s.run(ctx, traces[i*batch:min((i+1)*batch, len(traces))], b.opt)
	})
	if err != nil {
		return nil, err
	}
	results := make([]Result, 0, len(traces))
	for _, part := range parts {
		results = append(results, part...)
	}
	return results, nil
}

// An End says how a trace ended.
type End string

const (
	Done    End = "done"    // every step was taken
	Spin    End = "spin"    // a step used up its CPU time: control never returns to the reactor
	Blocked End = "blocked" // a step waits for something outside the reactor
	Crashed End = "crashed" // a step ended the process
)

// A Result is what was seen of a trace: an observation after each step that
// returned. If End is not Done, the step after the last observation did that,
// and Where says in which function, or with which exit status.
type Result struct {
	Observations []Observation `json:"observations"`
	End          End           `json:"end"`
	Where        string        `json:"where"`
}

// run is one request, with an answer line for each trace.
func (s *speaker) run(ctx context.Context, traces [][]Step, opt Options) ([]Result, error) {
	id, err := s.send(ctx, request{Op: "run", Traces: withoutNil(traces),
		BudgetMS: int(opt.Budget.Milliseconds()), WallMS: int(opt.Patience.Milliseconds())})
	if err != nil {
		return nil, err
	}
	results := make([]Result, 0, len(traces))
	for {
		// The process watches over its copies; it is itself watched only in case it dies.
		one, cancel := context.WithTimeout(ctx, 2*opt.Patience+bootPatience)
		a, err := s.receive(one, id)
		cancel()
		switch {
		case err != nil:
			return nil, err
		case a.Trace == nil && len(results) != len(traces):
			return nil, s.bad(fmt.Errorf("%d results for %d traces", len(results), len(traces)))
		case a.Trace == nil:
			return results, nil
		case *a.Trace != len(results) || len(results) == len(traces):
			return nil, s.bad(fmt.Errorf("trace %d after %d of %d", *a.Trace, len(results), len(traces)))
		}
		if n := len(a.Observations); n > len(traces[*a.Trace]) || a.End == Done && n < len(traces[*a.Trace]) {
			return nil, s.bad(fmt.Errorf("%d observations of %d steps", n, len(traces[*a.Trace])))
		}
		results = append(results, Result{a.Observations, a.End, a.Where})
	}
}

// withoutNil has empty traces be lists for JSON too.
func withoutNil(traces [][]Step) [][]Step {
	out := make([][]Step, len(traces))
	for i, t := range traces {
		out[i] = append([]Step{}, t...)
	}
	return out
}

// adviceFor completes what Python said about itself.
func adviceFor(kind, tree string) (bridge.Cause, string) {
	const install = "install it: apt-get install --no-install-recommends buildbot, or name another tree"
	switch kind {
	case "import":
		if tree != "" {
			return bridge.NoPackage, "install what the tree " + tree + " needs, or drive the installed Buildbot"
		}
		return bridge.NoPackage, install
	case "coverage":
		return bridge.NoPackage, "install it: apt-get install --no-install-recommends python3-coverage"
	case "python", "version":
		return bridge.WrongVersion, "the bridge knows Buildbot 3.7.0 and newer on Python 3.9 and newer"
	case "tree":
		return bridge.BadTree, "name the directory that holds the package buildbot, or a checkout of Buildbot"
	case "worker":
		return bridge.BadWorker, ""
	case "boot":
		return bridge.NotBooted, ""
	case "crash":
		return bridge.Died, ""
	}
	return bridge.BadRequest, ""
}

var errNotJSON = errors.New("not a JSON object of the protocol")

// unpacked is the Python program as files in a directory of its own.
type unpacked struct{ dir string }

func (u *unpacked) remove() { _ = os.RemoveAll(u.dir) }
