"""The instance provider: every call waits until the driver answers it."""

from twisted.internet import defer
from twisted.python import failure

from buildbot.interfaces import LatentWorkerCannotSubstantiate
from buildbot.machine.latent import AbstractLatentMachine
from buildbot.worker.latent import AbstractLatentWorker


class Calls:
    """The calls of one provider method: how many were made, which are outstanding."""

    def __init__(self):
        self.made = 0
        self.open = []

    def call(self, answer):
        """answer: None holds the call, else it is answered at once"""
        self.made += 1
        if answer == "raise":
            raise RuntimeError("the provider raised")
        if answer is not None:
            return defer.succeed(answer == "ok")
        d = defer.Deferred()
        self.open.append(d)
        return d

    def answer(self, result):
        d = self.open.pop(0)
        if result == "error":
            d.errback(failure.Failure(RuntimeError("backend error")))
        elif result == "cannot":
            d.errback(failure.Failure(LatentWorkerCannotSubstantiate("w", "never")))
        else:
            d.callback(result == "ok")

    def counts(self):
        return [self.made, len(self.open)]


METHODS = ("start", "stop", "mstart", "mstop", "check")


class Provider:
    """The five provider methods and the answers that need no driver."""

    def __init__(self, config):
        self.config = config
        self.reset()

    def reset(self):
        self.calls = {name: Calls() for name in METHODS}

    def call(self, name):
        return self.calls[name].call(self.config.get("auto_" + name))

    def answer(self, name, result):
        self.calls[name].answer(result)

    def answer_all(self, settle):
        """answers every outstanding call with success until none comes back"""
        while any(c.open for c in self.calls.values()):
            for name in METHODS:
                while self.calls[name].open:
                    self.calls[name].answer("ok")
                    settle()


class HeldWorker(AbstractLatentWorker):
    provider = None

    def start_instance(self, build):
        return self.provider.call("start")

    def stop_instance(self, fast=False):
        if self.provider.config["stop_disconnects"]:
            self.disconnect()
        return self.provider.call("stop")

    def check_instance(self):
        """asked by newer versions: whether the instance exists, and what to say if not"""
        return self.provider.call("check").addCallback(lambda good: (good, "" if good else "it is gone"))


class FreelyStartingWorker(HeldWorker):
    starts_without_substantiate = True


class HeldMachine(AbstractLatentMachine):
    provider = None

    def start_machine(self):
        return self.provider.call("mstart")

    def stop_machine(self):
        return self.provider.call("mstop")
