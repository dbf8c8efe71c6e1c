"""The world a user's worker lives in: instances, their worker processes, builds, time.

What happens in it is said in events.  Those that can happen next are listed with the
calm one first: everything is answered with success, at once and in order.  A schedule
is what differs from that.  Nothing is judged here: what happened is logged, and the
driver holds it against its claims.

An effect of start_instance that comes back with success has started its instance; one
of stop_instance has ended it.  Requests that only read do neither.  Patterns say it
more exactly.
"""

import gc
import inspect
import re
import subprocess

from twisted.internet import defer, error, reactor
from twisted.python import failure, log

from buildbot.interfaces import (LatentWorkerCannotSubstantiate, LatentWorkerFailedToSubstantiate,
                                 LatentWorkerSubstantiatiationCancelled)

from . import gated, steps
from .config import PASSWORD
from .effects import ERROR, REQUEST, STATUS, Effect, Escape, Hold, clipped
from .protocol import Refused
from .userclass import UserClass
from .virtual import CALLS_PER_ADVANCE

# Every schedule is finite.  A process gives up after a few connections, somebody
# cancels once, a fault of each kind happens once; and what has not come back after
# four hours in which nothing else happened never will.
CONNECTIONS = 3
PATIENCE_S = 4 * 3600
WAITS, LEAP_S = 50, 600

# Exceptions that are slips of the programmer rather than reports of what went wrong.
SLIPS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, defer.AlreadyCalledError)

# Exceptions by which Buildbot tells a build that its worker will not come.
EXPECTED = (Escape, LatentWorkerCannotSubstantiate, LatentWorkerFailedToSubstantiate, LatentWorkerSubstantiatiationCancelled)

# Those that an effect can come back with, and what a time limit on one raises.
ANSWERS = (error.ProcessTerminated, error.ConnectionRefusedError, OSError, defer.CancelledError, defer.TimeoutError,
           subprocess.SubprocessError)
REFUSAL = "received connection while not trying to substantiate"


class Instance:
    """What one call of start_instance is to bring about."""

    def __init__(self, number):
        self.number = number
        self.alive = self.ended = self.mute = self.ending = False
        self.connections = []


class World:
    def __init__(self, session, settings):
        self.session = session
        self.builds = settings.get("builds", 2)
        self.patterns = {name: _pattern(name, settings.get(name)) for name in ("starts", "ends", "asks")}
        self.answers = [(_pattern("says", a["to"]), a["text"]) for a in settings.get("says", [])]
        self.may_be_late = settings.get("late", False)
        self.hold = Hold(self)
        self.hold.install()
        self.reset()
        self.user = UserClass(settings["file"], settings.get("shown"), settings["class"], settings.get("args", {}))
        self.user.make()
        log.addObserver(self._logged)

    def reset(self):
        self.held_in_threads = 0
        self.happened, self.effects, self.instances = [], [], {}
        self.calls = dict(start=0, stop=0)
        self.outstanding = []           # (name, number) of calls that have not come back
        self.reported = []              # exceptions that were logged as the end of a call
        self.asked, self.pending = 0, []
        self.logins = []                # instance and connection
        self.used = set()               # what happens once in a schedule
        self.stopping = self.playing = self.collecting = False
        self.waits = 0                  # how many events in a row were the passing of time
        self.moved = reactor.now        # when anything but the passing of time happened last
        self.played = None

    def tell(self, what, **more):
        self.happened.append(dict(what=what, **more))

    # -- the user's worker

    def make_worker(self):
        worker = self.user.make()
        for name in ("start", "stop"):
            self._watch(worker, name)
        return worker

    def _watch(self, worker, name):
        real = getattr(worker, name + "_instance")

        def call(*args, **kwargs):
            if self.collecting:
                return defer.Deferred()
            caller = inspect.currentframe().f_back.f_code.co_filename
            if caller == self.user.path:
                return real(*args, **kwargs)    # its own helper, part of the call that is running
            if name == "start":
                self.calls["start"] += 1
                self.calls["stop"] = 0
                self.instances[self.calls["start"]] = Instance(self.calls["start"])
            n = self.calls["start"]
            self.outstanding.append((name, n))
            self.tell("called", call=name, n=n)
            try:
                result = real(*args, **kwargs)
            except Exception as e:
                self._raised(name, n, e, None)
                raise
            if isinstance(result, defer.Deferred):
                result.addCallbacks(self._returned, self._failed, callbackArgs=(name, n), errbackArgs=(name, n))
            else:
                self._returned(result, name, n)
            return result
        setattr(worker, name + "_instance", call)

    def _returned(self, value, name, n):
        if self.collecting:
            return value
        self.outstanding.remove((name, n))
        instance = self.instances.get(n)
        never_awaited = inspect.iscoroutine(value)
        good = bool(value) and not never_awaited
        said = "a coroutine" if never_awaited else clipped(repr(value))
        self.tell("returned", call=name, n=n, value=said, good=good, troubled=self._troubled(name, n))
        if name == "start" and good and instance and not any(
                e.call == (name, n) and self._role(e) == "starts" for e in self.effects):
            self._begin(instance)       # by something that cannot be seen
        return value

    def _failed(self, why, name, n):
        self._raised(name, n, why.value, self.user.place_of(why))
        return why

    def _raised(self, name, n, e, place):
        if self.collecting:
            return
        self.outstanding.remove((name, n))
        self.reported.append(e)
        if place is None:
            place = self.user.place_of(failure.Failure(e)) or ""
        self.tell("raised", call=name, n=n, text=_exception(e), at=place, slip=isinstance(e, SLIPS),
                  troubled=self._troubled(name, n))

    def _troubled(self, name, n):
        """did anything that the call did not come back, or not with success?"""
        return any(e.call == (name, n) and e.how != "ok" for e in self.effects)

    # -- effects

    def effect(self, effect):
        effect.number, effect.how = len(self.effects) + 1, None
        effect.call = self.outstanding[-1] if self.outstanding else None
        if self.collecting:
            return effect
        if not self.playing:
            reactor.callLater(0, effect.finish, "ok", self.says(effect.text))
            return effect
        self.effects.append(effect)
        name, n = effect.call or ("", 0)
        self.tell("effect", id=effect.number, kind=effect.kind, text=effect.text, call=name, n=n,
                  at=self.user.here() or "", role=self._role(effect))
        return effect

    def blocked(self, text, kind, reads):
        if not self.playing:
            return
        self.tell("blocking", text=text, at=self.user.here() or "")
        if kind is not None:
            effect = self.effect(Effect(kind, text, lambda how, said: None, reads))
            self._answered(effect, "ok")

    def killed(self, effect):
        effect.open, effect.how, effect.finish = False, "killed", None
        self.tell("answered", id=effect.number, how="killed")

    def escaped(self, event):
        self.tell("escaped", text=event, at=self.user.here() or "")

    def says(self, text):
        return next((said for pattern, said in self.answers if pattern.search(text)), "")

    def _role(self, effect):
        """what its success means: starts, ends, asks or nothing"""
        asks = self.patterns["asks"]
        if asks and asks.search(effect.text):
            return "asks"
        name = effect.call[0] if effect.call else ""
        role = dict(start="starts", stop="ends").get(name)
        if role is None:
            return ""
        pattern = self.patterns[role]
        meant = pattern.search(effect.text) if pattern else not effect.reads
        return role if meant else ""

    def _outcomes(self, effect):
        role = self._role(effect)
        if role == "asks":
            alive = any(i.alive for i in self.instances.values())
            return ["ok" if alive else ERROR, "never"]
        out = ["ok", ERROR, "never"] + ([STATUS] if effect.kind == REQUEST else [])
        if role == "starts" and not self._instance(effect).alive:
            out.append("half")
        if role == "ends" and self.may_be_late and self._instance(effect).alive:
            out.append("late")
        return out

    def _instance(self, effect):
        return self.instances[effect.call[1]]

    def _answer(self, number, how):
        effect = self.effects[number - 1]
        if how == "never":
            effect.how = how
            self.tell("answered", id=number, how=how)
            return
        self._answered(effect, how)
        said = self.says(effect.text) if how in ("ok", "late") else ""
        finish, effect.finish = effect.finish, None
        finish(dict(late="ok", half=ERROR).get(how, how), said)

    def _answered(self, effect, how):
        effect.open, effect.how = False, "ok" if how == "late" else how
        self.tell("answered", id=effect.number, how=how)
        role = self._role(effect)
        if role == "starts" and how in ("ok", "half"):
            self._begin(self._instance(effect))
        if role == "ends" and how == "ok":
            self._end(self._instance(effect))
        if role == "ends" and how == "late":
            self._instance(effect).ending = True

    # -- instances

    def _begin(self, instance):
        if not instance.alive and not instance.ended:
            instance.alive = True
            over = ("start", instance.number) not in self.outstanding
            self.tell("alive", instance=instance.number, late=over)

    def _end(self, instance, why="ended"):
        if instance.alive:
            instance.alive, instance.ended = False, True
            self.tell(why, instance=instance.number)
            connection = self._connection(instance)
            if connection is not None:
                connection.server_end.reset()

    def _connection(self, instance):
        for n in instance.connections:
            c = self.session.connections[n]
            if not c.closed and c.server_end is not None:
                return c
        return None

    def _attach(self, instance):
        n = len(self.session.connections)
        instance.connections.append(n)
        self.tell("connects", instance=instance.number, conn=n)
        steps.attach(self.session, password=self.session.worker.password or PASSWORD)
        self.logins.append((instance, n))

    def _follow_logins(self):
        """says what has become of those that were not over"""
        for instance, n in list(self.logins):
            c = self.session.connections[n]
            if c.status == "connecting" and not c.closed:
                continue
            self.logins.remove((instance, n))
            what = {"logged in": "attached", "refused": "refused", "unreachable": "unreachable"}.get(c.status, "lost")
            self.tell(what, instance=instance.number, conn=n, text=c.reason or "")
            if what == "refused":
                # A worker process that is told so stops its own reactor.
                self._end(instance, "gave up")

    # -- what can happen

    def enabled(self, asking=True):
        """labels of events, the calm one first"""
        worker, out = self.session.worker, []
        for e in self.effects:
            if e.open and e.how != "never":
                out += [f"answer {e.number} {how}" for how in self._outcomes(e)]
        calm = out[:1]
        live = [i for i in self.instances.values() if i.alive]
        attach = [f"attach {i.number}" for i in live if self._may_attach(i)]
        ends = [f"end {i.number}" for i in live if i.ending]
        running = [c for c in self.session.connections if c.commands and not c.closed]
        done = ["done"] if running else []
        idle = worker.state.name == "NOT_SUBSTANTIATED" and not self.pending and not self.outstanding
        build = ["build"] if asking and self.asked < self.builds and not self.stopping else []
        remove = ["remove"] if not self.stopping else []
        wait = ["wait"] if self._next_timer() is not None else []
        rest = wait if reactor.now - self.moved < PATIENCE_S else []
        if not calm:
            finished = idle and not build or not wait
            calm = (attach or ends or done or (build if idle else []) or (remove if finished else []) or rest or remove)[:1]
        if not calm:
            return []
        out += attach + ends + done + build + wait + remove
        if not self.stopping:
            out += self._once("shutdown")
            if self.session.running and any(b.building for b in self.session.master.builders().values()):
                out += self._once("cancel")
        for i in live:
            out += self._once(f"die {i.number}", "die")
            if self._connection(i) is not None:
                out += self._once(f"lose {i.number}", "lose")
            if not i.connections and not i.mute:
                out += self._once(f"mute {i.number}", "mute")
        return calm + [label for label in out if label != calm[0]]

    def _may_attach(self, instance):
        return not instance.mute and self._connection(instance) is None and len(instance.connections) < CONNECTIONS

    def _once(self, label, kind=None):
        return [label] if (kind or label) not in self.used else []

    def _next_timer(self):
        """when the next timer is due that is not one of Perspective Broker's own"""
        times = [c.getTime() for c in reactor.getDelayedCalls()
                 if "keepalive" not in getattr(c.func, "__qualname__", "").lower()]
        return min(times, default=None)

    # -- what happens

    def take(self, label):
        kind, _, rest = label.partition(" ")
        self.used.add(kind)
        self.waits += 1
        if kind != "wait":
            self.moved, self.waits = reactor.now, 0
        getattr(self, "do_" + kind)(*rest.split())
        self.settle()

    def do_answer(self, number, how):
        self._answer(int(number), how)

    def do_attach(self, number):
        self._attach(self.instances[int(number)])

    def do_end(self, number):
        self._end(self.instances[int(number)])

    def do_die(self, number):
        self._end(self.instances[int(number)], "died")

    def do_lose(self, number):
        self._connection(self.instances[int(number)]).server_end.reset()

    def do_mute(self, number):
        self.instances[int(number)].mute = True

    def do_done(self):
        steps.cmd_done(self.session, next(n for n, c in enumerate(self.session.connections)
                                          if c.commands and not c.closed))

    def do_build(self):
        self.pending.append(self.asked)
        self.asked += 1

    def do_cancel(self):
        for running in self.session.running.values():
            if running.results is None:
                running.stopBuild("cancelled by the bridge")

    def do_wait(self):
        before = reactor.now
        # Code that looks again every second need not be watched for hours.
        least = LEAP_S if self.waits > WAITS else 0
        reactor.run_until(max(self._next_timer(), reactor.now + least), CALLS_PER_ADVANCE)
        self.tell("waited", ms=round((reactor.now - before) * 1000))

    def do_remove(self):
        self.stopping = True
        steps.stop_service(self.session)

    def do_shutdown(self):
        self.stopping = True
        steps.shutdown(self.session)

    def settle(self):
        """lets everything settle that is due, and has the distributor look for builds to start"""
        reactor.settle()
        while self.pending and not self.stopping and gated.sample(self.session, 0):
            n = self.pending.pop(0)
            self.tell("claimed", n=n + 1)
            gated.start_build(self.session, gated.sample(self.session, 0)[0], 0, n)
            reactor.settle()
        self._follow_logins()

    def request_ended(self, n, how):
        self.tell("build", n=n + 1, text=how)

    def request_unclaimed(self, n):
        self.tell("unclaimed", n=n + 1)
        self.pending.append(n)

    def _logged(self, event):
        if not self.playing or not event.get("isError"):
            return
        why = event.get("failure")
        if why is None or any(why.value is e for e in self.reported) or isinstance(why.value, EXPECTED) or _told(why):
            return
        place = self.user.place_of(why)
        if place is None and _from_an_effect(why):
            place = self.user.shown
        if self.collecting and place is None:
            return
        self.tell("error", text=_exception(why.value), at=place or "", slip=isinstance(why.value, SLIPS))

    # -- schedules

    def play(self, choose, picks, events, limit):
        """one schedule: the calm one but for choose and picks, or events and then calm"""
        self.moves = []
        self.played = dict(moves=self.moves, rest=False)
        self.playing = self.hold.active = True
        reactor.hurry = 0.0     # a user's code may sleep for as short a time as it likes
        try:
            self._play({c["at"]: c["event"] for c in choose}, picks, events, limit)
        finally:
            self.played["open"] = [dict(call=name, n=n) for name, n in self.outstanding]
            self._collect()
            self.hold.active = False
            self._flush()

    def _collect(self):
        """errors that nobody waited for are logged when they are forgotten

        Coroutines that are forgotten in the middle run their last lines too: whatever they
        do then is no part of the schedule.
        """
        self.collecting = True
        if any(e.how not in (None, "ok") for e in self.effects):
            gc.collect()

    def _play(self, choose, picks, events, limit):
        self.settle()
        listed = list(events or [])
        for at in range(limit):
            enabled = self.enabled(asking=events is None or bool(listed))
            if not enabled:
                self.played["rest"] = True
                return
            label = enabled[0]
            if listed:
                while listed and listed[0] not in enabled:
                    listed.pop(0)
                if not listed:
                    continue
                label = listed.pop(0)
            elif at in choose:
                label = choose[at]
                if label not in enabled:
                    raise steps.NotApplicable(f"{label} cannot happen at {at}, only {', '.join(enabled)}")
            elif at < len(picks) and picks[at]:
                label = enabled[picks[at] % len(enabled)]
            self.moves.append(dict(took=label, enabled=enabled, happened=[]))
            self.session.renew_budget()
            self.take(label)
            self._flush()

    def _flush(self):
        if self.moves:
            self.moves[-1]["happened"] += self.happened
            self.moves[-1]["state"] = self.session.worker.state.name
        self.happened = []


def _pattern(name, text):
    try:
        return text and re.compile(text)
    except re.error as e:
        raise Refused("worker", f"--{name}: {text!r} is no regular expression of Python: {e}") from e


def _told(why):
    """is it a timeout of the worker, or a refusal, which are told as what they are?"""
    return isinstance(why.value, defer.TimeoutError) and not why.value.args or REFUSAL in str(why.value)


def _exception(e):
    return clipped(f"{type(e).__name__}: {e}" if str(e) else type(e).__name__)


def _from_an_effect(why):
    """is it an error with which the driver answered, or a timeout, that nobody waited for?"""
    return isinstance(why.value, ANSWERS) or type(why.value).__module__.startswith("requests")
