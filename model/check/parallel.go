package check

import (
	"sync"
	"sync/atomic"

	"github.com/quiesce/quiesce/model"
)

// each calls f for the numbers below n on as many goroutines as there are
// workers and returns the error of the lowest number that has one, so that the
// answer does not depend on the schedule. A panic of the model's code becomes a
// *ContractError.
func (in *search[S, A]) each(phase string, n int, f func(i int) error) error {
	errs := make([]error, n)
	var next, done atomic.Int64
	var wait sync.WaitGroup
	work := func() {
		for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
			errs[i] = guarded(func() error { return f(i) })
			in.tell(phase, int(done.Add(1)), n)
		}
	}
	in.tell(phase, 0, n)
	for range min(len(in.workers), n) - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// tell reports progress, one goroutine at a time.
func (in *search[S, A]) tell(phase string, done, of int) {
	if in.opt.Progress == nil {
		return
	}
	in.telling.Lock()
	defer in.telling.Unlock()
	in.opt.Progress(Progress{Phase: phase, Distinct: in.distinct, Generated: in.generated, Depth: in.depth,
		Bytes: in.bytes(in.distinct, in.edgeWords), Done: done, Of: of})
}

// guarded turns a panic into the error that says what to look for.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r, "")
		}
	}()
	return f()
}

// A view of a state for an error; the model's own String methods may be what
// is broken.
func viewOf[S comparable](s *S) (text string) {
	defer func() {
		if recover() != nil {
			text = "(a state that cannot be shown)"
		}
	}()
	return model.View(*s).String()
}
