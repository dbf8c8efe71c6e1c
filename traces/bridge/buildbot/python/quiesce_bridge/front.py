"""Answers requests, one after the other, until standard input ends."""

import gc
import os
import platform
import sys
import traceback

from . import protocol
from .protocol import Refused

OLDEST = (3, 9)


class Front:
    def __init__(self, answers):
        self.answers = answers
        self.schema = protocol.load_schema()
        self.session = None
        self.coverage = None

    def serve(self, lines):
        for line in lines:
            if line.strip() and not self._serve(line):
                return

    def _serve(self, line):
        id = 0
        try:
            request = protocol.decode(line, self.schema)
            id = request["id"]
            if request["op"] == "quit":
                return False
            result = getattr(self, "do_" + request["op"])(request)
            answer = protocol.encode(id, result=result)
        except Refused as e:
            answer = protocol.encode(id, error=dict(kind=e.kind, message=str(e)))
        except Exception as e:
            traceback.print_exc()
            answer = protocol.encode(id, error=dict(kind="crash", message=f"{type(e).__name__}: {e}"))
        protocol.write(self.answers, answer)
        return True

    # -- requests

    def do_boot(self, request):
        """imports Buildbot, boots a master; once in the life of a process"""
        if self.session is not None:
            raise Refused("request", "booted already; a configuration needs its own process")
        tree = request.get("tree")
        if tree:
            sys.path.insert(0, _package_root(tree))
        if request.get("coverage"):
            self._measure(request["coverage"])
        Session = self._import()
        from .config import complete
        from .master import BootError
        session = Session(complete(request.get("config", {})))
        try:
            session.boot()
        except BootError as e:
            raise Refused("boot", str(e)) from e
        self.session = session
        # The collector's marks would make every copy write to, and so own, every page.
        gc.collect()
        gc.freeze()
        return dict(self._versions(), state=self._first_look(session))

    def _first_look(self, session):
        try:
            return session.step(dict(op="observe"))
        except Exception as e:
            if session.world is None:
                raise
            # What a user's class is made of can be such that Buildbot stumbles over it.
            raise Refused("worker", f"{session.world.user.where()}: Buildbot cannot use the worker:"
                                    f" {type(e).__name__}: {e}") from e

    def _import(self):
        if sys.version_info < OLDEST:
            raise Refused("python", f"Python {platform.python_version()}; Buildbot 3.7 and the bridge"
                                    f" need {OLDEST[0]}.{OLDEST[1]} or newer")
        try:
            from . import virtual
            virtual.install()
            from .session import Session
        except ImportError as e:
            raise Refused("import", f"{type(e).__name__}: {e}") from e
        import buildbot
        release = tuple(int(n) for n in buildbot.version.split("-")[0].split(".")[:2] if n.isdigit())
        if release < (3, 7):
            raise Refused("version", f"Buildbot {buildbot.version}; the bridge knows 3.7.0 and newer")
        return Session

    def _versions(self):
        import buildbot
        import twisted
        return dict(buildbot=buildbot.version, twisted=twisted.__version__,
                    python=platform.python_version(), path=os.path.dirname(buildbot.__file__))

    def do_step(self, request):
        """one step in this very process; a step that spins takes the process with it"""
        return self._booted().step(request["step"])

    def do_run(self, request):
        """traces, each from the booted state: a line each, then the answer"""
        from .guard import Run
        Run(request, self._booted(), self._save_coverage).relay(self.answers)
        return dict(traces=len(request["traces"]))

    def _booted(self):
        if self.session is None:
            raise Refused("request", "nothing is booted yet")
        return self.session

    # -- coverage of the code under test, if asked for

    def _measure(self, wanted):
        try:
            import coverage
        except ImportError as e:
            raise Refused("coverage", str(e)) from e
        self.measured = wanted
        self.coverage = coverage.Coverage(
            data_file=os.path.join(wanted["dir"], "data"), data_suffix=True, branch=True,
            include=["*/buildbot/" + f for f in wanted["files"]], config_file=False)
        self.coverage.start()

    def _save_coverage(self):
        if self.coverage is not None:
            self.coverage.stop()
            self.coverage.save()

    def do_coverage(self, request):
        """what all processes that share the directory have run, up to now"""
        if self.coverage is None:
            raise Refused("request", "boot was not asked to measure coverage")
        import buildbot
        from .covered import report
        self._save_coverage()
        self.coverage.start()
        return dict(files=report(self.measured["dir"], self.measured["files"], os.path.dirname(buildbot.__file__)))


def _package_root(tree):
    """a directory that holds the package buildbot, or a checkout, whose master/ holds it"""
    for root in (tree, os.path.join(tree, "master")):
        if os.path.isfile(os.path.join(root, "buildbot", "__init__.py")):
            return root
    raise Refused("tree", f"no package buildbot in {tree} nor in {tree}/master")
