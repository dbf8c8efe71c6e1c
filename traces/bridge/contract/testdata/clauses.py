"""Workers that each break one clause of the contract, and some that keep it all."""

import socket
import subprocess
import time
import urllib.request

from twisted.internet import defer, error, protocol, reactor, task, threads, utils

from buildbot.interfaces import LatentWorkerFailedToSubstantiate
from buildbot.util import asyncSleep, httpclientservice
from buildbot.worker.latent import AbstractLatentWorker

LIMIT = 30


class Command(protocol.ProcessProtocol):
    """code fires with the exit status, or with None if it was killed because LIMIT was over"""

    def __init__(self):
        self.code = defer.Deferred()
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


def bounded(*argv):
    command = Command()
    reactor.spawnProcess(command, argv[0], argv)
    return command.code


class Good(AbstractLatentWorker):
    """keeps the contract"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        code = yield bounded("boot", self.name, build.getProperty("buildername"))
        if code != 0:
            raise LatentWorkerFailedToSubstantiate(self.name, code)
        return True

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        code = yield bounded("halt", self.name)
        if code != 0:
            raise RuntimeError(f"halt exited with {code}")


class StartHangs(Good):
    @defer.inlineCallbacks
    def start_instance(self, build):
        code = yield utils.getProcessValue("boot")
        return code == 0


class StartNone(Good):
    @defer.inlineCallbacks
    def start_instance(self, build):
        yield bounded("boot")


class StartAsync(Good):
    async def start_instance(self, build):
        return await bounded("boot") == 0


class StartLies(Good):
    @defer.inlineCallbacks
    def start_instance(self, build):
        yield bounded("boot")
        return True


class StartWaits(Good):
    """returns only when its worker has attached"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        self.came = defer.Deferred()
        code = yield bounded("boot")
        if code != 0:
            return False
        yield self.came
        return True

    @defer.inlineCallbacks
    def attached(self, conn):
        yield super().attached(conn)
        if not self.came.called:
            self.came.callback(None)


class StartPolls(Good):
    """looks every ten seconds, for half a minute, whether its worker has attached"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        code = yield bounded("boot")
        for _ in range(3 if code == 0 else 0):
            if self.conn is not None:
                return True
            yield asyncSleep(10)
        return False


class StartLate(Good):
    """gives up, but does not kill what it has begun"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        d = utils.getProcessValue("boot")
        d.addTimeout(LIMIT, reactor)
        try:
            code = yield d
        except defer.TimeoutError:
            return False
        return code == 0


class StopHangs(Good):
    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        code = yield utils.getProcessValue("halt")
        if code != 0:
            raise RuntimeError("halt failed")


class StopForgets(Good):
    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        yield bounded("halt")


class StopNothing(Good):
    def stop_instance(self, fast=False):
        return None


class StopAsync(Good):
    async def stop_instance(self, fast=False):
        await bounded("halt")


class StopSlips(Good):
    """does not expect to be called after a start that has failed"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        result = yield super().start_instance(build)
        self.started = [self.name]
        return result

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        yield super().stop_instance(fast)
        self.started.pop()


class ErrorLost(Good):
    """nobody waits for what comes of a request"""

    def start_instance(self, build):
        threads.deferToThread(subprocess.check_call, ["tell", "somebody"])
        return super().start_instance(build)


class Blocks(Good):
    def stop_instance(self, fast=False):
        time.sleep(1)
        return super().stop_instance(fast)


class BlocksOnCommand(Good):
    def start_instance(self, build):
        subprocess.run(["boot"], check=True)
        return True


class Spins(Good):
    def stop_instance(self, fast=False):
        while True:
            pass


class Escapes(Good):
    def start_instance(self, build):
        try:
            socket.create_connection(("provider.invalid", 80)).close()
        except Exception as e:
            raise LatentWorkerFailedToSubstantiate(self.name, e) from e
        return True


class NeverStarts(Good):
    def canStartBuild(self):
        return False


class InThread(AbstractLatentWorker):
    """keeps the contract with calls that block, in threads"""

    @defer.inlineCallbacks
    def start_instance(self, build):
        d = threads.deferToThread(self.run, "boot")
        yield d.addTimeout(LIMIT, reactor)
        return True

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        yield threads.deferToThread(self.run, "halt").addTimeout(LIMIT, reactor)

    def run(self, what):
        time.sleep(0.1)
        subprocess.check_output([what, self.name], text=True)
        urllib.request.urlopen("http://provider.invalid/" + what).read()


class OverHTTP(AbstractLatentWorker):
    """keeps the contract over HTTP; its provider needs to be asked when the instance is gone"""

    @defer.inlineCallbacks
    def reconfigService(self, name, password, **kwargs):
        yield super().reconfigService(name, password, **kwargs)
        self.http = yield httpclientservice.HTTPClientService.getService(self.master, "http://provider.invalid")

    @defer.inlineCallbacks
    def ask(self, method, path):
        d = getattr(self.http, method)(path).addTimeout(LIMIT, reactor)
        answer = yield d
        content = yield answer.json()
        return answer.code, content

    @defer.inlineCallbacks
    def start_instance(self, build):
        code, content = yield self.ask("post", "/instances")
        if code != 200:
            raise LatentWorkerFailedToSubstantiate(self.name, code)
        self.instance = content["id"]
        return True

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        for _ in range(5):
            try:
                code, _ = yield self.ask("delete", "/instances/" + getattr(self, "instance", "lost"))
            except Exception:
                code = None
            if code == 200:
                return
            yield task.deferLater(reactor, 1, lambda: None)
        raise RuntimeError("the instance cannot be deleted")


class Asks(Good):
    """halt only asks for an end: looks until the instance is gone"""

    @defer.inlineCallbacks
    def stop_instance(self, fast=False):
        for _ in range(20):
            yield bounded("halt")
            for _ in range(3):
                code = yield bounded("is-there")
                if code == 1:
                    return
                yield asyncSleep(1)
        raise RuntimeError("it is still there")
