package catalog

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/quiesce/quiesce/model/check"
	"github.com/quiesce/quiesce/sim/sched"
)

// usualDelays are what the actions of a spec take beside sched.DefaultDelays.
// Those of latent are the numbers of Buildbot 3.7 where it has any: timeouts, the
// ends of a worker, and the first retry of its reconnecting. The others are what
// Buildbot waits for: a provider that starts an instance in half a minute and
// stops it in ten seconds, builds of two minutes, a kernel that gives up a
// silent connection after tcp_retries2 (15 times, 924.6 s).
var usualDelays = map[string][][2]string{
	"latent": {
		{"missing timeout", "constant(1h)"},
		{"build wait timeout", "constant(10m)"},
		{"check timeout", "constant(10s)"},
		{"quarantine ends", "uniform(10s, 1h)"},
		{"ping times out", "constant(10s)"},
		{"slow build closed", "constant(5s)"},
		{"exits", "constant(200ms)"},
		{"sees close", "uniform(1.5s, 2.5s)"},
		{"machine missing timeout", "constant(20m)"},
		{"start returns", "lognormal(30s, 0.5)"},
		{"stop returns", "lognormal(10s, 0.5)"},
		{"instance ends", "lognormal(5s, 0.5)"},
		{"connects", "lognormal(10s, 0.5)"},
		{"machine started", "lognormal(60s, 0.5)"},
		{"machine stopped", "lognormal(30s, 0.5)"},
		{"command done", "exponential(2m)"},
		{"master notices", "constant(924.6s)"},
		{"process notices", "constant(924.6s)"},
	},
}

// delayPrefix is where a variant file has delays.
const delayPrefix = "delays."

// delaysOf returns the delays of the spec of that name: the usual ones, over them
// those of the variant file, over them those given one by one.
func delaysOf(name string, actions []string, opt *SimOptions) (*sched.Delays, error) {
	d := sched.DefaultDelays()
	for _, u := range usualDelays[name] {
		if err := d.Set(u[0], u[1], actions, nil); err != nil {
			return nil, err // a defect of the table above, which a test reads
		}
	}
	var wrong mistakes
	if v := opt.Variant; v != nil {
		open := func(file string) ([]byte, error) { return samples(filepath.Join(filepath.Dir(v.File), file)) }
		for _, f := range v.delays {
			if err := d.Set(f.name, f.node.Value, actions, open); err != nil {
				wrong.add("%s:%d:%d: %v", v.File, f.node.Line, f.node.Column, err)
			}
		}
	}
	for _, text := range opt.Delays {
		key, delay, ok := strings.Cut(text, "=")
		if !ok {
			wrong.add("--delay %s: want NAME=DELAY, such as \"timer=constant(10s)\"", quoted(text))
		} else if err := d.Set(key, delay, actions, samples); err != nil {
			wrong.add("--delay %s: %v", quoted(text), err)
		}
	}
	if err := wrong.err(); err != nil {
		return nil, &check.OptionError{Reason: err.Error()}
	}
	return &d, nil
}

// samples reads the file of an empirical delay.
func samples(path string) ([]byte, error) {
	const most = 16 << 20
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s: larger than %d bytes", path, most)
	}
	return data, err
}
