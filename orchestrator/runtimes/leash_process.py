"""The other end of a worker's leash: waits for the worker to vanish, then ends everything it had started.

Run as a script, standard library only: `python -I -S leash_process.py TOKEN`. It reads `+GROUP` and `-GROUP` lines.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

_ROUNDS = 20


def main(token: str) -> None:
    """Follow the worker until its end of the pipe closes, then sweep."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _sweep(_followed(), token)


def _followed() -> set[int]:
    groups: set[int] = set()
    with os.fdopen(0, "r", encoding="ascii", errors="replace") as lines:
        for line in lines:
            sign, number = line[:1], line[1:].strip()
            if number.isdigit():
                (groups.add if sign == "+" else groups.discard)(int(number))
    return groups


def _sweep(groups: set[int], token: str) -> None:
    """Kill the groups, then whoever left its group but still carries the token; repeat while there are any."""
    for group in groups:
        _kill(os.killpg, group)
    for _ in range(_ROUNDS):
        strays = _carrying(f"SIGNALBOX_LEASH={token}".encode())
        if not strays:
            return
        for pid in strays:
            _kill(os.kill, pid)


def _kill(send: Callable[[int, int], None], number: int) -> None:
    try:
        send(number, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # it ended by itself, or the number is someone else's by now


def _carrying(mark: bytes) -> list[int]:
    """List the processes with a mark in their environment; none where the system has no /proc."""
    if not os.path.isdir("/proc"):
        return []
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and mark in _environment(name)]


def _environment(pid: str) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []  # gone, or another user's


if __name__ == "__main__":
    main(sys.argv[1])
