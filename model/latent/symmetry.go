package latent

import "cmp"

// canon replaces a state by one in which its workers are sorted. Workers are
// interchangeable: they have the same configuration and the same builders.
func canon[C Crew](s *StateOf[C]) {
	ws := s.All()
	for i := 1; i < len(ws); i++ {
		for k := i; k > 0 && s.before(k, k-1); k-- {
			ws[k], ws[k-1] = ws[k-1], ws[k]
			s.Master.exchange(uint8(k), uint8(k-1))
		}
	}
}

// before reports whether worker a is to come before worker b: by itself or, if
// they look the same, by what the master remembers of them.
func (s *StateOf[C]) before(a, b int) bool {
	ws := s.All()
	return cmp.Or(compare(&ws[a], &ws[b]), cmp.Compare(s.Master.mentions(uint8(a)), s.Master.mentions(uint8(b)))) < 0
}

// mentions says where the master remembers worker w, as a number.
func (m *Master) mentions(w uint8) (where uint16) {
	for i := range m.Build {
		if b := &m.Build[i]; b.At >= BuildClaiming && b.At != BuildComplete && b.Worker == w {
			where |= 1 << i
		}
	}
	for i, g := range m.Gate {
		if g >= gateLogin && gateWorker(g) == w {
			where |= uint16(1+gateConn(g)) << (MaxBuilds + 2*i)
		}
	}
	return where
}

// exchange renames worker a to b and b to a in what the master remembers.
func (m *Master) exchange(a, b uint8) {
	swap := func(x *uint8) {
		switch *x {
		case a:
			*x = b
		case b:
			*x = a
		}
	}
	for i := range m.Build {
		if m.Build[i].At >= BuildClaiming && m.Build[i].At != BuildComplete {
			swap(&m.Build[i].Worker)
		}
	}
	if m.Dist == DistClaim {
		swap(&m.On)
	}
	for i, g := range m.Gate {
		if g >= gateLogin {
			w := gateWorker(g)
			swap(&w)
			m.Gate[i] = gateLogin + w*MaxConns + gateConn(g)
		}
	}
}

// compare orders workers by their fields.
func compare(a, b *Worker) int {
	if *a == *b {
		return 0
	}
	c := cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.Registered, b.Registered),
		cmp.Compare(a.Waits, b.Waits), cmp.Compare(a.Stuck, b.Stuck), cmp.Compare(a.Timers, b.Timers),
		cmp.Compare(a.Stop, b.Stop), cmp.Compare(a.Halves, b.Halves), cmp.Compare(a.Pending, b.Pending),
		cmp.Compare(a.StopOn, b.StopOn), cmp.Compare(a.Memory, b.Memory), cmp.Compare(a.Flags, b.Flags),
		cmp.Compare(a.Holder, b.Holder), cmp.Compare(a.Beside, b.Beside))
	for i := 0; c == 0 && i < maxQueue; i++ {
		c = cmp.Compare(a.Queue[i], b.Queue[i])
	}
	for i := 0; c == 0 && i < len(a.OnMachine); i++ {
		c = cmp.Compare(a.OnMachine[i], b.OnMachine[i])
	}
	for i := 0; c == 0 && i < MaxBuilders; i++ {
		c = cmp.Compare(a.WFB[i], b.WFB[i])
	}
	for i := 0; c == 0 && i < MaxInsts; i++ {
		c = cmp.Or(cmp.Compare(a.Insts[i].Proc, b.Insts[i].Proc), cmp.Compare(a.Insts[i].Flags, b.Insts[i].Flags))
	}
	for i := 0; c == 0 && i < MaxConns; i++ {
		c = compareConns(&a.Conns[i], &b.Conns[i])
	}
	return c
}

func compareConns(a, b *Conn) int {
	return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.Master, b.Master), cmp.Compare(a.Process, b.Process),
		cmp.Compare(a.Link, b.Link), cmp.Compare(a.Flags, b.Flags), cmp.Compare(a.Tracked, b.Tracked),
		cmp.Compare(a.Inst, b.Inst), cmp.Compare(a.Pings, b.Pings), cmp.Compare(a.Lacks, b.Lacks), cmp.Compare(truthOf(a.Used), truthOf(b.Used)))
}

func truthOf(b bool) int {
	if b {
		return 1
	}
	return 0
}
