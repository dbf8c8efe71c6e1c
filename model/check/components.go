package check

import "context"

// components finds the strongly connected components of a part of a graph:
// Tarjan's algorithm ("Depth-first search and linear graph algorithms", SIAM J.
// Comput. 1972) without recursion, so that a path of ten million states needs
// no stack.
//
// part says to which part of the graph a state belongs at present; the search
// stays within one part.
type components struct {
	ctx   context.Context
	g     *graph
	part  []uint32
	marks []mark
	count uint32
	parts uint32 // highest number of a part in use
	work  int    // states finished since ctx was looked at
}

// A mark is what the search knows of a state. While the state is open, num is
// the order of its discovery and low the least num it is known to reach;
// afterwards low is done and num names the component.
type mark struct{ num, low uint32 }

const (
	done         = ^uint32(0)
	component    = 1 << 31 // num of a finished state
	betweenLooks = 1 << 16
)

type frame struct {
	id       uint32
	position uint32   // of the state among the open ones
	targets  []uint32 // not yet looked at
}

func newComponents(ctx context.Context, g *graph, ids uint32) *components {
	return &components{ctx: ctx, g: g, part: make([]uint32, ids), marks: make([]mark, ids)}
}

// inside reports whether v belongs to the component that u was finished in.
func (c *components) inside(u, v uint32) bool {
	return c.marks[u].low == done && c.marks[v].low == done && c.marks[u].num == c.marks[v].num
}

// search calls found with each component of part that can be reached from the
// roots within the part, every component after those it leads to. The states
// given to found are valid during the call; found may change their part.
func (c *components) search(roots []uint32, part uint32, found func(states []uint32) error) error {
	var open []uint32
	var frames []frame
	number := uint32(0)
	enter := func(id uint32) {
		number++
		c.marks[id] = mark{number, number}
		targets, _ := c.g.edges(id)
		frames = append(frames, frame{id, uint32(len(open)), targets})
		open = append(open, id)
	}
	for _, root := range roots {
		if c.part[root] != part || c.marks[root].num != 0 {
			continue
		}
		enter(root)
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			if next, ok := c.advance(f, part); ok {
				enter(next)
				continue
			}
			m, position := c.marks[f.id], f.position
			frames = frames[:len(frames)-1]
			if m.low < m.num {
				up := &c.marks[frames[len(frames)-1].id]
				up.low = min(up.low, m.low)
				continue
			}
			states := open[position:]
			open = open[:position]
			c.finish(states)
			if err := found(states); err != nil {
				return err
			}
			if c.work += len(states); c.work > betweenLooks {
				c.work = 0
				if err := c.ctx.Err(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// advance looks at the edges of a frame until one leads to a new state.
func (c *components) advance(f *frame, part uint32) (next uint32, ok bool) {
	low := c.marks[f.id].low
	for len(f.targets) > 0 {
		v := f.targets[0]
		f.targets = f.targets[1:]
		if c.part[v] != part {
			continue
		}
		m := &c.marks[v]
		if m.num == 0 {
			c.marks[f.id].low = low
			return v, true
		}
		if m.low != done {
			low = min(low, m.num)
		}
	}
	c.marks[f.id].low = low
	return 0, false
}

// finish names the component of the states, which are all of it.
func (c *components) finish(states []uint32) {
	name := component | c.count
	c.count++
	for _, id := range states {
		c.marks[id] = mark{name, done}
	}
}

// reopen forgets what is known of the states and moves them to a new part.
func (c *components) reopen(states []uint32) (part uint32) {
	c.parts++
	for _, id := range states {
		c.part[id] = c.parts
		c.marks[id] = mark{}
	}
	return c.parts
}

// restart forgets all components. The parts are given.
func (c *components) restart(part []uint32) {
	copy(c.part, part)
	clear(c.marks)
	c.count, c.parts = 0, 1
}
