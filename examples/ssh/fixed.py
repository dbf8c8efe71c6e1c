"""The worker of broken.py, with what the contract of a latent worker asks for."""

from twisted.internet import defer, error, protocol, reactor

from buildbot.interfaces import LatentWorkerFailedToSubstantiate
from buildbot.worker.latent import AbstractLatentWorker

# How long one command may take, in seconds.
LIMIT = 30


class Command(protocol.ProcessProtocol):
    """Runs to its end, or is killed when its time is up; then code is None."""

    def __init__(self):
        self.code = defer.Deferred()

    def connectionMade(self):
        self.timer = reactor.callLater(LIMIT, self.kill)

    def kill(self):
        try:
            self.transport.signalProcess("KILL")
        except error.ProcessExitedAlready:
            pass

    def processEnded(self, reason):
        if self.timer.active():
            self.timer.cancel()
        self.code.callback(reason.value.exitCode)


class SSHLatentWorker(AbstractLatentWorker):
    def checkConfig(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        super().checkConfig(name, password, **kwargs)

    @defer.inlineCallbacks
    def reconfigService(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        yield super().reconfigService(name, password, **kwargs)
        self.ssh_host = ssh_host
        self.start_command = start_command
        self.stop_command = stop_command

    def ssh(self, command):
        running = Command()
        reactor.spawnProcess(running, "ssh", ["ssh", "-o", "BatchMode=yes", self.ssh_host, command], env=None)
        return running.code

    @defer.inlineCallbacks
    def start_instance(self, build):
        code = yield self.ssh(self.start_command)
        if code != 0:
            raise LatentWorkerFailedToSubstantiate(self.name, f"the start command ended with {code}")
        return True

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        # Once more, in case it was the connection: what is left behind is in
        # the way of the next start.
        for _ in range(2):
            code = yield self.ssh(self.stop_command)
            if code == 0:
                return
        raise RuntimeError(f"the stop command ended with {code}; the worker process may still be there")
