"""Sends hints out: from any thread, without waiting. One thread a process sends; what is said meanwhile is merged.

A hint is dropped when Redis is away: web processes re-read what is watched, so it costs time, never an update.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from orchestrator.core import codec

EVERY_SECONDS = 0.01
"""The first hint goes at once; what follows within so long goes together."""
TIMEOUT_SECONDS = 2.0
"""How long a send may take before its hints are dropped."""
WORK = "work"
"""The topic that says that there is work for processes elsewhere."""
LAST_SECONDS = 0.5
"""How long a process that ends waits for its last hints to leave."""

log = logging.getLogger(__name__)


class Publisher:
    """Merges hints and sends them from a thread of its own."""

    def __init__(self, address: str = "") -> None:
        """Begin with nothing to say; the thread starts with the first hint."""
        self._address = address
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
        client = connected(self._address or settings.LAYER_URL)
        while True:
            self._said.wait()
            self._said.clear()
            with self._lock:
                topics, self._pending = self._pending, {}
            if topics:
                self._send(client, topics)
                time.sleep(EVERY_SECONDS)
            with self._lock:
                if not self._pending:
                    self._idle.set()

    def _send(self, client: redis.Redis, topics: dict[str, int]) -> None:
        try:
            client.publish(settings.LIVE_CHANNEL, codec.dumps({"topics": dict(topics)}))
        except (RedisError, OSError) as error:
            if not self._away:
                log.warning("live hints are dropped until the channel layer answers again: %s", error)
            self._away = True
        else:
            self._away = False


def connected(address: str) -> redis.Redis:
    """Return a client that gives up soon and tries a send once again only where its connection had been closed."""
    # The client itself reconnects with the next command; waiting for a server to return would only pile hints up.
    return redis.Redis.from_url(
        address, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=Retry(NoBackoff(), 1)
    )


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
