package lifecycle

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	Except: []string{"String", "View"},
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
	dir := t.TempDir()
	p := program(t)
	binary := compile(t, dir, p)
	fates := run(t, binary, len(p.Mutants))
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
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "mutants")
	cmd := exec.Command("go", "test", "-c", "-o", binary, "-overlay", list, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	return binary
}

// shares is how many processes judge mutants at the same time.
const shares = 2

// run judges the mutants of a program, every n-th of them, and returns their
// fates in order. It says how far it is every now and then.
func run(t *testing.T, binary string, mutants int) []fate {
	t.Helper()
	results := make(chan fate)
	ends := make(chan error)
	for i := range shares {
		go func() { ends <- judgeApart(binary, i, results) }()
	}
	total := (mutants + *mutate - 1) / *mutate
	var fates []fate
	killed := 0
	for last, running := time.Now(), shares; running > 0; {
		select {
		case f := <-results:
			fates = append(fates, f)
			if f.How == byClaim {
				killed++
			}
		case err := <-ends:
			if running--; err != nil {
				t.Error(err)
			}
		}
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			fmt.Printf("%d of %d mutants judged, %d killed by a claim\n", len(fates), total, killed)
		}
	}
	if len(fates) != total {
		t.Fatalf("%d of %d mutants were judged", len(fates), total)
	}
	slices.SortFunc(fates, func(a, b fate) int { return a.Mutant - b.Mutant })
	return fates
}

// judgeApart runs a share in a process of its own: which mutant is on is one
// variable of the whole process.
func judgeApart(binary string, part int, results chan<- fate) error {
	cmd := exec.Command(binary, "-mutants", fmt.Sprintf("%d/%d", part, shares), "-mutate", fmt.Sprint(*mutate))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var f fate
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return fmt.Errorf("%s: %w", lines.Bytes(), err)
		}
		results <- f
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("share %d: %w\n%s", part, err, stderr.String())
	}
	return nil
}
