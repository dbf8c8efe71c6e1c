"""The worker process, as the master sees it: a Perspective Broker client."""

from twisted.cred import credentials
from twisted.internet import defer, reactor
from twisted.python import log
from twisted.spread import pb

from . import wire

PORT = 9989


class RemoteBuilder(pb.Referenceable):
    def __init__(self, conn, number):
        self.conn, self.number = conn, number

    def remote_setMaster(self, master):
        pass

    def remote_print(self, message):
        return self.conn.reply("print", None)

    def remote_startBuild(self):
        return self.conn.reply("startBuild", None, self.number)

    def remote_startCommand(self, command, command_id, name, args):
        self.conn.commands.append((self.number, command))
        return self.conn.reply("startCommand", None)

    def remote_interruptCommand(self, command_id, why):
        return self.conn.reply("interruptCommand", None, self.number)


class Connection(pb.Referenceable):
    """One connection of a worker process, with replies that can be held back."""

    def __init__(self, hold=()):
        self.hold = set(hold)
        self.held = []
        self.commands = []
        self.builders = {}
        self.lists = 0      # of builders, taken
        self.status = "connecting"
        self.closed = False
        self.reason = None
        self.server_end = None

    def reply(self, what, value, builder=None):
        if what in self.hold or "all" in self.hold:
            d = defer.Deferred()
            self.held.append((what, d, value, builder))
            return d
        self._gone_out(what)
        return value

    def _gone_out(self, what):
        if what == "setBuilderList":
            self.lists += 1

    def release(self, replies):
        for item in replies:
            self.held.remove(item)
            self._gone_out(item[0])
            item[1].callback(item[2])

    def remote_print(self, message):
        return self.reply(self._print_kind(message), None)

    def _print_kind(self, message):
        """prints are told apart by what the master wants to know with them"""
        if "print" in self.hold or "all" in self.hold:
            return "print"
        if message == "ping":
            return "ping"
        if "duplicate" in message:
            return "duplicate"
        # The first "attached" comes before the builder list and ends no wait of its own;
        # others come for each builder of the first list, or of a changed one.
        return ("print", "attached", "relisted")[min(self.lists, 2)]

    def remote_getWorkerInfo(self):
        return self.reply("getWorkerInfo", dict(
            admin="a", host="h", environ={}, system="posix", basedir="/w", version="3.7.0",
            numcpus=1, worker_commands=dict(shell="3.3"), delete_leftover_dirs=False))

    def remote_setBuilderList(self, wanted):
        self.builders = {name: self.builders.get(name) or RemoteBuilder(self, int(name[1:]))
                         for name, _ in wanted}
        return self.reply("setBuilderList", dict(self.builders))

    def remote_shutdown(self):
        return self.reply("shutdown", None)

    def log_in(self, number, name, password, on_loss):
        """connects and logs in; what comes of it is seen in status, closed and reason

        on_loss(number) is called before the master hears that it has lost the connection.
        """
        port = reactor.ports.get(PORT)
        if port is None:
            self.status, self.closed = "unreachable", True
            return
        factory = pb.PBClientFactory()
        client = factory.buildProtocol(None)
        self._watch_loss(client)
        self.server_end = wire.connect(port, number, client)
        self._announce_loss(number, on_loss)
        login = factory.login(credentials.UsernamePassword(name.encode(), password.encode()), self)
        login.addCallbacks(self._logged_in, self._refused)

    def _logged_in(self, perspective):
        self.status = "logged in"
        # The broker keeps only a weak reference to what it handed out.
        self.perspective = perspective

    def _refused(self, why):
        if self.status == "connecting" and not self.closed:
            self.status = "refused"
        self.reason = str(why.getErrorMessage())[:200]

    def _announce_loss(self, number, on_loss):
        server = self.server_end.protocol
        lost = server.connectionLost

        def announced(reason):
            on_loss(number)
            lost(reason)
        server.connectionLost = announced

    def _watch_loss(self, client):
        lost = client.connectionLost

        def seen(reason):
            self.closed = True
            try:
                lost(reason)
            except Exception:
                log.err()
        client.connectionLost = seen
