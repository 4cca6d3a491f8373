"""One browser as the hub sees it: a bounded queue of frames, and how far the browser says it is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from orchestrator.models import User

QUEUE = 32
"""Frames that may wait for a browser; with one more it is told to catch up instead."""
WINDOW = 8
"""Frames on their way that the browser has not acknowledged."""
SIGNED_OUT = 4401
CHANGED = 4409
"""Close codes: not signed in any more; signed in as someone with another role or team."""

Send = Callable[[str], Awaitable[None]]
Close = Callable[[int], Awaitable[None]]


class Socket:
    """Hands frames to one browser, in order, no faster than it takes them."""

    def __init__(self, user: User, session: str, send: Send, close: Close) -> None:
        """Stand for a browser of this account and session; `send` writes to it."""
        self.user = user
        self.session = session
        self.close = close
        self.position: dict[str, int] = {}
        """Topic to the number the browser has shown for sure."""
        self.is_behind = False
        self._send = send
        self._queue: deque[tuple[str, int, str]] = deque()
        self._flying: deque[tuple[str, int]] = deque()
        self._more = asyncio.Event()

    def offer(self, topic: str, n: int, text: str) -> None:
        """Queue a frame; a browser that is too slow loses its queue and is marked as behind."""
        if self.is_behind:
            return
        if len(self._queue) >= QUEUE:
            self._queue.clear()
            self.is_behind = True
        else:
            self._queue.append((topic, n, text))
        self._more.set()

    def acknowledge(self) -> None:
        """Note that the browser has taken in the oldest frame on its way."""
        if self._flying:
            topic, n = self._flying.popleft()
            self.position[topic] = max(n, self.position.get(topic, 0))
            self._more.set()

    async def write(self, catch_up: Callable[[Socket], Awaitable[None]]) -> None:
        """Send what is queued, for ever; once a slow browser has taken in everything, bring it up to date."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._queue and len(self._flying) < WINDOW:
                topic, n, text = self._queue.popleft()
                self._flying.append((topic, n))
                await self._send(text)
            if self.is_behind and not self._flying:
                self.is_behind = False
                await catch_up(self)
