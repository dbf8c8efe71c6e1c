package main

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/quiesce/quiesce/internal/catalog"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/sim"
)

// The JSON of quiesce sim --json, described by docs/sim-report.schema.json.
type jsonSimulation struct {
	jsonVariant
	Seed       uint64         `json:"seed"`
	First      uint64         `json:"first"`
	Steps      int            `json:"steps"`
	Settle     int            `json:"settle"`
	Scheduler  string         `json:"scheduler"`
	Promise    *jsonPromise   `json:"promise"`   // null if the scheduler makes none
	Selection  *jsonSelection `json:"selection"` // null but for the scheduler selective
	Confidence figure         `json:"confidence"`
	Test       *jsonTest      `json:"test"` // null without --stop-at
	Outcome    string         `json:"outcome"`
	Coverage   *jsonCoverage  `json:"coverage"` // null if not measured
	Actions    int            `json:"actions"`
	Never      []string       `json:"never"`
	Idle       []string       `json:"idle"`
	Histories  *jsonHistories `json:"histories"` // null without --histories
	Against    *jsonAgainst   `json:"against"`   // null without --against
}

// jsonVariant is what is said of each variant.
type jsonVariant struct {
	Spec       string            `json:"spec"`
	Params     catalog.Values    `json:"params"`
	Delays     []string          `json:"delays"`
	Runs       uint64            `json:"runs"`
	Taken      uint64            `json:"taken"` // steps
	Ends       map[string]uint64 `json:"ends"`
	Stopped    *string           `json:"stopped"` // null if all runs were made
	Fixed      bool              `json:"fixed"`
	Properties []jsonSimClaim    `json:"properties"`
}

type jsonPromise struct {
	Depth    int    `json:"depth"`
	Chains   int    `json:"chains"`
	Events   int    `json:"events"`
	Measured int    `json:"measured"`
	EachRun  figure `json:"eachRun"`
}

type jsonHistories struct {
	Written uint64 `json:"written"`
	Empty   uint64 `json:"empty"`
}

type jsonSelection struct {
	Events   []string    `json:"events"`
	Measured int         `json:"measured"`
	Fixed    bool        `json:"fixed"`
	Actors   []jsonShare `json:"actors"`
}

type jsonShare struct {
	Actor string `json:"actor"`
	Least uint64 `json:"least"`
	Most  uint64 `json:"most"`
	Total uint64 `json:"total"`
}

type jsonTest struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

type jsonCoverage struct {
	States      int         `json:"states"`
	Transitions *int        `json:"transitions"` // null if full
	Full        bool        `json:"full"`
	Races       [][2]string `json:"races"`
}

type jsonSimClaim struct {
	Name     string        `json:"name"`
	Form     string        `json:"form"`
	Sentence string        `json:"sentence"`
	Outcome  string        `json:"outcome"`
	Reason   string        `json:"reason"`
	Failed   uint64        `json:"failed"`
	First    *uint64       `json:"first"`
	Open     uint64        `json:"open"`
	Met      uint64        `json:"met"`
	Interval *jsonInterval `json:"interval"`
	Decision *string       `json:"decision"`
	Believe  *uint64       `json:"believe"`
	Times    *jsonTimes    `json:"times"`
	Trace    *jsonSimTrace `json:"trace"`
}

type jsonInterval struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

// jsonTimes are in seconds of virtual time.
type jsonTimes struct {
	Waited    int            `json:"waited"`
	Never     int            `json:"never"`
	Censored  int            `json:"censored"`
	AtOnce    int            `json:"atOnce"`
	Quantiles []jsonQuantile `json:"quantiles"`
}

type jsonQuantile struct {
	Share figure `json:"share"`
	Time  figure `json:"time"` // null if never
	Low   figure `json:"low"`
	High  figure `json:"high"`
}

type jsonSimTrace struct {
	jsonTrace
	Worth string `json:"worth"`
}

type jsonAgainst struct {
	jsonVariant
	Contrasts []jsonContrast `json:"contrasts"`
}

type jsonContrast struct {
	Property string  `json:"property"`
	Test     string  `json:"test"`
	P        figure  `json:"p"`
	Greater  *figure `json:"greater"`
	Delta    *figure `json:"delta"`
}

// A figure has six digits: the last ones of a float may differ from one
// architecture to another, and say nothing. What is infinite is null.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', 6, 64), nil
}

// writeSimJSON writes the report, with every field of every form.
func writeSimJSON(w io.Writer, these []simulated) error {
	found := these[0].found
	out := jsonSimulation{
		Seed: found.Options.Seed, First: found.Options.First, Steps: found.Options.Steps, Settle: found.Options.Settle,
		Scheduler: found.Scheduler, Confidence: figure(found.Confidence), Outcome: simOutcome(found.Worst()),
		Actions: found.Actions, Never: list(found.Never), Idle: list(found.Idle),
	}
	var err error
	if out.jsonVariant, err = variantJSON(&these[0]); err != nil {
		return err
	}
	if p := found.Promise; p != nil {
		each, _ := p.EachRun.Float64()
		out.Promise = &jsonPromise{p.Depth, p.Chains, p.Events, p.Looked, figure(each)}
	}
	if s := found.Selection; s != nil {
		out.Selection = &jsonSelection{Events: found.Select, Measured: s.Runs, Fixed: s.Fixed()}
		for _, a := range s.Actors {
			out.Selection.Actors = append(out.Selection.Actors, jsonShare{a.Actor, a.Least, a.Most, a.Total})
		}
	}
	if w := these[0].told; w != nil {
		out.Histories = &jsonHistories{w.written, w.empty}
	}
	if t := found.Test; t != nil {
		out.Test = &jsonTest{figure(t.Low), figure(t.High)}
	}
	if v := found.Coverage; v != nil {
		out.Coverage = &jsonCoverage{States: v.States, Full: v.Full, Races: append([][2]string{}, v.Races...)}
		if !v.Full {
			out.Coverage.Transitions = &v.Transitions
		}
	}
	if len(these) > 1 && these[1].found != nil {
		if out.Against, err = againstJSON(these); err != nil {
			return err
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// simOutcome names what a simulation as a whole comes to.
func simOutcome(o properties.Outcome) string {
	if o == properties.Holds {
		return "no failure"
	}
	return o.String()
}

func variantJSON(v *simulated) (jsonVariant, error) {
	found := v.found
	out := jsonVariant{
		Spec: found.Spec, Params: found.Values, Delays: list(found.Delays), Runs: found.Runs, Taken: found.Steps,
		Ends: make(map[string]uint64), Fixed: found.Fixed, Properties: []jsonSimClaim{},
	}
	for e, n := range found.Ends {
		out.Ends[sim.End(e).String()] = n
	}
	if found.Stopped != "" {
		out.Stopped = &found.Stopped
	}
	for i := range found.Claims {
		file := ""
		if v.files != nil {
			file = v.files[i]
		}
		claim, err := claimJSON(found, &found.Claims[i], file)
		if err != nil {
			return out, err
		}
		out.Properties = append(out.Properties, claim)
	}
	return out, nil
}

func claimJSON(found *catalog.Simulation, k *catalog.SimClaim, file string) (jsonSimClaim, error) {
	word, _ := wordOf(k)
	out := jsonSimClaim{
		Name: k.Name, Form: k.Form, Sentence: k.Sentence, Outcome: word, Reason: k.Reason,
		Failed: k.Tally.Failed, Open: k.Tally.Open, Met: k.Tally.Met,
	}
	if k.Outcome == properties.Violated || k.Outcome == properties.Holds {
		out.First = &k.Tally.First
	}
	if b := k.Bounds; b != nil {
		out.Interval = &jsonInterval{figure(b.Low), figure(b.High)}
	}
	if found.Test != nil {
		decision := k.Decision.String()
		out.Decision = &decision
	}
	if k.Believe > 0 {
		out.Believe = &k.Believe
	}
	if k.Outcome == properties.Violated && k.Trace != nil {
		out.Trace = &jsonSimTrace{*traceJSON(&k.Verdict, file), string(k.Worth)}
	}
	if len(k.Times) == 0 && k.AtOnce == 0 {
		return out, nil
	}
	var err error
	out.Times, err = timesJSON(k, found.Confidence)
	return out, err
}

func timesJSON(k *catalog.SimClaim, confidence float64) (*jsonTimes, error) {
	never, censored := k.Unanswered()
	out := &jsonTimes{Waited: len(k.Times), Never: never, Censored: censored, AtOnce: k.AtOnce, Quantiles: []jsonQuantile{}}
	if len(k.Times) == 0 {
		return out, nil
	}
	found, err := quantilesOf(k, confidence)
	for _, q := range found {
		out.Quantiles = append(out.Quantiles, jsonQuantile{figure(q.Share), figure(q.Time), figure(q.Low), figure(q.High)})
	}
	return out, err
}

func againstJSON(these []simulated) (*jsonAgainst, error) {
	variant, err := variantJSON(&these[1])
	if err != nil {
		return nil, err
	}
	out := &jsonAgainst{jsonVariant: variant, Contrasts: []jsonContrast{}}
	contrasts, err := these[0].found.Against(these[1].found)
	if err != nil {
		return nil, err
	}
	for _, d := range contrasts {
		c := jsonContrast{Property: d.Property, Test: "log-rank", P: figure(d.P)}
		if r := d.Ranks; r != nil {
			greater, delta := figure(r.Greater), figure(r.Delta)
			c.Test, c.Greater, c.Delta = "Mann-Whitney", &greater, &delta
		}
		out.Contrasts = append(out.Contrasts, c)
	}
	return out, nil
}
