"""What `/healthz`, `/readyz` and `/metrics` say while the database, the broker or every worker is really gone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.supervisor import process, ready, valkey
from orchestrator.supervisor.places import Places
from tests.conftest import poll
from tests.running import PROJECT, environ
from tests.supervisor.test_database_away import ask
from tests.supervisor.test_roles import free_port

READY = {"status": "ready", "database": "ok", "broker": "ok", "workers": "ok"}


class Site:
    """One web process and one worker on a database, with a broker of their own."""

    def __init__(self, data: Path, tether: process.Leash) -> None:
        """Start everything."""
        places = Places.of(data)
        places.make()
        self.broker = valkey.run(valkey.find(), places, tether)
        poll(lambda: valkey.answers(places.socket), "the broker answers", 60)
        self.environ = environ(SIGNALBOX_DATA=str(data), REDIS_URL=f"unix://{places.socket}")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=PROJECT, env=self.environ, check=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.web = self.start("web", "--port", str(port))
        self.worker = self.start("worker")
        poll(lambda: ready.responds("127.0.0.1", port, "/healthz"), "the web process answers", 120)

    def start(self, *line: str) -> subprocess.Popen[bytes]:
        """Start one role."""
        return subprocess.Popen([sys.executable, "manage.py", *line], cwd=PROJECT, env=self.environ)

    def readyz(self) -> tuple[int, dict[str, str]]:
        """Ask whether all is well."""
        status, text = ask(f"{self.url}/readyz")
        return status, json.loads(text)


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a site on a folder with a short path; nothing of it is left."""
    tether = process.Leash()
    with tempfile.TemporaryDirectory(prefix="sb-health-", ignore_cleanup_errors=True) as folder:
        made = Site(Path(folder), tether)
        yield made
        for one in (made.web, made.worker, made.broker.process):
            one.kill()
            one.wait()


def test_each_missing_part_is_named_in_words_and_being_alive_is_something_else(site: Site) -> None:
    poll(lambda: site.readyz() == (200, READY), "everything is there", 120)
    site.worker.send_signal(signal.SIGKILL)
    gone = READY | {"status": "not ready", "workers": "none shows a sign of life"}
    poll(lambda: site.readyz() == (503, gone), "the worker's lease runs out", 60)
    site.broker.process.kill()
    gone |= {"broker": "does not answer"}
    poll(lambda: site.readyz() == (503, gone), "the broker is gone", 30)
    assert ask(f"{site.url}/healthz") == (200, "ok\n")
