"""Work that nobody wants any more is asked to end, and killed only when it does not (R11)."""

from __future__ import annotations

import threading
from pathlib import Path

from orchestrator.core.outcomes import Cancelled, Ok, Outcome
from tests.runtimes.conftest import Bench, is_running, pids, poll

STARTED = "import os, signal, time; open('started', 'w').write(str(os.getpid())); "
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STARTED + "time.sleep(600)"


def stopped(bench: Bench, started: Path, *, kill: bool = False) -> int:
    """Ask what has started to end, or kill it too after a moment; return its process number."""
    (pid,) = pids(started, 1)
    bench.control.stop.set()
    if kill:
        threading.Timer(0.3, bench.control.kill.set).start()
    return pid


def in_background(started: Path, bench: Bench, *, kill: bool = False) -> list[int]:
    found: list[int] = []
    threading.Thread(target=lambda: found.append(stopped(bench, started, kill=kill))).start()
    return found


def test_a_function_that_looks_ends_by_itself_and_its_process_is_kept(bench: Bench, tmp_path: Path) -> None:
    started = tmp_path / "started"
    found = in_background(started, bench)
    outcome: Outcome = bench.child("heeds", started=str(started))
    assert outcome == Cancelled(reason="It was stopped.")
    bench.control.stop.clear()
    assert bench.child("says_cancelled") == Ok(output=False)
    assert poll(lambda: found)
    assert is_running(found[0])


def test_a_function_that_does_not_look_is_killed_after_its_grace(bench: Bench) -> None:
    bench.control.stop.set()
    threading.Timer(0.5, bench.control.kill.set).start()
    assert bench.child("deaf") == Cancelled(reason="It was stopped.", killed=True)


def test_a_program_is_asked_by_a_signal_and_may_tidy_up(bench: Bench, tmp_path: Path) -> None:
    script = "import sys; signal.signal(signal.SIGTERM, lambda *a: (open('tidied', 'w').close(), sys.exit(0))); "
    in_background(tmp_path / "started", bench)
    outcome = bench.command("python3", "-c", "import signal; " + script + STARTED + "time.sleep(600)")
    assert outcome == Cancelled(reason="It was stopped.")
    assert (tmp_path / "tidied").exists()


def test_a_program_that_ignores_the_signal_is_killed(bench: Bench, tmp_path: Path) -> None:
    found = in_background(tmp_path / "started", bench, kill=True)
    assert bench.command("python3", "-c", DEAF) == Cancelled(reason="It was stopped.", killed=True)
    assert poll(lambda: found)
    assert poll(lambda: not is_running(found[0]))
