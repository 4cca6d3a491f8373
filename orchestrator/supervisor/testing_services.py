"""Brings up what the tests talk to, a browser, PostgreSQL and Valkey, or says what is missing and why."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.supervisor import debian, testing_postgres, valkey
from orchestrator.supervisor.places import Places
from orchestrator.supervisor.process import Child, Leash
from orchestrator.supervisor.testing_postgres import Cluster

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(slots=True)
class Services:
    """What is there for one test run."""

    environ: dict[str, str] = field(default_factory=dict)
    """Tells the tests where each service is."""
    missing: list[str] = field(default_factory=list)
    """Says in words what could not be had."""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sb-services-")))
    """Holds what the services need for this run."""
    tether: Leash = field(default_factory=Leash)
    """Ends the services if this process is killed."""
    cluster: Cluster | None = None
    """The PostgreSQL cluster, if it is ours."""
    server: Child | None = None
    """The Valkey server, if it is ours."""

    def start(self) -> None:
        """Bring up each service that was not given by the environment."""
        self.start_browser()
        self.start_postgres()
        self.start_valkey()

    def start_browser(self) -> None:
        """Find Chromium, or install Debian's."""
        if os.environ.get("SIGNALBOX_TEST_CHROMIUM"):
            return
        found = find_browser()
        if found is None and debian.can_install():
            debian.install("chromium", "fonts-dejavu-core")
            found = find_browser()
        if found is None:
            self.missing.append(f"browser: none of {', '.join(BROWSERS)} found. On Debian: apt-get install chromium")
        else:
            self.environ["SIGNALBOX_TEST_CHROMIUM"] = found

    def start_postgres(self) -> None:
        """Use the cluster given by TEST_DATABASE_URL, or make a private one."""
        given = os.environ.get("SIGNALBOX_TEST_POSTGRES") or os.environ.get("TEST_DATABASE_URL")
        if given:
            self.environ["SIGNALBOX_TEST_POSTGRES"] = given
            return
        try:
            self.cluster = testing_postgres.start()
        except testing_postgres.NoPostgres as problem:
            self.missing.append(str(problem))
        else:
            self.environ["SIGNALBOX_TEST_POSTGRES"] = self.cluster.url

    def start_valkey(self) -> None:
        """Use the server given, or run the one that `up` would run."""
        if os.environ.get("SIGNALBOX_TEST_REDIS"):
            return
        places = Places.of(self.folder)
        places.make()
        try:
            self.server = valkey.run(valkey.find(), places, self.tether)
        except valkey.NoServer as problem:
            self.missing.append(f"Valkey: {problem}")
            return
        deadline = time.monotonic() + 10
        while not valkey.answers(places.socket) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.environ["SIGNALBOX_TEST_REDIS"] = f"unix://{places.socket}"

    def stop(self) -> None:
        """Stop what was started here."""
        if self.cluster is not None:
            self.cluster.stop()
        if self.server is not None:
            self.server.kill()
            self.server.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def find_browser() -> str | None:
    """Return a browser the tests can drive."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)
