"""What a process knows of something that it asks about with every attempt: read anew only when that is old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from orchestrator.core.errors import TransientError

Seen = TypeVar("Seen")
LONG_AGO = float("-inf")


class View(Generic[Seen]):
    """See the module. While the database is away things are as they were."""

    def __init__(self, read: Callable[[], Seen], seconds: float, first: Seen, log: logging.Logger) -> None:
        """`seconds` is how old it may be; `first` is what is known before anything was read."""
        self._read, self._seconds, self._log = read, seconds, log
        self.latest = first
        """As it was when it was last read, or as whoever changed it here has noted."""
        self.read_at = LONG_AGO
        """By the clock of this process."""
        self._lock = threading.Lock()

    def now(self) -> Seen:
        """Return it, read anew where it is old; who comes meanwhile waits, for it may be from before an idle hour."""
        if self._is_old():
            with self._lock:
                if self._is_old():
                    self._look()
        return self.latest

    def forget(self) -> None:
        """Let whoever asks next read it anew."""
        self.read_at = LONG_AGO

    def _is_old(self) -> bool:
        return time.monotonic() - self.read_at > self._seconds

    def _look(self) -> None:
        began = time.monotonic()  # before it reads, so that a change meanwhile is not taken for known
        try:
            self.latest, self.read_at = self._read(), began
        except TransientError as error:
            self._log.warning("what is known is as it was: %s", error)
