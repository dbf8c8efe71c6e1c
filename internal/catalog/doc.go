// Package catalog is where type parameters end. A spec is generic in its states
// and actions; a flag, a file and a help text are not. An [Entry] is a spec with
// its parameters as data, an [Instance] is one with a value for each, and a
// [Report] is what checking it gave, with traces as documents.
//
// Nothing is decided here. [Of] closes over the types and hands everything on to
// the engines; [Specs] is the list of what there is, and the only place to
// change when there is a new spec.
//
// Words: a parameter is what a spec's user may choose, a value is what was
// chosen, a variant is a file of such choices.
package catalog
