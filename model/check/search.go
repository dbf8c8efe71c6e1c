package check

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/quiesce/quiesce/properties"
)

// A search explores a spec level by level. Within a level workers take chunks
// of the queue as they come and number new states as they find them; nothing
// in a report depends on those numbers. A level that would exceed a limit is
// taken back as a whole, so that a truncated report does not depend on the
// schedule either.
type search[S, A comparable] struct {
	spec   *properties.Spec[S, A]
	claims []properties.Property[S]
	opt    Options
	visited[S]
	graph   *graph // nil if no claim needs it
	actions *actions[S, A]
	canon   func(*S)
	keep    func(*S) bool // whether a state's edges are needed

	workers   []*worker[S, A]
	watches   []watch[S]
	steps     []stepWatch[S]
	deadlocks []finalWatch[S]
	sights    int    // number of watch indices
	seen      []bool // by index, up to the last whole level

	queue    []chunk[S]
	used     []segment // ids of the visited states
	cursor   atomic.Int64
	stop     atomic.Bool
	newInRun atomic.Int64 // states found in the current level
	words    atomic.Int64 // edge words written by worker, at the last flush

	distinct  uint64
	generated uint64
	depth     int
	cut       bool
	taken     []uint64
	edgeWords uint64
	stopped   string
	saved     uint64 // states at the last checkpoint
	telling   sync.Mutex
}

type stepWatch[S any] struct {
	step  func(from, to *S) bool
	index int
}

type finalWatch[S any] struct {
	ok    properties.Predicate[S]
	index int
}

// explore runs the search until nothing is left to visit, a limit is met or
// ctx ends. The error is a *ContractError, ctx's, or the system's.
func (in *search[S, A]) explore(ctx context.Context) error {
	if in.distinct == 0 {
		if err := in.begin(); err != nil {
			return err
		}
	}
	for len(in.queue) > 0 && in.stopped == "" {
		if err := in.checkpoint(); err != nil {
			return err
		}
		err := in.level(ctx)
		if in.stopped != "" {
			in.takeBack()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeBack makes the states of the queue unexpanded again after a level that
// was not finished.
func (in *search[S, A]) takeBack() {
	if in.graph == nil {
		return
	}
	for _, c := range in.queue {
		clear(in.graph.starts[c.from:c.to])
	}
}

// park writes a last checkpoint of a search that did not get to its end.
func (in *search[S, A]) park() error {
	if in.stopped == "" || in.opt.Checkpoint.Path == "" || in.distinct == in.saved {
		return nil
	}
	return in.save()
}

// begin visits the initial states.
func (in *search[S, A]) begin() error {
	w := in.workers[0]
	w.level = level{seen: make([]bool, in.sights)}
	starts := in.spec.Model.Init()
	for _, s := range starts {
		if in.canon != nil {
			in.canon(&s)
		}
		for !in.room(1) {
			if err := in.growTable(); err != nil {
				return err
			}
		}
		if id, isNew := in.add(in.hash(&s), 0, &s, &w.ids); isNew {
			w.distinct++
			w.discovered(id, &s)
		} else {
			in.giveBack(1)
		}
	}
	w.generated = uint64(len(starts))
	in.accept()
	if in.overLimits(in.distinct, in.edgeWords) {
		in.stopped = in.limit()
	}
	return nil
}

// level expands the whole queue and replaces it by what was found.
func (in *search[S, A]) level(ctx context.Context) error {
	in.cursor.Store(0)
	in.stop.Store(false)
	in.newInRun.Store(0)
	in.words.Store(int64(in.edgeWords))
	for _, w := range in.workers {
		w.level = level{seen: make([]bool, in.sights), taken: w.taken[:0]}
		w.states, w.failure, w.pending, w.todo = nil, nil, false, chunk[S]{}
		w.pen.written, w.counted = 0, 0
		w.out.Reset()
		w.sources = w.sources[:0]
	}
	for {
		in.runWorkers(ctx)
		if err := in.failure(ctx); err != nil {
			return err
		}
		if in.stop.Load() {
			if in.stopped == "" {
				in.stopped = in.limit()
			}
			return nil
		}
		if !slices.ContainsFunc(in.workers, func(w *worker[S, A]) bool { return w.pending }) {
			break
		}
		if err := in.growTable(); err != nil {
			return err
		}
	}
	if in.actions.err != nil {
		return in.actions.err
	}
	distinct, words := in.distinct, in.edgeWords
	for _, w := range in.workers {
		distinct += w.distinct
		words += w.pen.written
	}
	if in.overLimits(distinct, words) {
		in.stopped = in.limit()
		return nil
	}
	if distinct > in.distinct {
		in.depth++
	}
	in.accept()
	return nil
}

// smallLevel is the number of states below which starting goroutines costs
// more than it saves.
const smallLevel = 4 * chunkStates

func (in *search[S, A]) runWorkers(ctx context.Context) {
	n := 0
	for i := range in.queue {
		n += in.queue[i].len()
	}
	active := in.workers
	if n <= smallLevel && !slices.ContainsFunc(active, func(w *worker[S, A]) bool { return w.pending || w.todo.len() > 0 }) {
		active = active[:1]
	}
	ended := context.AfterFunc(ctx, func() { in.stop.Store(true) })
	defer ended()
	var wait sync.WaitGroup
	for _, w := range active[1:] {
		wait.Go(w.run)
	}
	active[0].run()
	wait.Wait()
}

// failure returns why a level cannot be finished, if it cannot: the first
// worker's reason, so that one worker always gives the same.
func (in *search[S, A]) failure(ctx context.Context) error {
	for _, w := range in.workers {
		if w.failure == errFull {
			in.stopped = errFull.Error()
			in.stop.Store(true)
		} else if w.failure != nil {
			return w.failure
		}
	}
	if err := ctx.Err(); err != nil {
		in.stopped = "interrupted"
		return err
	}
	return nil
}

// accept makes what the workers did in a level part of the report.
func (in *search[S, A]) accept() {
	in.queue = in.queue[:0]
	for _, w := range in.workers {
		in.distinct += w.distinct
		in.generated += w.generated
		in.edgeWords += w.pen.written
		in.cut = in.cut || w.cut
		for i, n := range w.taken {
			for i >= len(in.taken) {
				in.taken = append(in.taken, 0)
			}
			in.taken[i] += n
		}
		for i, seen := range w.seen {
			in.seen[i] = in.seen[i] || seen
		}
		for _, s := range w.segments {
			in.use(s)
			for ; s.from < s.to && in.exact != nil; s.from += chunkStates {
				in.queue = append(in.queue, chunk[S]{segment: segment{s.from, min(s.to, s.from+chunkStates)}})
			}
		}
		for states := range slices.Chunk(w.states, chunkStates) {
			in.queue = append(in.queue, chunk[S]{states: states})
		}
		w.level, w.states = level{taken: w.taken}, nil
	}
	in.forgetSeen()
}

// forgetSeen stops looking for what has been seen.
func (in *search[S, A]) forgetSeen() {
	in.watches = slices.DeleteFunc(in.watches, func(w watch[S]) bool { return in.seen[w.index] })
	in.steps = slices.DeleteFunc(in.steps, func(w stepWatch[S]) bool { return in.seen[w.index] })
	in.deadlocks = slices.DeleteFunc(in.deadlocks, func(w finalWatch[S]) bool { return in.seen[w.index] })
}

func (in *search[S, A]) use(s segment) {
	if n := len(in.used); n > 0 && in.used[n-1].to == s.from {
		in.used[n-1].to = s.to
	} else {
		in.used = append(in.used, s)
	}
}

// take returns the next chunk of the queue.
func (in *search[S, A]) take() (chunk[S], bool) {
	i := in.cursor.Add(1) - 1
	if i >= int64(len(in.queue)) {
		return chunk[S]{}, false
	}
	return in.queue[i], true
}

// count is told by workers what they found, ends a level that cannot be
// accepted any more, and reports progress from the goroutine of Run.
func (in *search[S, A]) count(w *worker[S, A], added int) {
	found := in.newInRun.Add(int64(added))
	words := in.words.Add(int64(w.pen.written - w.counted))
	w.counted = w.pen.written
	if in.overLimits(in.distinct+uint64(found), uint64(words)) {
		in.stop.Store(true)
	}
	if in.opt.Progress != nil && w == in.workers[0] {
		in.opt.Progress(Progress{Phase: "searching", Distinct: in.distinct + uint64(found),
			Generated: in.generated + w.generated*uint64(len(in.workers)), Depth: in.depth,
			Queue: in.waiting() + uint64(found), Bytes: in.bytes(in.distinct+uint64(found), uint64(words))})
	}
}

func (in *search[S, A]) waiting() uint64 {
	return uint64(max(0, int64(len(in.queue))-in.cursor.Load())) * chunkStates
}

// overLimits reports whether a search that visited so much must stop. The
// answer depends on the visited states alone, never on timing.
func (in *search[S, A]) overLimits(distinct, words uint64) bool {
	return in.opt.MaxStates > 0 && distinct > uint64(in.opt.MaxStates) ||
		in.opt.MaxBytes > 0 && in.bytes(distinct, words) > in.opt.MaxBytes
}

// limit says which limit the next level would have exceeded.
func (in *search[S, A]) limit() string {
	switch {
	case in.opt.MaxStates > 0 && in.opt.MaxBytes > 0:
		return fmt.Sprintf("the limits of %d states and %d bytes", in.opt.MaxStates, in.opt.MaxBytes)
	case in.opt.MaxStates > 0:
		return fmt.Sprintf("the limit of %d states", in.opt.MaxStates)
	}
	return fmt.Sprintf("the limit of %d bytes", in.opt.MaxBytes)
}

// bytes is the memory of a search as a function of what it visited.
func (in *search[S, A]) bytes(distinct, words uint64) int64 {
	n := int64(distinct*in.bytesPerState()) + tableBytes(distinct)
	if in.graph != nil {
		n += int64(words)*4 + int64(distinct)*wordSize
	}
	return n
}

func (in *search[S, A]) close() {
	in.visited.close()
	in.graph.close()
}

func workerCount(opt Options) int {
	if opt.Workers > 0 {
		return opt.Workers
	}
	return runtime.GOMAXPROCS(0)
}
