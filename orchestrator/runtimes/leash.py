"""A worker's leash: whatever it starts ends with it, however it ends. The far end is in `leash_process`."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import sys
import threading
from pathlib import Path

_SCRIPT = Path(__file__).with_name("leash_process.py")


class Leash:
    """Tells a small process of its own which groups to kill when this process is gone."""

    def __init__(self) -> None:
        """Make the mark its processes will carry; nothing is started yet."""
        self.environment = {"SIGNALBOX_LEASH": secrets.token_hex(12)}
        """What every process on the leash carries, so that one that left its group is found too."""
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Make sure someone watches; call it before starting a process, so that none is ever unwatched."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._let_go()
                self._process = self._started()
                self._say("".join(f"+{group}\n" for group in self._groups))

    def hold(self, group: int) -> None:
        """Put a process group on the leash."""
        with self._lock:
            self._groups.add(group)
            self._say(f"+{group}\n")

    def release(self, group: int) -> None:
        """Take a group off: it has ended, and its number may become someone else's."""
        with self._lock:
            self._groups.discard(group)
            self._say(f"-{group}\n")

    def close(self) -> None:
        """Let go: the far end kills what is left and exits."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", str(_SCRIPT), self.environment["SIGNALBOX_LEASH"]]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
            env={},
        )

    def _say(self, lines: str) -> None:
        if self._process is None or self._process.stdin is None or not lines:
            return
        with contextlib.suppress(BrokenPipeError):  # it was killed: `ready` starts another and tells it everything
            self._process.stdin.write(lines.encode())
