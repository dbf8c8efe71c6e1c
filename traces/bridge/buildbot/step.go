package buildbot

import "strings"

// A Step is one thing the driver makes happen. Op is the name of a function of
// python/quiesce_bridge/steps.py; the other fields are its arguments, and the
// schema says which belong to which. Make one with the functions below.
type Step struct {
	Op       string   `json:"op"`
	Result   Answer   `json:"result,omitempty"`
	Hold     []string `json:"hold,omitempty"`
	Password string   `json:"password,omitempty"`
	Conn     *int     `json:"conn,omitempty"`
	What     any      `json:"what,omitempty"` // replies: of hold several, of reply one
	RC       *int     `json:"rc,omitempty"`
	Builder  int      `json:"builder,omitempty"`
	MS       *int64   `json:"ms,omitempty"`
	Mode     string   `json:"mode,omitempty"`
	Index    *int     `json:"index,omitempty"`
	Set      *Config  `json:"set,omitempty"`
	Request  *int     `json:"request,omitempty"`
	Gate     string   `json:"gate,omitempty"`
	Timer    string   `json:"timer,omitempty"`
	Keep     []string `json:"keep,omitzero"`
}

// An Answer is what a call of the provider comes back with.
type Answer string

const (
	OK     Answer = "ok"
	False  Answer = "false"
	Error  Answer = "error"
	Cannot Answer = "cannot" // LatentWorkerCannotSubstantiate; of start_instance only
)

// Steps of the provider: the oldest outstanding call is answered.
func StartDone(a Answer) Step        { return Step{Op: "start_done", Result: a} }
func StopDone(a Answer) Step         { return Step{Op: "stop_done", Result: a} }
func MachineStartDone(a Answer) Step { return Step{Op: "mstart_done", Result: a} }
func MachineStopDone(a Answer) Step  { return Step{Op: "mstop_done", Result: a} }
func CheckDone(a Answer) Step        { return Step{Op: "check_done", Result: a} }

// Attach has a worker process connect and log in, and hold back the replies
// of the given kinds. Connections are numbered from 0.
func Attach(hold ...string) Step { return Step{Op: "attach", Hold: hold} }

// Steps of a worker process and its connection.
func Lose(conn int) Step                 { return Step{Op: "lose", Conn: &conn} }              // both ends are told
func Silence(conn int) Step              { return Step{Op: "silence", Conn: &conn} }           // nobody is told
func Reply(conn int) Step                { return Step{Op: "reply", Conn: &conn} }             // every held reply goes out
func ReplyOf(conn int, kind string) Step { return Step{Op: "reply", Conn: &conn, What: kind} } // those of one kind
func Relist(conn int) Step               { return Step{Op: "relist", Conn: &conn} }            // a changed builder list is taken
func CommandDone(conn, rc int) Step      { return Step{Op: "cmd_done", Conn: &conn, RC: &rc} }

// Hold changes which replies a connection holds back.
func Hold(conn int, kinds ...string) Step { return Step{Op: "hold", Conn: &conn, What: kinds} }

// Builds: Build and Cancel of full mode, Want and End of unit mode.
func Build(builder int) Step    { return Step{Op: "build", Builder: builder} }
func Cancel() Step              { return Step{Op: "cancel"} }
func Want(builder int) Step     { return Step{Op: "want", Builder: builder} }
func EndBuild(builder int) Step { return Step{Op: "end", Builder: builder} }

// Advance lets virtual time pass.
func Advance(ms int64) Step { return Step{Op: "advance", MS: &ms} }

// Steps of an operator. Shutdown is what SIGTERM does.
func Insubstantiate() Step     { return Step{Op: "insubstantiate"} }
func StopService() Step        { return Step{Op: "stop_service"} }
func Shutdown() Step           { return Step{Op: "shutdown"} }
func Reconfig(set Config) Step { return Step{Op: "reconfig", Set: &set} }

// HoldDatabase has answers of the database wait for AnswerDatabase until
// ReleaseDatabase lets them all go.
func HoldDatabase() Step    { return Step{Op: "db", Mode: "hold"} }
func ReleaseDatabase() Step { return Step{Op: "db", Mode: "go"} }
func AnswerDatabase() Step  { return Step{Op: "db_step"} }

// Steps of gated builds, in which the driver stands in for the distributor and
// the database: see python/quiesce_bridge/gated.py.
func Sample(builder int) Step         { return Step{Op: "sample", Builder: builder} }
func Claim(builder, request int) Step { return Step{Op: "claim", Builder: builder, Request: &request} }
func OpenGate(gate string) Step       { return Step{Op: "open", Gate: gate} }
func OpenOthers(keep []string) Step   { return Step{Op: "open_others", Keep: keep} }
func StopBuild(request int) Step      { return Step{Op: "stop_build", Request: &request} }
func Drop(request int) Step           { return Step{Op: "drop", Request: &request} }

// Fire has a timer run out before its time: missing, build_wait, check or
// quarantine of the worker, machine_missing or machine_wait of its machine.
func Fire(timer string) Step { return Step{Op: "fire", Timer: timer} }

// SlowClose has the time run out that a shutdown gives to the build of a
// request before it closes the connection.
func SlowClose(request int) Step { return Step{Op: "fire", Timer: "slow", Index: &request} }

// Control is a button on the worker's page: stop, kill, pause or unpause.
func Control(what string) Step { return Step{Op: "control", What: what} }

func oneReply(conn int, kind string, index int) Step {
	return Step{Op: "reply", Conn: &conn, What: kind, Index: &index}
}

// Observe changes nothing.
func Observe() Step { return Step{Op: "observe"} }

// String returns the step on one line: its name and its arguments.
func (s Step) String() string {
	line, err := marshal(s)
	if err != nil {
		return s.Op
	}
	arguments := strings.TrimSuffix(strings.TrimPrefix(line, `{"op":"`+s.Op+`"`), "}")
	return s.Op + strings.NewReplacer(`"`, "", ",", " ", ":", "=").Replace(arguments)
}
