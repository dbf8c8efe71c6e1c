"""Runs traces in forked copies of the booted master, and survives what they do.

A step that uses up its CPU time spins; one that does not return although it uses
none is blocked.  Either way the copy says where it is, with what was observed so
far, and ends.  Neither can be left to an exception: coroutines swallow those.
"""

import gc
import os
import resource
import select
import signal
import sys
import traceback

from . import protocol

# What one copy may use; a spinning step often allocates as it goes.
MEMORY_BYTES = 2 << 30

# Each trace leaves a worker and its brokers behind, in cycles; a fork takes as long
# as one trace.
TRACES_PER_COPY = 50

# How long a blocked copy may take to say where it is.
LAST_WORDS_MS = 500

# How often to look for the place of a spin, and what to say if it is not found.
LOOKS = 50
NOWHERE = "outside Buildbot"


class Run:
    """The traces of one request, one answer line each, in order."""

    def __init__(self, request, session, at_exit):
        self.id, self.traces = request["id"], request["traces"]
        self.budget_s, self.wall_ms = request["budget_ms"] / 1000, request["wall_ms"]
        self.session, self.at_exit = session, at_exit

    # -- in the parent

    def relay(self, answers):
        """forks copies until every trace has its line; writes the lines to answers"""
        done = 0
        while done < len(self.traces):
            reader, writer = os.pipe()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                self._child(writer, done)
            os.close(writer)
            count, blocked = self._copy_lines(pid, reader, answers)
            os.close(reader)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            done += count
            if blocked or code != 0:
                how = "blocked" if blocked else "crashed"
                protocol.write(answers, self._line(done, [], how, f"exit status {code}"))
                done += 1

    def _copy_lines(self, pid, reader, answers):
        """passes whole lines on; returns how many, and whether the copy had to be killed"""
        poll = select.poll()
        poll.register(reader, select.POLLIN | select.POLLHUP)
        count, rest, asked = 0, b"", False
        while True:
            if not poll.poll(LAST_WORDS_MS if asked else self.wall_ms):
                os.kill(pid, signal.SIGKILL if asked else signal.SIGUSR1)
                if asked:
                    return count, True
                asked = True
                continue
            data = os.read(reader, 1 << 20)
            if not data:
                return count, False
            whole, newline, rest = (rest + data).rpartition(b"\n")
            count += whole.count(b"\n") + len(newline)
            protocol.write(answers, whole + newline)

    def _line(self, index, observations, end, where=None):
        return protocol.encode(self.id, trace=index, observations=observations, end=end, where=where)

    # -- in the copy

    def _child(self, writer, first):
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            self.writer, self.index, self.looks = writer, first, 0
            signal.signal(signal.SIGPROF, lambda _, frame: self._give_up("spin", frame))
            signal.signal(signal.SIGUSR1, lambda _, frame: self._give_up("blocked", frame))
            self.session.renew_budget = self._renew_budget
            self._traces(first)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            self._exit(code)

    def _traces(self, first):
        """runs traces until they end or the master cannot be used for another one"""
        # When the collector runs depends on everything ever allocated, and it is what
        # logs errors that nobody waited for.  A copy ends before it needs one.
        gc.disable()
        for self.index in range(first, min(first + TRACES_PER_COPY, len(self.traces))):
            if self.index > first:
                self.session.replace_worker()
            self.seen = []
            for step in self.traces[self.index]:
                self._renew_budget()
                self.seen.append(self.session.step(step))
            signal.setitimer(signal.ITIMER_PROF, 0)
            protocol.write(self.writer, self._line(self.index, self.seen, "done"))
            if not self.session.can_replace_worker():
                return

    def _renew_budget(self):
        signal.setitimer(signal.ITIMER_PROF, self.budget_s)

    def _give_up(self, how, frame):
        where = self._yours(frame) or _where(frame)
        self.looks += 1
        if how == "spin" and where == NOWHERE and self.looks < LOOKS:
            # A loop of coroutines is half of the time in Twisted's part of it.
            signal.setitimer(signal.ITIMER_PROF, 0.001)
            return
        signal.setitimer(signal.ITIMER_PROF, 0)
        protocol.write(self.writer, self._line(self.index, self.seen, how, where))
        self._exit(0)

    def _yours(self, frame):
        """the line of the user's file that does not return, if it is one"""
        world = getattr(self.session, "world", None)
        while world is not None and frame is not None:
            if frame.f_code.co_filename == world.user.path:
                return f"{world.user.shown}:{frame.f_lineno}"
            frame = frame.f_back
        return None

    def _exit(self, code):
        self.at_exit()
        sys.stderr.flush()
        os._exit(code)


def _where(frame):
    """the function of Buildbot that the step called and that does not return"""
    buildbot = sys.modules.get("buildbot")
    package = os.path.dirname(buildbot.__file__) if buildbot else None
    where = NOWHERE
    while package and frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(package + os.sep):
            where = f"buildbot{path[len(package):]}:{frame.f_code.co_name}"
        frame = frame.f_back
    return where
