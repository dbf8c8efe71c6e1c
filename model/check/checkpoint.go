package check

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/quiesce/quiesce/model"
)

// A checkpoint holds a search between two levels: what was visited, what is
// waiting, and what was counted. States and edges are written as they are in
// memory, so a file belongs to one model, one build of its types and one
// machine's byte order; its head names all that and is compared before
// anything else is read. The last 16 bytes are a checksum of the rest.
//
// The file is written under another name and renamed, so that it is whole at
// every moment at which the process may be killed.

const checkpointMagic = "quiesce checkpoint 1\n"

// A CheckpointError says why a checkpoint cannot be used or written.
type CheckpointError struct {
	Path   string
	Reason string
}

func (e *CheckpointError) Error() string { return fmt.Sprintf("checkpoint %s: %s", e.Path, e.Reason) }

const (
	// leastGrowth and growthPart make the bytes written in all at most five
	// times those of the last checkpoint: the next is due when so many states,
	// and a quarter more, have been found.
	leastGrowth = 1 << 18
	growthPart  = 4
)

// checkpoint writes a checkpoint if one is due before the next level.
func (in *search[S, A]) checkpoint() error {
	c := &in.opt.Checkpoint
	if c.Path == "" {
		return nil
	}
	due := in.distinct >= in.saved+max(leastGrowth, in.saved/growthPart)
	if c.Every > 0 {
		due = in.depth > 0 && in.depth%c.Every == 0
	}
	if !due {
		return nil
	}
	return in.save()
}

func (in *search[S, A]) save() error {
	path := in.opt.Checkpoint.Path
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return &CheckpointError{path, err.Error()}
	}
	defer os.Remove(f.Name())
	out := &recorder{buf: bufio.NewWriterSize(f, 1<<20), sum: xxh3.New()}
	in.record(out)
	err = out.finish()
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return &CheckpointError{path, err.Error()}
	}
	in.saved = in.distinct
	return nil
}

func (in *search[S, A]) removeCheckpoint() {
	if path := in.opt.Checkpoint.Path; path != "" {
		_ = os.Remove(path) // it may never have been written
	}
}

// identity names everything a checkpoint depends on.
func (in *search[S, A]) identity() string {
	head := fmt.Sprintf("%s\nstates %s\nactions %s\nsymmetry %v compact %v\n", in.opt.Checkpoint.Model,
		layout(reflect.TypeFor[S]()), layout(reflect.TypeFor[A]()), in.opt.Symmetry, in.opt.Compact)
	for _, p := range in.claims {
		head += fmt.Sprintf("claim %q %s\n", p.Name, p.Form)
	}
	for _, f := range in.spec.Fairness {
		head += fmt.Sprintf("fairness %q %v\n", f.Name, f.Strong)
	}
	sum := xxh3.New()
	var out model.Steps[S, A]
	for _, s := range in.spec.Model.Init() {
		sum.Write(bytesOf(&s))
		for _, step := range out.From(in.spec.Model, s) {
			sum.Write(bytesOf(&step.State))
		}
	}
	return head + fmt.Sprintf("start %x\n", sum.Sum128().Bytes())
}

// layout describes a plain type down to its integers.
func layout(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		out := "{"
		for f := range t.Fields() {
			out += f.Name + " " + layout(f.Type) + ";"
		}
		return out + "}"
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), layout(t.Elem()))
	}
	return t.Kind().String()
}

// record writes the search; restore reads the same in the same order.
func (in *search[S, A]) record(out *recorder) {
	out.bytes([]byte(checkpointMagic))
	out.text(in.identity())
	out.numbers(in.distinct, in.generated, uint64(in.depth), truth(in.cut), in.edgeWords)
	out.number(uint64(len(in.seen)))
	for _, seen := range in.seen {
		out.number(truth(seen))
	}
	out.number(uint64(len(in.actions.list)))
	for i, a := range in.actions.values {
		out.bytes(bytesOf(&a))
		n := uint64(0)
		if i < len(in.taken) {
			n = in.taken[i]
		}
		out.number(n)
	}
	out.number(uint64(len(in.queue)))
	for _, c := range in.queue {
		out.numbers(uint64(c.from), uint64(c.to), uint64(len(c.states)))
		for i := range c.states {
			out.bytes(bytesOf(&c.states[i]))
		}
	}
	if in.prints != nil {
		in.prints.record(out, in.used)
	} else {
		in.exact.record(out, in.used)
	}
	if in.graph != nil {
		in.graph.record(out, in.used)
	}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// resume takes up the search of the checkpoint file, if there is one.
func (in *search[S, A]) resume() error {
	path := in.opt.Checkpoint.Path
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &CheckpointError{path, err.Error()}
	}
	defer f.Close()
	if err := verify(f, in.identity()); err != nil {
		return &CheckpointError{path, err.Error()}
	}
	src := &player{buf: bufio.NewReaderSize(f, 1<<20)}
	if err := in.restore(src); err != nil {
		return &CheckpointError{path, "it is damaged in spite of its checksum: " + err.Error()}
	}
	in.saved = in.distinct
	return nil
}

// verify reads the whole file once: its kind, its checksum, its identity. It
// leaves the file at the first byte after the head.
func verify(f *os.File, identity string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	magic := make([]byte, len(checkpointMagic))
	if _, err := io.ReadFull(f, magic); err != nil || string(magic) != checkpointMagic {
		return errors.New("this is not a checkpoint of this version of quiesce")
	}
	body := info.Size() - sumBytes
	if body < int64(len(magic)) {
		return errors.New("it is cut short")
	}
	sum := xxh3.New()
	sum.Write(magic)
	if _, err := io.Copy(sum, io.LimitReader(bufio.NewReaderSize(f, 1<<20), body-int64(len(magic)))); err != nil {
		return err
	}
	var want [sumBytes]byte
	if _, err := f.ReadAt(want[:], body); err != nil {
		return err
	}
	if sum.Sum128().Bytes() != want {
		return errors.New("it is damaged: the checksum does not match; remove it to start again")
	}
	if _, err := f.Seek(int64(len(magic)), io.SeekStart); err != nil {
		return err
	}
	src := &player{buf: bufio.NewReader(f)}
	got := src.text()
	if src.err != nil {
		return src.err
	}
	if got != identity {
		return fmt.Errorf("it belongs to another search; remove it or name another file\n%s", firstDifference(got, identity))
	}
	_, err = f.Seek(int64(len(magic)+wordSize+len(got)), io.SeekStart)
	return err
}

// restore fills an empty search from what record wrote.
func (in *search[S, A]) restore(src *player) error {
	in.distinct, in.generated, in.depth = src.number(), src.number(), int(src.number())
	in.cut, in.edgeWords = src.number() == 1, src.number()
	if n := src.number(); n != uint64(len(in.seen)) {
		return fmt.Errorf("%d marks, not %d", n, len(in.seen))
	}
	for i := range in.seen {
		in.seen[i] = src.number() == 1
	}
	for range src.number() {
		var a A
		src.read(bytesOf(&a))
		if src.err != nil {
			return src.err
		}
		in.actions.number(a)
		in.taken = append(in.taken, src.number())
	}
	for range src.number() {
		c := chunk[S]{segment: segment{uint32(src.number()), uint32(src.number())}}
		for range src.number() {
			var s S
			src.read(bytesOf(&s))
			if src.err != nil {
				return src.err
			}
			c.states = append(c.states, s)
		}
		if src.err != nil {
			return src.err
		}
		in.queue = append(in.queue, c)
	}
	var err error
	if in.prints != nil {
		in.used, err = in.prints.restore(src)
	} else {
		in.used, err = in.exact.restore(src)
	}
	if err == nil && in.graph != nil {
		err = in.graph.restore(src, in.used)
	}
	in.forgetSeen()
	return errors.Join(err, src.err)
}

func (st *store[K]) record(out *recorder, used []segment) {
	out.number(uint64(len(used)))
	for _, s := range used {
		out.numbers(uint64(s.from), uint64(s.to))
		out.bytes(st.arena[uintptr(s.from)*st.size : uintptr(s.to)*st.size])
	}
}

func (st *store[K]) restore(src *player) (used []segment, err error) {
	for range src.number() {
		s := segment{uint32(src.number()), uint32(src.number())}
		if src.err != nil || s.from >= s.to || s.to > st.max {
			return nil, fmt.Errorf("a range of states from %d to %d: %w", s.from, s.to, src.err)
		}
		src.read(st.arena[uintptr(s.from)*st.size : uintptr(s.to)*st.size])
		used = append(used, s)
		if end := (s.to + blockIDs - 1) / blockIDs * blockIDs; end > st.next.Load() {
			st.next.Store(end)
		}
	}
	for _, s := range used {
		for id := s.from; id < s.to; id++ {
			for !st.makeRoom(1) {
				if err := st.grow(2 * len(st.slots)); err != nil {
					return nil, err
				}
			}
			st.link(id, hashOf(st.at(id)))
		}
	}
	return used, nil
}

func (g *graph) record(out *recorder, used []segment) {
	for _, s := range used {
		for id := s.from; id < s.to; id++ {
			if !g.expanded(id) {
				out.number(0)
				continue
			}
			targets, labels := g.edges(id)
			out.number(uint64(len(targets)) + 1)
			out.words(targets)
			out.words(labels)
		}
	}
}

func (g *graph) restore(src *player, used []segment) error {
	var p pen
	var targets, words []uint32
	var labels []uint16
	for _, s := range used {
		for id := s.from; id < s.to; id++ {
			n := src.number()
			if n == 0 {
				continue
			}
			targets = src.words(targets[:0], n-1)
			labels = labels[:0]
			if g.labeled {
				words = src.words(words[:0], n/2)
				for i := range targets {
					labels = append(labels, label(words, i))
				}
			}
			if src.err != nil || !g.write(&p, id, targets, labels) {
				return fmt.Errorf("the edges of a state: %w", src.err)
			}
		}
	}
	return nil
}

// firstDifference shows the first lines in which two heads differ.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("  the file: %s\n  this run: %s", a[i], b[i])
		}
	}
	return fmt.Sprintf("  the file has %d lines in its head, this run %d", len(a), len(b))
}
