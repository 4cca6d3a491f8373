"""Frames that were made before go to a browser whole and in order, at once or once the connection takes them."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.internet.tcp import Connection

from orchestrator.management.serving import Line as Websocket
from orchestrator.management.serving import may_write_at_once, write


class Line(Connection):
    """A connection whose kernel takes a few bytes at a time and then no more."""

    def __init__(self, takes: int) -> None:
        self.takes, self.sent, self.dataBuffer, self.offset = takes, b"", b"", 0
        self._tempDataBuffer: list[bytes] = []
        self._tempDataLen = 0

    def writeSomeData(self, data: bytes) -> int:  # noqa: N802 - Twisted's name
        taken = bytes(data[: self.takes])
        self.takes -= len(taken)
        self.sent += taken
        return len(taken)

    def write(self, data: bytes) -> None:
        self._tempDataBuffer.append(data)
        self._tempDataLen += len(data)

    @property
    def whole(self) -> bytes:
        return self.sent + b"".join(self._tempDataBuffer)


def browser(line: Line, state: int = 3) -> SimpleNamespace:
    return SimpleNamespace(transport=line, state=state, STATE_OPEN=3)


def test_a_connection_that_takes_everything_keeps_nothing_back() -> None:
    line = Line(takes=100)
    for frame in (b"one", b"two", b"three"):
        write(browser(line), frame)
    assert line.sent == b"onetwothree"
    assert may_write_at_once(line)


def test_what_a_full_connection_does_not_take_waits_and_what_follows_waits_behind_it() -> None:
    line = Line(takes=4)
    write(browser(line), b"one")
    write(browser(line), b"two")
    line.takes = 100
    write(browser(line), b"three")
    assert line.sent == b"onet"
    assert line.whole == b"onetwothree"


def test_a_closing_connection_takes_no_more() -> None:
    line = Line(takes=100)
    write(browser(line, state=2), b"late")
    assert line.whole == b""


def test_another_kind_of_connection_is_written_to_the_usual_way() -> None:
    assert not may_write_at_once(SimpleNamespace(write=print))


def test_a_text_that_is_taken_where_it_comes_in_does_not_go_the_long_way() -> None:
    websocket, queued, seen = Websocket(), list[object](), list[str]()
    websocket.client_addr, websocket.last_ping = None, 0.0
    websocket.application_queue = SimpleNamespace(put_nowait=queued.append)
    websocket.onMessage(b"before", False)
    websocket.take = lambda text: seen.append(text) or text == "mine"
    for text in (b"mine", b"other"):
        websocket.onMessage(text, False)
    websocket.onMessage(b"mine", True)
    assert seen == ["mine", "other"]
    assert [one.get("text", one.get("bytes")) for one in queued] == ["before", "other", b"mine"]  # type: ignore[attr-defined]
    assert websocket.last_ping > 0
