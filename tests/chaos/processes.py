"""Processes as /proc shows them: who descends from whom, who carries a mark, who is still there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process; a pid alone may be somebody else's later."""

    pid: int
    born: str
    command: str = ""

    def is_there(self) -> bool:
        """Tell whether it runs; one that has ended and only waits to be collected does not."""
        return _born(self.pid) == self.born

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal if it is still there."""
        if self.is_there():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def process(pid: int) -> Process | None:
    """Return a running process by its number."""
    born = _born(pid)
    return None if born is None else Process(pid, born, _command(pid))


def family(root: int) -> list[Process]:
    """Return a process with all its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields:
            children.setdefault(int(fields[1]), []).append(pid)
    found, left = [], [root]
    while left:
        pid = left.pop(0)
        one = process(pid)
        if one is not None:
            found.append(one)
        left += children.get(pid, [])
    return found


def carrying(marks: Iterable[str]) -> list[Process]:
    """Return the processes with one of these texts in their environment or command line."""
    wanted = [mark.encode() for mark in marks]
    found = []
    for pid in _pids():
        try:
            text = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if any(mark in text for mark in wanted) and pid != os.getpid():
            one = process(pid)
            found += [one] if one else []
    return found


def leashes(processes: Iterable[Process]) -> set[str]:
    """Return the marks of what the workers among these processes start."""
    words = (one.command.split() for one in processes if "leash_process" in one.command)
    return {f"SIGNALBOX_LEASH={line[-1]}" for line in words}


def gone(processes: Iterable[Process], marks: Iterable[str], seconds: float) -> list[Process]:
    """Wait until none of these and nobody with these marks is left; return who still is after so long."""
    wanted, until = list(processes), time.monotonic() + seconds
    marks = list(marks)
    while True:
        left = [one for one in wanted if one.is_there()] or carrying(marks)
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.02)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[str]:
    """Return state, parent and what follows; the name in parentheses before it may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _born(pid: int) -> str | None:
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else fields[19]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
