"""What one browser's socket does when the browser is slow: it is held back, caught up, and never waited for."""

from __future__ import annotations

from dashboard.live.socket import QUEUE, WINDOW, Socket
from orchestrator.live.wire import Message
from orchestrator.models import User


class Slow:
    """A browser that takes in what it is sent when it is told to."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.caught: list[Socket] = []
        self.socket = Socket(User(username="slow"), "", self.sent.append, self.close, self.caught.append)

    async def close(self, code: int) -> None:
        raise AssertionError(code)


def test_a_browser_that_takes_nothing_in_is_told_to_catch_up() -> None:
    """S24: bounded queue per socket; it is brought up to date from what it has shown for sure."""
    slow = Slow()
    for n in range(1, WINDOW + QUEUE + 6):
        slow.socket.offer("run.x", n, Message(str(n)))
    assert len(slow.sent) == WINDOW
    assert slow.socket.is_behind
    slow.socket.acknowledge(WINDOW - 1)
    assert not slow.caught, "one frame is still on its way"
    slow.socket.acknowledge()
    assert slow.caught == [slow.socket]
    assert slow.socket.position == {"run.x": WINDOW}
    slow.socket.offer("run.x", 999, Message("999"))
    assert slow.sent[-1].text == "999", "it hears again"


def test_a_browser_that_acknowledges_in_time_gets_everything_in_order() -> None:
    slow = Slow()
    for n in range(1, 201):
        slow.socket.offer("run.x", n, Message(str(n)))
        if n % 12 == 0:
            slow.socket.acknowledge(12)
    slow.socket.acknowledge(200)
    assert [int(message.text) for message in slow.sent] == list(range(1, 201))
    assert not slow.caught


def test_nonsense_acknowledgements_change_nothing() -> None:
    slow = Slow()
    slow.socket.offer("run.x", 1, Message("1"))
    slow.socket.acknowledge(-5)
    slow.socket.acknowledge(10**9)
    slow.socket.acknowledge(3)
    assert slow.socket.position == {"run.x": 1}
