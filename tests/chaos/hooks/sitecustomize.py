"""Watches and kills processes under test from the inside. Python imports it at its start: it stands on PYTHONPATH.

CHAOS_DIR names the folder it works in. Every start of a tool is appended to `starts`. A file `arm` holding
`POINT NUMBER WHOM` kills at the so-manyth passing of a point, with the supervisor (`tree`) or alone (`self`).
No product code knows of any of it.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(os.environ.get("CHAOS_DIR", "."))


def append(name: str, line: str) -> int:
    """Append a line in one write and return where the file then ends."""
    file = os.open(HERE / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, line.encode())
        return os.lseek(file, 0, os.SEEK_CUR)
    finally:
        os.close(file)


def passing(point: str) -> None:
    """Die here if this point is armed and has been passed often enough, by all processes together."""
    try:
        armed, number, whom = (HERE / "arm").read_text().split()
    except (FileNotFoundError, ValueError):
        return
    if point != armed or append("passed", ".") != int(number):
        return
    (HERE / "arm").unlink()
    append("fired", f"{point} {number} {whom} {' '.join(sys.argv[1:2])} {os.getpid()} {time.time()}\n")
    if whom == "tree":
        os.kill(os.getppid(), signal.SIGKILL)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def watch_work(wiring: ModuleType) -> None:
    """Record each start of a tool, and make the points of the driver real."""
    plain = wiring.perform

    @functools.wraps(plain)
    def perform(at_work: Any, given: Any) -> Any:
        claim = at_work.claim
        append("starts", f"{claim.run_id}\t{claim.path}\t{claim.attempt}\t{os.getpid()}\t{time.time():.6f}\n")
        passing("before_work")
        outcome = plain(at_work, given)
        passing("after_work")
        return outcome

    wiring.perform = perform
    wiring.Driver = functools.partial(wiring.Driver, fail=passing)


CHANGES: dict[str, Callable[[ModuleType], None]] = {"orchestrator.wiring": watch_work}


class Finder(importlib.abc.MetaPathFinder):
    """Lets the named modules load as they are, then changes them."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        change = CHANGES.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path) if change else None
        if spec is None or spec.loader is None or change is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # this loader loads this module only
        return spec


if "CHAOS_DIR" in os.environ:
    with suppress(OSError):
        HERE.mkdir(parents=True, exist_ok=True)
    sys.meta_path.insert(0, Finder())
