"""Holds what a user's worker does to the world: commands, requests, threads.

Whatever waits for the world outside becomes an Effect that the driver answers.
Calls that block the reactor cannot wait for the driver: they come back at once
with success and are told as what they are.  Nothing gets out: an audit hook
refuses what is not held.
"""

import http.client
import io
import shlex
import subprocess
import sys
import time
import urllib.request

from twisted.internet import defer, error, reactor, threads
from twisted.python import failure
from twisted.web import client as web
from twisted.web.http_headers import Headers

COMMAND, REQUEST, THREAD = "command", "request", "thread"

# What an effect can come back with, besides ok: the command exits with 1, no
# connection is made, the function raises; status is an answer of HTTP that says no.
ERROR, STATUS = "error", "status"
REFUSING = 500

# Audit events that leave the process; what user code means to do by them is held
# before it gets so far.
ESCAPES = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen",
           "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.kill", "pty.spawn")

# Text is for people: a command line of a thousand characters helps nobody.
LONGEST = 160


class Escape(Exception):
    """The code tried to reach the world in a way that cannot be held."""


class Effect:
    """One held call.  finish(how, text) lets it come back; text is what it says."""

    def __init__(self, kind, text, finish, reads=False):
        self.kind, self.text, self.finish, self.reads = kind, clipped(text), finish, reads
        self.number = self.call = None
        self.open = True


class Hold:
    """Puts held versions in place of what reaches the world, for one world."""

    def __init__(self, world):
        self.world = world
        self.thread = None      # how the function that runs as if in a thread is to fare
        self.active = False     # user code may be running

    def install(self):
        """once in the life of a process, before the user's file is loaded"""
        reactor.spawnProcess = self.spawn_process
        reactor.callInThread = lambda f, *a, **kw: self.defer_to_thread(f, *a, **kw).addErrback(lambda _: None)
        threads.deferToThread = self.defer_to_thread
        threads.deferToThreadPool = lambda _, __, f, *a, **kw: self.defer_to_thread(f, *a, **kw)
        web.Agent.request = self.agent_request
        self._install_requests()
        hold = self

        class Popen(BlockingProcess):
            def __init__(self, args, *_, **options):
                super().__init__(hold, args, options)
        subprocess.Popen = Popen
        real_sleep = time.sleep
        time.sleep = lambda seconds: self.blocking(f"time.sleep({seconds!r})") if self.active else real_sleep(seconds)
        real_open = urllib.request.urlopen
        urllib.request.urlopen = lambda url, *a, **kw: self.urlopen(url) if self.active else real_open(url, *a, **kw)
        sys.addaudithook(self._audit)

    def _install_requests(self):
        """requests and txrequests, where they are installed"""
        try:
            import requests
        except ImportError:
            return
        hold = self
        real = requests.sessions.Session.request

        def blocking(session, method, url, **options):
            if not hold.active:
                return real(session, method, url, **options)
            text = f"{method.upper()} {url}"
            return hold.blocking(text, REQUEST, method, requests_answer(requests, url))
        requests.sessions.Session.request = blocking
        try:
            import txrequests
        except ImportError:
            return

        def held(session, method, url, background_callback=None, **options):
            d = defer.Deferred()
            make = requests_answer(requests, url)

            def finish(how, text):
                if how == ERROR:
                    d.errback(failure.Failure(requests.exceptions.ConnectionError("no connection")))
                    return
                answer = make(how, text)
                d.callback(answer if background_callback is None else background_callback(session, answer))
            hold.world.effect(Effect(REQUEST, f"{method.upper()} {url}", finish, reading(method)))
            return d
        txrequests.Session.request = held

    # -- held

    def spawn_process(self, protocol, executable, args=(), env=None, path=None, *_, **__):
        process = HeldProcess(self, protocol, _words([executable, *args[1:]] if args else [executable]))
        protocol.makeConnection(process)
        return process

    def defer_to_thread(self, f, *args, **kwargs):
        d = defer.Deferred()

        def finish(how, text):
            self.thread, outer = how, self.thread
            try:
                result = self._in_thread(how, f, args, kwargs)
            except Exception:
                result = failure.Failure()
            finally:
                self.thread = outer
            d.callback(result)
        self.world.effect(Effect(THREAD, f"{_name(f)} in a thread", finish))
        return d

    def _in_thread(self, how, f, args, kwargs):
        before = self.world.held_in_threads
        result = f(*args, **kwargs)
        if how == ERROR and self.world.held_in_threads == before:
            # It did nothing that could have failed, so it is the function itself that does.
            raise OSError(f"{_name(f)} failed in its thread")
        return result

    def agent_request(self, agent, method, uri, headers=None, body=None):
        d = defer.Deferred()

        def finish(how, text):
            if how == ERROR:
                d.errback(failure.Failure(error.ConnectionRefusedError()))
            else:
                d.callback(WebAnswer(how, text, method, uri))
        name = method.decode()
        self.world.effect(Effect(REQUEST, f"{name} {uri.decode()}", finish, reading(name)))
        return d

    # -- blocking

    def blocking(self, text, kind=None, method="", make=lambda how, text: None):
        """a call that would block: in a thread it fares as the thread, else it is told"""
        text = clipped(text)
        if self.thread is not None:
            self.world.held_in_threads += 1
            if self.thread == ERROR:
                raise OSError(f"{text}: failed")
            return make(self.thread, self.world.says(text))
        self.world.blocked(text, kind, reading(method))
        return make("ok", self.world.says(text))

    def urlopen(self, url):
        url = getattr(url, "full_url", url)

        def make(how, text):
            answer = http.client.HTTPResponse(_Socket(how, text))
            answer.begin()
            return answer
        return self.blocking(f"GET {url}", REQUEST, "GET", make)

    # -- not held

    def _audit(self, event, arguments):
        if self.active and event in ESCAPES:
            self.world.escaped(event)
            raise Escape(f"{event}: this cannot be held and answered")


class HeldProcess:
    """The transport of a process that the driver lets end."""

    pid = 4711

    def __init__(self, hold, protocol, text):
        self.protocol, self.hold = protocol, hold
        self.effect = hold.world.effect(Effect(COMMAND, text, self.finish))

    def finish(self, how, text):
        if text:
            self.protocol.childDataReceived(1, text.encode())
        self._ended(error.ProcessDone(0) if how == "ok" else error.ProcessTerminated(exitCode=1))

    def _ended(self, reason):
        self.pid = None
        # What nobody refers to any more can log the errors nobody waited for.
        protocol, self.protocol = self.protocol, None
        for tell in (protocol.processExited, protocol.processEnded):
            tell(failure.Failure(reason))

    def signalProcess(self, signal):
        if not self.effect.open:
            raise error.ProcessExitedAlready()
        self.hold.world.killed(self.effect)
        number = dict(KILL=9, TERM=15, INT=2).get(signal, signal)
        reactor.callLater(0, self._ended, error.ProcessTerminated(signal=number))

    def write(self, data):
        pass

    writeSequence = write

    def writeToChild(self, fd, data):
        pass

    def closeChildFD(self, fd):
        pass

    def closeStdin(self):
        pass

    closeStdout = closeStderr = loseConnection = closeStdin


class BlockingProcess:
    """Stands in for subprocess.Popen: it has run when it is made."""

    def __init__(self, hold, args, options):
        self.args, self.pid = args, 4711
        command = args if isinstance(args, str) else _words(args)
        try:
            said = hold.blocking(command, COMMAND, make=lambda how, text: text)
            self.returncode = 0
        except OSError:
            said, self.returncode = "", 1
        text = any(options.get(name) for name in ("text", "universal_newlines", "encoding"))
        self.said = said if text else said.encode()
        make = io.StringIO if text else io.BytesIO
        piped = options.get("stdout") == subprocess.PIPE
        self.stdin, self.stdout, self.stderr = make(), make(self.said) if piped else None, make()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def communicate(self, input=None, timeout=None):
        return (None if self.stdout is None else self.said), self.said[:0]

    def wait(self, timeout=None):
        return self.returncode

    poll = wait

    def kill(self, *_):
        pass

    terminate = send_signal = kill


class WebAnswer:
    """What twisted.web's Agent answers with."""

    version = (b"HTTP", 1, 1)
    previousResponse = None

    def __init__(self, how, text, method, uri):
        self.code, self.phrase = (200, b"OK") if how == "ok" else (REFUSING, b"no")
        self.body = text.encode()
        self.length = len(self.body)
        self.headers = Headers()
        self.request = type("Request", (), dict(absoluteURI=uri, method=method, headers=Headers()))()

    def deliverBody(self, protocol):
        protocol.dataReceived(self.body)
        protocol.connectionLost(failure.Failure(web.ResponseDone()))

    def setPreviousResponse(self, response):
        self.previousResponse = response


class _Socket:
    """just enough of a socket for http.client to read an answer from"""

    def __init__(self, how, text):
        body = text.encode()
        line = "200 OK" if how == "ok" else f"{REFUSING} no"
        self.data = f"HTTP/1.1 {line}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def makefile(self, *_, **__):
        return io.BytesIO(self.data)


def requests_answer(requests, url):
    def make(how, text):
        answer = requests.models.Response()
        answer.status_code = 200 if how == "ok" else REFUSING
        answer.url, answer._content = url, text.encode()
        return answer
    return make


def reading(method):
    """a request that only asks can neither start nor end anything"""
    return method.upper() in ("GET", "HEAD", "OPTIONS")


def clipped(text):
    text = " ".join(str(text).split())
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


def _words(args):
    return shlex.join(w.decode(errors="replace") if isinstance(w, bytes) else str(w) for w in args)


def _name(f):
    return getattr(f, "__qualname__", None) or type(f).__name__
