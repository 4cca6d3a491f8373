"""How a worker and its child process speak: JSON messages, each led by its length in four bytes."""

from __future__ import annotations

import os
import struct

from orchestrator.core import codec
from orchestrator.core.outcomes import Json

_HEAD = struct.Struct("!I")
READ_BYTES = 1 << 16
MARGIN_BYTES = 1 << 16
"""What a message may take beside the value it carries."""


class FrameTooLarge(ValueError):
    """A message announces more bytes than may come."""


def pack(message: dict[str, Json]) -> bytes:
    """Write one message."""
    body = codec.dumps(message).encode()
    return _HEAD.pack(len(body)) + body


class Reader:
    """Puts messages together from the pieces a pipe delivers."""

    def __init__(self, limit: int = (1 << 32) - 1) -> None:
        """Start empty; longer messages than `limit` are refused."""
        self._pieces = bytearray()
        self.limit = limit

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self._pieces += data

    def next(self) -> dict[str, Json] | None:
        """Return the next whole message, or None until more has come."""
        if len(self._pieces) < _HEAD.size:
            return None
        (length,) = _HEAD.unpack_from(self._pieces)
        if length > self.limit:
            raise FrameTooLarge(f"a message of {codec.size_in_words(length)} came; at most {self.limit} bytes may")
        end = _HEAD.size + length
        if len(self._pieces) < end:
            return None
        message = codec.loads(bytes(self._pieces[_HEAD.size : end]))
        del self._pieces[:end]
        return message if isinstance(message, dict) else {}


def read(file: int, reader: Reader) -> dict[str, Json] | None:
    """Wait for the next message; None at the end of the pipe."""
    message = reader.next()
    while message is None:
        data = os.read(file, READ_BYTES)
        if not data:
            return None
        reader.feed(data)
        message = reader.next()
    return message


def write(file: int, message: dict[str, Json]) -> None:
    """Send one message whole."""
    rest = memoryview(pack(message))
    while rest:
        rest = rest[os.write(file, rest) :]
