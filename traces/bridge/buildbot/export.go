package buildbot

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"go/format"
	"regexp"
	"strings"
	"text/template"
	"unicode"
)

//go:embed templates
var templates embed.FS

// A Target is a form in which a scenario can be exported.
type Target string

const (
	Trial  Target = "trial"    // a test for twisted.trial
	Pytest Target = "pytest"   // the same for pytest
	Tree   Target = "buildbot" // the same with the head of a file of Buildbot's own tree
	Go     Target = "go"       // a skeleton for other implementations
)

// Targets lists them in the order in which they are to be named to people.
var Targets = []Target{Trial, Pytest, Tree, Go}

// A Scenario is a story about a latent worker that ends with a request to stop
// it, and the claim that it stops. Its steps are those of unit mode.
type Scenario struct {
	Name         string // words joined by underscores
	Title        string // one line
	Story        []string
	Claim        string // completes "what must hold:"
	BuildWait    int    // build_wait_timeout, seconds
	Missing      int    // missing_timeout, seconds
	Steps        []Step
	Observations []Observation // after each step, on the code that was driven; Drive fills it
	Version      string        // of that code
}

// RefusedAttach and UnboundedStop are the two defects behind issue 8400 of
// Buildbot.
var (
	RefusedAttach = Scenario{
		Name:  "refused_attach_does_not_prevent_stop",
		Title: "After one refused connection a latent worker, and so its master, cannot be stopped.",
		Story: []string{
			"A worker process connects at a moment when the master does not expect it: typically the",
			"instance was told to stop and its process reconnects before it is gone.  The master refuses",
			"it, and waits for the disconnection in the background.  But the login has failed, so nobody is",
			"ever told of that disconnection.  A later stopService waits for it for ever, although",
			"everything was answered and nothing is left to wait for.  Only kill -9 ends the master.",
		},
		Claim:     "stopService ends once start_instance and stop_instance have returned",
		BuildWait: 600, Missing: 3600,
		Steps: []Step{Attach(), Want(0), StartDone(OK), Attach(), EndBuild(0), StopService(), StopDone(OK)},
	}
	UnboundedStop = Scenario{
		Name:  "hanging_stop_instance_does_not_prevent_stop",
		Title: "A stop_instance that never returns keeps the worker, and so its master, from being stopped.",
		Story: []string{
			"The instance is idle and is told to stop, but stop_instance does not return: an ssh command",
			"that hangs is enough.  There is no limit to how long the master waits, and it holds the",
			"start/stop lock while it does, so that everything else about this worker waits too: builds,",
			"a reconfiguration that removes the worker, and the master's own shutdown.  The provider is at",
			"fault, but only kill -9 ends the master.",
		},
		Claim:     "stopService ends after some time even if stop_instance never returns",
		BuildWait: 600, Missing: 3600,
		Steps: []Step{Want(0), StartDone(OK), Attach(), EndBuild(0), Advance(600_000), StopService()},
	}
)

// Drive takes the steps of s on a Buildbot and returns s with what was seen,
// and whether the claim was violated: the request to stop has not come to its
// end although a day has passed. An error is a *bridge.Failure, that of ctx, or
// says which step cannot be taken.
func Drive(ctx context.Context, s Scenario, opt Options) (_ Scenario, violated bool, err error) {
	opt.Processes = 1
	b, err := Open(ctx, Config{Unit: true, BuildWaitTimeout: &s.BuildWait, MissingTimeout: &s.Missing}, opt)
	if err != nil {
		return s, false, err
	}
	defer b.Close()
	const day = 24 * 3600 * 1000
	results, err := b.Run(ctx, [][]Step{append(append([]Step{}, s.Steps...), Advance(day))})
	if err != nil {
		return s, false, err
	}
	r := results[0]
	for i, o := range r.Observations {
		if why := refused(&o); why != "" {
			return s, false, fmt.Errorf("step %d, %s, cannot be taken: %s", i+1, s.Steps[i], why)
		}
	}
	s.Version = b.Versions.Buildbot
	s.Observations = r.Observations[:min(len(r.Observations), len(s.Steps))]
	if r.End != Done {
		return s, true, nil
	}
	call, called := r.Observations[len(s.Steps)].Calls["stop_service"]
	if !called {
		return s, false, fmt.Errorf("the scenario %s does not ask the worker to stop", s.Name)
	}
	return s, call == "pending", nil
}

// Export writes s as a test. A scenario that Drive has not filled gives a test
// without waits for the states in between.
func Export(s Scenario, to Target) ([]byte, error) {
	if !regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(s.Name) {
		return nil, fmt.Errorf("the name %q is not words joined by underscores", s.Name)
	}
	data := exported{Scenario: s, Package: "latent", Buildbot: to == Tree}
	for _, word := range strings.Split(s.Name, "_") {
		data.Class += string(unicode.ToUpper(rune(word[0]))) + word[1:]
	}
	name, code := "templates/test.py.tmpl", pythonCode
	switch to {
	case Trial, Tree:
		data.Run = "python3 -m twisted.trial test_" + s.Name
	case Pytest:
		data.Run = "pytest test_" + s.Name + ".py"
	case Go:
		name, code = "templates/test.go.tmpl", goCode
	default:
		return nil, fmt.Errorf("cannot export to %q, only to %v", to, Targets)
	}
	for i, step := range s.Steps {
		l, err := code(step)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		if i < len(s.Observations) {
			o := &s.Observations[i]
			l.Rest, l.State, l.Connected = true, o.State, o.Conn != nil
			l.Comment = append(l.Comment, outcome(step, o)...)
		}
		data.Lines = append(data.Lines, l)
	}
	return render(name, data, to == Go)
}

func render(name string, data exported, isGo bool) ([]byte, error) {
	t, err := template.ParseFS(templates, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, err
	}
	if isGo {
		return format.Source(out.Bytes())
	}
	return out.Bytes(), nil
}

// exported is what the templates read.
type exported struct {
	Scenario
	Class, Package, Run string
	Buildbot            bool
	Lines               []line
}

type line struct {
	Comment   []string
	Code      string
	Rest      bool
	State     string
	Connected bool
}

// outcome tells what a step came to, if that is part of the story.
func outcome(s Step, o *Observation) []string {
	last := len(o.Connections) - 1
	if s.Op == "attach" && o.Connections[last].Status == "refused" {
		return []string{"The master refuses it."}
	}
	return nil
}

// A form is how one kind of step is written in Python and Go.
type form struct{ comment, python, golang string }

var forms = map[string]form{
	"want":           {"A build wants the worker.", "self.want()", "w.Want()"},
	"end":            {"The build ends.", "self.build_ends()", "w.BuildEnds()"},
	"insubstantiate": {"Somebody wants the instance gone.", "self.worker.insubstantiate()", "w.Insubstantiate()"},
	"stop_service":   {"The worker is to be stopped, as the master's own stop does.", "self.stop()", "w.StopService()"},
}

func pythonCode(s Step) (line, error) {
	if f, ok := forms[s.Op]; ok {
		return line{Comment: []string{f.comment}, Code: f.python}, nil
	}
	switch s.Op {
	case "attach":
		if len(s.Hold) > 0 {
			return line{Comment: []string{connectsSlowly}, Code: "yield self.connect(slowly=True)"}, nil
		}
		return line{Comment: []string{connects}, Code: "yield self.connect()"}, nil
	case "reply":
		return line{Comment: []string{answersNow}, Code: fmt.Sprintf("yield self.answer(%d)", *s.Conn)}, nil
	case "lose":
		return line{Comment: []string{connectionLost}, Code: fmt.Sprintf("self.clients[%d].disconnect()", *s.Conn)}, nil
	case "advance":
		return line{Comment: []string{"Time passes."},
			Code: fmt.Sprintf("self.master.reactor.advance(%d.%03d)", *s.MS/1000, *s.MS%1000)}, nil
	case "start_done", "stop_done":
		what := strings.TrimSuffix(s.Op, "_done")
		calls := map[string]string{"start": "self.worker.starting", "stop": "self.worker.stopping"}[what]
		return line{Comment: []string{returns(what, s.Result)}, Code: calls + "[-1]" + pythonAnswer[s.Result]}, nil
	}
	return line{}, fmt.Errorf("%s cannot be exported: it needs the bridge", s)
}

// What steps with parameters come to, for people.
const (
	connects       = "A worker process connects and logs in."
	connectsSlowly = "A worker process connects; the master asks it who it is."
	answersNow     = "Only now it answers."
	connectionLost = "The connection is lost."
)

var pythonAnswer = map[Answer]string{OK: ".callback(True)", False: ".callback(False)", Error: `.errback(RuntimeError("provider"))`}

func goCode(s Step) (line, error) {
	if f, ok := forms[s.Op]; ok {
		return line{Comment: []string{f.comment}, Code: f.golang}, nil
	}
	switch s.Op {
	case "attach":
		if len(s.Hold) > 0 {
			return line{Comment: []string{connectsSlowly}, Code: "w.ConnectSlowly()"}, nil
		}
		return line{Comment: []string{connects}, Code: "w.Connect()"}, nil
	case "reply":
		return line{Comment: []string{answersNow}, Code: fmt.Sprintf("w.Answer(%d)", *s.Conn)}, nil
	case "lose":
		return line{Comment: []string{connectionLost}, Code: fmt.Sprintf("w.Disconnect(%d)", *s.Conn)}, nil
	case "advance":
		return line{Comment: []string{"Time passes."}, Code: fmt.Sprintf("w.Advance(%d)", *s.MS)}, nil
	case "start_done":
		return line{Comment: []string{returns("start", s.Result)}, Code: fmt.Sprintf("w.StartReturns(%q)", s.Result)}, nil
	case "stop_done":
		return line{Comment: []string{returns("stop", s.Result)}, Code: fmt.Sprintf("w.StopReturns(%q)", s.Result)}, nil
	}
	return line{}, fmt.Errorf("%s cannot be exported: it needs the bridge", s)
}

func returns(what string, a Answer) string {
	how := map[Answer]string{OK: "returns success", False: "returns False", Error: "fails"}[a]
	return what + "_instance " + how + "."
}
