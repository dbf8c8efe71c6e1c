package buildbot

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// The live check is about real processes and real time: a master under twistd,
// an sshd, and a worker that the master starts and stops through it with the
// class of examples/ssh. Nothing of it is the bridge's. The first stop command
// fails, and after that everything works.
//
// With broken.py the worker process outlives stop_instance, connects again and
// is refused. Then the master ends only by kill -9, although that process is
// gone by then and the next stop works: what the check of model/latent predicts.
func TestLiveBroken(t *testing.T) {
	inRealTime(t)
	l := liveAfterIdleStop(t, "broken.py")
	// A process that is gone by now has come back first if it was alive.
	if !alive(l.worker) && strings.Count(l.masterLog(), "attaching from") == 1 {
		t.Error("stop_instance has returned and the worker process is gone: this is not what is broken")
	}
	l.awaitLog("linux received connection while not trying to substantiate", 1)
	l.await("the end of the refused process", func() bool { return !alive(l.worker) })

	l.build(2)
	l.stopMaster("never saw process go away")
	l.awaitLog("linux is stopped", 2)
	l.await("the end of the stopped process", func() bool { return !alive(l.worker) })
	// Nothing is outstanding any more, and the master has another ten seconds.
	l.stopMaster("never saw process go away")
	l.awaitLog("Ignoring SIGTERM, master is already shutting down", 1)
	if text := l.masterLog(); strings.Count(text, "Worker.detached(linux)") != 2 {
		t.Error("of three connections, two are to be reported as closed: the refused one never is")
	}
	if !alive(l.master) {
		t.Fatal("the master has ended")
	}
	if err := syscall.Kill(l.master, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	l.await("the end of the killed master", func() bool { return !alive(l.master) })
	compareLive(t, "broken", l.masterLog())
}

// With fixed.py the same master stops by itself.
func TestLiveFixed(t *testing.T) {
	inRealTime(t)
	l := liveAfterIdleStop(t, "fixed.py")
	if alive(l.worker) {
		t.Error("stop_instance has returned and the worker process lives")
	}
	l.build(2)
	l.stopMaster("is dead")
	if alive(l.worker) {
		t.Error("the master has ended and the worker process lives")
	}
	if text := l.masterLog(); strings.Contains(text, "received connection while not trying") {
		t.Error("a connection was refused")
	}
	compareLive(t, "fixed", l.masterLog())
}

func inRealTime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a minute of waiting, and no goroutines that a race detector could watch")
	}
}

// tells finds the lines of a master's log that tell the story, and are in the same
// order on every machine.
var tells = regexp.MustCompile(`(?m)^\S+ \S+ \[[^\]]*\] +(.*(?:substantiated \\o/|: build finished|disconnecting old worker linux now` +
	`|linux is stopped|host is busy|received connection while|Initiating clean shutdown|BuildMaster is stopped).*)$`)

// compareLive holds what the log tells against a golden file, and that against
// docs/bridge.md.
func compareLive(t *testing.T, name, log string) {
	t.Helper()
	var got strings.Builder
	last := ""
	for _, m := range tells.FindAllStringSubmatch(log, -1) {
		if m[1] != last { // a process that did not hear that it was refused comes again
			got.WriteString("    " + m[1] + "\n")
		}
		last = m[1]
	}
	golden(t, filepath.Join("live", name+".golden"), []byte(got.String()))
	page, err := os.ReadFile("../../../docs/bridge.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), got.String()) {
		t.Errorf("docs/bridge.md does not show\n%s", got.String())
	}
}
