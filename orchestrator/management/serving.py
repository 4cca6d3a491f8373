"""Daphne with one thing added: a websocket's scope holds a function that writes a frame that was made before.

Daphne makes a frame anew for every browser, asks four layers about it and then waits to be told that the connection
takes it. The hub makes it once, and it goes to the kernel at once, which costs a tenth.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.tcp import Connection

from orchestrator.live.wire import EXTENSION


class WebServer(Server):
    """See the module."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Give websockets the extension."""
        if scope["type"] == "websocket":
            scope["extensions"] = {EXTENSION: partial(write, protocol)}
        return super().create_application(protocol, scope)


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
