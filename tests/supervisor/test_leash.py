"""A process on a leash goes when its parent goes, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from orchestrator.supervisor import process
from orchestrator.supervisor.process import Child, Leash
from tests.conftest import poll

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
WATCHER = [
    sys.executable,
    "-c",
    "import os, subprocess, sys, time; from orchestrator.supervisor import leash\n"
    "assert leash.watch_parent() and leash.VARIABLE not in os.environ\n"
    "helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(helper.pid, flush=True); time.sleep(600)",
]


def is_running(pid: int) -> bool:
    """Tell whether a process is there and not just waiting to be collected."""
    return process.birth(pid) is not None


def foreign(tmp_path: Path, tether: Leash) -> tuple[Child, int]:
    """Start a foreign program behind the wrapper; return the wrapper and the program's pid."""
    wrapped = [sys.executable, "-m", "orchestrator.supervisor.leash", "--", *SLEEPER]
    wrapper = process.start("foreign", wrapped, tether, tmp_path / "log", {})
    children = Path(f"/proc/{wrapper.pid}/task/{wrapper.pid}/children")
    poll(lambda: children.read_text().strip(), "the program runs")
    return wrapper, int(children.read_text().split()[0])


def test_a_foreign_program_goes_when_the_last_holder_of_the_pipe_goes(tmp_path: Path) -> None:
    tether = Leash()
    wrapper, program = foreign(tmp_path, tether)
    os.close(tether.own_end)
    assert wrapper.process.wait(5) == -signal.SIGKILL
    poll(lambda: not is_running(program), "the program is gone", 2)


def test_a_foreign_program_goes_when_its_wrapper_is_killed(tmp_path: Path) -> None:
    wrapper, program = foreign(tmp_path, Leash())
    wrapper.process.kill()
    wrapper.process.wait(5)
    poll(lambda: not is_running(program), "the program is gone", 2)


def test_a_request_to_stop_is_passed_on_and_the_exit_code_returned(tmp_path: Path) -> None:
    wrapper, program = foreign(tmp_path, Leash())
    wrapper.ask_to_stop()
    wrapper.process.wait(5)
    assert not is_running(program)


def test_our_own_child_takes_its_helpers_along(tmp_path: Path) -> None:
    tether = Leash()
    log = tmp_path / "log"
    child = process.start("ours", WATCHER, tether, log, {})
    poll(lambda: log.read_text().strip().isdigit(), "the helper runs")
    helper = int(log.read_text())
    os.close(tether.own_end)
    assert child.process.wait(5) == -signal.SIGKILL
    poll(lambda: not is_running(helper), "the helper is gone", 2)


def test_a_child_killed_by_its_parent_is_killed_with_its_group(tmp_path: Path) -> None:
    wrapper, program = foreign(tmp_path, Leash())
    wrapper.kill()
    wrapper.process.wait(5)
    poll(lambda: not is_running(program), "the program is gone", 2)


def test_the_wrapper_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.supervisor.leash", "sleep"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "usage" in done.stderr
