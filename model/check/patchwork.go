package check

// patchwork returns a fair loop through the state, whatever its length: it
// goes to the nearest place that meets another obligation until all are met,
// and back. It is the answer when the search for a short loop is out of
// budget; in a fair component it always succeeds, as every obligation can be
// met inside and every state can be reached.
func (ls *lassoSearch[S, A]) patchwork(id uint32) loop {
	all := ls.live.weak
	for _, s := range ls.live.fair[ls.home[id]-1] {
		all |= ls.live.enabledAt(s) & ls.live.firm
	}
	var out loop
	here := ls.enter(round{id: id})
	walk := func(stop func(round) bool) {
		part, end := ls.nearest(here, stop)
		out.edges = append(out.edges, part.edges...)
		out.ids = append(out.ids, part.ids...)
		out.cost += part.cost
		here = end
	}
	for here.met&all != all {
		met := here.met
		walk(func(r round) bool { return r.met&all != met&all })
	}
	if here.id != id || len(out.edges) == 0 {
		walk(func(r round) bool { return r.id == id })
	}
	return out
}

// nearest searches breadth first, by states alone, from here to where stop is
// true after at least one step.
func (ls *lassoSearch[S, A]) nearest(here round, stop func(round) bool) (loop, round) {
	queue := []reached{{round: here, from: -1}}
	seen := make(map[uint32]bool)
	for at := 0; at < len(queue); at++ {
		from := queue[at]
		found := -1
		ls.eachEdge(reached{round: round{from.id, from.met, 0}, cost: from.cost}, func(next reached) {
			next.from = at
			if found >= 0 || ls.home[next.id] != ls.home[here.id] {
				return
			}
			next.owed = 0
			if stop(next.round) {
				found = len(queue)
			}
			if found >= 0 || !seen[next.id] {
				seen[next.id] = true
				queue = append(queue, next)
			}
		})
		if found >= 0 {
			return unwind(queue, queue[found]), queue[found].round
		}
	}
	panic("check: a component that was taken for fair has no fair loop")
}
