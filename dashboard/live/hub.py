"""The hub, one per web process: hears hints once for all sockets, and re-reads the heads of what is watched, so that a
lost hint cannot leave a page stale. How a topic is drawn is in `topics`."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from django.db import DatabaseError, connection, connections

from dashboard.live.feed import Feed
from dashboard.live.socket import CHANGED, SIGNED_OUT, Socket
from dashboard.live.topics import topic_of
from orchestrator.core.errors import RejectedError
from orchestrator.live import hints
from orchestrator.queries.heads import PULSE, heads
from orchestrator.queries.scope import has_role
from orchestrator.queries.sessions import signed_in_still

REREAD_SECONDS = 2.0
MOST_TOPICS = 24
"""Topics one page may follow."""

log = logging.getLogger(__name__)
# Not the pool that serves pages: a burst of frames never keeps a page waiting.
readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")

T = TypeVar("T")
FeedKey = tuple[str, int | None, bool]
"""Topic, team, and whether the audience may act."""


class Hub:
    """Knows every socket of this process and which feeds they are in."""

    def __init__(self) -> None:
        """Begin with no sockets; the work starts with the first."""
        self.sockets: set[Socket] = set()
        self._feeds: dict[FeedKey, Feed] = {}
        self._pulse = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._catching_up: set[asyncio.Task[None]] = set()
        self._lost = asyncio.Event()

    def add(self, socket: Socket) -> None:
        """Let a socket in."""
        self.sockets.add(socket)
        self._start()

    def remove(self, socket: Socket) -> None:
        """Forget a socket, and feeds nobody is in."""
        self.sockets.discard(socket)
        for key, feed in list(self._feeds.items()):
            feed.sockets.discard(socket)
            if feed.is_idle:
                del self._feeds[key]

    def _start(self) -> None:
        # Once begun it goes on without sockets: whoever goes from page to page would only start it again.
        if not self._tasks or any(task.done() for task in self._tasks):
            for task in self._tasks:
                task.cancel()
            self._lost = asyncio.Event()  # of the loop that runs now
            self._tasks = {asyncio.create_task(self._listen()), asyncio.create_task(self._reread())}
            for task in self._tasks:
                task.add_done_callback(_say_why)

    async def stop(self) -> None:
        """End the work of this loop; repeatedly, as a client of Redis that is connecting may miss a cancellation."""
        while left := {task for task in self._tasks if not task.done()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.1)
        self._tasks = set()

    async def subscribe(self, socket: Socket, topics: Mapping[str, int]) -> None:
        """Bring a socket up to date on topics and let it hear what follows; what it may not see is passed over."""
        for name, n in list(topics.items())[:MOST_TOPICS]:
            topic = topic_of(name)
            if topic is None or (len(socket.position) >= MOST_TOPICS and name not in socket.position):
                continue
            key = (name, socket.user.team_id, has_role(socket.user, "operator"))
            feed = self._feeds.get(key) or self._feeds.setdefault(key, Feed(name, topic, socket.user, read))
            try:
                await feed.join(socket, n)
            except RejectedError as error:
                log.info("topic %s is refused to %s: %s", name, socket.user.get_username(), error.detail)
            else:
                socket.position.setdefault(name, n)
            if socket not in self.sockets:
                feed.sockets.discard(socket)
            if feed.is_idle:
                self._feeds.pop(key, None)

    def fell_behind(self, socket: Socket) -> None:
        """Start a slow socket again from what it has shown for sure, as soon as it can take more."""
        task = asyncio.create_task(self._catch_up(socket))
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def _catch_up(self, socket: Socket) -> None:
        for feed in self._feeds.values():
            feed.sockets.discard(socket)
        try:
            await self.subscribe(socket, dict(socket.position))
        except DatabaseError as error:
            log.warning("a slow page cannot be brought up to date, so it has to come again: %s", error)
            await socket.close(CHANGED)

    def hear(self, topics: Mapping[str, int]) -> None:
        """Redraw what these hints concern."""
        for feed in list(self._feeds.values()):
            if any(feed.is_concerned(hint, n) for hint, n in topics.items()):
                feed.touch()

    async def _listen(self) -> None:
        async for topics in hints():
            if topics:
                self.hear(topics)
            else:  # whatever was said before this subscription began is lost
                self._lost.set()

    async def _reread(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), REREAD_SECONDS)
            self._lost.clear()
            if not self.sockets:
                continue
            try:
                await self._compare()
                await self._look_after_people()
            except DatabaseError as error:
                log.warning("the heads of watched topics cannot be read: %s", error)

    async def _look_after_people(self) -> None:
        here = list(self.sockets)  # who comes while this is asked is not in the answer
        now = await read(lambda: signed_in_still([(socket.user.pk, socket.session) for socket in here]))
        for socket in here:
            account = now.get((socket.user.pk, socket.session))
            if account is None:
                await socket.close(SIGNED_OUT)
            elif account != (socket.user.role, socket.user.team_id):
                # It comes back at once, as who it is now.
                await socket.close(CHANGED)

    async def _compare(self) -> None:
        names = {feed.name for feed in self._feeds.values()}
        runs = [name[4:] for name in names if name.startswith("run.")]
        boards = [int(name[6:]) for name in names if name.startswith("board.") and name[6:].isdigit()]
        found = await read(lambda: heads(runs, boards))
        pulse = found.pop(PULSE)
        for feed in list(self._feeds.values()):
            is_behind = found.get(feed.name, feed.n) > feed.n if feed.topic.has_head else pulse != self._pulse
            if is_behind or feed.is_owing:
                feed.touch()
        self._pulse = pulse


async def read(work: Callable[[], T]) -> T:
    """Do a piece of reading in one of the hub's threads, on a connection of its own that is given back at once."""

    def in_thread() -> T:
        try:
            return work()
        finally:
            # One to PostgreSQL goes back to the pool. Opening SQLite costs more than most of what is read through it.
            if connection.vendor != "sqlite" or sys.exc_info()[0]:
                connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(readers, in_thread)


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the hub stopped; pages are stale until their sockets reconnect", exc_info=error)


hub = Hub()
