package zoo

import (
	"fmt"
	"strings"

	"github.com/quiesce/quiesce/model"
)

// word names the value i of an enum. Values outside it are shown rather than
// hidden: they can only come from a defect.
func word[E ~uint8](names []string, i E) string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("<%d>", uint8(i))
}

// within reports a parameter that is not from low to high.
func within(spec, param string, got, low, high int) error {
	if got < low || got > high {
		return fmt.Errorf("%s: %s is %d, want %d to %d", spec, param, got, low, high)
	}
	return nil
}

// oneOf reports a parameter that is none of the allowed words. The first of
// them is the default and may be left out.
func oneOf(spec, param, got string, allowed ...string) error {
	if got == "" {
		return nil
	}
	for _, word := range allowed {
		if got == word {
			return nil
		}
	}
	last := len(allowed) - 1
	return fmt.Errorf("%s: %s is %q, want %s or %s",
		spec, param, got, strings.Join(allowed[:last], ", "), allowed[last])
}

// present shows an array of parts whose zero value means "not there" as the
// list of those that are there: a model for up to nine managers shows three if
// it has three.
func present[T comparable](parts []T) model.Value {
	var zero T
	out := model.Value{Shape: model.List}
	for _, part := range parts {
		if part == zero {
			break
		}
		out.Items = append(out.Items, model.View(part))
	}
	return out
}
