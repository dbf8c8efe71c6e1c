package catalog

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/quiesce/quiesce/model/latent"
	"github.com/quiesce/quiesce/properties"
	"github.com/quiesce/quiesce/properties/lifecycle"
)

// asVersion is the value of a switch that the version of Buildbot decides.
const asVersion = "version"

// modelOfBuildbot is the name of the entry that models the real Buildbot.
const modelOfBuildbot = "latent"

// latentWorkers returns the entry of the Buildbot model. Its parameters are the
// switches of latent.Config, which are data there.
func latentWorkers() Entry {
	e := Entry{Name: modelOfBuildbot, Doc: "how a Buildbot master starts and stops latent workers", Story: chapters()}
	for _, s := range latent.Switches() {
		e.Params = append(e.Params, switchParam(&s))
	}
	e.build = func(v Values) (*Instance, error) {
		c, err := latentConfig(v)
		if err != nil {
			return nil, err
		}
		switch c.Workers {
		case 1:
			return crew[[1]latent.Worker](v, c)
		case 2:
			return crew[[2]latent.Worker](v, c)
		}
		return crew[[3]latent.Worker](v, c)
	}
	return e
}

func crew[C latent.Crew](v Values, c latent.Config) (*Instance, error) {
	var spec properties.Spec[latent.StateOf[C], latent.Action]
	spec, err := lifecycle.SpecOf[C](c)
	if err != nil {
		return nil, err
	}
	i := instance(modelOfBuildbot, v, &spec)
	i.Real = &Real{c, v}
	return i, nil
}

// switchParam turns a switch into the parameter that sets it.
func switchParam(s *latent.Switch) Param {
	p := Param{Name: s.Name, Sentence: s.Sentence, Type: Word, Words: s.Allowed}
	switch least, err := strconv.Atoi(s.Allowed[0]); {
	case byVersion(s):
		p.Words = append([]string{asVersion}, s.Allowed...)
		p.Default = asVersion
		return p
	case err == nil && !slices.ContainsFunc(s.Allowed, notNumber):
		p.Type, p.Words, p.Min, p.Max = Int, nil, least, least+len(s.Allowed)-1
	case slices.Equal(s.Allowed, []string{"false", "true"}):
		p.Type, p.Words = Bool, nil
	}
	var err error
	if p.Default, err = p.Parse(s.Default); err != nil {
		panic(fmt.Sprintf("catalog: the default of %s is not one of its values: %v", s.Name, err))
	}
	return p
}

func notNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err != nil
}

// byVersion reports whether the version decides the switch if nobody does.
func byVersion(s *latent.Switch) bool { return s.Group == "version" }

// latentConfig returns the Config that the values describe. The version comes
// first, as it sets others.
func latentConfig(v Values) (latent.Config, error) {
	c := latent.Preset(latent.Buildbot370)
	for _, s := range latent.Switches() {
		value := fmt.Sprint(v[v.index(s.Name)].Value)
		if byVersion(&s) && value == asVersion {
			continue
		}
		if err := s.Set(&c, value); err != nil {
			return c, err
		}
	}
	return c, c.Validate()
}

func chapters() []Chapter {
	var out []Chapter
	for _, ch := range lifecycle.Story() {
		out = append(out, Chapter{Property: ch.Claim, Title: ch.Title, Text: ch.Text})
	}
	return out
}
