"""What can be seen of a session after a step: plain data, the same for the same trace."""

from twisted.internet import reactor


def observe(session, outcome):
    """outcome: what is to be said of the step itself, such as not_applicable"""
    worker = session.worker
    lines, errors = session.journal.take()
    seen = dict(
        t=_ms(reactor.now - session.origin),
        state=worker.state.name,
        conn=_number(session, worker.conn),
        lock=bool(worker._start_stop_lock.locked),
        lock_waiters=len(worker._start_stop_lock.waiting),
        missing_timer=_left(worker.missing_timer),
        build_wait_timer=_left(worker.build_wait_timer),
        waiters=len(worker._substantiation_notifier._waiters),
        deferwaiter=_background(worker._deferwaiter),
        next_build=worker.substantiation_build is not None,
        quarantine=worker.quarantine_timer is not None,
        can_start=bool(worker.canStartBuild()),
        start=session.provider.calls["start"].counts(),
        stop=session.provider.calls["stop"].counts(),
        builders={name: w.state.name for name, w in sorted(worker.workerforbuilders.items())},
        registered=_number(session, session.master.real.workers.connections.get("w")),
        connections=[_connection(c) for c in session.connections],
        calls=dict(session.calls),
        reactor_stopped=reactor.stopped,
        errors=errors,
    )
    if hasattr(worker, "_check_instance_timer"):
        seen["check_timer"] = _left(worker._check_instance_timer)
        seen["check"] = session.provider.calls["check"].counts()
    if session.machine is not None:
        seen["machine"] = dict(state=session.machine.state.name,
                               start=session.provider.calls["mstart"].counts(),
                               stop=session.provider.calls["mstop"].counts(),
                               missing_timer=_left(session.machine._missing_timer),
                               wait_timer=_left(session.machine._build_wait_timer))
    if reactor.held_results is not None:
        seen["held_results"] = len(reactor.held_results)
    if session.manual_turns:
        seen["due"] = [_label(c) for c in reactor.due()]
    if session.config["hurry"]:
        seen.update(gates=session.gates.labels(),
                    available={name: _available(w) for name, w in sorted(worker.workerforbuilders.items())})
    if session.config["unit"]:
        seen.update(wants=list(session.wants), wakeups=session.wakeups)
    else:
        seen.update(builds=session.master.builds(),
                    building={b.name: len(b.building) for b in session.master.builders().values()})
    if session.world is not None and session.world.played is not None:
        seen["played"] = session.world.played
    if session.config["log"]:
        seen["log"] = lines
    seen.update(outcome)
    return seen


def _available(worker_for_builder):
    listed = worker_for_builder in worker_for_builder.builder.workers
    return bool(listed and worker_for_builder.isAvailable())


def _ms(seconds):
    return round(seconds * 1000)


def _left(timer):
    """milliseconds until a timer fires; None if it is not armed"""
    if timer is None or not timer.active():
        return None
    return _ms(timer.getTime() - reactor.now)


def _background(waiter):
    """operations that stopService waits for; 3.7 keeps them, newer versions count them"""
    return len(waiter._waited) if hasattr(waiter, "_waited") else waiter._waited_count


def _number(session, connection):
    return None if connection is None else session.number_of(connection)


def _connection(c):
    return dict(status=c.status, closed=c.closed, reason=c.reason,
                held=[what for what, *_ in c.held], commands=len(c.commands))


def _label(call):
    """a due call by the name of what it runs, with the side for which bytes are meant"""
    name = getattr(call.func, "__qualname__", repr(type(call.func).__name__))
    end = getattr(call.func, "__self__", None)
    if hasattr(end, "silenced"):
        port = end.getHost().port
        name += " to the master" if port < 40000 else f" to worker {port - 40000}"
    return name
