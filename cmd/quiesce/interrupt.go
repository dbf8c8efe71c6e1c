package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Signals this close to the first are part of it: timeout(1), for one, sends
// its signal to the process and once more to the group the process is in.
const sameSignal = 300 * time.Millisecond

// interruptible returns a context that ends with the first interrupt or
// termination. The next one has its usual, deadly effect, in case the work does
// not listen.
func interruptible(parent context.Context) (ctx context.Context, release func()) {
	ctx, release = signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		time.Sleep(sameSignal)
		release()
	})
	return ctx, release
}
