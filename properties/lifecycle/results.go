package lifecycle

import "github.com/quiesce/quiesce/model/latent"

// aboutResults returns the claims about how builds end.
func aboutResults() []claim {
	ends := func(p func(*latent.Build) bool) func(view) bool {
		return build(func(b *latent.Build) bool { return b.At == latent.BuildFinishing && p(b) })
	}
	any := ends(func(*latent.Build) bool { return true })
	return []claim{
		{name: "a stopped build does not succeed",
			says: "a build that was stopped, or whose connection was lost before its step began, does not end as a success",
			holds: not(ends(func(b *latent.Build) bool {
				return b.Flags&latent.Stopped != 0 && b.Result == latent.Success
			})), about: "a build ends", subject: any},
		{name: "only a stopped build is cancelled",
			says: "a build ends as cancelled only if it was stopped",
			holds: not(ends(func(b *latent.Build) bool {
				return b.Flags&latent.Stopped == 0 && b.Result == latent.Cancelled
			})), about: "a build ends", subject: any},
	}
}

// books returns the claims about who refers to whom: a build to a connection,
// the distributor to a request, builds to the worker they occupy.
func books(c *latent.Config) []claim {
	over := build(func(b *latent.Build) bool {
		return b.Conn != 0 && (b.At < latent.BuildPing || b.At == latent.BuildPinged || b.At >= latent.BuildFinishing)
	})
	atOdds := func(v view) bool {
		for i := range v.m.Build {
			claiming := v.m.Dist == latent.DistClaim && int(v.m.Claim) == i+1
			if claiming != (v.m.Build[i].At == latent.BuildClaiming) {
				return true
			}
		}
		return false
	}
	out := []claim{
		{name: "a build keeps no connection",
			says:  "a build refers to a connection only while it is pinged, started or run on it, and until the failure of that is recorded",
			holds: not(over), about: "a build is claimed", subject: claimed},
		{name: "the distributor knows what it claims",
			says:  "a request is being claimed if and only if the distributor is claiming it",
			holds: not(atOdds), about: "a build is claimed", subject: claimed},
	}
	if c.MaxBuilds > 0 {
		out = append(out, claim{name: "a worker has no more builds than it may have",
			says:  "no more than max_builds builds are under way on a worker",
			holds: not(func(v view) bool { return crowded(v, c.MaxBuilds) }), about: "a build is claimed", subject: claimed})
	}
	return out
}

// crowded reports whether a worker has more builds than limit.
func crowded(v view, limit int) bool {
	for w := range v.ws {
		n := 0
		for i := range v.m.Build {
			b := &v.m.Build[i]
			if int(b.Worker) == w && b.At >= latent.BuildAdding && b.At <= latent.BuildFinishing {
				n++
			}
		}
		if n > limit {
			return true
		}
	}
	return false
}
