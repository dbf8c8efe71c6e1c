# make test   everything, on a fresh machine with Go, gcc, node and apt
# make bench  speed and memory, SPIN side by side in the same run

GO ?= go

# properties/lifecycle starts no goroutines: its long searches are those of
# model/check, which is run under the race detector itself.
RACE = $(shell $(GO) list ./... | grep -v /properties/lifecycle)

.PHONY: test bench packages fuzz mutation

test: packages
	$(GO) vet ./...
	$(GO) test -timeout 25m ./...
	$(GO) test -short -race -timeout 25m $(RACE)

bench: packages
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./model/check

# Every mutant of model/latent: writes docs/mutation.md, and fails if one
# survives that nobody has judged. What it has found it does not ask again.
mutation:
	$(GO) test -v ./properties/lifecycle -run '^TestMutation$$' -mutate 1 -update -timeout 120m \
		-remember $${TMPDIR:-/tmp}/quiesce-mutants-$$(id -u)

# Each fuzz target of the tree for a little while.
fuzz:
	.ci/fuzz 20s

packages:
	.ci/packages
	.ci/newer
