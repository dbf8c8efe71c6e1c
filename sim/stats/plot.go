package stats

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Series is a named curve of a plot.
type Series struct {
	Name  string
	Curve *Curve
}

// colours are told apart by people who confuse red and green (Okabe, Ito).
var colours = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255},
}

// SVG draws, for each series, the share that was answered by each time, with
// its interval in a lighter tone. axis says what the times are. On one machine
// the same curves give the same bytes.
func SVG(title, axis string, series ...Series) ([]byte, error) {
	if len(series) == 0 || len(series) > len(colours) {
		return nil, fmt.Errorf("stats: a plot of %d curves, want 1 to %d", len(series), len(colours))
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, axis, "share answered by then"
	p.Y.Min, p.Y.Max, p.X.Min = 0, 1, 0
	p.Legend.Top = false
	p.Add(plotter.NewGrid())
	for i, s := range series {
		if err := addSeries(p, s, colours[i]); err != nil {
			return nil, fmt.Errorf("stats: plot of %s: %w", s.Name, err)
		}
	}
	canvas := vgsvg.New(18*vg.Centimeter, 11*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	_, err := canvas.WriteTo(&out)
	return out.Bytes(), err
}

// addSeries draws the interval first, so that the line lies on top of it.
func addSeries(p *plot.Plot, s Series, c color.RGBA) error {
	middle := stairs(s.Curve, func(p Point) float64 { return 1 - p.Survival })
	band := append(stairs(s.Curve, func(p Point) float64 { return 1 - p.High }),
		reversed(stairs(s.Curve, func(p Point) float64 { return 1 - p.Low }))...)
	area, err := plotter.NewPolygon(band)
	if err != nil {
		return err
	}
	area.Color = color.NRGBA{c.R, c.G, c.B, 50}
	area.LineStyle.Width = 0
	line, err := plotter.NewLine(middle)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, vg.Points(1.5)
	p.Add(area, line)
	p.Legend.Add(fmt.Sprintf("%s (%d of %d)", s.Name, s.Curve.N-s.Curve.Censored, s.Curve.N), line)
	return nil
}

// stairs returns the corners of a step function, from time 0 to the longest
// time seen.
func stairs(c *Curve, of func(Point) float64) plotter.XYs {
	out := plotter.XYs{{X: 0, Y: 0}}
	y := 0.0
	for _, p := range c.Points {
		next := of(p)
		out = append(out, plotter.XY{X: p.Time, Y: y}, plotter.XY{X: p.Time, Y: next})
		y = next
	}
	return append(out, plotter.XY{X: c.Until, Y: y})
}

// reversed turns the lower edge of an interval round: a polygon goes along the
// upper edge and back along the lower one.
func reversed(xys plotter.XYs) plotter.XYs {
	out := make(plotter.XYs, 0, len(xys))
	for i := len(xys) - 1; i >= 0; i-- {
		out = append(out, xys[i])
	}
	return out
}

// Terminal draws the curves in text, width columns wide: one row for each
// tenth, with the time by which that share was answered in each series, and a
// bar as long as that time. format writes a time.
func Terminal(width int, format func(float64) string, series ...Series) string {
	longest := 0.0
	for _, s := range series {
		longest = max(longest, s.Curve.Until)
	}
	name, figure := 0, 0
	for _, s := range series {
		name = max(name, len(s.Name))
		figure = max(figure, len(format(s.Curve.Until)))
	}
	bar := max(width-name-figure-9, 10)
	var b strings.Builder
	for tenth := 1; tenth <= 10; tenth++ {
		for _, s := range series {
			t := s.Curve.tenth(tenth)
			if math.IsInf(t, 1) {
				fmt.Fprintf(&b, "%3d%%  %-*s  %*s  not reached\n", 10*tenth, name, s.Name, figure, "-")
				continue
			}
			n := 0
			if longest > 0 {
				n = int(math.Round(t / longest * float64(bar)))
			}
			line := fmt.Sprintf("%3d%%  %-*s  %*s  %s", 10*tenth, name, s.Name, figure, format(t), strings.Repeat("#", n))
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

// tenth returns the time by which that many tenths were answered.
func (c *Curve) tenth(n int) float64 {
	left := 1 - float64(n)/10 + 1e-12
	for _, p := range c.Points {
		if p.Survival <= left {
			return p.Time
		}
	}
	return math.Inf(1)
}
