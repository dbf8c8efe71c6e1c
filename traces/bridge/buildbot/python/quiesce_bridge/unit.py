"""Unit mode: the real worker without build requests, and a new worker for every trace.

The master, the worker, LatentWorkerForBuilder and Perspective Broker are real.
Left out are builds and the database: seven updates of the data API answer at
once, or when the driver lets them if it holds the database.
"""

from twisted.internet import defer, reactor

from buildbot.util import eventual

from .config import WORKER

STORED = ("workerConnected", "workerDisconnected", "workerConfigured", "setWorkerState",
          "set_worker_paused", "set_worker_graceful", "workerMissing")

STATE = dict(paused=False, pause_reason=None, graceful=False, workerinfo={})


def without_database(session):
    """replaces what would store or fetch; counts calls for more builds instead of making them"""
    master = session.master.real
    workerid = master.workers.namedServices[WORKER].workerid

    def wake(name):
        session.wakeups += 1
    master.botmaster.maybeStartBuildsForWorker = wake
    # Asked whenever a builder gets a worker.  There are no requests to be found.
    master.botmaster.maybeStartBuildsForBuilder = lambda name: None
    updates = master.data.updates
    for name in STORED:
        if hasattr(updates, name):
            setattr(updates, name, lambda *_, **__: _stored(None))
    updates.findWorkerId = lambda name: _stored(workerid)
    fetch = master.data.get

    def get(path, *args, **kwargs):
        if path[0] == "buildrequests":
            return _stored([])  # builds of a request: of one that has a number the driver has heard
        return _stored(dict(STATE)) if path[0] == "workers" else fetch(path, *args, **kwargs)
    master.data.get = get


def _stored(value):
    if reactor.held_results is None:
        return defer.succeed(value)
    d = defer.Deferred()
    reactor.held_results.append((d.callback, (value,), {}))
    return d


def replace_worker(session):
    """throws the worker away, whatever its state, and makes a new one"""
    master, old = session.master.real, session.worker
    reactor.rewind()
    queue = eventual._theSimpleQueue
    queue._events, queue._timer = [], None
    _forget(master, old)
    session.reset()
    if session.config["gated"]:
        master.data.updates.reset()
    new = session.make_worker()
    started = new.setServiceParent(master.workers)
    reactor.settle()
    if not started.called:
        raise RuntimeError("the new worker did not start")
    for builder in master.botmaster.builders.values():
        if not any(w.worker is new for w in builder.workers):
            builder.addLatentWorker(new)
    session.worker = new
    session.count_from_here()


def _forget(master, old):
    workers = master.workers
    if old in workers.services:
        workers.services.remove(old)
    for registry in (workers.namedServices, workers.registrations, workers.connections):
        registry.pop(WORKER, None)
    registration = workers.pb._registrations.pop(WORKER, None)
    if registration is not None and registration[2].username is not None:
        registration[2].unregister()
    for builder in master.botmaster.builders.values():
        builder.building = []
        builder.workers = [w for w in builder.workers if w.worker not in (None, old)]
