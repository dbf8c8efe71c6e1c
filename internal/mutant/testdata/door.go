package door

// A Door has a lock with a queue.
type Door struct {
	open, locked bool
	queue        []int
	count        int
}

func (d *Door) enter(who int) bool {
	if d.locked && !d.open || // nobody gets in
		who < 0 {
		d.wait(who)
		return false
	}
	for i := 0; i < len(d.queue); i++ {
		d.count++
	}
	switch {
	case !(d.open == true):
		d.take(
			who)
	case d.count > 3, d.locked:
		defer d.leave()
	}
	if n := len(d.queue); n != 0 {
		d.queue[0], d.count = who, n
	}
	return true
}

func (d *Door) wait(who int) { d.queue = append(d.queue, who) }
func (d *Door) take(who int) {}
func (d *Door) leave()       { d.open = false }

func (d *Door) String() string {
	if d.open {
		return "open"
	}
	return "closed"
}
