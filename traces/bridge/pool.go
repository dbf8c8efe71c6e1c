package bridge

import (
	"context"
	"sync"
)

// Share has every worker take the next of n jobs until none is left, and
// returns the results in the order of the jobs: they do not depend on how many
// workers there are, nor on which of them did what. The first job that fails,
// in the order of the jobs, gives the error; jobs not yet begun are not begun.
func Share[W, R any](ctx context.Context, workers []W, n int, do func(ctx context.Context, w W, job int) (R, error)) ([]R, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results, errs := make([]R, n), make([]error, n)
	jobs := make(chan int)
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() {
			for job := range jobs {
				if results[job], errs[job] = do(ctx, w, job); errs[job] != nil {
					cancel()
				}
			}
		})
	}
	cut := false
	for job := 0; job < n && !cut; job++ {
		select {
		case jobs <- job:
		case <-ctx.Done():
			cut = true
		}
	}
	close(jobs)
	wg.Wait()
	return results, first(ctx, errs, cut)
}

// first prefers what went wrong to what was cancelled because of it.
func first(ctx context.Context, errs []error, cut bool) error {
	var cancelled error
	for _, err := range errs {
		switch {
		case err == nil:
		case err == context.Canceled:
			cancelled = err
		default:
			return err
		}
	}
	if cancelled == nil && cut {
		cancelled = context.Cause(ctx)
	}
	return cancelled
}
