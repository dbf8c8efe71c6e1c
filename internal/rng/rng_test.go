package rng_test

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
)

// TestFrozen holds the streams for ever. If it fails every recorded run of
// every user means something else: do not update the numbers, undo the change.
func TestFrozen(t *testing.T) {
	for _, c := range []struct {
		seed, run uint64
		want      [4]uint64
	}{
		{0, 0, [4]uint64{0x9c0311423d9ec41c, 0x9be347d0366d0b7f, 0x8df8a28d3d1d83ab, 0x5eeefe74e7762dc4}},
		{0, 1, [4]uint64{0x2dc86910e3366ed8, 0x74df247095741c6, 0x3130cef172a47738, 0x6165f04d9ab31227}},
		{1, 0, [4]uint64{0x603bd53d2632c97b, 0x419b3620907d18be, 0x137af9e62e7b6bac, 0x704ecdd67fe6d8fd}},
		{7, 20000, [4]uint64{0x1bc571dcaf2b1c51, 0x4b1d95340b44a7e9, 0xe57e7186cf64ea34, 0xd46976e9e34d4d0}},
		{1<<64 - 1, 1<<64 - 1, [4]uint64{0x42f6cfb3d4165aeb, 0xd838ad184490fd7d, 0x566af2d20a421c8c, 0x171d6be42cd9d258}},
	} {
		r := rng.New(c.seed, c.run)
		var got [4]uint64
		for i := range got {
			got[i] = r.Uint64()
		}
		if got != c.want {
			t.Errorf("seed %d, run %d: %#x, want %#x", c.seed, c.run, got, c.want)
		}
	}
}

// TestGenerator holds the generator itself against an independent way to write
// it, from the paper: the state as four words, all of them new at each step.
func TestGenerator(t *testing.T) {
	r := rng.New(42, 42)
	s := [4]uint64{}
	x := mix(42) ^ mix(42+0x9e3779b97f4a7c15)*0xd1342543de82ef95
	for i := range s {
		s[i] = mix(x + uint64(i+1)*0x9e3779b97f4a7c15)
	}
	for i := range 1000 {
		want := bits.RotateLeft64(s[1]*5, 7) * 9
		s = [4]uint64{s[0] ^ s[1] ^ s[3], s[0] ^ s[1] ^ s[2], s[0] ^ s[2] ^ s[1]<<17, bits.RotateLeft64(s[1]^s[3], 45)}
		if got := r.Uint64(); got != want {
			t.Fatalf("number %d is %#x, want %#x", i, got, want)
		}
	}
}

// mix is SplitMix64's output function with the multipliers of Stafford's
// variant 13.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func TestSeedIsNew(t *testing.T) {
	var r rng.Source
	r.Seed(3, 4)
	r.Uint64()
	r.Seed(5, 6)
	if n := rng.New(5, 6); r != n {
		t.Errorf("Seed gives %v, New %v", r, n)
	}
}

// TestStreamsDiffer looks for what careless seeding does: neighbouring seeds or
// runs, or a seed and a run exchanged, that give related streams. Of 64 bits of
// two independent words 32 differ, give or take; over 64 words of each of 4096
// pairs the average must be within 0.05 of that, which is 12 deviations.
func TestStreamsDiffer(t *testing.T) {
	pairs := map[string]func(i uint64) (a, b rng.Source){
		"runs":      func(i uint64) (a, b rng.Source) { return rng.New(9, i), rng.New(9, i+1) },
		"seeds":     func(i uint64) (a, b rng.Source) { return rng.New(i, 9), rng.New(i+1, 9) },
		"exchanged": func(i uint64) (a, b rng.Source) { return rng.New(i, i+1), rng.New(i+1, i) },
		"bit 63":    func(i uint64) (a, b rng.Source) { return rng.New(i, 0), rng.New(i|1<<63, 0) },
		"inverted":  func(i uint64) (a, b rng.Source) { return rng.New(i, 0), rng.New(^i, 0) },
	}
	for name, pair := range pairs {
		differ := 0
		for i := range uint64(4096) {
			a, b := pair(i)
			for range 64 {
				differ += bits.OnesCount64(a.Uint64() ^ b.Uint64())
			}
		}
		if average := float64(differ) / (4096 * 64); average < 31.95 || average > 32.05 {
			t.Errorf("%s: %.3f of 64 bits differ, want about 32", name, average)
		}
	}
}

func TestStreamsOfManyRunsAreDistinct(t *testing.T) {
	seen := make(map[uint64]bool)
	for seed := range uint64(300) {
		for run := range uint64(300) {
			r := rng.New(seed, run)
			if x := r.Uint64(); seen[x] {
				t.Fatalf("seed %d, run %d begins like another", seed, run)
			} else {
				seen[x] = true
			}
		}
	}
}

// TestBelowIsUnbiased replaces the generator by all words of a small width:
// Lemire's method with 8 instead of 64 bits gives every result equally often,
// for every bound. The arithmetic is the same, with another word size.
func TestBelowIsUnbiased(t *testing.T) {
	for n := 1; n < 256; n++ {
		count := make([]int, n)
		for word := range 256 {
			product := word * n
			if product&255 < (256-n)%n {
				continue // rejected
			}
			count[product>>8]++
		}
		for i := range count {
			if count[i] != 256/n {
				t.Fatalf("below %d: %d comes %d times of 256, want %d", n, i, count[i], 256/n)
			}
		}
	}
}

// TestBelowFollowsTheMethod ties Below to the arithmetic of the test above,
// with bounds for which words are rejected often.
func TestBelowFollowsTheMethod(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 6, 7, 1000, 1<<63 + 1, 1<<63 + 1<<62, 1<<64 - 1} {
		r, words := rng.New(n, 1), rng.New(n, 1)
		rejected := 0
		for range 2000 {
			got := r.Below(n)
			for {
				hi, lo := bits.Mul64(words.Uint64(), n)
				if lo < (1<<64-1-n+1)%n {
					rejected++
					continue
				}
				if got != hi {
					t.Fatalf("below %d: %d, want %d", n, got, hi)
				}
				break
			}
		}
		if n == 1<<63+1 && rejected < 1500 {
			t.Errorf("below %d: %d words rejected, about half of 4000 should be", n, rejected)
		}
	}
}

func TestBelowIsUniform(t *testing.T) {
	r := rng.New(11, 0)
	const n, draws = 10, 1_000_000
	var count [n]float64
	for range draws {
		count[r.Below(n)]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - draws/n) * (c - draws/n) / (draws / n)
	}
	if chi > 27.88 { // 0.999 quantile of chi-squared, 9 degrees
		t.Errorf("chi-squared %.1f: %v", chi, count)
	}
}

func TestChance(t *testing.T) {
	r := rng.New(12, 0)
	for num := range uint64(5) {
		hits := 0
		for range 40000 {
			if r.Chance(num, 4) {
				hits++
			}
		}
		if want := int(num) * 10000; hits < want-500 || hits > want+500 {
			t.Errorf("%d in 4: %d of 40000, want about %d", num, hits, want)
		}
	}
}

func TestNothingBelowZero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Below(0) returned")
		}
	}()
	r := rng.New(0, 0)
	r.Below(0)
}

func Example() {
	r := rng.New(7, 0) // run 0 of seed 7
	fmt.Println(r.Below(6)+1, r.Below(6)+1, r.Below(6)+1)
	again := rng.New(7, 0)
	fmt.Println(again.Below(6)+1, again.Below(6)+1, again.Below(6)+1)
	// Output:
	// 5 3 2
	// 5 3 2
}
