"""Boots the real BuildMaster with one latent worker and says where its parts are."""

import os
import tempfile

import sqlalchemy

from twisted.internet import defer, reactor
from twisted.python import log

from buildbot.config.builder import BuilderConfig
from buildbot.config.master import MasterConfig
from buildbot.master import BuildMaster
from buildbot.process.buildstep import BuildStep
from buildbot.process.factory import BuildFactory
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import Results
from buildbot.util import subscription

from . import provider
from .config import PASSWORD, SPARE, WORKER
from .workerproc import PORT


class BootError(Exception):
    """The master did not come up; the message says how far it got."""


class WorkStep(BuildStep):
    """one remote command, which ends when the driver says so"""

    name = "work"

    @defer.inlineCallbacks
    def run(self):
        command = RemoteCommand("work", {}, stdioLogName=None)
        yield self.runCommand(command)
        return command.results()


class Ordered(dict):
    """A set that is walked in order of insertion.

    The order in which Buildbot tells its subscribers is that of a set of objects,
    so of their addresses.  Any order is allowed; one that repeats is needed.
    """

    def add(self, item):
        self[item] = None

    def remove(self, item):
        del self[item]


def order_subscribers():
    plain = subscription.SubscriptionPoint.__init__

    def ordered(self, name):
        plain(self, name)
        self.subscriptions = Ordered()
    subscription.SubscriptionPoint.__init__ = ordered


class Loader:
    def __init__(self, make):
        self.make = make

    def loadConfig(self):
        return MasterConfig.loadFromDict(self.make(), "<bridge>")


class Master:
    def __init__(self, config, calls, journal, make_worker):
        self.config, self.calls, self.journal = config, calls, journal
        self.make_worker = make_worker
        self.builds_before = self.requests_before = 0
        self.last_builds = None

    def boot(self):
        basedir = tempfile.mkdtemp(prefix="quiesce-master.")
        self.journal.start(basedir)
        self.real = BuildMaster(basedir, reactor=reactor, config_loader=Loader(self.settings))
        started = self.real.startService()
        reactor.settle()
        if not started.called:
            raise BootError(f"the master did not start: {self.journal.lines[-3:]} {self.journal.errors}")
        os.rmdir(basedir)
        # The bodies of build logs play no part, and newer versions need a second
        # thread to store them.
        self.real.db.logs.appendLog = lambda *_, **__: defer.succeed((0, 0))
        self.real.db.logs.compressLog = lambda *_, **__: defer.succeed(0)
        if self.config["quiet"]:
            self._silence_clocks()
        self.builder_ids = [self._builder_id(i) for i in range(self.config["builders"])]

    def _silence_clocks(self):
        """stops the 60 s heartbeat and the hourly clean-up, which fill long waits"""
        for service in (self.real.masterHeartbeatService, getattr(self.real.db, "cleanup_timer", None)):
            if service is not None:
                service.disownServiceParent()
        reactor.settle()

    def _builder_id(self, i):
        found = []
        self.real.data.updates.findBuilderId(f"b{i}").addBoth(found.append)
        reactor.settle()
        return found[0]

    # -- configuration, also read by every reconfiguration

    def worker_arguments(self):
        c = self.config
        out = dict(build_wait_timeout=c["build_wait_timeout"], missing_timeout=c["missing_timeout"])
        for optional in ("check_instance_interval", "max_builds"):
            if c[optional] is not None:
                out[optional] = c[optional]
        if c["machine"]:
            out["machine_name"] = "m"
        return out

    def settings(self):
        c = self.config
        workers = [] if c["remove_worker"] else [self.make_worker()]
        spare = provider.HeldWorker(SPARE, PASSWORD, build_wait_timeout=0)
        spare.provider = self.calls
        # Builders must have a worker, so a removed one leaves them the spare.
        names = [[SPARE if c["remove_worker"] else WORKER]] * c["builders"]
        if c["reassigned"]:
            names[-1] = [SPARE]
        out = dict(
            protocols={"pb": {"port": f"tcp:{PORT}"}}, db={"db_url": "sqlite://"},
            buildbotNetUsageData=None, multiMaster=True, www={}, schedulers=[],
            title="bridge", titleURL="http://bridge/", buildbotURL="http://bridge/",
            workers=workers + [spare],
            builders=[BuilderConfig(name=f"b{i}", workernames=names[i], factory=BuildFactory([WorkStep()]))
                      for i in range(c["builders"])])
        if c["hurry"]:
            out["collapseRequests"] = False  # each is built
        if c["machine"]:
            machine = provider.HeldMachine("m", build_wait_timeout=c["machine_build_wait_timeout"],
                                           missing_timeout=c["machine_missing_timeout"])
            machine.provider = self.calls
            out["machines"] = [machine]
        return out

    # -- parts

    def worker(self):
        return self.real.workers.namedServices.get(WORKER)

    def machine(self):
        return self.real.machine_manager.namedServices.get("m")

    def builders(self):
        return self.real.botmaster.builders

    # -- builds

    def request_build(self, builder):
        stamp = dict(codebase="", repository="", branch=None, revision=None, project="")
        self.real.data.updates.addBuildset(
            waited_for=False, scheduler="bridge", sourcestamps=[stamp], reason="bridge",
            builderids=[self.builder_ids[builder]]).addErrback(log.err)

    def builds(self):
        """the builds so far, read from the tables without disturbing the event loop"""
        query = sqlalchemy.text("select id, buildrequestid, state_string, results from builds"
                                f" where id > {self.builds_before:d} order by id")
        try:
            with self.real.db._engine.connect() as connection:
                rows = [tuple(r) for r in connection.execute(query)]
        except (sqlalchemy.exc.SQLAlchemyError, AttributeError):
            # Newer versions throw the database in memory away when they stop.
            return self.last_builds or []
        self.last_builds = [
            dict(id=i - self.builds_before, request=r - self.requests_before, at=at,
                 result=None if result is None else Results[result])
            for i, r, at, result in rows]
        return self.last_builds

    def count_from_here(self):
        done = self.builds()
        if done:
            self.builds_before += done[-1]["id"]
            self.requests_before += done[-1]["request"]
            self.last_builds = None
