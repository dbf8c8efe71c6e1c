"""The observations of the prototype this package grew from, step for step.

testdata/prototype.json was recorded with it.  Since then only the form has changed:
milliseconds for seconds, one record a connection, numbers for connections.
"""

import json
import os
import unittest

from .driver import HERE, Bridge

# What the prototype's steps are called now, and their arguments.
DB_MODES = dict(queue="hold", go="go")

# A step that is not applicable was any exception to the prototype.
SAME = ("state", "conn", "lock", "lock_waiters", "waiters", "deferwaiter", "next_build",
        "quarantine", "start", "stop", "machine", "calls", "reactor_stopped", "wants",
        "wakeups", "building", "builds")
TIMES = dict(t="t", missing_timer="missing_timer", build_wait_timer="build_wait_timer")


def new_step(step):
    step = dict(step)
    if step["op"] == "advance":
        return dict(op="advance", ms=step["seconds"] * 1000)
    if step["op"] == "db":
        return dict(op="db", mode=DB_MODES[step["mode"]])
    return step


def old_connection(c):
    status = c["status"]
    if c["closed"]:
        status = {"logged in": "closed", "connecting": "closed before login finished",
                  "refused": "refused, closed"}[status]
    return status + (f": {c['reason']}" if c["reason"] else "")


def old_observation(o):
    old = {name: o[name] for name in SAME if name in o}
    old.update({theirs: None if o[ours] is None else o[ours] / 1000 for theirs, ours in TIMES.items()})
    if "machine" in old:
        # The prototype said nothing of its timers.
        old["machine"] = {name: old["machine"][name] for name in ("state", "start", "stop")}
    old["wfb"] = o["builders"]
    old["conns"] = [old_connection(c) for c in o["connections"]]
    old["held"] = [c["held"] for c in o["connections"]]
    old["commands"] = [c["commands"] for c in o["connections"]]
    old["registered_conn"] = o["registered"] is not None
    old["failed"] = "not_applicable" in o or "raised" in o
    # The prototype let messages of errors pass that hold addresses.
    old["errors"] = len(o["errors"])
    return old


def comparable(recorded):
    old = dict(recorded)
    old["failed"] = old.pop("error", None) is not None
    old["errors"] = len(old["errors"])
    old.pop("db_queue", None)
    return old


class Prototype(unittest.TestCase):
    maxDiff = 4000

    def test_same_observations(self):
        with open(os.path.join(HERE, "testdata", "prototype.json"), encoding="utf-8") as f:
            recorded = json.load(f)
        compared = 0
        bridges = {}
        for case in recorded:
            key = json.dumps(case["config"])
            if key not in bridges:
                bridges[key] = Bridge(case["config"])
            self.assertFalse(case["spin"])
            line, = bridges[key].run([[new_step(s) for s in case["steps"]]])
            self.assertEqual(line["end"], "done")
            for i, (old, new) in enumerate(zip(case["obs"], line["observations"], strict=True)):
                want, got = comparable(old), old_observation(new)
                if case["steps"][i]["op"] == "reply":
                    # With nothing to reply to it did nothing; now that is said.
                    want["failed"] = got["failed"]
                if "builds" in got:
                    want.pop("wants", None)
                else:
                    want.pop("building", None)
                self.assertEqual(want, got, f"{key} step {i}: {case['steps'][:i + 1]}")
                compared += 1
        for bridge in bridges.values():
            bridge.__exit__()
        self.assertGreater(compared, 250)


if __name__ == "__main__":
    unittest.main()
