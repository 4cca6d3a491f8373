"""What an agent logs in its child process, passed to the worker, whose log ties it to run, step and attempt.

Warnings go to standard error as well, as Python does without any set-up: its end is shown when the attempt fails.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestrator.core.outcomes import Json

MOST_LINES, MOST_CHARACTERS = 1000, 4000
"""Of one attempt, and of one line; what is more is left out, and said to be."""


class PassedOn(logging.Handler):
    """Sends each record to the worker while a job is at hand."""

    def __init__(self, say: Callable[[dict[str, Json]], None]) -> None:
        """Keep the way to the worker."""
        super().__init__()
        self._say = say
        self.left = 0
        """Lines that may still be sent; 0 while no job is at hand."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line."""
        if self.left <= 0:
            return
        self.left -= 1
        text = self.format(record)[:MOST_CHARACTERS] if self.left else "it logged more; the rest is left out"
        self._say({"is": "log", "logger": record.name, "level": record.levelno, "text": text})


_handlers: list[PassedOn] = []


def install(say: Callable[[dict[str, Json]], None]) -> None:
    """Pass on what is logged in this process from now on."""
    passing, printing = PassedOn(say), logging.StreamHandler()
    printing.setLevel(logging.WARNING)
    _handlers.append(passing)
    logging.basicConfig(level=os.environ.get("SIGNALBOX_LOG_LEVEL") or logging.INFO, handlers=[passing, printing],
                        format="%(message)s")  # fmt: skip


@contextmanager
def passed_on() -> Iterator[None]:
    """Pass on what is logged during one job."""
    for handler in _handlers:
        handler.left = MOST_LINES
    try:
        yield
    finally:
        for handler in _handlers:
            handler.left = 0
