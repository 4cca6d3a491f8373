"""Runs one program under limits of time, memory and output, and says how it ended. Which one is not decided here."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator.runtimes import groups
from orchestrator.runtimes.leash import Leash

_TICK_SECONDS = 0.02
_GRACE_SECONDS = 0.7
_READ_BYTES = 1 << 16
_ERROR_BYTES = 16_000


class End(StrEnum):
    """Why a program ended."""

    EXIT = "exit"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use."""

    seconds: float
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended and what it wrote."""

    end: End
    exit_code: int
    """Negative: the signal that killed it."""
    output: bytes
    errors: str
    """The end of standard error."""
    killed: bool = False
    """Of one that was stopped: whether it did not end by itself when it was asked to."""


class Program:
    """One running program, in a group of its own, on the worker's leash."""

    def __init__(
        self, argv: list[str], folder: Path, environment: dict[str, str], limits: Limits, leash: Leash
    ) -> None:
        """Start the program."""
        leash.ready()
        self._leash = leash
        self._limits = limits
        self._process = subprocess.Popen(
            argv,
            cwd=folder,
            env={**environment, **leash.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        leash.hold(self._process.pid)
        self._limit_memory()
        self._output = bytearray()
        self._errors = b""
        self._selector = selectors.DefaultSelector()
        for name, stream in (("output", self._process.stdout), ("errors", self._process.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream.fileno(), selectors.EVENT_READ, name)

    def finish(self, stop: threading.Event, kill: threading.Event) -> Finished:
        """Wait for it within its limits; nothing of its group is left afterwards.

        At `stop` it is asked to end by SIGTERM, at `kill` it is killed.
        """
        deadline = time.monotonic() + self._limits.seconds
        killed = False
        try:
            why = self._until(deadline, stop)
            if why is End.TIMEOUT:
                self._ask_to_end()
            elif why is End.STOPPED:
                groups.signal_group(self._process, signal.SIGTERM)
                killed = self._until(deadline, kill) is not End.EXIT
        finally:
            code = self._ended()
        return Finished(
            end=why,
            exit_code=code,
            output=bytes(self._output),
            errors=self._errors.decode(errors="replace"),
            killed=killed,
        )

    def _until(self, deadline: float, stop: threading.Event | None) -> End:
        while not groups.has_ended(self._process):
            if stop is not None and stop.is_set():
                return End.STOPPED
            if time.monotonic() > deadline:
                return End.TIMEOUT
            self._read(_TICK_SECONDS)
            if self._is_over():
                return End.OUTPUT
        while self._read(0):  # what it had written before it ended
            if self._is_over():
                return End.OUTPUT
        return End.EXIT

    def _ask_to_end(self) -> None:
        """Give the group a moment to end by itself."""
        groups.signal_group(self._process, signal.SIGTERM)
        self._until(time.monotonic() + _GRACE_SECONDS, None)

    def _ended(self) -> int:
        code = groups.end(self._process)
        self._leash.release(self._process.pid)
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read(self, seconds: float) -> bool:
        """Read what has come; tell whether anything did."""
        if not self._selector.get_map():
            time.sleep(seconds)  # it closed both streams; only its end is left to wait for
            return False
        found = False
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, _READ_BYTES)
            found = found or bool(data)
            if not data:
                self._selector.unregister(key.fd)
            elif key.data == "output":
                self._output += data
            else:
                self._errors = (self._errors + data)[-_ERROR_BYTES:]
        return found

    def _is_over(self) -> bool:
        return len(self._output) > self._limits.output_bytes

    def _limit_memory(self) -> None:
        """Limit the address space from outside: code between fork and exec is not safe beside threads."""
        if not hasattr(resource, "prlimit"):
            return
        try:
            resource.prlimit(self._process.pid, resource.RLIMIT_AS, (self._limits.memory_bytes,) * 2)
        except ProcessLookupError:
            return  # it has ended already
