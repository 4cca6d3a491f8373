"""A text as the bytes that go over a websocket: made once, and the same for every browser that gets it.

`manage.py web` offers a short way to a browser and from it; under another server texts go as with any websocket.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

EXTENSION = "signalbox.wire"
"""Name under which a server offers, in the scope of a websocket, the short way: a `Wire`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The short way to one browser and from it, without tasks and queues."""

    write: Callable[[bytes], None]
    """Writes a frame's bytes as they are, without waiting."""
    listen: Callable[[Callable[[str], bool]], None]
    """Names who is told first of each text that comes, and says whether that was all."""


class Message:
    """One text for many browsers."""

    def __init__(self, text: str) -> None:
        """Keep a text."""
        self.text = text

    @cached_property
    def frame(self) -> bytes:
        """Return the whole text as one unmasked frame (RFC 6455, 5.2)."""
        payload = self.text.encode()
        size = len(payload)
        if size < 126:
            return struct.pack("!BB", 0x81, size) + payload
        if size < 65_536:
            return struct.pack("!BBH", 0x81, 126, size) + payload
        return struct.pack("!BBQ", 0x81, 127, size) + payload
