"""Worker, timers and broker for a command that needs them while no `up` runs on the data folder."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils import timezone

from orchestrator.models import Worker
from orchestrator.supervisor import lock, process, ready, valkey
from orchestrator.supervisor.places import PROJECT, Places
from orchestrator.supervisor.process import Child
from orchestrator.supervisor.watch import Post
from orchestrator.wiring import engine

GRACE_SECONDS = 2.0


class Services:
    """What works on runs meanwhile: somebody else's, or our own."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Start nothing yet."""
        self.places: Places = settings.PLACES
        self.say = say
        self.held: IO[str] | None = None
        self.tether = process.Leash()
        self.posts: list[Post] = []

    def ensure(self) -> bool:
        """Return whether anybody works; starts our own where nobody does. To be asked again from time to time."""
        if self.posts:
            for post in self.posts:
                post.look(time.monotonic(), self.say)
            return True
        if is_up(self.places) or _other_workers():
            return True
        self.places.make()
        try:
            self.held = lock.take(self.places.lock)
        except lock.Taken:  # somebody is starting or stopping just now
            return False
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return True

    def stop(self) -> None:
        """End what was started here, those that work before the server they talk to."""
        children = [post.child for post in self.posts if post.child is not None]
        servers = [child for child in children if child.name == "valkey"]
        _end([child for child in children if child not in servers])
        _end(servers)
        self.posts = []
        if self.held is not None:
            self.held.close()
            self.held = None

    def _start(self) -> None:
        if not os.environ.get("REDIS_URL"):
            program = valkey.find()
            server = self._fill("valkey", lambda: valkey.run(program, self.places, self.tether))
            ready.wait(lambda: valkey.answers(self.places.socket), server, 10, time.sleep)
        # Whoever worked on this folder is dead, or the lock would not be ours.
        if not os.environ.get("DATABASE_URL"):
            engine().expire_all_leases()
        beacon = self.places.run / "worker.ready"
        beacon.unlink(missing_ok=True)
        worker = self._fill("worker", lambda: self._manage("worker", "--ready-file", str(beacon)))
        self._fill("timers", lambda: self._manage("timers"))
        ready.wait(beacon.exists, worker, 60, time.sleep)

    def _fill(self, name: str, fill: Callable[[], Child]) -> Child:
        self.posts.append(Post(name, fill))
        return self.posts[-1].start()

    def _manage(self, command: str, *arguments: str) -> Child:
        line = [sys.executable, str(PROJECT / "manage.py"), command, *arguments]
        environ = {"SIGNALBOX_DATA": str(self.places.data)}
        return process.start(command, line, self.tether, self.places.logs / f"{command}.log", environ)


@contextmanager
def services(say: Callable[[str], None]) -> Iterator[Services]:
    """Have somebody work on runs for a while, and leave nothing behind."""
    found = Services(say)
    try:
        yield found
    finally:
        found.stop()


def _end(children: list[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(child.ended() is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.kill()
        child.process.wait()


def is_up(places: Places) -> bool:
    """Tell whether an `up` is ready on this data folder; a note left by a killed one does not count."""
    note = described(places.up)
    pid, born = note.get("pid"), note.get("born")
    return isinstance(pid, int) and born is not None and process.birth(pid) == born


def described(file: Path) -> dict[str, object]:
    """Return what `up` says of itself; empty when there is no such note."""
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def _other_workers() -> bool:
    """Tell whether workers of a cluster show signs of life."""
    clustered = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    return clustered and Worker.objects.filter(lease_until__gt=timezone.now()).exists()
