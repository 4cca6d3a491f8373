"""Rings for attempts that wait, from a thread of its own, so that no commit ever waits for the broker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from orchestrator.core.agents import Lane

MOST = 16
"""Doorbells of a lane at once; each one sets a slot to work that goes on until nothing is left."""
EXPIRES_SECONDS = 60
GATHER_SECONDS = 0.002
log = logging.getLogger("signalbox.dispatch")


class Doorbell:
    """See the module. Daemon thread: a doorbell lost at the end of a process is swept up."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._waiting: dict[Lane, int] = {}
        self._follow = False
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._producer: Any = None

    def ring(self, lanes: Mapping[Lane, int]) -> None:
        """Ask for slots of each lane."""
        with self._lock:
            for lane, count in lanes.items():
                if lane != Lane.REMOTE:
                    self._waiting[lane] = min(self._waiting.get(lane, 0) + count, MOST)
        self._wake()

    def follow(self) -> None:
        """Ask for the cards to be brought up to their runs."""
        self._follow = True
        self._wake()

    def _wake(self) -> None:
        self._rung.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._loop, name="doorbell", daemon=True)
                    self._thread.start()

    def _loop(self) -> None:
        while True:
            self._rung.wait()
            time.sleep(GATHER_SECONDS)
            self._rung.clear()
            with self._lock:
                waiting, self._waiting = self._waiting, {}
                follow, self._follow = self._follow, False
            try:
                self._send(waiting, follow)
            except (OperationalError, OSError) as error:
                self._close()
                log.warning("the broker is away, the sweep will find the work: %s", error)

    def _send(self, waiting: Mapping[Lane, int], follow: bool) -> None:
        if self._producer is None:
            self._producer = self._app.amqp.Producer(self._app.connection_for_write())
        for lane, count in waiting.items():
            for _ in range(count):
                self._publish("signalbox.work", lane.value, [lane.value])
        if follow:
            self._publish("signalbox.follow", "quick", [])

    def _publish(self, task: str, queue: str, args: list[str]) -> None:
        self._app.send_task(task, args=args, queue=queue, producer=self._producer, expires=EXPIRES_SECONDS)

    def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.connection.close()
