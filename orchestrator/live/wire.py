"""A text as the bytes that go over a websocket: made once, and the same for every browser that gets it.

`manage.py web` offers a way to hand such bytes to a browser as they are; under another server the text is sent.
"""

from __future__ import annotations

import struct
from functools import cached_property

EXTENSION = "signalbox.wire"
"""Name under which a server offers, in the scope of a websocket, a function that writes a frame's bytes."""


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
