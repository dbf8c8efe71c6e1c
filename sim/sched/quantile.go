package sched

import (
	"math/big"
	"math/bits"
	"sync"
	"time"
)

// Tables have a node for each probability of being exceeded of the form
// (256-j)/256^(l+1), for level l from 0 to 3 and j from 0 to 255: 256 nodes for
// the whole, again 256 for its upper 256th part, and so on. What is exceeded
// with less than 2^-32 is not drawn. The lower tail has no levels of its own:
// below the 256th part delays are linear from zero.
const (
	levels = 4
	fan    = 256
)

// interpolate returns the quantile at word/2^64, linear between nodes. The
// first byte of word says which node; if it is the last, the next byte does, a
// level further up.
func interpolate(table []time.Duration, word uint64) time.Duration {
	at := 0
	for at < fan*(levels-1) && word>>56 == fan-1 {
		word <<= 8
		at += fan
	}
	at += int(word >> 56)
	low := table[at]
	high := table[min(at+1, len(table)-1)]
	part, _ := bits.Mul64(uint64(high-low), word<<8)
	return low + time.Duration(part)
}

// quantiles returns unit times what of returns for each node, to be given the
// quantile of the standard exponential distribution there, and where that of
// the standard normal one is.
func quantiles(unit time.Duration, of func(e *real, i place) *real) []time.Duration {
	table := make([]time.Duration, 0, levels*fan)
	longest := number(int64(Longest))
	for l := range levels {
		for j := range fan {
			// -ln((256-j)/256^(l+1)) = (8(l+1) - log2(256-j)) ln 2
			e := log2(number(int64(fan - j)))
			e.Sub(number(int64(8*(l+1))), e)
			e.Mul(e, ln2())
			q := of(e, place{l, j})
			q = new(real).Mul(q, number(int64(unit)))
			if q.Cmp(longest) > 0 {
				q = longest
			}
			n, _ := q.Int64()
			table = append(table, time.Duration(n))
		}
	}
	return table
}

// place names a node of a table: level and number in it.
type place struct{ l, j int }

// normal returns the quantile of the standard normal distribution at a node
// other than the first, whose quantile is infinite. The distribution is
// symmetric, so the lower half of the first level is that of the upper.
func normal(i place) *real {
	at, sign := i.l*fan+i.j-fan/2, int64(1)
	if at < 0 {
		at, sign = -at, -1
	}
	z := number(normalQuantiles[at] * sign)
	return z.SetMantExp(z, -32)
}

// real is a number of 192 bits computed in software: exactly rounded, so the
// same everywhere.
type real = big.Float

const precision = 192

func number(n int64) *real { return new(real).SetPrec(precision).SetInt64(n) }

func ln2() *real {
	x, _ := new(real).SetPrec(precision).SetString("0.693147180559945309417232121458176568075500134360255254120680009493393621969694716")
	return x
}

// fraction is how many binary digits after the point log2 finds and exp2 uses.
const fraction = 80

// log2 of x > 0, digit by digit: the logarithm of a square is twice as great.
func log2(x *real) *real {
	y := new(real).SetPrec(precision)
	exp := x.MantExp(y) - 1
	y.SetMantExp(y, 1) // in [1, 2)
	out, digit := number(int64(exp)), number(1)
	two, half := number(2), new(real).Quo(number(1), number(2))
	for range fraction {
		digit.Mul(digit, half)
		y.Mul(y, y)
		if y.Cmp(two) >= 0 {
			y.Mul(y, half)
			out.Add(out, digit)
		}
	}
	return out
}

// exp2 is 2^x, as the product of the roots 2^(1/2), 2^(1/4), … that the digits
// of x ask for.
func exp2(x *real) *real {
	whole, _ := x.Int64()
	rest := new(real).Sub(x, number(whole))
	if rest.Sign() < 0 {
		whole--
		rest.Add(rest, number(1))
	}
	out, one := number(1), number(1)
	for _, root := range roots() {
		rest.Add(rest, rest)
		if rest.Cmp(one) >= 0 {
			rest.Sub(rest, one)
			out.Mul(out, root)
		}
	}
	return out.SetMantExp(out, int(whole))
}

// roots are computed once, as they take most of the time of a table.
var roots = sync.OnceValue(func() []*real {
	list := make([]*real, fraction)
	root := number(2)
	for i := range list {
		root = new(real).Sqrt(root)
		list[i] = root
	}
	return list
})
