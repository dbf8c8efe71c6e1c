package buildbot

// A UserWorker is a latent worker class of a user's file, which takes the
// place of the played provider: see python/quiesce_bridge/world.py. Patterns
// are regular expressions of Python, searched for in the text of an effect.
type UserWorker struct {
	File   string         `json:"file"`             // absolute
	Shown  string         `json:"shown,omitempty"`  // the path as messages have it; empty means File
	Class  string         `json:"class"`            //
	Args   map[string]any `json:"args,omitempty"`   // of its constructor, besides name and password
	Builds int            `json:"builds,omitempty"` // that are asked for; 0 means 2
	Starts string         `json:"starts,omitempty"` // effects of start_instance whose success means that the instance is there
	Ends   string         `json:"ends,omitempty"`   // effects of stop_instance whose success means that it is gone
	Asks   string         `json:"asks,omitempty"`   // effects that ask whether it is there; they are told the truth
	Late   bool           `json:"late,omitempty"`   // an effect that ends an instance may come back before it is gone
	Says   []Said         `json:"says,omitempty"`   // what effects come back with; the first that matches
}

// Said is the text with which effects come back that match To: the output of
// a command, the body of an answer.
type Said struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Chosen is an event of a schedule that is not the calm one.
type Chosen struct {
	At    int    `json:"at"` // index of the event
	Event string `json:"event"`
}

// Play plays a schedule of at most limit events: the calm one, in which
// everything is answered with success at once, but for what is chosen.
func Play(limit int, chosen ...Chosen) Step { return Step{Op: "play", Limit: limit, Choose: chosen} }

// PlayPicks plays a schedule in which pick i, if not 0, chooses among the
// events that can happen then, modulo their number.
func PlayPicks(limit int, picks []uint32) Step { return Step{Op: "play", Limit: limit, Picks: picks} }

// PlayEvents plays those of the events that can happen, in their order, and
// then the calm schedule without asking for more builds.
func PlayEvents(limit int, events []string) Step {
	return Step{Op: "play", Limit: limit, Events: append([]string{}, events...)}
}

// Played is what happened in a schedule.
type Played struct {
	Moves []Move `json:"moves"`
	Rest  bool   `json:"rest"` // nothing can happen any more
	Open  []Call `json:"open"` // calls that have not come back
}

// A Move is one event of a schedule.
type Move struct {
	Took     string      `json:"took"`
	Enabled  []string    `json:"enabled"` // what could have happened; the calm event first
	Happened []Happening `json:"happened"`
	State    string      `json:"state"` // of the worker afterwards
}

// A Call is start or stop, with the number of the instance it is about.
type Call struct {
	Call string `json:"call"`
	N    int    `json:"n"`
}

// A Happening is one thing that a move brought about. What says which of the
// other fields it has; the schema lists them.
type Happening struct {
	What string `json:"what"`
	Call
	ID       int    `json:"id"`       // of an effect
	Kind     string `json:"kind"`     // command, request, thread
	Text     string `json:"text"`     //
	At       string `json:"at"`       // place in the user's file
	Value    string `json:"value"`    // that a call returned
	Good     bool   `json:"good"`     // it is true
	Slip     bool   `json:"slip"`     // an exception is a slip of the programmer
	Troubled bool   `json:"troubled"` // something the call did had not come back with success
	How      string `json:"how"`      // an effect comes back: ok, error, status, never, half, late, killed
	Role     string `json:"role"`     // what success of an effect means: starts, ends, asks or nothing
	Late     bool   `json:"late"`     // an instance begins when its start_instance is over
	Instance int    `json:"instance"`
	Conn     int    `json:"conn"`
	MS       int64  `json:"ms"`
}
