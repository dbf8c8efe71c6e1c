"""What a driver can make happen.  One function a step, named as in the schema."""

from twisted.internet import defer, reactor

from buildbot.process.results import CANCELLED

from . import gated
from .config import PASSWORD, WORKER
from .virtual import CALLS_PER_ADVANCE, Livelock
from .workerproc import Connection


class NotApplicable(Exception):
    """The step makes no sense here; nothing has changed."""


def take(session, step):
    STEPS[step["op"]](session, **{k: v for k, v in step.items() if k != "op"})


# -- provider

def answer(name):
    def step(session, result="ok"):
        if not session.provider.calls[name].open:
            raise NotApplicable(f"no call of {METHOD[name]} is outstanding")
        session.provider.answer(name, result)
    return step


METHOD = dict(start="start_instance", stop="stop_instance", mstart="start_machine", mstop="stop_machine",
              check="check_instance")


# -- worker process and wire

def attach(session, hold=(), password=PASSWORD):
    """a worker process connects and logs in"""
    if session.config["gated"]:
        hold = gated.HELD
    connection = Connection(hold)
    session.connections.append(connection)
    connection.log_in(len(session.connections) - 1, WORKER, password, session.connection_lost)


def _connection(session, conn, wired=True):
    """the connection of that number, or the latest"""
    count = len(session.connections)
    if conn is None:
        conn = count - 1
    if not 0 <= conn < count:
        raise NotApplicable(f"there is no connection {conn}, only {count}")
    connection = session.connections[conn]
    if wired and connection.server_end is None:
        raise NotApplicable(f"connection {conn} never reached the master")
    return connection


def lose(session, conn=None):
    _connection(session, conn).server_end.reset()


def silence(session, conn=None):
    _connection(session, conn).server_end.silence()


def hold(session, conn=None, what=("all",)):
    _connection(session, conn).hold = set(what)


def reply(session, conn=None, what=None, index=None, builder=0):
    """lets held replies go: all, those of one kind, or one of that kind

    Of startBuild of gated builds: that of one builder.
    """
    connection = _connection(session, conn)
    found = [h for h in connection.held if what in (None, h[0])]
    if session.config["gated"] and what == "startBuild":
        found = [h for h in found if h[3] == builder]
    if index is not None:
        found = found[index:index + 1]
    if not found:
        raise NotApplicable(f"no reply {what or ''} is held")
    connection.release(found)


def relist(session, conn=None):
    """a worker process takes a changed builder list, and what is printed because of it"""
    connection = _connection(session, conn)
    for kind in ("setBuilderList", "relisted"):
        found = [h for h in connection.held if h[0] == kind]
        if kind == "setBuilderList":
            if not found:
                raise NotApplicable("no builder list waits for an answer")
            found = found[:1]
        connection.release(found)
        reactor.settle()


def cmd_done(session, conn=None, rc=0, builder=0):
    """the oldest command that runs on the worker ends; of gated builds: that of one builder"""
    connection = _connection(session, conn)
    running = [c for c in connection.commands if c[0] == builder or not session.config["gated"]]
    if not running:
        raise NotApplicable("no command runs on that connection")
    connection.commands.remove(running[0])
    number, command = running[0]
    # A process says that it interrupts a command before it says that the command has ended.
    connection.release([h for h in connection.held if h[0] == "interruptCommand" and h[3] == number])
    command.callRemote("update", [[{"rc": rc}, 0]]).addErrback(_gone)
    command.callRemote("complete", None).addErrback(_gone)


def _gone(why):
    """the master went away; the worker process can do nothing about it"""


# -- builds

def build(session, builder=0):
    session.master.request_build(builder)


def cancel(session):
    """what the Cancel button does to every running build"""
    for builder in session.master.builders().values():
        for running in list(builder.building):
            running.stopBuild("cancelled by the bridge")


def want(session, builder=0):
    """unit mode: a build wants the worker; what Build does, without a Build"""
    w = _worker_for_builder(session, builder)
    if not w.isAvailable():
        raise NotApplicable(f"builder b{builder} is {w.state.name}, not AVAILABLE")
    w.buildStarted()
    index = len(session.wants)
    session.wants.append("waiting")

    def not_ready(why):
        session.wants[index] = why
        w.buildFinished()

    def ready(result):
        if result is True:
            session.wants[index] = "running"
        else:
            not_ready(f"not ready: {result}")
    w.substantiate_if_needed(object()).addCallbacks(ready, lambda why: not_ready(why.type.__name__))


def end(session, builder=0):
    """unit mode: the build that runs ends"""
    w = _worker_for_builder(session, builder)
    if "running" not in session.wants:
        raise NotApplicable("no build runs")
    session.wants[session.wants.index("running")] = "ended"
    w.buildFinished()


def _worker_for_builder(session, builder):
    if not session.config["unit"]:
        raise NotApplicable("want and end are steps of unit mode")
    w = session.worker.workerforbuilders.get(f"b{builder}")
    if w is None:
        raise NotApplicable(f"the worker has no builder b{builder}")
    return w


# -- gated builds: the driver stands in for the distributor

def _gated(session):
    if not session.config["gated"]:
        raise NotApplicable("a step of gated builds")


def sample(session, builder=0):
    """the distributor looks for workers; claim uses what it finds"""
    _gated(session)
    found = gated.sample(session, builder)
    if not found:
        raise NotApplicable("no worker is available")
    session.sampled[builder] = found[0]


def claim(session, request, builder=0):
    _gated(session)
    if builder not in session.sampled:
        raise NotApplicable("no worker was sampled")
    gated.start_build(session, session.sampled.pop(builder), builder, request)


def open_gate(session, gate):
    _gated(session)
    if not session.gates.open(gate):
        raise NotApplicable(f"nothing waits at {gate!r}")


def open_others(session, keep):
    """opens every gate but those, and those they lead to, until none is left"""
    _gated(session)
    for _ in range(GATES):
        waiting = [label for label, *_ in session.gates.closed if label not in keep]
        if not waiting:
            return
        session.gates.open(waiting[0])
        reactor.settle()
    raise Livelock(f"more than {GATES} gates in one step")


# More answers of the database than any step of a model stands for.
GATES = 100


def stop_build(session, request):
    """what the Cancel button does to the build of that request"""
    _gated(session)
    if request not in session.running:
        raise NotApplicable(f"request {request} has no build")
    session.watch("stop_build", session.running[request].stopBuild("cancelled by the bridge", CANCELLED))


def drop(session, request):
    """what the Cancel button does to a request that has been claimed"""
    _gated(session)
    if request not in session.running:
        raise NotApplicable(f"request {request} is not claimed")
    session.watch("drop", session.master.real.data.control(
        "cancel", dict(reason="cancelled by the bridge"), ("buildrequests", request)))


def fire(session, timer, index=0):
    """a timer runs out before its time; index: of duplicate which, of slow which request"""
    if timer == "slow":
        build = session.running.get(index)
        armed = [c for c in reactor.getDelayedCalls()
                 if getattr(c.func, "__name__", "") == "lose_connection" and build is not None and c.args[0] is build]
    elif timer == "duplicate":
        calls = [c for c in reactor.getDelayedCalls() if getattr(c.func, "__qualname__", "").startswith("cancelAfter")
                 or getattr(c.func, "__name__", "") == "cancel"]
        armed = sorted(calls, key=lambda c: c.created)[index:index + 1]
    else:
        service, name = ("machine", MACHINE_TIMERS[timer]) if timer in MACHINE_TIMERS else ("worker", TIMERS[timer])
        call = getattr(getattr(session, service), name, None)
        armed = [call] if call is not None and call.active() else []
    if not armed:
        raise NotApplicable(f"no {timer} timer is armed")
    reactor.run(armed[0], early=True)


TIMERS = dict(missing="missing_timer", build_wait="build_wait_timer", check="_check_instance_timer",
              quarantine="quarantine_timer")

MACHINE_TIMERS = dict(machine_missing="_missing_timer", machine_wait="_build_wait_timer")


def control(session, what):
    """what the buttons on the worker's page do"""
    session.worker.controlWorker(("control", "worker", "0", what), dict(reason="the bridge"))


# -- time

def advance(session, ms):
    reactor.run_until(reactor.now + ms / 1000, CALLS_PER_ADVANCE)


def turns(session, mode):
    """manual: nothing runs after a step until turn says so"""
    session.manual_turns = mode == "manual"


def turn(session, index=0):
    due = reactor.due()
    if index >= len(due):
        raise NotApplicable(f"{len(due)} calls are due, there is no number {index}")
    reactor.run(due[index])


def db(session, mode):
    """hold: what the database answers waits for db_step; go: it comes at once again"""
    if mode == "hold":
        reactor.held_results = reactor.held_results or []
        return
    while reactor.held_results:
        reactor.release_result()
    reactor.held_results = None


def db_step(session):
    if not reactor.held_results:
        raise NotApplicable("no answer of the database is held")
    reactor.release_result()


# -- operator

def insubstantiate(session):
    session.watch("insubstantiate", session.worker.insubstantiate())


def stop_service(session):
    session.watch("stop_service", session.worker.stopService())


def shutdown(session):
    """what SIGTERM does"""
    session.spoiled = True
    session.watch("shutdown", defer.maybeDeferred(session.master.real.stopService))


def reconfig(session, set=None):
    session.spoiled = True
    session.config.update(set or {})
    session.watch("reconfig", session.master.real.reconfig())
    reactor.settle()
    session.find_parts()


def configure(session, set):
    """changes answers that need no step; nothing is told about it"""
    session.provider.config.update(set)


def observe(session):
    pass


STEPS = dict(
    start_done=answer("start"), stop_done=answer("stop"),
    mstart_done=answer("mstart"), mstop_done=answer("mstop"), check_done=answer("check"),
    attach=attach, lose=lose, silence=silence, hold=hold, reply=reply, relist=relist, cmd_done=cmd_done,
    build=build, cancel=cancel, want=want, end=end,
    advance=advance, turns=turns, turn=turn, db=db, db_step=db_step,
    insubstantiate=insubstantiate, stop_service=stop_service, shutdown=shutdown,
    reconfig=reconfig, set=configure, observe=observe,
    sample=sample, claim=claim, open=open_gate, open_others=open_others, stop_build=stop_build, drop=drop, fire=fire, control=control,
)
