"""The embedded tree under test: `manage.py up` on one data folder, watched by the hooks, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos import processes
from tests.chaos.api import Api
from tests.chaos.books import SqliteBooks
from tests.running import PROJECT, environ, processes_of

HOOKS = Path(__file__).parent / "hooks"
GONE_SECONDS = 2.0


def hooked(data: Path, **more: str) -> dict[str, str]:
    """Return an environment in which processes are watched by the hooks."""
    return environ(PYTHONPATH=str(HOOKS), CHAOS_DIR=str(data / "chaos"), **more)


def manage(*line: str, env: dict[str, str]) -> str:
    """Run a management command to its end and return what it printed."""
    command = [sys.executable, "manage.py", *line]
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"manage.py {' '.join(line)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


class Tree:
    """One data folder and the `up` that runs on it, if one does."""

    def __init__(self, data: Path, port: int = 0) -> None:
        """Prepare a folder; nothing is started yet. Port 0 takes another one at each start."""
        self.data, self._port = data, port
        self.books = SqliteBooks(data / "signalbox.sqlite3")
        self.starts = data / "chaos" / "starts"
        self.start_seconds: list[float] = []
        self._up: subprocess.Popen[bytes] | None = None
        self._url = "http://127.0.0.1:9"
        (data / "chaos").mkdir(parents=True)
        self.starts.touch()

    def start(self) -> None:
        """Start `up` and wait until it is ready."""
        began = time.monotonic()
        command = [sys.executable, "manage.py", "up", "--port", str(self._port), "--data", str(self.data)]
        with open(self.data / "up.log", "ab") as log:
            self._up = subprocess.Popen(command, cwd=PROJECT, env=hooked(self.data), stdout=log, stderr=log)
        while (note := self._note()).get("pid") != self._up.pid:
            assert self._up.poll() is None, f"up ended with {self._up.returncode}:\n{self.words()}"
            assert time.monotonic() < began + 60, f"up was not ready after 60 s:\n{self.words()}"
            time.sleep(0.02)
        self._url = str(note["url"])
        self.start_seconds.append(time.monotonic() - began)

    def where(self) -> str:
        """Give the address of the server that runs now, or ran last."""
        return self._url

    def signin(self) -> str:
        """Give the one-time link of the server that runs now."""
        return str(self._note()["signin"])

    def is_running(self) -> bool:
        """Tell whether the supervisor runs."""
        return self._up is not None and self._up.poll() is None

    def kill(self) -> None:
        """SIGKILL the supervisor, then every other process of the tree, and show that nothing of it is left."""
        assert self._up is not None
        tree = processes.family(self._up.pid)
        for one in tree:
            one.kill()
        self.bury(tree)

    def bury(self, tree: list[processes.Process]) -> None:
        """Collect a dead supervisor and show that nothing of its tree is left, without help from here."""
        assert self._up is not None
        self._up.wait(10)
        self._up = None
        left = processes.gone(tree, processes.leashes(tree), GONE_SECONDS)
        assert not left, f"of the old tree there are still {left}"
        named = processes_of(self.data)
        assert not named, f"processes of the data folder are still there: {named}"

    def family(self) -> list[processes.Process]:
        """Return every process of the tree, the supervisor first."""
        assert self._up is not None
        return processes.family(self._up.pid)

    def child(self, name: str) -> int:
        """Return the pid of one of the supervisor's children, which must be running."""
        found = self.child_or_none(name)
        assert found is not None, f"{name} is not running"
        return found

    def child_or_none(self, name: str) -> int | None:
        """Return the pid of one of the supervisor's children; None while it is being brought back."""
        children = json.loads((self.data / "run" / "children.json").read_text())
        return int(children[name][0]) if name in children else None

    def arm(self, point: str, number: int, whom: str) -> None:
        """Have the hooks kill at the so-manyth passing of a point from now on."""
        folder = self.data / "chaos"
        (folder / "passed").unlink(missing_ok=True)
        (folder / "fired").unlink(missing_ok=True)
        (folder / "arm").write_text(f"{point} {number} {whom}")

    def fired(self) -> str:
        """Return what the hooks say they killed; empty while they have not."""
        file = self.data / "chaos" / "fired"
        return file.read_text().strip() if file.exists() else ""

    def disarm(self) -> None:
        """Kill nothing any more."""
        (self.data / "chaos" / "arm").unlink(missing_ok=True)

    def manage(self, *line: str) -> str:
        """Run a management command on the folder."""
        return manage(*line, env=environ(SIGNALBOX_DATA=str(self.data)))

    def api(self, name: str = "chaos", role: str = "operator") -> Api:
        """Make a token and return its caller."""
        return Api(self.where, self.manage("token", name, "--role", role).strip().splitlines()[-1])

    def words(self) -> str:
        """Return what was said last, for a test that fails."""
        logs = [self.data / "up.log", *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def end(self) -> float:
        """End in good order, or with force; return how long it took."""
        began = time.monotonic()
        if self._up is not None and self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
            try:
                self._up.wait(10)
            except subprocess.TimeoutExpired:
                os.kill(self._up.pid, signal.SIGKILL)
                self._up.wait()
        return time.monotonic() - began

    def _note(self) -> dict[str, object]:
        try:
            return dict(json.loads((self.data / "up.json").read_text()))
        except FileNotFoundError:
            return {}


@contextmanager
def planted(data: Path, port: int = 0) -> Iterator[Tree]:
    """Have a tree for a while; whatever happens, nothing of it is left."""
    tree = Tree(data, port)
    try:
        tree.start()
        yield tree
    finally:
        tree.end()
