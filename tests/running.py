"""A real `manage.py up` for tests to talk to: started in a folder of its own, watched from outside, ended anyhow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


class Running:
    """One `up` and its data folder."""

    def __init__(self, data: Path, *options: str, project: Path = PROJECT, python: str = sys.executable) -> None:
        """Start it; it is not ready yet."""
        self.data = data
        self.process = subprocess.Popen(
            [python, "manage.py", "up", "--port", "0", "--data", str(data), *options],
            cwd=project,
            env=environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready(self, seconds: float = 60) -> dict[str, object]:
        """Wait until it says it is ready and return what it says."""
        deadline = time.monotonic() + seconds
        while self.described().get("pid") != self.process.pid:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"up did not become ready:\n{self.output()}\n{self.log('prepare')}")
            time.sleep(0.02)
        return self.described()

    def described(self) -> dict[str, object]:
        """Return what the note says; one that was left by a killed predecessor names another pid."""
        return dict(json.loads(self.note.read_text())) if self.note.exists() else {}

    @property
    def note(self) -> Path:
        """Name the file that describes a running `up`."""
        return self.data / "up.json"

    def child(self, name: str) -> int:
        """Return the pid of one of its children, which must be running."""
        found = self.child_or_none(name)
        assert found is not None, f"{name} is not running"
        return found

    def child_or_none(self, name: str) -> int | None:
        """Return the pid of one of its children; None while it is being brought back."""
        children = json.loads((self.data / "run" / "children.json").read_text())
        return int(children[name][0]) if name in children else None

    def log(self, name: str) -> str:
        """Return a child's log."""
        file = self.data / "logs" / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def output(self) -> str:
        """Return what it printed; waits for its end."""
        return self.process.communicate(timeout=30)[0] or ""

    def end(self, number: int = signal.SIGINT) -> float:
        """Send a signal and return the seconds until it was gone."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started


def environ(**more: str) -> dict[str, str]:
    """Return an environment with none of this test run's settings in it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SIGNALBOX_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        clean.pop(name, None)
    return clean | more


@contextmanager
def up(data: Path, *options: str, project: Path = PROJECT, python: str = sys.executable) -> Iterator[Running]:
    """Run `up` for a while; whatever happens, nothing of it is left."""
    running = Running(data, *options, project=project, python=python)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)
        if running.process.stdout:
            running.process.stdout.close()


@contextmanager
def data_folder() -> Iterator[Path]:
    """Make a data folder with a short path, as a socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="sb-up-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def processes_of(data: Path) -> dict[int, str]:
    """Return every process that names a data folder in its command line or environment, but this one."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            known = str(data).encode() in command + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if known and command and int(entry.name) != os.getpid():
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found
