"""The warm child processes of one worker: lent one job at a time, replaced when worn. Talking to them is elsewhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from orchestrator.runtimes import environments
from orchestrator.runtimes.child_process import ChildProcess
from orchestrator.runtimes.leash import Leash

_MOST_IDLE = 8
_JOBS_BEFORE_REST = 500
"""A process that has done so many is replaced: what agents leak must not pile up for ever."""


class Closed(Exception):
    """The worker is going down; no more work is begun."""


class Pool:
    """Lends children; it grows to as many as are asked for at once."""

    def __init__(self, leash: Leash, paths: Iterable[Path] = ()) -> None:
        """Start empty; `paths` are where agents are imported from."""
        self._leash = leash
        self._paths = tuple(paths)
        self._idle: list[ChildProcess] = []
        self._jobs: dict[ChildProcess, int] = {}
        self._closed = False
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Have one child ready before the first job asks for it."""
        child = self.take()
        self.give(child)

    def take(self, fresh: bool = False) -> ChildProcess:
        """Lend a child, a new one if none is idle or a fresh one is asked for."""
        with self._lock:
            if self._closed:
                raise Closed
            if fresh:
                self._discard_idle()
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    self._jobs[child] += 1
                    return child
                self._drop(child)
            child = ChildProcess(environments.for_callables(os.environ, self._paths), self._leash)
            self._jobs[child] = 1
            return child

    def give(self, child: ChildProcess) -> None:
        """Take back a child that may do another job."""
        with self._lock:
            worn = self._jobs[child] >= _JOBS_BEFORE_REST
            if self._closed or worn or len(self._idle) >= _MOST_IDLE:
                self._drop(child)
            else:
                self._idle.append(child)

    def forget(self, child: ChildProcess) -> None:
        """Strike off a child that is dead."""
        with self._lock:
            self._jobs.pop(child, None)

    def close(self) -> None:
        """End every child; those at work end under their users' hands, who report it."""
        with self._lock:
            self._closed = True
            self._discard_idle()
            for child in self._jobs:
                child.interrupt()

    def _discard_idle(self) -> None:
        for child in self._idle:
            self._drop(child)
        self._idle = []

    def _drop(self, child: ChildProcess) -> None:
        child.kill()
        self._jobs.pop(child, None)
