package check

import (
	"slices"

	"github.com/quiesce/quiesce/model"
	"github.com/quiesce/quiesce/properties"
)

// A worker expands states for one goroutine. It collects the steps of several
// states before it looks any of them up, so that the processor can wait for
// many places of the table at the same time: that wait is most of the cost.
type worker[S, A comparable] struct {
	in *search[S, A]

	todo    chunk[S]
	out     model.Steps[S, A]
	once    model.Steps[S, A] // for sample, as is twice
	twice   model.Steps[S, A]
	sources []source[S]
	hashes  []uint64
	matches []uint64 // what store.fetch found for each hash
	pending bool     // the batch waits for the table to grow
	sink    uint64   // see store.fetch

	actions *actionCache[S, A]
	labels  []uint16
	targets []uint32
	ids     cursor
	pen     pen
	counted uint64 // edge words already told to the search

	level   // what this worker did in the current level
	states  []S
	failure error
}

// A source is a state being expanded; its steps end where the next one's begin.
type source[S comparable] struct {
	id   uint32
	keep bool // its edges are to be kept
	at   *S
	end  int
}

// A level is what the expansion of one level adds to a report.
type level struct {
	generated uint64
	distinct  uint64
	taken     []uint64 // steps by action number
	seen      []bool   // by watch
	cut       bool     // some state was outside Spec.Within
	segments  []segment
}

// A segment is a range of ids.
type segment struct{ from, to uint32 }

// A chunk is a part of the queue: ids of the arena, or with compaction states.
type chunk[S comparable] struct {
	segment
	states []S
}

func (c *chunk[S]) len() int { return int(c.to-c.from) + len(c.states) }

const (
	batchSteps  = 256
	chunkStates = 256
)

// run expands chunks until none is left, the search is stopped, or the table
// must grow. The next run goes on where this one ended.
func (w *worker[S, A]) run() {
	defer func() {
		if r := recover(); r != nil {
			w.failure = w.panicked(r)
			w.in.stop.Store(true)
		}
	}()
	if w.pending && !w.flush() {
		return
	}
	for !w.in.stop.Load() {
		if w.todo.len() == 0 {
			var ok bool
			if w.todo, ok = w.in.take(); !ok {
				w.flush()
				return
			}
			w.sample()
		}
		w.collect()
		if len(w.out.All()) >= batchSteps && !w.flush() {
			return
		}
	}
}

func (w *worker[S, A]) panicked(r any) error {
	state := ""
	if n := len(w.sources); n > 0 {
		state = viewOf(w.sources[n-1].at)
	}
	return panicked(r, state)
}

// sample expands the first state of a chunk once more than needed: a model
// that breaks its contract rarely does so for a few states only.
func (w *worker[S, A]) sample() {
	s := w.first()
	w.sources = append(w.sources, source[S]{at: s})
	first := w.once.From(w.in.spec.Model, *s)
	second := w.twice.From(w.in.spec.Model, *s)
	w.sources = w.sources[:len(w.sources)-1]
	equal := len(first) == len(second)
	for i := 0; equal && i < len(first); i++ {
		equal = first[i] == second[i]
	}
	if !equal {
		panic(changedSteps(s))
	}
}

func (w *worker[S, A]) first() *S {
	if len(w.todo.states) > 0 {
		return &w.todo.states[0]
	}
	return w.in.exact.at(w.todo.from)
}

// collect takes the next state of the chunk and adds its steps to the batch.
func (w *worker[S, A]) collect() {
	src := source[S]{at: w.first(), id: w.todo.from}
	if len(w.todo.states) > 0 {
		w.todo.states = w.todo.states[1:]
	} else {
		w.todo.from++
	}
	in := w.in
	if in.spec.Within != nil && !in.spec.Within(src.at) {
		w.cut = true
		return
	}
	w.sources = append(w.sources, src)
	last := &w.sources[len(w.sources)-1]
	before := len(w.out.All())
	last.end = w.out.Extend(in.spec.Model, src.at)
	last.keep = in.graph != nil && in.keep(src.at)
	if last.end == before {
		for _, d := range in.deadlocks {
			if !d.ok(src.at) {
				w.seen[d.index] = true
			}
		}
	}
}

// flush looks up the steps collected so far. It reports false if the table
// must grow first.
func (w *worker[S, A]) flush() bool {
	steps := w.out.All()
	if w.in.room(len(steps)) {
		w.pending = false
	} else {
		w.pending = true
		return false
	}
	w.prepare(steps)
	added := w.lookUp(steps)
	w.in.giveBack(len(steps) - added)
	w.distinct += uint64(added)
	w.generated += uint64(len(steps))
	w.in.count(w, added)
	w.out.Reset()
	w.sources = w.sources[:0]
	return true
}

// prepare hashes the steps and fetches what their lookup will need. A step that
// changes nothing gets the hash 0: there is nothing to look up.
func (w *worker[S, A]) prepare(steps []model.Step[S, A]) {
	in := w.in
	w.hashes, w.labels = w.hashes[:0], w.labels[:0]
	begin := 0
	for i := range w.sources {
		from := w.sources[i].at
		for k := begin; k < w.sources[i].end; k++ {
			step := &steps[k]
			a := w.actions.get(&step.Action)
			w.took(a.number - 1)
			w.labels = append(w.labels, a.label)
			for _, p := range in.steps {
				if !p.step(from, &step.State) {
					w.seen[p.index] = true
				}
			}
			if in.canon != nil {
				in.canon(&step.State)
			}
			h := uint64(0)
			if !sameState(&step.State, from) {
				h = in.hash(&step.State)
			}
			w.hashes = append(w.hashes, h)
		}
		begin = w.sources[i].end
	}
	w.matches = slices.Grow(w.matches[:0], len(w.hashes))[:len(w.hashes)]
	w.sink += in.fetch(w.hashes, w.matches)
}

func (w *worker[S, A]) took(number uint32) {
	for int(number) >= len(w.taken) {
		w.taken = append(w.taken, 0)
	}
	w.taken[number]++
}

// lookUp adds the states of the batch and returns how many were new.
func (w *worker[S, A]) lookUp(steps []model.Step[S, A]) (added int) {
	in, begin := w.in, 0
	for i := range w.sources {
		src := &w.sources[i]
		w.targets = w.targets[:0]
		kept := w.labels[begin:begin:src.end]
		for k := begin; k < src.end; k++ {
			if w.hashes[k] == 0 {
				continue
			}
			id, isNew := in.add(w.hashes[k], w.matches[k], &steps[k].State, &w.ids)
			if isNew {
				added++
				w.discovered(id, &steps[k].State)
			}
			if src.keep {
				w.targets = append(w.targets, id)
				kept = append(kept, w.labels[k]) // in place: never overtakes k
			}
		}
		if src.keep && !in.graph.write(&w.pen, src.id, w.targets, kept) {
			panic(errFull)
		}
		begin = src.end
	}
	return added
}

// discovered does what is done once per state.
func (w *worker[S, A]) discovered(id uint32, s *S) {
	if w.in.prints != nil {
		w.states = append(w.states, *s)
	}
	if n := len(w.segments); n > 0 && w.segments[n-1].to == id {
		w.segments[n-1].to++
	} else {
		w.segments = append(w.segments, segment{id, id + 1})
	}
	for _, watch := range w.in.watches {
		if watch.p(s) == watch.want {
			w.seen[watch.index] = true
		}
	}
}

// A watch looks at every new state, until it has seen what it looks for.
type watch[S any] struct {
	p     properties.Predicate[S]
	want  bool
	index int
}
