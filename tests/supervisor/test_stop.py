"""However `up` ends, it ends whole: no process is left, and the next start is quick."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.conftest import poll
from tests.running import processes_of, up


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_request_to_stop_ends_everything_in_two_seconds(data: Path, number: int) -> None:
    """U3."""
    with up(data, "--no-demo") as running:
        running.ready()
        assert len(processes_of(data)) >= 6
        seconds = running.end(number)
        assert running.process.returncode == 0
        assert seconds < 2
        assert processes_of(data) == {}
        assert not running.note.exists()
        assert not (data / "run" / "children.json").exists()


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_is_quick(data: Path) -> None:
    """U3, R6."""
    with up(data, "--no-demo") as running:
        running.ready()
        running.end(signal.SIGKILL)
        poll(lambda: not processes_of(data), "no process of the folder is left", 2)
    assert quickest_start(data) < 5


def quickest_start(data: Path) -> float:
    """Start up to five times: other programs on the machine may slow some starts, but not every one."""
    best = float("inf")
    for _ in range(5):
        with up(data, "--no-demo") as again:
            best = min(best, float(str(again.ready()["ready_seconds"])))
            again.end()
        if best < 5:
            break
    return best


def test_the_whole_tree_killed_at_once_leaves_no_process(data: Path) -> None:
    """S4: even the foreign server, whose own watcher is killed too."""
    with up(data, "--no-demo") as running:
        running.ready()
        ours = [pid for pid, command in processes_of(data).items() if "python" in command.split()[0]]
        for pid in ours:
            os.kill(pid, signal.SIGKILL)
        running.process.wait(5)
        poll(lambda: not processes_of(data), "no process of the folder is left", 2)


def test_a_stop_while_starting_leaves_no_process(data: Path) -> None:
    with up(data, "--no-demo") as running:
        poll(lambda: any("prepare" in command for command in processes_of(data).values()), "prepare runs", 20)
        assert running.end(signal.SIGINT) < 2
        assert running.process.returncode == 0
        assert processes_of(data) == {}


def test_a_folder_with_a_path_too_long_for_a_socket_will_do(data: Path) -> None:
    deep = data / ("a-rather-long-name-for-a-folder-" * 4)
    with up(deep, "--no-demo") as running:
        running.ready()
        socket = Path((deep / "run" / "valkey.path").read_text())
        assert socket.is_socket()
        assert socket.parent.stat().st_mode & 0o077 == 0
        running.end()
        assert processes_of(deep) == {}
        assert not socket.parent.exists()
