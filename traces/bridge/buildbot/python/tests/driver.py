"""Starts a bridge as the Go driver does, for tests."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)


class Bridge:
    def __init__(self, config=None, stderr=subprocess.DEVNULL, **boot):
        env = dict(os.environ, PYTHONHASHSEED=os.environ.get("PYTHONHASHSEED", "0"))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quiesce_bridge"], cwd=PACKAGE, env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
        self.id = 0
        if config is not None:
            self.booted = self.ask(op="boot", config=config, **boot)["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, **request):
        self.id += 1
        self.send(json.dumps(dict(protocol=1, id=self.id, **request)))
        return self.read()

    def run(self, traces, budget_ms=2000, wall_ms=30000):
        """the answer lines of the traces"""
        lines = [self.ask(op="run", traces=traces, budget_ms=budget_ms, wall_ms=wall_ms)]
        while "trace" in lines[-1]:
            lines.append(self.read())
        if "error" in lines[-1]:
            raise AssertionError(lines[-1])
        return lines[:-1]

    def observe(self, *steps):
        """the observations of one trace that must end well"""
        line, = self.run([list(steps)])
        if line["end"] != "done":
            raise AssertionError(line)
        return line["observations"]


def S(op, **arguments):
    return dict(op=op, **arguments)
