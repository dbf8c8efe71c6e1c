# make test   everything, on a fresh machine with Go, gcc, node and apt
# make bench  speed and memory, SPIN side by side in the same run

GO ?= go

# properties/lifecycle starts no goroutines: its long searches are those of
# model/check, which is run under the race detector itself.
RACE = $(shell $(GO) list ./... | grep -v /properties/lifecycle)

.PHONY: test bench packages fuzz

test: packages
	$(GO) vet ./...
	$(GO) test -timeout 25m ./...
	$(GO) test -short -race -timeout 25m $(RACE)

bench: packages
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./model/check

# Each fuzz target of the tree for a little while.
fuzz:
	.ci/fuzz 20s

packages:
	.ci/packages
	.ci/newer
