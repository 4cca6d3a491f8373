"""One topic for one audience, everyone of a team and role: what its browsers show, and what brings them up to date."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from django.db import DatabaseError

from dashboard.live.frames import Frame, encode
from dashboard.live.socket import Socket
from dashboard.live.topics import Render, Topic
from orchestrator.core.errors import OrchestratorError
from orchestrator.live.wire import Message
from orchestrator.models import User

Reader = Callable[[Callable[[], Frame]], Awaitable[Frame]]
"""Runs a rendering in a thread."""
Waiting = tuple[Socket, int, asyncio.Future[None]]
"""Who wants in, the number they show, and what tells them."""
LOG_SECONDS = 0.03
"""Least time between two frames that only add to a log."""
REST = 4.0
"""A topic rests so many times as long as it took to draw: one that is dear is drawn less often."""

log = logging.getLogger(__name__)


class Feed:
    """Renders a topic once per change and hands the same bytes to every socket that is in step."""

    def __init__(self, name: str, topic: Topic, viewer: User, read: Reader) -> None:
        """Begin with no sockets; `viewer` stands for the audience."""
        self.name = name
        self.topic = topic
        self.viewer = viewer
        self.sockets: set[Socket] = set()
        self.n = 0
        """Number that all sockets in step have been sent."""
        self.is_owing = False
        """Whether something changed that the fragments do not show yet."""
        self._shown: dict[str, str] = {}
        self._touched: tuple[str, ...] = ()
        self._read = read
        self._lock = asyncio.Lock()
        self._waiting: list[Waiting] = []
        self._dirty = asyncio.Event()
        self._drawing: asyncio.Task[None] | None = None
        self._rested = 0.0

    @property
    def is_idle(self) -> bool:
        """Tell whether nobody is in it, nor about to be."""
        return not self.sockets and not self._waiting and not self._lock.locked()

    def is_concerned(self, hint: str, n: int) -> bool:
        """Tell whether a hint says something new; a number already shown does not."""
        if hint == self.name:
            return n == 0 or n > self.n
        return hint.partition(".")[0] in self.topic.wakes_on

    async def join(self, socket: Socket, n: int) -> None:
        """Bring a socket that shows number `n` up to date, then let it hear what follows; raises RejectedMissing.

        Sockets that come while another is let in are let in together, with one rendering for all.
        """
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((socket, n, admitted))
        async with self._lock:
            if not admitted.done():
                await self._admit()
        await admitted

    async def _admit(self) -> None:
        batch, self._waiting = self._waiting, []
        if not self.sockets:
            self._dirty.clear()  # what is read from here on shows it
        try:
            frame = await self._render(self.topic.render, min(n for _, n, _ in batch))
        except (DatabaseError, OrchestratorError) as error:
            for admitted in _still_wanted(batch):
                admitted.set_exception(error)
            return
        message = Message(encode(self.name, frame, {}, full=True) or "")
        if not self.sockets:
            self.n, self._shown = frame.n, _hashes(frame)
        for socket, _, _ in batch:
            self.sockets.add(socket)
            socket.offer(self.name, frame.n, message)
        for admitted in _still_wanted(batch):
            admitted.set_result(None)
        if self._dirty.is_set():  # meanwhile, when nobody was here to draw for
            self.touch()

    def touch(self) -> None:
        """Note that the topic changed: the first frame goes at once, what follows in the same moment is gathered."""
        self._dirty.set()
        if self._drawing is None and self.sockets:
            self._drawing = asyncio.create_task(self._draw())

    async def _draw(self) -> None:
        try:
            while self.sockets and (self._dirty.is_set() or self.is_owing):
                if self.topic.log is not None and self._dirty.is_set() and time.monotonic() < self._rested:
                    drawn = await self._try(self._add, self.topic.log)
                    await asyncio.sleep(LOG_SECONDS)
                elif await self._is_rested():
                    drawn = await self._try(self._redraw, self.topic.render)
                else:
                    continue
                if not drawn:
                    return  # the next re-reading of heads, two seconds from now, asks for it again
        finally:
            self._drawing = None

    async def _is_rested(self) -> bool:
        """Wait until the fragments may be drawn again; of a log only until something is added to it."""
        left = self._rested - time.monotonic()
        if left > 0 and self.topic.log is None:
            await asyncio.sleep(left)
        elif left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dirty.wait(), left)
                return False
        return True

    async def _try(self, show: Callable[[Frame], None], render: Render) -> bool:
        async with self._lock:
            self._dirty.clear()
            self.is_owing = True
            began = time.monotonic()
            try:
                frame = await self._render(render, self.n)
            except (DatabaseError, OrchestratorError) as error:
                log.warning("topic %s is not drawn: %s", self.name, error)
                return False
            took = time.monotonic() - began
            if render is self.topic.render:
                self._rested = time.monotonic() + max(self.topic.every_seconds, REST * took)
            show(frame)
        return True

    def _redraw(self, frame: Frame) -> None:
        """Send the fragments that changed, and what was added."""
        hashes = _hashes(frame)
        whole = replace(frame, touched=tuple(dict.fromkeys((*self._touched, *frame.touched))))
        self._send(frame.n, encode(self.name, whole, self._shown, gone=self._shown.keys() - hashes.keys()))
        self._shown, self._touched, self.is_owing = hashes, (), False

    def _add(self, frame: Frame) -> None:
        """Send only what was added to a log; the fragments follow once they have rested."""
        self._touched = (*self._touched, *frame.touched)
        self._send(frame.n, encode(self.name, replace(frame, fragments=(), touched=()), self._shown))

    def _send(self, n: int, text: str | None) -> None:
        self.n = n
        if text is None:
            return
        message = Message(text)
        for socket in list(self.sockets):
            socket.offer(self.name, n, message)

    async def _render(self, render: Render, after: int) -> Frame:
        key = self.name.partition(".")[2]
        return await self._read(lambda: render(self.viewer, key, after))


def _still_wanted(batch: list[Waiting]) -> list[asyncio.Future[None]]:
    return [admitted for _, _, admitted in batch if not admitted.done()]


def _hashes(frame: Frame) -> dict[str, str]:
    return {fragment.id: fragment.v for fragment in frame.fragments}
