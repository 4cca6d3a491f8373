"""One topic for one audience, everyone of a team and role: what its browsers show, and what brings them up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from dashboard.live.frames import Frame, encode
from dashboard.live.socket import Socket
from dashboard.live.topics import Topic
from orchestrator.core.errors import OrchestratorError
from orchestrator.models import User

Reader = Callable[[Callable[[], Frame]], Awaitable[Frame]]
"""Runs a rendering in a thread."""

log = logging.getLogger(__name__)


class Feed:
    """Renders a topic once per change and hands the same text to every socket that is in step."""

    def __init__(self, name: str, topic: Topic, viewer: User, read: Reader) -> None:
        """Begin with no sockets; `viewer` stands for the audience."""
        self.name = name
        self.topic = topic
        self.viewer = viewer
        self.sockets: set[Socket] = set()
        self.n = 0
        self._shown: dict[str, str] = {}
        self._read = read
        self._lock = asyncio.Lock()
        self._dirty = False
        self._drawing: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Tell whether nobody is in it, nor about to be."""
        return not self.sockets and not self._lock.locked()

    def is_concerned(self, hint: str, n: int) -> bool:
        """Tell whether a hint says something new; a number already shown does not."""
        if hint == self.name:
            return n == 0 or n > self.n
        return hint.partition(".")[0] in self.topic.wakes_on

    async def join(self, socket: Socket, n: int) -> None:
        """Bring a socket that shows number `n` up to date, then let it hear what follows; raises RejectedMissing."""
        async with self._lock:
            frame = await self._render(n)
            text = encode(self.name, frame, {})
            if text is not None:
                socket.offer(self.name, frame.n, text)
            if not self.sockets:
                self._remember(frame)
            self.sockets.add(socket)

    def touch(self) -> None:
        """Note that the topic changed: the first frame goes at once, what follows in the same moment is gathered."""
        self._dirty = True
        if self._drawing is None and self.sockets:
            self._drawing = asyncio.create_task(self._draw())

    async def _draw(self) -> None:
        try:
            while self._dirty and self.sockets:
                self._dirty = False
                await self._try_broadcast()
                await asyncio.sleep(self.topic.every_seconds)
        finally:
            self._drawing = None

    async def _try_broadcast(self) -> None:
        try:
            await self._broadcast()
        except (DatabaseError, OrchestratorError) as error:
            # The next re-reading of heads, two seconds from now, asks for it again.
            log.warning("topic %s is not drawn: %s", self.name, error)

    async def _broadcast(self) -> None:
        async with self._lock:
            frame = await self._render(self.n)
            text = encode(self.name, frame, self._shown)
            self._remember(frame)
            if text is not None:
                for socket in list(self.sockets):
                    socket.offer(self.name, frame.n, text)

    def _remember(self, frame: Frame) -> None:
        self.n = frame.n
        self._shown = {fragment.id: fragment.v for fragment in frame.fragments}

    async def _render(self, after: int) -> Frame:
        key = self.name.partition(".")[2]
        return await self._read(lambda: self.topic.render(self.viewer, key, after))
