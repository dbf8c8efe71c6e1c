package fixed

import "github.com/quiesce/quiesce/model"

// Key is what a Map can be sorted by.
type Key interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int8 | ~int16 | ~int32 | ~int64
}

// An Entry is a key of a Map with its value.
type Entry[K Key, V comparable] struct {
	Key   K
	Value V
}

// A Map holds a value for each of at most len(A) keys, which may be any. With
// small integers for values it counts: it is then a bounded bag.
type Map[K Key, V comparable, A Slots[Entry[K, V]]] struct {
	entries A // entries[:n], ascending by key; the rest is zero
	n       uint8
}

// Len returns the number of keys.
func (m *Map[K, V, A]) Len() int { return int(m.n) }

// Cap returns how many keys fit.
func (m *Map[K, V, A]) Cap() int { return len(m.entries) }

// place returns where k is, or where it would have to be inserted.
func (m *Map[K, V, A]) place(k K) (i int, found bool) {
	for i < m.Len() && m.entries[i].Key < k {
		i++
	}
	return i, i < m.Len() && m.entries[i].Key == k
}

// Get returns the value of k, or zero and false.
func (m *Map[K, V, A]) Get(k K) (V, bool) {
	if i, found := m.place(k); found {
		return m.entries[i].Value, true
	}
	var zero V
	return zero, false
}

// Set makes v the value of k. It reports false if k is new and m is full.
func (m *Map[K, V, A]) Set(k K, v V) bool {
	i, found := m.place(k)
	if !found {
		if m.Len() == m.Cap() {
			return false
		}
		for j := m.Len(); j > i; j-- {
			m.entries[j] = m.entries[j-1]
		}
		m.n++
	}
	m.entries[i] = Entry[K, V]{k, v}
	return true
}

// Delete removes k and reports whether it was there.
func (m *Map[K, V, A]) Delete(k K) bool {
	i, found := m.place(k)
	if !found {
		return false
	}
	m.n--
	for ; i < m.Len(); i++ {
		m.entries[i] = m.entries[i+1]
	}
	m.entries[m.n] = Entry[K, V]{} // or equal maps would not be ==
	return true
}

// At returns the entry at place i in ascending order of keys. It reports false
// if there is none.
func (m *Map[K, V, A]) At(i int) (Entry[K, V], bool) {
	if i < 0 || i >= m.Len() {
		return Entry[K, V]{}, false
	}
	return m.entries[i], true
}

// View shows m as a record with a field for each key.
func (m Map[K, V, A]) View() any {
	out := model.Value{Shape: model.Record}
	for i := range m.Len() {
		e := m.entries[i]
		out.Names = append(out.Names, model.View(e.Key).String())
		out.Items = append(out.Items, model.View(e.Value))
	}
	return out
}
