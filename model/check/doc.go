// Package check decides every property of a spec by visiting every state.
//
// What a report says does not depend on the number of workers, on the
// machine, or on chance: not its verdicts and counts, not its traces.
//
// # Which counterexample
//
// Every violated property gets its own. For a property that a finite
// behaviour refutes it is the canonical one: of all behaviours that end in a
// violation, the one with
//
//  1. the fewest faults (steps whose About.Kind is model.Fault), then
//  2. the fewest steps, then
//  3. the fewest changes of actor (About.Actor) between consecutive steps, then
//  4. at the first step in which two differ, the step that Next adds first
//     (and before that, the initial state that Init returns first).
//
// With symmetry the trace is the same, in concrete states. If the search was
// cut short, the order holds among the behaviours within what was visited.
//
// For a live property it is a lasso: a stem and a loop that is repeated for
// ever, or a state in which nothing more happens. It has few faults and few
// steps, stem and loop together: the stem is canonical for the state in which
// the loop begins, the loop is the shortest fair one through that state. The
// best such state is found by trying them in order of their distance; after
// four million nodes of loops looked at, the best so far is taken, so a lasso
// is short, and usually but not always the shortest. Ties between lassos of
// equal cost go to the shorter stem.
//
// Every trace passes properties.Refute, which shares no code with this
// package, before it is reported.
//
// # How
//
// A search goes level by level (search.go). Workers expand chunks of the queue
// and look successors up in one shared table over an append-only arena
// (store.go, worker.go). Live properties and AlwaysPossible need the edges,
// which are kept by number in runs (graph.go), and are decided by strongly
// connected components (components.go, live.go, possible.go). Counterexamples
// are found afterwards by a second, ordered search of the same graph
// (paths.go, layers.go, lasso.go), as breadth-first order alone cannot put
// faults first. Parent links are not kept: they would not give the canonical
// trace.
package check
