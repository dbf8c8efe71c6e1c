"""A Buildbot worker that is started and stopped over ssh, with one mistake.

    c['workers'] = [SSHLatentWorker('linux', 'secret', ssh_host='build1',
        start_command='nohup buildbot-worker start worker </dev/null',
        stop_command='buildbot-worker stop worker',
        build_wait_timeout=600)]

The mistake is in stop_instance: nobody looks at how the stop command ended.
One night ssh fails, or the worker needs longer than ten seconds, and
stop_instance returns although the worker process lives on. Two seconds later
that process connects again, to a master that has not asked for it: "received
connection while not trying to substantiate". Everything after that looks
well, until somebody stops the master. It waits for ever.
"""
import os

from twisted.internet import defer, utils
from twisted.python import log

from buildbot.worker.latent import AbstractLatentWorker


class SSHLatentWorker(AbstractLatentWorker):

    def checkConfig(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        super().checkConfig(name, password, **kwargs)

    @defer.inlineCallbacks
    def reconfigService(self, name, password, ssh_host, start_command, stop_command, **kwargs):
        yield super().reconfigService(name, password, **kwargs)
        self.ssh_host = ssh_host
        self.start_command = start_command
        self.stop_command = stop_command

    @defer.inlineCallbacks
    def start_instance(self, build):
        out, err, status = yield self.ssh(self.start_command)
        return status == 0

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        # The command was sent, so the worker is gone. Is it?
        yield self.ssh(self.stop_command)
        log.msg(f'{self.name} is stopped')

    def ssh(self, command):
        return utils.getProcessOutputAndValue('ssh', [self.ssh_host, command], env=os.environ)
