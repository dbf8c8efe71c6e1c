package codec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/traces"
	"github.com/quiesce/quiesce/traces/codec"
)

// long returns a trace of n steps, n a multiple of 5.
func long(b *testing.B, n int) *codec.Document {
	b.Helper()
	var actions []action
	for range n / 5 {
		actions = append(actions, action{ask, 0}, action{arrive, 0}, action{rest, -1}, action{ask, 0}, action{lose, 0}, action{giveUp, -1})
	}
	return codec.Of(relaySpec(), codec.Header{Spec: "relay"}, run(b, traces.Finite, actions[:n]...))
}

func BenchmarkWrite(b *testing.B) {
	d := long(b, 1000)
	b.SetBytes(int64(len(written(b, d))))
	b.ReportAllocs()
	for b.Loop() {
		written(b, d)
	}
}

func BenchmarkRead(b *testing.B) {
	src := written(b, long(b, 1000))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		read(b, src)
	}
}

func BenchmarkReplay(b *testing.B) {
	d := read(b, written(b, long(b, 1000)))
	b.ReportAllocs()
	for b.Loop() {
		tr, err := codec.Replay(relaySpec(), d)
		if err != nil || tr.Len() != 1000 {
			b.Fatal(err, tr.Len())
		}
	}
}

// BenchmarkReadHostile reads the largest files that are not refused for their
// size, each built to cost as much as it can.
func BenchmarkReadHostile(b *testing.B) {
	deep := strings.Repeat(`[`, codec.MaxDepth-5) + strings.Repeat(`"x",`, codec.MaxValues/2) + `0` + strings.Repeat(`]`, codec.MaxDepth-5)
	for name, src := range map[string]string{
		"values": `{"states": [{"x": [` + strings.Repeat(`0,`, codec.MaxValues-10) + `0]}]}`,
		"deep":   `{"states": [{"x": ` + deep + `}]}`,
		"sets":   `{"states": [{"x": ` + strings.Repeat(`{"#set": [0, `, codec.MaxDepth/2-5) + strings.Repeat(`{"#set": []},`, codec.MaxValues/4) + `0` + strings.Repeat(`]}`, codec.MaxDepth/2-5) + `}]}`,
		"string": `{"states": [{"x": "` + strings.Repeat(`\n`, codec.MaxBytes/2-20) + `"}]}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				d := read(b, []byte(src))
				var out bytes.Buffer
				if err := codec.Write(&out, d); err != nil || out.Len() == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
