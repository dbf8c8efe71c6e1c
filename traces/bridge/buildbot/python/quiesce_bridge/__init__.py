"""Drives the real Buildbot latent worker, one step at a time.

Real: BuildMaster with its child services, botmaster, builds, data API, sqlite in
memory, WorkerManager, AbstractLatentWorker, AbstractLatentMachine and Perspective
Broker on both ends of a connection.  Replaced, one module each:

    virtual      the reactor, its threads and its clock
    wire         TCP
    provider     start_instance, stop_instance and the machine's two methods
    workerproc   the worker process: a Perspective Broker client

A class of a user's file can take the provider's place:

    userclass    loads it, and says what is wrong with it
    effects      holds its commands, requests and threads
    world        instances and builds around it, and what can happen next

The rest boots a master (master, unit), takes steps (steps), says what can be seen
(observation) and talks to the driver in JSON lines (protocol, front).  No module
but __main__ does anything when it is imported.
"""

PROTOCOL = 1
