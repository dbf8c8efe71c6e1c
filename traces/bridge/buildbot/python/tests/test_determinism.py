"""The same trace gives the same bytes: again, after others, in another process, reordered."""

import random
import unittest

from .driver import Bridge, S

CHOICES = [S("want")] * 4 + [S("end")] * 2 + [S("start_done")] * 3 + [S("stop_done")] * 3 + [S("attach")] * 4 + [
    S("start_done", result="false"), S("start_done", result="error"), S("stop_done", result="error"),
    S("attach", hold=["print"]), S("attach", hold=["setBuilderList"]), S("reply"), S("lose"), S("silence"),
    S("advance", ms=1000), S("advance", ms=61000), S("insubstantiate"), S("stop_service"), S("shutdown")]


def walks(seed, count, length):
    chosen = random.Random(seed)
    return [[chosen.choice(CHOICES) for _ in range(length)] for _ in range(count)]


def outcome(line):
    return line["end"], line["where"], line["observations"]


class Determinism(unittest.TestCase):
    def test_unit(self):
        traces = walks(1, 60, 25)
        with Bridge(dict(unit=True)) as b:
            first = [outcome(line) for line in b.run(traces)]
            again = [outcome(line) for line in b.run(traces)]
            backwards = [outcome(line) for line in b.run(traces[::-1])][::-1]
            alone = [outcome(b.run([t])[0]) for t in traces[:10]]
        with Bridge(dict(unit=True)) as other:
            elsewhere = [outcome(line) for line in other.run(traces)]
        self.assertEqual(first, again)
        self.assertEqual(first, backwards)
        self.assertEqual(first[:10], alone)
        self.assertEqual(first, elsewhere)

    def test_full(self):
        steps = [S("build"), S("start_done"), S("attach"), S("cmd_done"), S("advance", ms=10_000), S("stop_done"),
                 S("attach"), S("build"), S("start_done"), S("lose"), S("shutdown"), S("advance", ms=100_000)]
        seen = []
        for _ in range(2):
            with Bridge(dict(log=True)) as b:
                seen += [outcome(line) for line in b.run([steps, steps])]
        self.assertEqual(seen[0][0], "done")
        self.assertEqual(seen, [seen[0]] * 4)


if __name__ == "__main__":
    unittest.main()
