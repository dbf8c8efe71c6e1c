package linear_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/quiesce/quiesce/internal/rng"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/linear"
)

// TestWrittenIsRead: any history comes back as it was, and says the same.
func TestWrittenIsRead(t *testing.T) {
	r := rng.New(5, 0)
	for range 500 {
		h := new(linear.History)
		busy := make([]bool, 4)
		for range r.Below(20) {
			c := r.Below(4)
			client := fmt.Sprintf("<client %d \"&>", c)
			err := h.Return(client, linear.Result(r.Below(3)))
			if !busy[c] {
				err = h.Call(client, fmt.Sprint("w", r.Below(2)), linear.Op(r.Below(5)))
			}
			if err != nil {
				t.Fatal(err)
			}
			busy[c] = !busy[c]
		}
		var first, second bytes.Buffer
		if err := h.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := linear.Read(bytes.NewReader(first.Bytes()), "written")
		if err != nil {
			t.Fatalf("%v\n%s", err, &first)
		}
		if !reflect.DeepEqual(again.Operations(), h.Operations()) {
			t.Fatalf("%v\nwas read as\n%v", h.Operations(), again.Operations())
		}
		if err := again.Write(&second); err != nil || first.String() != second.String() {
			t.Fatalf("written again it differs: %v", err)
		}
	}
}

// TestManyPendingAreDecided has as many operations that never returned as no
// search over sets of them could try, in a history that holds and, with one lie
// at the end, in one that does not.
func TestManyPendingAreDecided(t *testing.T) {
	for last, want := range map[string]properties.Outcome{"start": properties.Holds, "attach": properties.Violated} {
		h := new(linear.History)
		do := func(client, op string, result linear.Result) {
			i := map[string]linear.Op{"start": linear.Start, "attach": linear.Attach, "detach": linear.Detach, "stop": linear.Stop}[op]
			if err := errors.Join(h.Call(client, "w", i), h.Return(client, result)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 60 {
			do("m", "start", linear.OK)
			do(fmt.Sprint("p", i), "attach", linear.Unknown)
			do(fmt.Sprint("p", i), "detach", linear.Unknown)
			do("m", "stop", linear.OK)
		}
		do("m", last, linear.OK)
		r := h.Check(0)
		if r.Outcome != want {
			t.Errorf("%s at the end: %v (%s), want %v", last, r.Outcome, r.Reason, want)
		}
		if want == properties.Violated && !strings.Contains(r.Reason, "attach") {
			t.Errorf("the reason is %q", r.Reason)
		}
	}
}

// TestLongHistoriesAreBounded: what could need more memory than there is is said,
// not tried.
func TestLongHistoriesAreBounded(t *testing.T) {
	for n, want := range map[int]properties.Outcome{4000: properties.Holds, 10_002: properties.Inconclusive} {
		h := new(linear.History)
		for i := range n {
			op := []linear.Op{linear.Start, linear.Stop}[i%2]
			if err := errors.Join(h.Call("m", "w", op), h.Return("m", linear.OK)); err != nil {
				t.Fatal(err)
			}
		}
		if r := h.Check(0); r.Outcome != want {
			t.Errorf("%d operations: %v (%s), want %v", n, r.Outcome, r.Reason, want)
		}
	}
	// More open at a time than there are bits for them, and too many sets to try.
	h := new(linear.History)
	for i := range 80 {
		if err := h.Call(fmt.Sprint(i), "w", linear.Op(i%5)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 80 {
		if err := h.Return(fmt.Sprint(i), linear.OK); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, done := h.Decide(); done {
		t.Error("80 operations at a time were followed")
	}
}
