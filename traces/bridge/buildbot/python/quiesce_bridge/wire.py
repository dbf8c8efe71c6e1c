"""An in-memory TCP connection with the orders of events that a real one has."""

from twisted.internet import main, reactor
from twisted.internet.address import IPv4Address
from twisted.python import failure


class End:
    """One end of a connection: a transport.

    Bytes and closes travel in a later turn of the reactor.  Like the real
    transport, what is written after loseConnection in the same turn still goes
    out, while reading stops at once.  A silenced wire drops everything and tells
    nobody.
    """

    disconnecting = False

    def __init__(self, own_port, peer_port):
        self.connected = True
        self.silenced = False
        self.peer = None
        self.protocol = None
        # pb.Broker of newer versions looks at the send buffer before it aborts.
        self.offset = 0
        self.dataBuffer = b""
        self._own = IPv4Address("TCP", "127.0.0.1", own_port)
        self._peer = IPv4Address("TCP", "127.0.0.1", peer_port)

    def write(self, data):
        if self.connected and not self.silenced:
            reactor.callLater(0, self.peer._deliver, data)

    def writeSequence(self, parts):
        self.write(b"".join(parts))

    def _deliver(self, data):
        if self.connected and not self.disconnecting and not self.silenced:
            self.protocol.dataReceived(data)

    def loseConnection(self):
        if self.connected and not self.disconnecting:
            self.disconnecting = True
            reactor.callLater(0, self._close)

    abortConnection = loseConnection

    def _close(self):
        if not self.connected:
            return
        if not self.silenced:
            reactor.callLater(0, self.peer._peer_closed)
        self._lost(main.CONNECTION_DONE)

    def _peer_closed(self):
        self._lost(main.CONNECTION_DONE)

    def reset(self):
        """both ends learn at once that the connection is lost"""
        self._lost(main.CONNECTION_LOST)
        self.peer._lost(main.CONNECTION_LOST)

    def silence(self):
        self.silenced = self.peer.silenced = True

    def _lost(self, reason):
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(failure.Failure(reason))

    def getPeer(self):
        return self._peer

    def getHost(self):
        return self._own

    def setTcpKeepAlive(self, on):
        pass

    setTcpNoDelay = setTcpKeepAlive

    def registerProducer(self, *_):
        pass

    def unregisterProducer(self):
        pass


def connect(port, number, client):
    """connects a client protocol to a listening port; returns the server's end"""
    server_end, client_end = End(port.number, 40000 + number), End(40000 + number, port.number)
    server_end.peer, client_end.peer = client_end, server_end
    server = port.factory.buildProtocol(server_end.getPeer())
    server_end.protocol, client_end.protocol = server, client
    client.makeConnection(client_end)
    server.makeConnection(server_end)
    return server_end
