"""Real builds over a data layer whose answers wait behind named gates.

Build, Builder, Build's steps, the worker and Perspective Broker are real.  What
would go to the database is answered from memory.  The answers at which another
event can overtake the master wait until the driver opens their gate; all others
come at once.  A gate is named by what is answered and for which build or
connection, such as "prepared 0".  The driver stands in for the distributor: it
samples the workers, and claims a request, when it likes.
"""

from twisted.internet import defer, reactor

from buildbot.db.buildrequests import AlreadyClaimedError
from buildbot.process.buildrequest import BuildRequest
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS, Results

# Replies of a worker process that wait for the driver when builds are gated.
HELD = ("getWorkerInfo", "setBuilderList", "attached", "relisted", "ping", "duplicate", "startBuild", "interruptCommand")

# A command that loses its worker sleeps ten times this long, in seconds, in the hope
# of a result that overtakes its end.  No event of the model can come between.
SLEEP = 0.1

STRINGS = {"preparing worker": "prepared", "pinging worker": "pinging"}


class Gates:
    def __init__(self):
        self.closed = []

    def wait(self, name, n, value=None, note="", before=None):
        """before is called when the gate opens, ahead of whoever waits"""
        d = defer.Deferred()
        self.closed.append((f"{name} {n}", d, value, note, before))
        return d

    def open(self, label):
        """False if nobody waits there; the longest waiter goes first"""
        for item in self.closed:
            if item[0] == label:
                self.closed.remove(item)
                if item[4] is not None:
                    item[4]()
                item[1].callback(item[2])
                return True
        return False

    def labels(self):
        return [label + (f": {note}" if note else "") for label, _, _, note, _ in self.closed]


class Updates:
    """Stands in for data.updates; what has no method here changes nothing anybody reads."""

    def __init__(self, session, real):
        self.session = session
        self.builder_ids = dict((f"b{i}", id) for i, id in enumerate(session.master.builder_ids))
        self.find_builder = real.findBuilderId
        self.workerid = session.worker.workerid
        self.reset()

    def reset(self):
        self.request_of = {}    # build id: request
        self.preparation = {}   # step id: request
        self.ids = 0

    def __getattr__(self, name):
        return lambda *_, **__: defer.succeed(None)

    def _id(self):
        self.ids += 1
        return self.ids

    def _gate(self, *args, **kwargs):
        return self.session.gates.wait(*args, **kwargs)

    def findWorkerId(self, name):
        return defer.succeed(self.workerid)

    def findBuilderId(self, name):
        return defer.succeed(self.builder_ids[name]) if name in self.builder_ids else self.find_builder(name)

    def addBuild(self, builderid, buildrequestid, workerid):
        id = self._id()
        self.request_of[id] = buildrequestid
        return self._gate("added", buildrequestid, (id, id))

    def setBuildStateString(self, buildid, text):
        if text in STRINGS:
            return self._gate(STRINGS[text], self.request_of[buildid])
        return defer.succeed(None)

    def addStep(self, buildid, name):
        id = self._id()
        if name == "worker_preparation":
            self.preparation[id] = self.request_of[buildid]
        return defer.succeed((id, id, name))

    def setStepStateString(self, stepid, text):
        """newer versions tell the database that the worker is ready before they use it"""
        request = self.preparation.get(stepid)
        if request is not None and text.endswith(" ready") and self.session.running[request].conn is None:
            return self._gate("pinged", request)
        return defer.succeed(None)

    def finishStep(self, stepid, results, hidden):
        if stepid in self.preparation and results != SUCCESS:
            return self._gate("failure", self.preparation[stepid])
        return defer.succeed(None)

    def addLog(self, stepid, name, type):
        return defer.succeed(self._id())

    def finishBuild(self, buildid, results):
        def tell():
            self.session.master.real.mq.produce(("builds", str(buildid), "finished"), {})
        return self._gate("finished", self.request_of[buildid], note=Results[results], before=tell)

    def unclaimBuildRequests(self, requests):
        return self._gate("resolved", requests[0], note="unclaimed")

    def completeBuildRequests(self, requests, results, complete_at=None):
        return self._gate("resolved", requests[0], note="complete")

    def workerConnected(self, workerid, masterid, workerinfo):
        session = self.session
        return self._gate("recorded", session.number_of(session.worker.conn))

    def workerDisconnected(self, workerid, masterid):
        return self._gate("detached", self.session.losing)

    def workerConfigured(self, workerid, masterid, builderids):
        if builderids or workerid != self.workerid:
            return defer.succeed(None)
        return self._gate("configured", 0)

    def updateBuilderList(self, masterid, names):
        return self._gate("reconfigured", 0)

    def masterStopped(self, name, masterid):
        return self._gate("stopped", 0)


def request(n, builder):
    """a build request as the distributor would have fetched it"""
    r = BuildRequest()
    r.id, r.bsid, r.buildername, r.priority, r.submittedAt = n, n, f"b{builder}", 0, None
    r.reason, r.waitedFor, r.sources = "bridge", False, {}
    r.properties = Properties()
    return r


def install(session):
    """puts the data layer and the distributor of gated builds in place of the real ones"""
    real = session.master.real
    real.data.updates = Updates(session, real.data.updates)
    # Every request there is has been claimed by the driver.
    real.db.buildrequests.claimBuildRequests = lambda **_: defer.fail(AlreadyClaimedError())

    def rest():
        """the distributor ends once what it is claiming is claimed"""
        session.distributor_ends = defer.Deferred()
        if not session.sampled:
            session.distributor_ends.callback(None)
        return session.distributor_ends
    real.botmaster.brd.disownServiceParent = rest


def wake_shutdown(session):
    """a clean shutdown sleeps a second between two looks for builds; it wakes when none is left"""
    if any(b.building for b in session.master.builders().values()):
        return
    for call in reactor.getDelayedCalls():
        if getattr(call.func, "__name__", "") == "callback":
            reactor.run(call, early=True)
            reactor.settle()


def sample(session, builder):
    """the workers a distributor would find for a builder now"""
    found = session.master.builders()[f"b{builder}"].getAvailableWorkers()
    return [w for w in found if w.worker is session.worker]


def start_build(session, worker_for_builder, builder, n):
    """what the distributor does once a request is claimed"""
    real = session.master.builders()[f"b{builder}"]
    if hasattr(session.master.real.botmaster, "add_in_progress_buildrequest"):
        session.master.real.botmaster.add_in_progress_buildrequest(n)
    started = real.maybeStartBuild(worker_for_builder, [request(n, builder)])
    if real.building:
        session.running[n] = real.building[-1]
    if session.distributor_ends is not None and not session.distributor_ends.called:
        session.distributor_ends.callback(None)
    return started
