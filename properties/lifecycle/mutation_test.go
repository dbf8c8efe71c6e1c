package lifecycle

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiesce/quiesce/internal/mutant"
)

// mutated are the files with the protocol's rules. What is said about actions,
// switches and names is not the protocol.
var mutated = []string{"attach.go", "build.go", "connection.go", "distributor.go", "insubstantiate.go", "machine.go",
	"next.go", "perform.go", "process.go", "provider.go", "run.go", "shutdown.go", "stopservice.go", "substantiate.go",
	"timers.go"}

// Kinds of mutants beside those of package mutant.
const (
	noAction mutant.Kind = "action left out"
	noWait   mutant.Kind = "taken without waiting"
	noHand   mutant.Kind = "released without hand-over"
)

// operators drop actions and locks: the start/stop lock of a worker and the
// master-wide lock, whose queue is the gate.
var operators = mutant.Operators{
	Except: []string{"String", "View", "Has", "Kept"}, // asked by those who show or replay states
	Drops:  map[string]mutant.Kind{"add": noAction, "addIf": noAction, "fault": noAction},
	Calls: []mutant.Replacement{
		{Call: "acquire", By: "resume", Kind: noWait},
		{Call: "release", By: "mutantRelease", Kind: noHand},
		{Call: "queueAtGate", By: "mutantPass", Kind: noWait},
		{Call: "openGate", By: "mutantOpen", Kind: noHand},
	},
	Extra: `
func (r *run) mutantRelease(f Frame) {
	if r.w.Beside != 0 && r.w.Beside&^frameHung == f&^frameHung {
		r.w.Beside = 0
	} else {
		r.w.Holder = 0
	}
}

func (r *run) mutantPass(who uint8) {
	switch {
	case who == uint8(GateReconfig):
		r.m.Init = GateReconfig
	case who == uint8(GateStop):
		r.masterBegins()
	default:
		r.admit(int(gateConn(who)))
	}
}

func (r *run) mutantOpen() { r.m.Init = GateFree }
`,
}

// TestMutation changes the model in every way package mutant knows and counts
// the changes after which a claim's verdict is not what it was, in any stand.
// It takes a sample unless it is asked for all; see docs/mutation.md.
func TestMutation(t *testing.T) {
	p := program(t)
	numbers := chosen(t, p)
	binary := compile(t, t.TempDir(), p)
	known := remember(t, binary)
	fates := run(t, binary, numbers, known)
	if *only != "" {
		for _, f := range fates {
			fmt.Printf("%d %s\n\t%+v\n", f.Mutant, p.Mutants[f.Mutant-1].Key(), f)
		}
		return
	}
	text, err := os.ReadFile(judgements)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := readJudgements(string(text))
	if err != nil {
		t.Fatal(err)
	}
	s := measure(p, fates, judged)
	fmt.Println(s.line())
	s.check(t)
	if *mutate == 1 {
		document(t, "mutation.md", s.doc())
	}
}

// chosen are the numbers of the mutants that were asked for.
func chosen(t *testing.T, p *mutant.Program) []int {
	t.Helper()
	which, err := regexp.Compile(*only)
	if err != nil || *mutate < 1 {
		t.Fatalf("-only %s: %v; -mutate %d: want a positive number", *only, err, *mutate)
	}
	var numbers []int
	for i := range p.Mutants {
		m := &p.Mutants[i]
		if *only != "" && which.MatchString(fmt.Sprintf("%d %s", m.Number, m.Key())) || *only == "" && i%*mutate == 0 {
			numbers = append(numbers, m.Number)
		}
	}
	return numbers
}

// program is model/latent with all mutants.
func program(t *testing.T) *mutant.Program {
	t.Helper()
	var files []mutant.File
	for _, name := range mutated {
		src, err := os.ReadFile(filepath.Join("..", "..", "model", "latent", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, mutant.File{Name: name, Source: src})
	}
	p, err := mutant.Make("latent", files, operators)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judging are the files of the program that judges mutants. Without the other
// tests it is built faster, and is the same when they change.
var judging = []string{"battery_test.go", "books_test.go", "found_test.go", "mutants_test.go", "stands_test.go"}

// compile builds the tests of this package with a program in the place of
// model/latent.
func compile(t *testing.T, dir string, p *mutant.Program) (binary string) {
	t.Helper()
	replace := make(map[string]string)
	put := func(folder, name string, text []byte) {
		place, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		replace[place] = filepath.Join(dir, name)
		if err := os.WriteFile(replace[place], text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range p.Files {
		put(filepath.Join("..", "..", "model", "latent"), name, text)
	}
	put(".", "schemata_on_test.go", fmt.Appendf(nil, `package lifecycle

import "github.com/quiesce/quiesce/model/latent"

func init() {
	schemata = &switches{%d, latent.SwitchMutant, latent.RecordMutants, latent.RefuelMutants}
}
`, len(p.Mutants)))
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tests {
		if place, err := filepath.Abs(name); err != nil {
			t.Fatal(err)
		} else if !slices.Contains(judging, name) {
			replace[place] = "" // not there
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "mutants")
	cmd := exec.Command("go", "test", "-c", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", binary, "-overlay", list, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	return binary
}

// servers is how many processes judge mutants at the same time.
const servers = 2

// run judges mutants and returns their fates in order. It says how far it is
// every now and then.
func run(t *testing.T, binary string, numbers []int, known *memorised) []fate {
	t.Helper()
	todo, results, ends := make(chan int), make(chan fate), make(chan error)
	for range servers {
		go func() { ends <- ask(binary, todo, results) }()
	}
	var fates []fate
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n int) bool {
		if f := known.has[n]; f != nil {
			fates = append(fates, *f)
		}
		return known.has[n] != nil
	})
	killed, next, before := 0, 0, len(fates)
	for last, running := time.Now(), servers; running > 0; {
		give, number := todo, 0
		if next < len(numbers) {
			number = numbers[next]
		} else if give = nil; next == len(numbers) {
			close(todo)
			next++
		}
		select {
		case give <- number:
			next++
		case f := <-results:
			fates = append(fates, f)
			known.keep(t, f)
			if f.How == byClaim || f.How == byBooks {
				killed++
			}
		case err := <-ends:
			if running--; err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			fmt.Printf("%d of %d mutants judged, %d killed by a claim\n", len(fates)-before, len(numbers), killed)
		}
	}
	slices.SortFunc(fates, func(a, b fate) int { return a.Mutant - b.Mutant })
	return fates
}

// ask has mutants judged by a process of its own, one after the other: which
// is switched on is one variable of the whole process.
func ask(binary string, todo <-chan int, results chan<- fate) error {
	cmd := exec.Command(binary, "-mutants")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	answers := json.NewDecoder(out)
	for n := range todo {
		var f fate
		if _, err = fmt.Fprintln(in, n); err == nil {
			err = answers.Decode(&f)
		}
		if err != nil {
			in.Close()
			return fmt.Errorf("mutant %d: %w, %v\n%s", n, err, cmd.Wait(), stderr.String())
		}
		results <- f
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return nil
}
