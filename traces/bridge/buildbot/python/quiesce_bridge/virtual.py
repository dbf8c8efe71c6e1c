"""A reactor without sockets, threads or clock: the driver says when time passes."""

from zope.interface import implementer

from twisted.internet import defer, interfaces, main
from twisted.internet.address import IPv4Address
from twisted.internet.base import DelayedCall
from twisted.python import failure, log, threadpool

START = 1_000_000.0

# A step that needs more reactor calls than this is a livelock: time stands still
# although control does return to the reactor.
CALLS_PER_STEP = 20_000
CALLS_PER_ADVANCE = 200_000


class Livelock(Exception):
    """A step that never comes to rest."""


@implementer(interfaces.IReactorTime, interfaces.IReactorCore)
class VirtualReactor:
    """Calls run one by one, in order of their time and then of their creation."""

    running = True
    _started = True

    def __init__(self):
        self.now = START
        self.calls = []
        self.ports = {}
        self.triggers = []
        self.stopped = False
        # None: results of threads arrive at once.  A list: they wait for the driver.
        self.held_results = None
        self.hurry = 0.0        # a delay of no more than that passes at once
        self._created = 0

    # -- time

    def seconds(self):
        return self.now

    def callLater(self, delay, f, *args, **kwargs):
        delay = 0 if delay <= self.hurry else delay
        call = DelayedCall(self.now + delay, f, args, kwargs,
                           self._forget, _nothing, self.seconds)
        self._created += 1
        call.created = self._created
        self.calls.append(call)
        return call

    def _forget(self, call):
        if call in self.calls:
            self.calls.remove(call)

    def getDelayedCalls(self):
        return list(self.calls)

    def due(self, limit=None):
        """the calls that are due, in the order in which they would run"""
        limit = self.now if limit is None else limit
        return sorted((c for c in self.calls if c.getTime() <= limit), key=_order)

    def _first(self, limit):
        best = None
        for call in self.calls:
            if call.getTime() <= limit and (best is None or _order(call) < _order(best)):
                best = call
        return best

    def run(self, call, early=False):
        """runs one call: when it is due, or early, before its time has come"""
        self.calls.remove(call)
        if not early:
            self.now = max(self.now, call.getTime())
        call.called = 1
        _safely(call.func, call.args, call.kw)

    def run_until(self, limit, max_calls=CALLS_PER_STEP):
        """runs what is due up to a time; it is that time afterwards"""
        taken = 0
        while (call := self._first(limit)) is not None:
            taken += 1
            if taken > max_calls:
                raise Livelock(f"more than {max_calls} reactor calls in one step")
            self.run(call)
        self.now = max(self.now, limit)

    def settle(self):
        """runs everything that is due now"""
        self.run_until(self.now)

    def rewind(self):
        """forgets every call and starts from the first moment again"""
        for call in self.getDelayedCalls():
            call.cancel()
        self.now = START
        self.held_results = None

    # -- threads

    def callFromThread(self, f, *args, **kwargs):
        if self.held_results is None:
            _safely(f, args, kwargs)
        else:
            self.held_results.append((f, args, kwargs))

    def release_result(self):
        f, args, kwargs = self.held_results.pop(0)
        _safely(f, args, kwargs)

    def callInThread(self, f, *args, **kwargs):
        _safely(f, args, kwargs)

    def getThreadPool(self):
        return InPlacePool()

    def suggestThreadPoolSize(self, size):
        pass

    # -- core

    def callWhenRunning(self, f, *args, **kwargs):
        _safely(f, args, kwargs)

    def addSystemEventTrigger(self, phase, event, f, *args, **kwargs):
        trigger = (phase, event, f, args, kwargs)
        self.triggers.append(trigger)
        return trigger

    def removeSystemEventTrigger(self, trigger):
        if trigger in self.triggers:
            self.triggers.remove(trigger)

    def stop(self):
        self.stopped = True

    def resolve(self, *_, **__):
        raise NotImplementedError("the virtual reactor is stepped, not run")

    crash = iterate = fireSystemEvent = resolve

    # -- network: one listening port, which the wire looks up

    def listenTCP(self, number, factory, backlog=50, interface=""):
        port = VirtualPort(self, number, factory)
        self.ports[number] = port
        factory.doStart()
        return port


class VirtualPort:
    def __init__(self, reactor, number, factory):
        self.reactor, self.number, self.factory = reactor, number, factory

    def stopListening(self):
        self.reactor.ports.pop(self.number, None)
        self.factory.doStop()
        return defer.succeed(None)

    def getHost(self):
        return IPv4Address("TCP", "127.0.0.1", self.number)


class InPlacePool:
    """Stands in for a thread pool: the work is done before the call returns."""

    started = True

    def __init__(self, *_, **__):
        pass

    def start(self):
        pass

    def stop(self):
        pass

    def adjustPoolsize(self, *_, **__):
        pass

    def callInThread(self, f, *args, **kwargs):
        self.callInThreadWithCallback(None, f, *args, **kwargs)

    def callInThreadWithCallback(self, on_result, f, *args, **kwargs):
        try:
            ok, result = True, f(*args, **kwargs)
        except Exception:
            ok, result = False, failure.Failure()
        if on_result is not None:
            on_result(ok, result)


def install():
    """makes a VirtualReactor the reactor; must come before whatever imports the reactor"""
    reactor = VirtualReactor()
    main.installReactor(reactor)
    threadpool.ThreadPool = InPlacePool
    return reactor


def _order(call):
    return call.getTime(), call.created


def _nothing(call):
    pass


def _safely(f, args, kwargs):
    try:
        f(*args, **kwargs)
    except Exception:
        log.err()
