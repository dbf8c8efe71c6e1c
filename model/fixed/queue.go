package fixed

import "github.com/quiesce/quiesce/model"

// A Queue is a first-in, first-out list of at most len(A) elements.
type Queue[T comparable, A Slots[T]] struct {
	items A // items[:n], oldest first; the rest is zero
	n     uint8
}

// Len returns the number of elements.
func (q *Queue[T, A]) Len() int { return int(q.n) }

// Cap returns how many elements fit.
func (q *Queue[T, A]) Cap() int { return len(q.items) }

// Push adds x at the end. It reports false if q is full.
func (q *Queue[T, A]) Push(x T) bool {
	if q.Len() == q.Cap() {
		return false
	}
	q.items[q.n] = x
	q.n++
	return true
}

// Pop takes the oldest element. It reports false if q is empty.
func (q *Queue[T, A]) Pop() (T, bool) { return q.Remove(0) }

// At returns the element at place i, of which 0 is the oldest. It reports
// false if there is none.
func (q *Queue[T, A]) At(i int) (T, bool) {
	if i < 0 || i >= q.Len() {
		var zero T
		return zero, false
	}
	return q.items[i], true
}

// Remove takes the element at place i, as a network does that loses or
// reorders. It reports false if there is none.
func (q *Queue[T, A]) Remove(i int) (T, bool) {
	x, ok := q.At(i)
	if !ok {
		return x, false
	}
	q.n--
	for ; i < q.Len(); i++ {
		q.items[i] = q.items[i+1]
	}
	var zero T
	q.items[q.n] = zero // or equal queues would not be ==
	return x, true
}

// View shows q as the list of its elements, oldest first.
func (q Queue[T, A]) View() any {
	out := model.Value{Shape: model.List}
	for i := range q.Len() {
		out.Items = append(out.Items, model.View(q.items[i]))
	}
	return out
}
