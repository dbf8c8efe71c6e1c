"""One booted master and everything a trace does to it."""

from twisted.internet import defer, reactor

from . import gated, observation, provider, steps, unit
from .config import PASSWORD, WORKER
from .journal import Journal
from .master import BootError, Master, order_subscribers
from .virtual import Livelock
from .world import World


# More answers of the database than any step leads to.
ANSWERS = 10_000


class Session:
    def __init__(self, config):
        self.config = config
        self.journal = Journal()
        self.provider = provider.Provider(config)
        self.renew_budget = lambda: None     # of the step that is being taken, if it is bounded
        self.spoiled = config["remove_worker"]  # the master itself is no longer as it was booted
        self.master = Master(config, self.provider, self.journal, self.make_worker)
        self.world = World(self, config["worker"]) if config["worker"] else None
        self.reset()

    def reset(self):
        """forgets what the last trace did; the worker is replaced by unit.replace_worker"""
        self.provider.reset()
        if self.world is not None:
            self.world.reset()
        self.manual_turns = False
        self.connections = []
        self.calls = {}     # operations of the driver: pending, fired, failed: why
        self.gates = gated.Gates(unlocked=self.world is not None)
        self.sampled = {}   # gated builds: the worker found for each builder
        self.distributor_ends = None
        self.running = {}   # gated builds: the build of each request
        self.losing = None  # the connection whose loss the master hears of last
        self.wants = []     # unit mode: what became of each build that wanted the worker
        self.wakeups = 0    # unit mode: how often the master was asked to look for builds

    def boot(self):
        order_subscribers()
        self.master.boot()
        self.find_parts()
        if self.config["hurry"]:
            reactor.hurry = gated.SLEEP
        if self.config["unit"]:
            unit.without_database(self)
            if self.config["gated"]:
                gated.install(self)
            # The reset between traces is made before the first one too, so that
            # every trace starts from the same state of the master.
            if self.world is not None or self.can_replace_worker():
                self.replace_worker()
        elif self.config["warm"] and not self.config["remove_worker"]:
            self._warm_up()
        self.count_from_here()
        if self.answers_later():
            reactor.held_results = []

    def answers_later(self):
        """as from threads: never before whoever asked has gone on to wait for it"""
        return self.config["hurry"] and not self.config["unit"]

    def make_worker(self):
        if self.world is not None:
            return self.world.make_worker()
        cls = provider.HeldWorker
        if self.config["starts_without_substantiate"]:
            cls = provider.FreelyStartingWorker
        worker = cls(WORKER, PASSWORD, **self.master.worker_arguments())
        worker.provider = self.provider
        return worker

    def find_parts(self):
        """after boot and reconfiguration: a removed worker stays the one looked at"""
        self.worker = self.master.worker() or getattr(self, "worker", None)
        self.machine = self.master.machine()

    def count_from_here(self):
        self.journal.take()
        self.origin = reactor.now
        if not self.config["unit"]:
            self.master.count_from_here()

    def can_replace_worker(self):
        """a machine keeps state of its own, which a new worker would inherit, and so may a user's file"""
        return self.config["unit"] and not self.config["machine"] and self.world is None and not self.spoiled

    def replace_worker(self):
        unit.replace_worker(self)

    def connection_lost(self, number):
        self.losing = number

    def number_of(self, connection):
        """which attach a connection of the master belongs to; -1 if to none that is known"""
        mind = getattr(connection, "mind", None)
        for i, c in enumerate(self.connections):
            if mind is not None and mind.broker.transport is c.server_end:
                return i
        return -1

    def watch(self, name, d):
        """keeps what becomes of an operation"""
        self.calls[name] = "pending"

        def fired(_):
            self.calls[name] = "fired"

        def failed(why):
            self.calls[name] = f"failed: {why.type.__name__}: {why.getErrorMessage()}"
        defer.maybeDeferred(lambda: d).addCallbacks(fired, failed)

    def step(self, step):
        """takes one step, lets everything settle that is due, and says what can be seen"""
        outcome = {}
        try:
            steps.take(self, step)
            if not self.manual_turns:
                self._settle(step)
        except Livelock as e:
            outcome["livelock"] = str(e)
        except steps.NotApplicable as e:
            outcome["not_applicable"] = str(e)
        except Exception as e:
            outcome["raised"] = f"{type(e).__name__}: {e}"
        return observation.observe(self, outcome)

    def _settle(self, step):
        reactor.settle()
        if self.answers_later():
            self._answer()
        if self.config["hurry"]:
            gated.wake_shutdown(self)
        if self.answers_later():
            self._answer()
        if self.config["quantum_ms"] and step["op"] != "advance":
            reactor.run_until(reactor.now + self.config["quantum_ms"] / 1000)

    def _answer(self):
        for _ in range(ANSWERS):
            if not reactor.held_results:
                return
            reactor.release_result()
            reactor.settle()
        raise Livelock(f"more than {ANSWERS} answers of the database in one step")

    def _warm_up(self):
        """one build from start to end; afterwards everything is counted from zero again"""
        def wait(seconds):
            reactor.run_until(reactor.now + seconds)
            self.provider.answer_all(reactor.settle)
            reactor.settle()
        steps.take(self, dict(op="build"))
        wait(1)
        steps.take(self, dict(op="attach"))
        reactor.settle()
        steps.take(self, dict(op="cmd_done"))
        wait(1)
        self.worker.insubstantiate()
        wait(0)
        steps.take(self, dict(op="lose"))
        wait(1)
        if self.machine is not None and self.machine.state.name != "STOPPED":
            self.machine._stop()
            wait(0)
            self.machine._clearMissingTimer()
            self.machine._clearBuildWaitTimer()
        self.worker._clearBuildWaitTimer()
        builds = self.master.builds()
        if self.worker.state.name != "NOT_SUBSTANTIATED" or not builds or builds[-1]["result"] != "success":
            raise BootError(f"the first build did not end well: {observation.observe(self, {})}")
        self.reset()
