"""The parent's hold on one warm child process: start it, send and receive, keep the end of what it prints, kill it.

What the messages mean is in `conversation`; how many children there are is in `pool`.
"""

from __future__ import annotations

import os
import select
import selectors
import signal
import subprocess
import sys
import time

from orchestrator.core.outcomes import Json
from orchestrator.runtimes import frames, groups
from orchestrator.runtimes.leash import Leash

TICK_SECONDS = 0.05
"""How soon a stop or a death without the end of a pipe is noticed."""
_PRINTED_BYTES = 8000
_LAST_WORDS_SECONDS = 0.2


class Gone(Exception):
    """The child has ended, or closed its pipe."""


class ChildProcess:
    """A process started as `orchestrator.runtimes.child`, in a group of its own, on the worker's leash."""

    def __init__(self, environment: dict[str, str], leash: Leash) -> None:
        """Start the process; it is ready to listen a moment later."""
        leash.ready()
        self._leash = leash
        self._messages, to_parent = os.pipe()
        self._printed_file, printed = os.pipe()
        command = [sys.executable, "-P", "-m", "orchestrator.runtimes.child", str(to_parent)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            pass_fds=(to_parent,),
            env={**environment, **leash.environment},
            start_new_session=True,
            bufsize=0,
        )
        leash.hold(self._process.pid)
        os.close(to_parent)
        os.close(printed)
        self.is_ready = False
        """Set by whoever has read its first message."""
        self._printed = b""
        self._reader = frames.Reader()
        self._selector = selectors.DefaultSelector()
        for file in (self._messages, self._printed_file):
            os.set_blocking(file, False)
            self._selector.register(file, selectors.EVENT_READ)
        os.set_blocking(self._to_child(), False)

    @property
    def pid(self) -> int:
        """The process's number, which is its group's as well."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Tell whether it has not ended."""
        return not groups.has_ended(self._process)

    def begin(self, limit: int) -> None:
        """Forget what was printed before, and set how large a message may be."""
        self._drain()
        self._printed = b""
        self._reader.limit = limit

    def send(self, message: dict[str, Json], deadline: float) -> None:
        """Send a message; raises Gone, or TimeoutError when the child does not take it in time."""
        rest = memoryview(frames.pack(message))
        while rest:
            try:
                rest = rest[os.write(self._to_child(), rest) :]
            except BlockingIOError:
                self._await_room(deadline)
            except BrokenPipeError as error:
                raise Gone from error

    def receive(self) -> dict[str, Json] | None:
        """Return the next message; None after a short while without one. Raises Gone and FrameTooLarge."""
        message = self._reader.next()
        if message is not None:
            return message
        ready = [key.fd for key, _ in self._selector.select(TICK_SECONDS)]
        if self._printed_file in ready:
            self._drain()
        if self._messages in ready:
            data = os.read(self._messages, frames.READ_BYTES)
            if not data:
                raise Gone
            self._reader.feed(data)
        elif not ready and not self.is_alive():
            raise Gone  # a process it left behind holds the pipe open
        return self._reader.next()

    def printed(self) -> str:
        """Return the end of what it printed since the job began."""
        self._drain()
        return self._printed.decode(errors="replace")

    def last_words(self) -> str:
        """Ask where it hangs; return what it printed, with the answer."""
        self._drain()
        before = len(self._printed)
        os.kill(self._process.pid, signal.SIGUSR1)
        until = time.monotonic() + _LAST_WORDS_SECONDS
        while time.monotonic() < until:
            quiet = not select.select([self._printed_file], [], [], TICK_SECONDS)[0]
            self._drain()
            if quiet and len(self._printed) != before:
                break
        return self.printed()

    def interrupt(self) -> None:
        """Kill its group from another thread; whoever talks to it sees it gone and collects it."""
        groups.signal_group(self._process, signal.SIGKILL)

    def kill(self) -> int:
        """End it and its whole group; return its exit code."""
        code = groups.end(self._process)
        self._leash.release(self._process.pid)
        self._drain()
        self._close()
        return code

    def _await_room(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError
        if not self.is_alive():
            raise Gone
        self._drain()
        select.select([], [self._to_child()], [], TICK_SECONDS)

    def _drain(self) -> None:
        """Read what it printed, so that it never waits for us, and keep the end."""
        while self._printed_file >= 0:
            try:
                data = os.read(self._printed_file, frames.READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._forget(self._printed_file)
                return
            self._printed = (self._printed + data)[-_PRINTED_BYTES:]

    def _forget(self, file: int) -> None:
        if file in self._selector.get_map():
            self._selector.unregister(file)

    def _to_child(self) -> int:
        if self._process.stdin is None:
            raise Gone
        return self._process.stdin.fileno()

    def _close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
            self._process.stdin = None
        self._selector.close()
        for file in (self._messages, self._printed_file):
            if file >= 0:
                os.close(file)
        self._messages = self._printed_file = -1
