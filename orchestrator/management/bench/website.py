"""A web process of its own for a benchmark, somebody who is signed in there, and what the process costs."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from orchestrator.models import Team, User
from orchestrator.services.first_start import TEAM
from orchestrator.supervisor import process
from orchestrator.supervisor.places import PROJECT
from orchestrator.supervisor.process import Child

BACKEND = "django.contrib.auth.backends.ModelBackend"
BROWSERS = "orchestrator.management.bench.browsers"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Website:
    """One running web process."""

    port: int
    child: Child

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return what its threads have used so far."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def website() -> Iterator[Website]:
    """Run `manage.py web` on a port of its own for a while."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    fd = listener.fileno()
    line = [sys.executable, str(PROJECT / "manage.py"), "web", "--fd", str(fd)]
    environ = {"SIGNALBOX_DATA": str(settings.DATA), "SIGNALBOX_ROLE": "web"}
    child = process.start("web", line, process.Leash(), settings.PLACES.logs / "web.log", environ, (fd,))
    found = Website(listener.getsockname()[1], child)
    try:
        _wait(found)
        yield found
    finally:
        child.ask_to_stop()
        try:
            child.process.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.process.wait()
        listener.close()


def get(site: Website, path: str, signed_in: str = "") -> bytes:
    """Fetch a page; raises OSError when it is not there or refused."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers={"Cookie": signed_in} if signed_in else {})
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise OSError(f"{path} answers {answer.status}")
        return answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"{path}: {error}") from error
    finally:
        connection.close()


def _wait(site: Website) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            get(site, "/healthz")
        except OSError as error:
            if site.child.ended() is not None or time.monotonic() > until:
                raise RuntimeError(f"the web process does not answer: {error}\n{site.child.last_words()}") from error
            time.sleep(0.05)
        else:
            return


def operator() -> User:
    """Return the person whose browsers these are."""
    team, _ = Team.objects.get_or_create(name=TEAM)
    return User.objects.get_or_create(username="bench", defaults={"role": "operator", "team": team})[0]


def cookie(user: User) -> str:
    """Sign somebody in and return what their browser sends."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Audience:
    """Many browsers in a process of their own."""

    def __init__(self, site: Website, path: str, signed_in: str, sockets: int, subscribe: Mapping[str, int]) -> None:
        """Open them all and wait until each shows something."""
        self._file = settings.DATA / "shown.bin"
        asked = {"port": site.port, "path": path, "cookie": signed_in, "sockets": sockets,
                 "subscribe": dict(subscribe), "file": str(self._file)}  # fmt: skip
        line = [sys.executable, "-m", BROWSERS, json.dumps(asked)]
        self._process = subprocess.Popen(
            line, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            said = self._process.communicate()[1]
            raise RuntimeError(f"the browsers did not open: {said}\n{site.child.last_words()}")

    def leave(self) -> tuple[array[float], int]:
        """Close them all; return what they showed, and how many the server had closed before.

        What they showed is a flat row of browser, event and moment (monotonic seconds).
        """
        closed, said = self._process.communicate(timeout=PATIENCE_SECONDS)
        if self._process.returncode:
            raise RuntimeError(f"the browsers gave up: {said}")
        shown = array("d")
        shown.frombytes(self._file.read_bytes())
        return shown, int(closed)
