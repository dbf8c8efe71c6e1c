package buildbot

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/bridge"
)

// walks are random steps of unit mode, without regard to what makes sense.
func walks(seed uint64, count, length int) [][]Step {
	choices := []Step{Want(0), Want(0), Want(0), Want(0), EndBuild(0), EndBuild(0), StartDone(OK), StartDone(OK), StartDone(OK),
		StartDone(False), StartDone(Error), StopDone(OK), StopDone(OK), StopDone(Error), Attach(), Attach(), Attach(),
		Attach("print"), Attach("setBuilderList"), {Op: "reply"}, {Op: "lose"}, {Op: "silence"}, Advance(1000), Advance(61_000),
		Insubstantiate()}
	out := make([][]Step, count)
	for i := range out {
		r := rng.New(seed, uint64(i))
		for range length {
			out[i] = append(out[i], choices[r.Below(uint64(len(choices)))])
		}
	}
	return out
}

// cpuSeconds is what a process and its finished children used, from /proc.
func cpuSeconds(b *testing.B, pid int) float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ticks := 0
	for _, f := range fields[11:15] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return float64(ticks) / 100
}

// BenchmarkUnit replays 30-step traces. traces/cpu-s counts the CPU seconds of
// the Python process and its copies, so that a busy machine does not matter.
func BenchmarkUnit(b *testing.B) {
	s := open(b, Config{Unit: true}, Options{Processes: 1})
	traces := walks(3, 500, 30)
	pid := s.speaks[0].process.PID()
	before := cpuSeconds(b, pid)
	done := 0
	for b.Loop() {
		for _, r := range run(b, s, traces...) {
			if r.End != Done {
				b.Fatalf("a trace ended in %s", r.End)
			}
			done++
		}
	}
	b.ReportMetric(float64(done)/(cpuSeconds(b, pid)-before), "traces/cpu-s")
}

// BenchmarkGated replays walks of the model, real builds included.
func BenchmarkGated(b *testing.B) {
	scope := Scopes(latent.Buildbot370)[0]
	spec, err := latent.Spec(scope.Config)
	if err != nil {
		b.Fatal(err)
	}
	system, err := OpenLatent(b.Context(), scope.Config, Options{Processes: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer system.Close()
	w := bridge.NewWalks(spec, 1, Drivable)
	walks := make([]*traces.Trace[latent.State, latent.Action], 500)
	for i := range walks {
		walks[i] = w.Next(40)
	}
	pid := system.bridge.speaks[0].process.PID()
	before := cpuSeconds(b, pid)
	done := 0
	for b.Loop() {
		found, err := bridge.Conform(b.Context(), system, walks)
		if err != nil || len(found) > 0 {
			b.Fatal(len(found), err)
		}
		done += len(walks)
	}
	b.ReportMetric(float64(done)/(cpuSeconds(b, pid)-before), "traces/cpu-s")
}
