"""Sends hints out: from any thread, without waiting. One loop thread a process merges what was said within 50 ms.

A hint is dropped when Redis is away: web processes re-read what is watched, so it costs time, never an update.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

GROUP = "live"
EVERY_SECONDS = 0.05
TIMEOUT_SECONDS = 2.0
"""How long a send may take before its hints are dropped."""
LAST_SECONDS = 0.5
"""How long a process that ends waits for its last hints to leave."""

log = logging.getLogger(__name__)


class Publisher:
    """Merges hints and sends them from a thread of its own."""

    def __init__(self) -> None:
        """Begin with nothing to say; the thread starts with the first hint."""
        self._lock = threading.Lock()
        self._said = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._pending: dict[str, int] = {}
        self._thread: threading.Thread | None = None
        self._away = False

    def publish(self, topics: Mapping[str, int]) -> None:
        """Say that these topics have reached these numbers; returns at once and never raises."""
        if not topics:
            return
        with self._lock:
            for topic, n in topics.items():
                self._pending[topic] = max(n, self._pending.get(topic, 0))
            self._idle.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live hints", daemon=True)
                self._thread.start()
        self._said.set()

    def flush(self, seconds: float = LAST_SECONDS) -> bool:
        """Wait until everything said so far was sent or dropped; False when it took too long."""
        return self._idle.wait(seconds)

    def _run(self) -> None:
        # Not asyncio.run with a waiting executor thread: that would keep the process from ending.
        loop = asyncio.new_event_loop()
        while True:
            self._said.wait()
            self._said.clear()
            with self._lock:
                topics, self._pending = self._pending, {}
            if topics:
                loop.run_until_complete(self._send(topics))
                time.sleep(EVERY_SECONDS)
            with self._lock:
                if not self._pending:
                    self._idle.set()

    async def _send(self, topics: dict[str, int]) -> None:
        message = {"type": "live.hints", "topics": topics}
        try:
            await asyncio.wait_for(get_channel_layer().group_send(GROUP, message), TIMEOUT_SECONDS)
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                log.warning("live hints are dropped until the channel layer answers again: %s", error)
            self._away = True
        else:
            self._away = False


_publisher = Publisher()


def publish(topics: Mapping[str, int]) -> None:
    """Say that these topics have reached these numbers; returns at once and never raises."""
    _publisher.publish(topics)


def flush(seconds: float = LAST_SECONDS) -> bool:
    """Wait until everything said so far was sent or dropped; False when it took too long."""
    return _publisher.flush(seconds)


def _begin_again() -> None:
    # Threads do not survive a fork: the child starts a publisher of its own.
    global _publisher
    _publisher = Publisher()


atexit.register(flush)
os.register_at_fork(after_in_child=_begin_again)
