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
