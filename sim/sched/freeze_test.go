package sched

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var update = flag.Bool("update", false, "write golden files, and the table of normal quantiles")

// TestNormalTable holds the frozen table against gonum. It allows one unit of
// 2^-32, so that a machine with other floats finds it right too.
func TestNormalTable(t *testing.T) {
	var want []int64
	for at := fan / 2; at < levels*fan; at++ {
		tail := float64(fan-at%fan) / math.Pow(fan, float64(at/fan+1))
		want = append(want, int64(math.Round(-distuv.UnitNormal.Quantile(tail)*(1<<32))))
	}
	if *update {
		writeNormal(t, want)
	}
	if len(normalQuantiles) != len(want) {
		t.Fatalf("%d quantiles, want %d", len(normalQuantiles), len(want))
	}
	for i := range want {
		if d := normalQuantiles[i] - want[i]; d < -1 || d > 1 {
			t.Errorf("quantile %d is %d, gonum's is %d", i, normalQuantiles[i], want[i])
		}
	}
}

func writeNormal(t *testing.T, table []int64) {
	var b bytes.Buffer
	b.WriteString("package sched\n\n// normalQuantiles are quantiles of the standard normal distribution at the nodes\n" +
		"// from the middle of the first level on, in units of 2^-32. They were computed\n" +
		"// once with gonum and are frozen: every machine draws the same delays.\n" +
		"var normalQuantiles = [levels*fan - fan/2]int64{")
	for i, q := range table {
		if i%8 == 0 {
			b.WriteString("\n\t")
		} else {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d,", q)
	}
	b.WriteString("\n}\n")
	if err := os.WriteFile("normaltable.go", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
