"""Whatever a worker starts ends with it, however the worker ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestrator.runtimes.leash import Leash
from tests.runtimes.conftest import PROJECT, is_running, pids, poll

WORKER = """
import pathlib, sys, threading
from concurrent.futures import ThreadPoolExecutor
from tests.runtimes.conftest import Bench, Catalogue
data = pathlib.Path(sys.argv[1])
bench = Bench(Catalogue(roots=[data], binaries=["python3"], import_paths=[]), data, seconds=600)
script = "import os, time; print(os.getpid(), file=open('command', 'w'), flush=True); time.sleep(600)"
with ThreadPoolExecutor(4) as slots:
    slots.submit(bench.child, "begets_and_hangs", count=1, out=str(data / "family"))
    slots.submit(bench.child, "begets_a_stray", out=str(data / "stray"))
    slots.submit(bench.child, "holds_the_interpreter")
    slots.submit(bench.command, "python3", "-c", script)
"""


def descendants(pid: int) -> set[int]:
    """Return all processes below one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (ValueError, OSError):
            continue
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_worker_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    """Every child and process group hangs on a parent pipe, so nothing survives its parent."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], cwd=PROJECT, start_new_session=True)
    try:
        written = [*pids(tmp_path / "family", 2), *pids(tmp_path / "stray", 1), *pids(tmp_path / "command", 1)]
        assert poll(lambda: len(descendants(worker.pid)) >= 8)  # three children, three of theirs, a program, the leash
        everyone = descendants(worker.pid) | set(written)
    finally:
        worker.send_signal(number)
        worker.wait()
    assert poll(lambda: not any(map(is_running, everyone))), [pid for pid in everyone if is_running(pid)]


def test_a_killed_leash_is_replaced_and_told_what_it_holds() -> None:
    leash = Leash()
    leash.ready()
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    leash.hold(sleeper.pid)
    (holder,) = [pid for pid in descendants(os.getpid()) if "leash_process.py" in command_line(pid)]
    os.kill(holder, signal.SIGKILL)
    assert poll(lambda: not is_running(holder))
    leash.ready()
    leash.close()
    assert sleeper.wait(5) == -signal.SIGKILL


def test_a_group_that_was_released_is_left_alone() -> None:
    leash = Leash()
    leash.ready()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as sleeper:
        leash.hold(sleeper.pid)
        leash.release(sleeper.pid)
        leash.close()
        time.sleep(0.1)
        assert sleeper.poll() is None


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
