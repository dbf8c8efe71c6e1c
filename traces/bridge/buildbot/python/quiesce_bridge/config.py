"""What a driver can set, with the values that mean "as Buildbot does it"."""

WORKER, SPARE, PASSWORD = "w", "spare", "pw"

DEFAULTS = dict(
    # unit: the worker and its builders are driven directly with want and end, without
    # build requests, and nothing touches the database after the boot.
    unit=False,
    # A class of a user's file in the place of the played provider, as in world.py: builds
    # are real, and nothing of the database or of Perspective Broker waits for the driver.
    worker=None,
    # Unit mode with real builds, whose database answers and replies wait for the driver.
    gated=False,
    # Of the worker and its machine; seconds, as in master.cfg.
    build_wait_timeout=10,
    missing_timeout=60,
    check_instance_interval=None,
    max_builds=None,
    starts_without_substantiate=False,
    remove_worker=False,
    # The last builder has only the spare worker.
    reassigned=False,
    machine=False,
    machine_build_wait_timeout=0,
    machine_missing_timeout=1200,
    builders=1,
    # Answers of the provider that need no step: ok, false, raise; null holds the call.
    auto_start=None,
    auto_stop=None,
    auto_mstart=None,
    auto_mstop=None,
    # stop_instance calls the worker's disconnect first, as some providers do.
    stop_disconnects=False,
    # Milliseconds that pass after each step: newer versions wait 100 before they
    # look for builds to start.
    quantum_ms=0,
    # What the master sleeps between two looks takes no time.
    hurry=False,
    # No heartbeat and no hourly clean-up.
    quiet=True,
    # One build before anything is counted, so that copies start with warm caches.
    warm=True,
    # The log lines of each step are part of its observation.
    log=False,
)


def complete(given):
    config = dict(DEFAULTS)
    config.update(given)
    config["gated"] = config["gated"] or config["worker"] is not None
    config["unit"] = config["unit"] or config["gated"]
    config["hurry"] = config["hurry"] or config["gated"]
    if config["unit"]:
        config["warm"] = False
    return config
