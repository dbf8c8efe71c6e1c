package sched

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"time"
)

// forms are the delays that ParseDelay reads.
const forms = "constant(10s), uniform(1.5s, 2.5s), exponential(600s), lognormal(20ms, 0.5), weibull(90s, 1.5) or empirical(file)"

// ParseDelay reads a delay as a variant file has it: constant(D), uniform(LOW,
// HIGH), exponential(MEAN), lognormal(MEDIAN, SIGMA), weibull(SCALE, SHAPE) or
// empirical(FILE), with times as in Go (1.5s, 20ms, 1h). open reads the file of
// an empirical delay; if it is nil such delays are refused.
func ParseDelay(text string, open func(name string) ([]byte, error)) (Delay, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "(")
	inside, closed := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ok || !closed {
		return Delay{}, fmt.Errorf("delay %q: want %s", text, forms)
	}
	args := strings.Split(inside, ",")
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	d, err := build(strings.TrimSpace(name), args, open)
	if err != nil {
		return Delay{}, fmt.Errorf("delay %q: %w", text, err)
	}
	return d, nil
}

// build makes the delay of that name. Numbers of arguments are checked in one
// place, so that the cases need not.
func build(name string, args []string, open func(string) ([]byte, error)) (Delay, error) {
	want := map[string]int{"constant": 1, "uniform": 2, "exponential": 1, "lognormal": 2, "weibull": 2, "empirical": 1}
	n, known := want[name]
	switch {
	case !known:
		return Delay{}, fmt.Errorf("no distribution %q: want %s", name, forms)
	case len(args) != n:
		return Delay{}, fmt.Errorf("%s takes %d values, not %d", name, n, len(args))
	case name == "empirical":
		return openEmpirical(args[0], open)
	}
	first, err := time.ParseDuration(args[0])
	if err != nil {
		return Delay{}, fmt.Errorf("%q is not a time such as 1.5s", args[0])
	}
	switch name {
	case "constant":
		return Constant(first)
	case "exponential":
		return Exponential(first)
	case "uniform":
		high, err := time.ParseDuration(args[1])
		if err != nil {
			return Delay{}, fmt.Errorf("%q is not a time such as 1.5s", args[1])
		}
		return Between(first, high)
	}
	second, err := parseThousandths(args[1])
	if err != nil {
		return Delay{}, err
	}
	if name == "weibull" {
		return Weibull(first, second)
	}
	return LogNormal(first, second)
}

// parseThousandths reads a number with up to three digits after the point,
// exactly.
func parseThousandths(text string) (int, error) {
	whole, part, _ := strings.Cut(text, ".")
	wrong := fmt.Errorf("%q is not a number such as 0.5, with up to three digits after the point", text)
	if whole == "" || len(whole) > 6 || len(part) > 3 {
		return 0, wrong
	}
	n := 0
	for _, c := range whole + part + strings.Repeat("0", 3-len(part)) {
		if c < '0' || c > '9' {
			return 0, wrong
		}
		n = 10*n + int(c-'0')
	}
	return n, nil
}

// openEmpirical reads the file of an empirical delay. Whoever calls ParseDelay
// decides which files may be read.
func openEmpirical(name string, open func(string) ([]byte, error)) (Delay, error) {
	if open == nil {
		return Delay{}, fmt.Errorf("samples cannot be read from %s here", name)
	}
	data, err := open(name)
	if err != nil {
		return Delay{}, err
	}
	samples, err := ParseSamples(name, data)
	if err != nil {
		return Delay{}, err
	}
	return Empirical(name, samples)
}

// ParseSamples reads one time a line, such as 1.5s. Empty lines and what
// follows a # are ignored. name is for errors.
func ParseSamples(name string, data []byte) ([]time.Duration, error) {
	var out []time.Duration
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		trimmed := strings.TrimSpace(text)
		if trimmed == "" {
			continue
		}
		column := strings.Index(text, trimmed) + 1
		d, err := time.ParseDuration(trimmed)
		if err != nil {
			return nil, fmt.Errorf("%s:%d:%d: %q is not a time such as 1.5s", name, n, column, trimmed)
		}
		if d < 0 || d > Longest {
			return nil, fmt.Errorf("%s:%d:%d: %v, want 0s to %v", name, n, column, d, Longest)
		}
		out = append(out, d)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}
