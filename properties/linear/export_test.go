package linear

// Decide is decide, for the tests of the package's users' side.
func (h *History) Decide() (ok bool, why string, done bool) { return h.decide() }
