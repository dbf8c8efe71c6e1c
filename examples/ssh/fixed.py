"""A Buildbot worker that is started and stopped over ssh.

    c['workers'] = [SSHLatentWorker('linux', 'secret', ssh_host='build1',
        start_command='nohup buildbot-worker start worker </dev/null',
        stop_command='buildbot-worker stop worker',
        build_wait_timeout=600)]

What differs from broken.py: no command may take for ever, one whose time is up is
killed and can start nothing later, and stop_instance returns only when the worker
process has ended. The stop command must say so: it exits with 0 if, and only if, no
worker process is left, also when it is run a second time. `buildbot-worker
stop` does that.

The master closes the connection before it calls stop_instance, and the process
tries to connect again after about two seconds. So a stop command should be
quick; a connection that comes before the process has ended is refused, and
that keeps Buildbot 3.7.0 from stopping whatever stop_instance does.
"""
import os

from twisted.internet import defer, error, protocol, reactor, task
from twisted.python import log

from buildbot.worker.latent import AbstractLatentWorker

TIME_LIMIT = 30  # seconds for one command
PAUSE = 0.5  # seconds before a stop command that has failed is tried again


class Command(protocol.ProcessProtocol):
    """A process that is killed when its time is up. status fires with how it exited, None if by a signal."""

    def __init__(self):
        self.status = defer.Deferred()
        self.output = b''

    def connectionMade(self):
        self.timer = reactor.callLater(TIME_LIMIT, self.kill)

    def kill(self):
        try:
            self.transport.signalProcess('KILL')
        except error.ProcessExitedAlready:
            pass

    def outReceived(self, data):
        self.output += data

    errReceived = outReceived

    def processEnded(self, reason):
        if self.timer.active():
            self.timer.cancel()
        self.status.callback(reason.value.exitCode)


class SSHLatentWorker(AbstractLatentWorker):

    def checkConfig(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        super().checkConfig(name, password, **kwargs)

    @defer.inlineCallbacks
    def reconfigService(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        yield super().reconfigService(name, password, **kwargs)
        self.ssh_host = ssh_host
        self.start_command = start_command
        self.stop_command = stop_command

    def start_instance(self, build):
        # If this fails the process may be there nevertheless: Buildbot calls
        # stop_instance then.
        return self.ssh(self.start_command)

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        # Never give up: to return while the process lives is to say that the
        # worker may be started again.
        while not (yield self.ssh(self.stop_command)):
            yield task.deferLater(reactor, PAUSE, lambda: None)
        log.msg(f'{self.name} is stopped')

    def ssh(self, command):
        """Run a command on the worker's host. Fires with whether it exited with 0 in time."""
        process = Command()
        reactor.spawnProcess(process, 'ssh', ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10',
                                              self.ssh_host, command], env=os.environ)

        def ended(status):
            if status != 0:
                log.msg(f'{self.name}: {command!r} on {self.ssh_host} exited with {status}: {process.output!r}')
            return status == 0
        return process.status.addCallback(ended)
