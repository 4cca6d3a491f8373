"""Waits until something is so, while watching that the process it depends on still runs."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from orchestrator.supervisor.process import Child


class NotReady(Exception):
    """A child ended or took too long; the message ends with its last words."""


def wait(what: Callable[[], bool], child: Child, seconds: float, pause: Callable[[float], None]) -> None:
    """Return as soon as `what` holds; `pause` sleeps and may raise to break the wait off."""
    deadline = time.monotonic() + seconds
    while not what():
        code = child.ended()
        if code is not None and not what():  # asked once more: its end may be what is waited for
            raise NotReady(f"{child.name} ended with {exit_words(code)} while starting:\n{child.last_words()}")
        if time.monotonic() > deadline:
            raise NotReady(f"{child.name} was not ready after {seconds:.0f} s:\n{child.last_words()}")
        pause(0.02)


def responds(host: str, port: int, path: str) -> bool:
    """Tell whether a web server answers, be it with a redirect or with `not found`."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def exit_words(code: int) -> str:
    """Say how a process ended."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
