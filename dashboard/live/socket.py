"""One browser as the hub sees it: a bounded queue of frames, and how far the browser says it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from orchestrator.live.wire import Message
from orchestrator.models import User

QUEUE = 32
"""Frames that may wait for a browser; with one more it is told to catch up instead."""
WINDOW = 32
"""Frames on their way that the browser has not acknowledged; it does so every few frames."""
SIGNED_OUT = 4401
CHANGED = 4409
"""Close codes: not signed in any more; signed in as someone with another role or team."""

Write = Callable[[Message], None]
Close = Callable[[int], Awaitable[None]]


class Socket:
    """Hands frames to one browser, in order, no faster than it takes them. Nobody ever waits for it."""

    def __init__(self, user: User, session: str, write: Write, close: Close, behind: Callable[[Socket], None]) -> None:
        """Stand for a browser of this account and session.

        `write` must not wait; `behind` is called once a browser that was too slow has taken in what was on its way.
        """
        self.user = user
        self.session = session
        self.close = close
        self.position: dict[str, int] = {}
        """Topic to the number the browser has shown for sure."""
        self.is_behind = False
        self._write = write
        self._behind = behind
        self._queue: deque[tuple[str, int, Message]] = deque()
        self._flying: deque[tuple[str, int]] = deque()

    def offer(self, topic: str, n: int, message: Message) -> None:
        """Send a frame or queue it; a browser that is too slow loses its queue and is marked as behind."""
        if self.is_behind:
            return
        if len(self._flying) < WINDOW:
            self._flying.append((topic, n))
            self._write(message)
        elif len(self._queue) < QUEUE:
            self._queue.append((topic, n, message))
        else:
            self._queue.clear()
            self.is_behind = True

    def acknowledge(self, count: int = 1) -> None:
        """Note that the browser has taken in so many of the frames on their way, the oldest first."""
        for _ in range(min(count, len(self._flying))):
            topic, n = self._flying.popleft()
            self.position[topic] = max(n, self.position.get(topic, 0))
        while self._queue and len(self._flying) < WINDOW:
            topic, n, message = self._queue.popleft()
            self._flying.append((topic, n))
            self._write(message)
        if self.is_behind and not self._flying:
            self.is_behind = False
            self._behind(self)
