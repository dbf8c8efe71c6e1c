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

// references returns the claim that a build lets go of what it has used.
func references() []claim {
	over := build(func(b *latent.Build) bool {
		return b.Conn != 0 && (b.At < latent.BuildPing || b.At == latent.BuildPinged || b.At >= latent.BuildFinishing)
	})
	return []claim{
		{name: "a build keeps no connection",
			says:  "a build refers to a connection only while it is pinged, started or run on it, and until the failure of that is recorded",
			holds: not(over), about: "a build is claimed", subject: claimed},
	}
}
