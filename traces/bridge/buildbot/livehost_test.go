package buildbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// livePatience is how long the live check waits for anything that must happen.
// All of it takes half a minute where nothing else runs.
const livePatience = 2 * time.Minute

// A live is a real master, the sshd of the worker's host and the worker
// process, in one directory and below one process.
type live struct {
	t      *testing.T
	dir    string
	cradle io.Writer
	port   string // of the master
	master int    // process
	worker int    // process, the last one that was seen
}

// liveAfterIdleStop starts everything, has the master run a build, and waits
// until it has stopped the idle worker. The worker process connects again five
// seconds after it was disconnected, if it lives; a machine too busy to run the
// stop command meanwhile gets more.
func liveAfterIdleStop(t *testing.T, class string) *live {
	for delay := 5; ; delay *= 2 {
		l := startLive(t, class, delay)
		l.build(1)
		l.write(filepath.Base(l.buildEnds(1)), "", 0o600)
		l.awaitLog("disconnecting old worker linux now", 1)
		l.awaitLog("linux is stopped", 1)
		before, _, _ := strings.Cut(l.masterLog(), "linux is stopped")
		if strings.Count(before, "attaching from") == 1 {
			return l
		}
		if delay > 60 {
			t.Fatalf("a stop command takes more than %d s", delay)
		}
		t.Logf("the stop command took more than %d s; once more", delay)
	}
}

func startLive(t *testing.T, class string, delay int) *live {
	dir, err := os.MkdirTemp("", "quiesce-live-")
	if err != nil {
		t.Fatal(err)
	}
	l := &live{t: t, dir: dir}
	t.Cleanup(l.end)
	l.startCradle()
	for _, d := range []string{"bin", "host"} {
		if err := os.Mkdir(l.path(d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l.startSSHD()
	l.run("buildbot", "create-master", "-q", l.path("master"))
	l.copy("testdata/live/master.cfg", "master/master.cfg")
	l.copy(filepath.Join("../../../examples/ssh", class), "master/sshworker.py")
	l.start("master.out", "buildbot", "start", "--quiet", l.path("master"))
	l.awaitLog("BuildMaster is running", 1)
	l.port = regexp.MustCompile(`PBServerFactory starting on (\d+)`).FindStringSubmatch(l.masterLog())[1]
	l.master = l.pid("master/twistd.pid")
	l.run("buildbot-worker", "create-worker", "-q", l.path("host/worker"), "127.0.0.1:"+l.port, "linux", "secret")
	// What is a random time of one and a half to two and a half seconds.
	tac := "import buildbot_worker.pb\nbuildbot_worker.pb.backoffPolicy = lambda: lambda attempt: " + strconv.Itoa(delay) + "\n"
	l.write("host/worker/buildbot.tac", tac+l.read("host/worker/buildbot.tac"), 0o600)
	l.write("host/stop-fails", "", 0o600)
	return l
}

// startCradle starts the process that all others descend from.
func (l *live) startCradle() {
	cmd := exec.Command(defaultPython, "testdata/live/cradle.py")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; it hears of our end
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.cradle = stdin
	l.t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			l.t.Errorf("%v\n%s", err, &stderr)
		}
	})
}

// startSSHD starts an sshd for this user only, with keys and a configuration of
// its own, and has "ssh build1" in bin lead to it.
func (l *live) startSSHD() {
	me, err := user.Current()
	if err != nil {
		l.t.Fatal(err)
	}
	if me.Uid == "0" {
		// Where no sshd is installed as a service nobody has made this yet.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			l.t.Fatal(err)
		}
	}
	for _, key := range []string{"hostkey", "userkey"} {
		l.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", l.path(key))
	}
	l.copy("testdata/live/remote.sh", "remote.sh")
	l.write("sshd_config", fmt.Sprintf(`ListenAddress 127.0.0.1
HostKey %[1]s/hostkey
AuthorizedKeysFile %[1]s/userkey.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
ForceCommand /bin/sh %[1]s/remote.sh %[1]s/host
`, l.dir), 0o600)
	port := l.listen()
	l.write("known_hosts", "build1 "+l.read("hostkey.pub"), 0o600)
	l.write("ssh_config", fmt.Sprintf(`Host build1
HostName 127.0.0.1
HostKeyAlias build1
Port %[2]s
User %[3]s
IdentityFile %[1]s/userkey
IdentitiesOnly yes
UserKnownHostsFile %[1]s/known_hosts
GlobalKnownHostsFile none
StrictHostKeyChecking yes
BatchMode yes
`, l.dir, port, me.Username), 0o600)
	l.write("bin/ssh", fmt.Sprintf("#!/bin/sh\nexec /usr/bin/ssh -F %s/ssh_config \"$@\"\n", l.dir), 0o700)
}

// listen has sshd listen on a free port and returns it. Between our look for a
// free one and sshd's use of it another program may take it: then once more.
func (l *live) listen() (port string) {
	for attempt := range 5 {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			l.t.Fatal(err)
		}
		port = strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
		free.Close()
		log := fmt.Sprintf("sshd.%d.log", attempt)
		l.start(log, "/usr/sbin/sshd", "-D", "-e", "-p", port, "-f", l.path("sshd_config"))
		listens := false
		l.await("sshd listens or gives up", func() bool {
			text := l.read(log)
			listens = strings.Contains(text, "Server listening on 127.0.0.1")
			return listens || strings.Contains(text, "Cannot bind any address")
		})
		if listens {
			return port
		}
	}
	l.t.Fatal("no free port for sshd")
	return ""
}

// build sends a change and waits until the n-th worker process runs its build,
// which goes on until there is a file buildEnds(n).
func (l *live) build(n int) {
	l.run("buildbot", "sendchange", "--master", "127.0.0.1:"+l.port, "--auth", "dev:secret", "--who", "dev",
		"--property", "file:"+l.buildEnds(n), "file.c")
	l.awaitLog("ping finished: success", n)
	l.worker = l.pid("host/worker/twistd.pid")
	l.awaitLog("RemoteCommand.run", n)
}

func (l *live) buildEnds(n int) string { return l.path(fmt.Sprintf("build-%d-ends", n)) }

// stopMaster runs buildbot stop, which waits for about ten seconds, until it
// says what it is to say. A busy machine may need more than that to stop.
func (l *live) stopMaster(want string) {
	l.t.Helper()
	said := ""
	l.await("buildbot stop says "+want, func() bool {
		// Its exit status is 1 if the master has not ended.
		out, err := l.command("buildbot", "stop", l.path("master")).Output()
		if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
			l.t.Fatal(err)
		}
		said = string(out)
		ended := want != "never saw process go away" && strings.Contains(said, "not running")
		return strings.Contains(said, want) || ended
	})
	l.t.Logf("buildbot stop: %s", said)
}

// end kills what is left, by way of the cradle's end, which comes first.
func (l *live) end() {
	for _, name := range []string{"master/twistd.log", "host/worker/twistd.log", "master.out"} {
		if l.t.Failed() {
			l.t.Logf("%s:\n%s", name, l.read(name))
		}
	}
	if err := os.RemoveAll(l.dir); err != nil {
		l.t.Error(err)
	}
}

func (l *live) masterLog() string { return l.read("master/twistd.log") }

func (l *live) awaitLog(text string, times int) {
	l.t.Helper()
	l.await(fmt.Sprintf("%q in the master's log, %d times", text, times), func() bool {
		return strings.Count(l.masterLog(), text) >= times
	})
}

func (l *live) await(what string, is func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(livePatience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("waited %v in vain for: %s", livePatience, what)
		}
	}
}

// alive reports whether a process runs. One whose exit status nobody has taken
// yet does not.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(after, "Z")
}

func (l *live) pid(name string) int {
	l.t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(l.read(name)))
	if err != nil {
		l.t.Fatal(err)
	}
	return pid
}

func (l *live) path(name string) string { return filepath.Join(l.dir, name) }

func (l *live) env() []string {
	return []string{"PATH=" + l.path("bin") + ":/usr/bin:/bin", "HOME=" + l.dir, "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
}

func (l *live) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(l.t.Context(), name, args...)
	cmd.Dir, cmd.Env = l.dir, l.env()
	return cmd
}

func (l *live) run(name string, args ...string) {
	l.t.Helper()
	if out, err := l.command(name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v\n%s", strings.Join(append([]string{name}, args...), " "), err, out)
	}
}

// start has the cradle start a program that goes on running.
func (l *live) start(log, name string, args ...string) {
	path, err := exec.LookPath(name)
	if err != nil {
		l.t.Fatal(err)
	}
	env := make(map[string]string)
	for _, v := range l.env() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	err = json.NewEncoder(l.cradle).Encode(map[string]any{"argv": append([]string{path}, args...), "env": env,
		"dir": l.dir, "log": l.path(log)})
	if err != nil {
		l.t.Fatal(err)
	}
}

// read returns a file of the run, or nothing if it is not there (yet).
func (l *live) read(name string) string {
	text, err := os.ReadFile(l.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		l.t.Error(err)
	}
	return string(text)
}

func (l *live) write(name, text string, mode os.FileMode) {
	if err := os.WriteFile(l.path(name), []byte(text), mode); err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) copy(from, to string) {
	text, err := os.ReadFile(from)
	if err != nil {
		l.t.Fatal(err)
	}
	l.write(to, string(text), 0o600)
}
