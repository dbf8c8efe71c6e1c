// Package lifecycle is the property pack for the life of latent workers: what
// a Buildbot master, its workers and its provider promise each other.
//
// Each claim has a sentence, a subject (what must happen at least once for the
// claim to mean anything) and its legal exceptions, which the sentence names.
package lifecycle

import (
	"slices"
	"strings"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
)

// Spec returns the protocol of c with one worker and every claim of the pack.
func Spec(c latent.Config) (properties.Spec[latent.State, latent.Action], error) {
	return SpecOf[[1]latent.Worker](c)
}

// SpecOf is Spec for any number of workers.
func SpecOf[C latent.Crew](c latent.Config) (properties.Spec[latent.StateOf[C], latent.Action], error) {
	spec, err := latent.SpecOf[C](c)
	if err != nil {
		return spec, err
	}
	spec.Properties = Pack[C](c)
	return spec, nil
}

// A view is a state seen without its type parameter.
type view struct {
	m  *latent.Master
	ws []latent.Worker
}

// Pack returns the claims that make sense in the scope of c: a claim about
// something the scope has no way to ask for is left out, since it could only
// be vacuous.
func Pack[C latent.Crew](c latent.Config) []properties.Property[latent.StateOf[C]] {
	return typed[C](&c, append(safety(&c), liveness(&c)...))
}

// typed makes properties of claims.
func typed[C latent.Crew](c *latent.Config, claims []claim) []properties.Property[latent.StateOf[C]] {
	var out []properties.Property[latent.StateOf[C]]
	type predicate = properties.Predicate[latent.StateOf[C]]
	on := func(p func(view) bool) predicate {
		return func(s *latent.StateOf[C]) bool { return p(view{&s.Master, s.All()}) }
	}
	for _, cl := range claims {
		var p properties.Property[latent.StateOf[C]]
		switch {
		case cl.possible != nil:
			p = properties.AlwaysPossible(cl.name, on(cl.possible))
		case cl.goal != nil:
			p = properties.LeadsTo(cl.name, on(cl.holds), on(cl.goal))
		case cl.never != 0:
			// Most claims are of this sort, and every state is asked about each.
			p = properties.Always(cl.name, func(s *latent.StateOf[C]) bool { return s.Master.Events&cl.never == 0 })
		default:
			p = properties.Always(cl.name, on(cl.holds))
		}
		p = p.Says(cl.says)
		if cl.rests != nil {
			p = p.Assuming(matching(c, cl.rests)...)
		}
		if cl.subject != nil {
			p = p.About(cl.about, on(cl.subject))
		}
		out = append(out, p)
	}
	return out
}

// A claim is a property before it has a type: Always holds if it has neither a
// goal nor a possibility nor events, "holds leads to goal" if it has a goal.
type claim struct {
	name, says string
	never      latent.Events
	holds      func(view) bool
	goal       func(view) bool
	possible   func(view) bool
	rests      []string // what the names of its fairness sets begin with; nil means all
	about      string
	subject    func(view) bool
}

// matching returns the fairness sets of c whose names begin with one of prefixes.
func matching(c *latent.Config, prefixes []string) []string {
	var out []string
	for _, name := range latent.FairnessNames(c) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			out = append(out, name)
		}
	}
	return out
}

// some reports whether a worker satisfies p.
func some(p func(*latent.Worker) bool) func(view) bool {
	return func(v view) bool {
		for i := range v.ws {
			if p(&v.ws[i]) {
				return true
			}
		}
		return false
	}
}

// build reports whether a build satisfies p.
func build(p func(*latent.Build) bool) func(view) bool {
	return func(v view) bool {
		for i := range v.m.Build {
			if p(&v.m.Build[i]) {
				return true
			}
		}
		return false
	}
}

func not(p func(view) bool) func(view) bool { return func(v view) bool { return !p(v) } }

// connection reports whether a connection of a worker satisfies p.
func connection(p func(*latent.Worker, *latent.Conn) bool) func(view) bool {
	return some(func(w *latent.Worker) bool {
		for k := range w.Conns {
			if w.Conns[k].Used && p(w, &w.Conns[k]) {
				return true
			}
		}
		return false
	})
}
