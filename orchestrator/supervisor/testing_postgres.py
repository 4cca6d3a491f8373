"""A private PostgreSQL cluster for a test run: finds or installs the server, starts it on a unix socket, removes it.

Ordinary durability: what the tests show must hold for a server as people run it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.supervisor import debian
from orchestrator.supervisor.process import Child, Leash
from orchestrator.supervisor.process import start as start_child

DEBIAN_FOLDERS = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root; Debian's package brings this account.
ACCOUNT = "postgres"


class NoPostgres(Exception):
    """There is no PostgreSQL server to test on; the message says what was tried."""


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A running private cluster."""

    folder: Path
    """Holds its data and its socket."""
    child: Child
    """The server on its leash."""
    tether: Leash
    """Kept open for as long as the server shall live."""

    @property
    def url(self) -> str:
        """Address its database."""
        return f"postgres:///postgres?host={self.folder}&user={ACCOUNT}"

    def stop(self) -> None:
        """Stop the server, so that it gives its shared memory back, and remove its files."""
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            self.child.process.send_signal(signal.SIGINT)
            self.child.process.wait(10)
        self.child.kill()
        self.child.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def find() -> Path | None:
    """Return the folder of server programs that really run, the newest first."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(DEBIAN_FOLDERS.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    return next((folder for folder in folders if works(folder)), None)


def works(folder: Path) -> bool:
    """Tell whether both programs are there and are what their names say."""
    for name in ("initdb", "postgres"):
        try:
            done = subprocess.run([folder / name, "--version"], capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode or "PostgreSQL" not in done.stdout:
            return False
    return True


def find_or_install() -> Path:
    """Return the server's programs, installing Debian's package where that is possible."""
    found = find()
    if found is None and debian.can_install():
        debian.keep_from_making_a_cluster()
        debian.install("postgresql")
        found = find()
    if found is None:
        raise NoPostgres(
            "PostgreSQL: no server programs (initdb, postgres) found. On Debian: apt-get install postgresql"
        )
    return found


def start(programs: Path | None = None) -> Cluster:
    """Make a cluster in a temporary folder and start it."""
    programs = programs or find_or_install()
    folder = Path(tempfile.mkdtemp(prefix="sb-pg-"))
    as_account: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
        as_account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", "--"]
    initdb = ["initdb", "-D", str(folder / "data"), "-U", ACCOUNT, "--auth=trust", "--encoding=UTF8", "--no-locale"]
    done = subprocess.run(
        [*as_account, str(programs / initdb[0]), *initdb[1:]], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise NoPostgres(f"PostgreSQL: initdb failed: {done.stderr.strip()[-500:]}")
    server = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="]
    command = [sys.executable, "-S", "-m", "orchestrator.supervisor.leash", "--", *as_account, *server]
    tether = Leash()
    child = start_child("postgres", command, tether, folder / "server.log", {})
    cluster = Cluster(folder=folder, child=child, tether=tether)
    wait_until_ready(cluster, programs)
    return cluster


def wait_until_ready(cluster: Cluster, programs: Path) -> None:
    """Ask the server until it takes connections."""
    deadline = time.monotonic() + 30
    while subprocess.run([programs / "pg_isready", "-q", "-h", str(cluster.folder)]).returncode:
        if cluster.child.ended() is not None or time.monotonic() > deadline:
            words = cluster.child.last_words()
            cluster.stop()
            raise NoPostgres(f"PostgreSQL: the server did not start:\n{words}")
        time.sleep(0.05)
