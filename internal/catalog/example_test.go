package catalog_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/quiesce/quiesce/internal/catalog"
)

// A spec is found by name, gets its values from a variant file and from
// assignments, and is checked without anybody knowing its types.
func Example() {
	entry, err := catalog.Find("lifecycle")
	if err != nil {
		fmt.Println(err)
		return
	}
	variant, err := catalog.ReadVariant("proposal.yaml", strings.NewReader("workers: 1\nbug: hang\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := entry.Values(variant, []string{"requests=1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	instance, err := entry.Build(values)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := instance.Check(context.Background(), catalog.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(catalog.Title(report.Spec, report.Values))
	for _, v := range report.Verdicts {
		fmt.Println(v.Outcome, "-", v.Name)
	}
	// Output:
	// lifecycle workers=1 requests=1 losses=1 capacity=1 bug=hang
	// holds - no connection accepted outside substantiating
	// violated - stop leads to every worker stopped
	// violated - no unexpected deadlock
}

// What is wrong with values is said all at once, with where it is and what would
// be right.
func ExampleEntry_Values() {
	entry, err := catalog.Find("twophase")
	if err != nil {
		fmt.Println(err)
		return
	}
	variant, err := catalog.ReadVariant("proposal.yaml", strings.NewReader("managers: 12\nbugs: none\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = entry.Values(variant, []string{"bug=hang"})
	fmt.Println(err)
	// Output:
	// proposal.yaml:1:11: managers wants an integer from 1 to 9, not 12
	// proposal.yaml:2:1: twophase has no parameter bugs; it has managers, bug
	// --param bug=hang: bug wants one of none, abort, not hang
}
