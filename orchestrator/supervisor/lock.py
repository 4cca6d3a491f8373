"""One `up` per data folder: a lock the system itself releases when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from orchestrator.supervisor.process import birth


class Taken(Exception):
    """Another process runs on this data folder; the message says which."""


def take(file: Path) -> IO[str]:
    """Lock the file until the returned handle is closed, and write down who holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = open(file, "a+", encoding="utf-8")  # noqa: SIM115 - held open on purpose: closing it gives the lock up
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        holder = handle.read().strip()
        handle.close()
        raise Taken(holder_words(holder)) from None
    handle.truncate(0)
    handle.write(json.dumps({"pid": os.getpid(), "born": birth(os.getpid())}))
    handle.flush()
    return handle


def holder_words(holder: str) -> str:
    """Say who holds the lock."""
    try:
        return f"process {json.loads(holder)['pid']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
