"""Keeps posts filled: restarts a child that ended, more slowly each time; stops all in order within a deadline."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from orchestrator.supervisor.process import Child, record
from orchestrator.supervisor.ready import exit_words

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
# A child that ran this long has recovered: its next end counts as the first again.
HEALTHY_AFTER = 60.0
# A stop may take two seconds in all. Most of it is the worker's: it gives running attempts a moment, then claims back.
GRACE, GRACE_OF_SERVER = 1.4, 0.2


class Stopped(BaseException):
    """The operator asked to stop; not an Exception, so that nothing on the way swallows it."""


class Alarm:
    """Turns signals into wake-ups, so that waiting costs nothing and reacts at once."""

    def __init__(self) -> None:
        """Take over the signals that stop a program, and the one that tells of an ended child."""
        self.stopping = False
        self.readable, self.writable = os.pipe()
        os.set_blocking(self.readable, False)
        os.set_blocking(self.writable, False)
        signal.set_wakeup_fd(self.writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Note that a stop was asked for."""
        self.stopping = True

    def pause(self, seconds: float | None) -> None:
        """Sleep until a signal comes or the time is over; raise if a stop was asked for."""
        self.sleep(seconds)
        if self.stopping:
            raise Stopped

    def sleep(self, seconds: float | None) -> None:
        """Sleep until a signal comes or the time is over."""
        if select.select([self.readable], [], [], seconds)[0]:
            os.read(self.readable, 4096)


class Post:
    """One place that must always be filled by a running child."""

    def __init__(self, name: str, fill: Callable[[], Child]) -> None:
        """Describe how to fill the place; nothing is started yet."""
        self.name, self.fill = name, fill
        self.child: Child | None = None
        self.delay = FIRST_DELAY
        self.filled_at = self.due_at = 0.0

    def start(self) -> Child:
        """Start a child now."""
        self.child, self.filled_at = self.fill(), time.monotonic()
        return self.child

    def look(self, now: float, say: Callable[[str], None]) -> bool:
        """Notice an ended child, or start the next one when its time has come; True if something changed."""
        if self.child is None:
            return now >= self.due_at and bool(self.start())
        code = self.child.ended()
        if code is None:
            return False
        self.child.kill()
        if now - self.filled_at > HEALTHY_AFTER:
            self.delay = FIRST_DELAY
        say(f"{self.name} ended with {exit_words(code)}; starting it again in {self.delay:g} s (log: {self.child.log})")
        self.child, self.due_at = None, now + self.delay
        self.delay = min(self.delay * 2, LONGEST_DELAY)
        return True


class Watch:
    """All posts of one `up`, the server that the others depend on first."""

    def __init__(self, alarm: Alarm, children: Path, say: Callable[[str], None]) -> None:
        """Begin with no posts."""
        self.alarm, self.file, self.say = alarm, children, say
        self.posts: list[Post] = []

    def add(self, name: str, fill: Callable[[], Child]) -> Child:
        """Fill a new post and keep it filled from now on."""
        post = Post(name, fill)
        self.posts.append(post)
        child = post.start()
        self.write_down()
        return child

    def keep(self) -> None:
        """Watch until a stop is asked for."""
        while True:
            now = time.monotonic()
            if any([post.look(now, self.say) for post in self.posts]):
                self.write_down()
            waiting = [max(post.due_at - now, 0.0) for post in self.posts if post.child is None]
            self.alarm.pause(min(waiting, default=None))

    def write_down(self) -> None:
        """Record who runs, for whoever has to clear up after a crash."""
        record(self.file, self.children())

    def children(self) -> list[Child]:
        """Return those that were started and not yet seen to end."""
        return [post.child for post in self.posts if post.child is not None]

    def stop(self) -> None:
        """Stop all: first those that work, last the server they talk to; a second request to stop cuts it short."""
        self.alarm.stopping = False
        servers = [child for child in self.children() if child.name == "valkey"]
        self.stop_these([child for child in self.children() if child not in servers], GRACE)
        self.stop_these(servers, GRACE_OF_SERVER)
        self.file.unlink(missing_ok=True)

    def stop_these(self, children: list[Child], grace: float) -> None:
        """Ask, wait for as long as the grace lasts, kill what is left of each group."""
        deadline = time.monotonic() + grace
        for child in children:
            child.ask_to_stop()
        while any(child.ended() is None for child in children):
            left = deadline - time.monotonic()
            if left <= 0 or self.alarm.stopping:
                break
            self.alarm.sleep(min(left, 0.1))
        for child in children:
            child.kill()
            child.process.wait()
