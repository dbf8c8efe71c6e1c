package catalog

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	integer := number("n", 3, 1, 12, "how many")
	signed := number("timeout", 0, -1, 60, "in seconds")
	choice := word("bug", []string{"none", "hang"}, "which")
	truth := Param{Name: "retry", Type: Bool, Default: false}
	for _, c := range []struct {
		param *Param
		text  string
		value any
		err   string
	}{
		{&integer, "1", 1, ""},
		{&integer, "12", 12, ""},
		{&integer, "0", nil, "n wants an integer from 1 to 12, not 0"},
		{&integer, "13", nil, "n wants an integer from 1 to 12, not 13"},
		{&integer, "007", nil, "n wants an integer from 1 to 12, not 007"},
		{&integer, "+7", nil, "n wants an integer from 1 to 12, not +7"},
		{&integer, "0x7", nil, "n wants an integer from 1 to 12, not 0x7"},
		{&integer, "7.0", nil, "n wants an integer from 1 to 12, not 7.0"},
		{&integer, "", nil, `n wants an integer from 1 to 12, not ""`},
		{&integer, "99999999999999999999", nil, "n wants an integer from 1 to 12, not 99999999999999999999"},
		{&signed, "-1", -1, ""},
		{&signed, "-0", nil, "timeout wants an integer from -1 to 60, not -0"},
		{&signed, "60 s", nil, `timeout wants an integer from -1 to 60, not "60 s"`},
		{&choice, "hang", "hang", ""},
		{&choice, "Hang", nil, "bug wants one of none, hang, not Hang"},
		{&choice, "none, hang", nil, `bug wants one of none, hang, not "none, hang"`},
		{&choice, "\x1b[2J", nil, `bug wants one of none, hang, not "\x1b[2J"`},
		{&choice, strings.Repeat("é", 50), nil, "bug wants one of none, hang, not " + strings.Repeat("é", 40) + "…"},
		{&truth, "true", true, ""},
		{&truth, "false", false, ""},
		{&truth, "yes", nil, "retry wants true or false, not yes"},
	} {
		value, err := c.param.Parse(c.text)
		if value != c.value || text(err) != c.err {
			t.Errorf("%s=%q: %v, %q; want %v, %q", c.param.Name, c.text, value, text(err), c.value, c.err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
