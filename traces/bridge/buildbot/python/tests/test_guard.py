"""Steps that spin, block, crash or never come to rest do not take the bridge with them."""

import io
import json
import mmap
import os
import signal
import time
import unittest
from contextlib import redirect_stderr

from .driver import Bridge, S
from quiesce_bridge.guard import Run


class Stub:
    """A session whose steps do to the process what they are told to."""

    def __init__(self):
        self.replaced = 0

    def step(self, step):
        op = step["op"]
        if op == "spin":
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    continue
        if op == "block":
            while True:
                time.sleep(60)
        if op == "deaf":
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            while True:
                time.sleep(60)
        if op == "crash":
            os.abort()
        if op == "raise":
            raise SystemExit(3)
        if op == "eat":
            eaten = []
            while True:
                eaten.append(mmap.mmap(-1, 64 << 20))
        return dict(op=op, replaced=self.replaced)

    def can_replace_worker(self):
        return True

    def replace_worker(self):
        self.replaced += 1


class Guard(unittest.TestCase):
    def run_traces(self, *ops, wall_ms=10_000):
        read, write = os.pipe()
        request = dict(id=3, traces=[[S(op) for op in trace.split()] for trace in ops], budget_ms=100, wall_ms=wall_ms)
        with redirect_stderr(io.StringIO()):
            Run(request, Stub(), lambda: None).relay(write)
        os.close(write)
        with os.fdopen(read) as f:
            return [json.loads(line) for line in f]

    def check(self, op, end, **limits):
        lines = self.run_traces("a b", f"a {op} b", "c", **limits)
        self.assertEqual([line["trace"] for line in lines], [0, 1, 2])
        self.assertEqual([line["end"] for line in lines], ["done", end, "done"])
        self.assertEqual([len(line["observations"]) for line in (lines[0], lines[2])], [2, 1])
        return lines[1]

    def test_spin(self):
        line = self.check("spin", "spin")
        self.assertEqual(len(line["observations"]), 1)
        self.assertEqual(line["where"], "outside Buildbot")

    def test_block(self):
        self.assertEqual(len(self.check("block", "blocked", wall_ms=400)["observations"]), 1)

    def test_deaf(self):
        self.check("deaf", "blocked", wall_ms=400)

    def test_crash(self):
        self.assertIn("-6", self.check("crash", "crashed")["where"])

    def test_exit(self):
        self.check("raise", "crashed")

    def test_memory_is_bounded(self):
        self.check("eat", "crashed")

    def test_traces_share_a_copy(self):
        lines = self.run_traces("a", "a", "a")
        self.assertEqual([line["observations"][0]["replaced"] for line in lines], [0, 1, 2])


class Real(unittest.TestCase):
    def test_stop_spins_while_the_machine_starts(self):
        """stopService takes and gives back a free lock without end: nobody holds it yet"""
        with Bridge(dict(machine=True, unit=True)) as b:
            spin, fine = b.run([[S("want"), S("stop_service"), S("observe")], [S("observe")]], budget_ms=500)
        self.assertEqual(spin["end"], "spin")
        self.assertEqual(spin["where"], "buildbot/worker/latent.py:stopService")
        self.assertEqual(len(spin["observations"]), 1)
        self.assertEqual(fine["end"], "done")


if __name__ == "__main__":
    unittest.main()
