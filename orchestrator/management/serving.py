"""Daphne with a short way added, both ways, for what passes most often.

Daphne makes a frame anew for every browser, asks four layers about it and then waits to be told that the connection
takes it. The hub makes it once, and it goes to the kernel at once, which costs a tenth. What a browser says waits in a
queue for a task; an acknowledgement is taken where it comes in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.tcp import Connection

from orchestrator.live.wire import EXTENSION, Wire


class WebServer(Server):
    """See the module."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Give websockets the extension."""
        if scope["type"] == "websocket":
            wire = Wire(write=partial(write, protocol), listen=partial(setattr, protocol, "take"))
            scope["extensions"] = {EXTENSION: wire}
        return super().create_application(protocol, scope)

    def run(self) -> None:
        """Serve, with our own kind of websocket."""
        WebSocketFactory.protocol = Line
        super().run()


class Line(WebSocketProtocol):
    """One browser's websocket."""

    take: Callable[[str], bool] = staticmethod(lambda text: False)
    """Takes a text at once, or says that it has to go the long way."""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what came without writing coloured words for a log that nobody keeps, as is done above."""
        self._dataReceived(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - Autobahn's names
        """Offer a text to the short way first."""
        if isBinary or self.muted or not self.take(payload.decode()):
            super().onMessage(payload, isBinary)
        else:
            self.last_ping = time.time()


def write(protocol: WebSocketProtocol, frame: bytes) -> None:
    """Write a frame to an open websocket; one that is closing or closed takes no more."""
    if protocol.state != protocol.STATE_OPEN:
        return
    transport = protocol.transport
    if may_write_at_once(transport):
        sent = transport.writeSomeData(frame)
        if sent == len(frame):
            return
        if isinstance(sent, int):
            frame = frame[sent:]
        # A connection that is lost says so when the reactor writes to it.
    transport.write(frame)


def may_write_at_once(transport: Any) -> bool:
    """Tell whether nothing waits to be written before, on a plain connection."""
    plain = isinstance(transport, Connection) and not transport.TLS
    # What was written last is counted apart, under a name of Twisted's own: without it nothing is taken for granted.
    return plain and getattr(transport, "_tempDataLen", 1) == 0 and len(transport.dataBuffer) == transport.offset
