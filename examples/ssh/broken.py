"""A latent worker that is started and stopped by commands over ssh, as people write it."""

from twisted.internet import defer, utils

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

    def ssh(self, command):
        return utils.getProcessOutputAndValue("ssh", [self.ssh_host, command])

    @defer.inlineCallbacks
    def start_instance(self, build):
        out, err, code = yield self.ssh(self.start_command)
        return code == 0

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        yield self.ssh(self.stop_command)
