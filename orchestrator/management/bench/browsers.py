"""A process that stands for many browsers: each a websocket that shows, acknowledges and pings as `live.js` does.

It reads what to do from its first argument and says `ready` once all of them show something. As soon as its input ends
it writes what they showed and when to a file and says how many were closed. Standard library only, so that it costs
little beside what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from array import array
from functools import lru_cache
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ACKNOWLEDGE_EVERY = 12
ACKNOWLEDGE_AFTER_SECONDS = 0.5
"""As in `live.js`: so many frames are acknowledged together, or what there is after so long."""
PING_SECONDS = 2.5


def masked(kind: int, payload: bytes) -> bytes:
    """Return a frame as clients send them; a mask of zeros leaves the payload as it is."""
    size = len(payload)
    head = struct.pack("!BB", 0x80 | kind, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | kind, 0xFE, size)
    return head + b"\0\0\0\0" + payload


@lru_cache(maxsize=64)
def numbers(text: bytes) -> tuple[int, ...]:
    """Return the numbers of the events a frame adds; all sockets get the same bytes, so each is read once."""
    frame = json.loads(text)
    return tuple(item["n"] for one in frame.get("append", ()) for item in one["items"])


class Browser(asyncio.Protocol):
    """One websocket."""

    def __init__(self, asked: dict[str, Any], number: int, kept: array[float]) -> None:
        """Stand for one browser; what it shows goes to `kept` as number, event and moment."""
        self.asked, self.number, self.kept = asked, number, kept
        self.is_open = asyncio.get_running_loop().create_future()
        self.is_current = asyncio.get_running_loop().create_future()
        self.why_closed = ""
        self.last = 0
        self._taken = 0
        self._late: asyncio.TimerHandle | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket as a page of the same origin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host, asked = f"127.0.0.1:{self.asked['port']}", self.asked
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {asked['path']} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://{host}",
            f"Cookie: {asked['cookie']}", "", "",
        ]  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def connection_lost(self, error: Exception | None) -> None:
        """Note that it is over; before the end that is a fault."""
        for waited in (self.is_open, self.is_current):
            if not waited.done():
                waited.set_exception(ConnectionError(f"the socket was closed: {self.why_closed or error}"))

    def data_received(self, data: bytes) -> None:
        """Take what has come, frame by frame."""
        at = time.monotonic()
        self._buffer += data
        if not self.is_open.done() and not self._take_answer():
            return
        while (found := self._next()) is not None:
            kind, payload = found
            if kind == TEXT:
                self._show(payload, at)
            elif kind == PING:
                self._send(PONG, payload)
            elif kind == CLOSE:
                self.why_closed = payload[2:].decode() or str(int.from_bytes(payload[:2], "big"))

    def say(self, message: object) -> None:
        """Send a message as the page does."""
        self._send(TEXT, json.dumps(message).encode())

    def _take_answer(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            self.why_closed = head.decode("latin1").splitlines()[0]
            if self._transport is not None:
                self._transport.close()
            return False
        self._buffer = rest
        self.is_open.set_result(None)
        if self.asked["subscribe"]:
            self.say({"subscribe": self.asked["subscribe"]})
        else:
            self.is_current.set_result(None)
        return True

    def _next(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10], "big"), 10
        if len(data) < at + size:
            return None
        self._buffer = data[at + size :]
        return data[0] & 0x0F, data[at : at + size]

    def _show(self, text: bytes, at: float) -> None:
        if text.startswith(b'{"t"'):
            return
        for n in numbers(text):
            if n > self.last:
                self.last = n
                self.kept.extend((self.number, n, at))
        if not self.is_current.done():
            self.is_current.set_result(None)
        if self.asked["subscribe"]:
            self._acknowledge()

    def _acknowledge(self) -> None:
        self._taken += 1
        if self._taken >= ACKNOWLEDGE_EVERY:
            self._say_taken()
        elif self._late is None:
            self._late = asyncio.get_running_loop().call_later(ACKNOWLEDGE_AFTER_SECONDS, self._say_taken)

    def _say_taken(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.say({"ack": self._taken})
        self._taken = 0

    def _send(self, kind: int, payload: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(masked(kind, payload))


async def ping(browser: Browser, share: float) -> None:
    """Measure the way as a page does; the browsers take turns."""
    await asyncio.sleep(PING_SECONDS * share)
    while True:
        browser.say({"t": round(time.monotonic() * 1000)})
        await asyncio.sleep(PING_SECONDS)


async def watch(asked: dict[str, Any]) -> None:
    """Open all sockets, let them show until the input ends, and write down what they showed."""
    loop, kept = asyncio.get_running_loop(), array("d")
    browsers = []
    for number in range(asked["sockets"]):
        _, browser = await loop.create_connection(lambda n=number: Browser(asked, n, kept), "127.0.0.1", asked["port"])  # type: ignore[misc]  # mypy does not type the default
        await browser.is_open
        browsers.append(browser)
    await asyncio.gather(*(browser.is_current for browser in browsers))
    pings = [asyncio.create_task(ping(one, one.number / len(browsers))) for one in browsers]
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    for task in pings:
        task.cancel()
    with open(asked["file"], "wb") as file:
        kept.tofile(file)
    print(sum(bool(browser.why_closed) for browser in browsers))


if __name__ == "__main__":
    asyncio.run(watch(json.loads(sys.argv[1])))
