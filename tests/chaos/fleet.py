"""A cluster under test: PostgreSQL, a Valkey server, one web process, timers, and workers that come and go."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import redis

from orchestrator.supervisor import leash, process, testing_postgres, valkey
from orchestrator.supervisor.places import Places
from tests.chaos import processes
from tests.chaos.api import Api
from tests.chaos.books import PostgresBooks
from tests.chaos.tree import hooked, manage
from tests.conftest import poll
from tests.running import PROJECT, environ


@contextmanager
def database() -> Iterator[str]:
    """Make a database on the server given to the test run, or on one of our own, and return its address."""
    given = os.environ.get("SIGNALBOX_TEST_POSTGRES")
    cluster = None if given else testing_postgres.start()
    server = given or (cluster.url if cluster else "")
    name = f"chaos_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        address, mark, options = server.partition("?")
        yield f"{address.rpartition('/')[0]}/{name}{mark}{options}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        if cluster is not None:
            cluster.stop()


class Fleet:
    """The processes of one cluster, all on the test's leash."""

    def __init__(self, data: Path, url: str) -> None:
        """Start what workers need, and one web process; no worker yet."""
        self.data, self.books = data, PostgresBooks(url)
        self.starts = data / "chaos" / "starts"
        self.tether = process.Leash()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.places = Places.of(data)
        self.places.make()
        (data / "chaos").mkdir()
        self.starts.touch()
        self.server = valkey.run(valkey.find(), self.places, self.tether)
        poll(lambda: valkey.answers(self.places.socket), "the Valkey server answers")
        self.own = {"DATABASE_URL": url, "REDIS_URL": f"unix://{self.places.socket}", "SIGNALBOX_DATA": str(data)}
        self.manage("prepare", "--output", str(data / "prepare.json"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def start(self, name: str, *line: str, fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        """Start one command of the cluster under a name."""
        env = hooked(self.data, **self.own) | {leash.VARIABLE: str(self.tether.childs_end)}
        command = [sys.executable, "manage.py", *line]
        with open(self.places.logs / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=PROJECT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, pass_fds=(self.tether.childs_end, *fds),
            )  # fmt: skip
        return self.running[name]

    def start_services(self) -> None:
        """Start web and timers."""
        self.start("web", "web", "--fd", str(self.listener.fileno()), fds=(self.listener.fileno(),))
        self.start("timers", "timers")

    def start_worker(self, name: str) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it takes work."""
        beacon = self.data / f"{name}.ready"
        beacon.unlink(missing_ok=True)
        started = self.start(name, "worker", "--ready-file", str(beacon))
        poll(beacon.exists, f"{name} takes work", 60)
        return started

    def manage(self, *line: str) -> str:
        """Run a management command on the cluster."""
        return manage(*line, env=environ(**self.own))

    def api(self) -> Api:
        """Make a token and return its caller."""
        return Api(lambda: self.url, self.manage("token", "chaos", "--role", "operator").strip().splitlines()[-1])

    def claims(self, run_id: str) -> dict[int, int]:
        """Return how many attempts of a run each worker holds, by its pid."""
        held = "SELECT w.pid, count(*) FROM orchestrator_queue q JOIN orchestrator_worker w ON w.id = q.worker"
        return {row[0]: row[1] for row in self.books.read(f"{held} WHERE q.run_id = ? GROUP BY w.pid", run_id)}

    def busy_worker(self, run_id: str, seconds: float = 30.0) -> subprocess.Popen[bytes]:
        """Wait until a worker holds attempts of a run while another is there too, and return it."""
        workers = {one.pid: one for name, one in self.running.items() if name.startswith("worker")}
        until = time.monotonic() + seconds
        while not (held := {pid: count for pid, count in self.claims(run_id).items() if pid in workers and count > 1}):
            assert time.monotonic() < until, f"no worker took hold of run {run_id}\n{self.words()}"
        return workers[max(held, key=lambda pid: held[pid])]

    def flush(self) -> None:
        """Empty the broker and the channel layer."""
        with closing(redis.Redis(unix_socket_path=str(self.places.socket))) as connection:
            connection.flushall()

    def log(self, of: subprocess.Popen[bytes]) -> str:
        """Return what a process said."""
        name = next(name for name, one in self.running.items() if one is of)
        return (self.places.logs / f"{name}.log").read_text(errors="replace")

    def words(self) -> str:
        """Return what was said last, for a test that fails."""
        logs = sorted(self.places.logs.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def end(self) -> list[processes.Process]:
        """End everything, and return what is left of it."""
        tree = [one for started in self.running.values() for one in processes.family(started.pid)]
        for started in self.running.values():
            started.send_signal(signal.SIGCONT)
            started.terminate()
        for started in self.running.values():
            try:
                started.wait(5)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
        self.books.close()
        self.server.kill()
        self.server.process.wait()
        self.listener.close()
        return processes.gone(tree, processes.leashes(tree), 3)


@contextmanager
def assembled(data: Path) -> Iterator[Fleet]:
    """Have a cluster with two workers for a while."""
    with database() as url:
        fleet = Fleet(data, url)
        try:
            fleet.start_services()
            fleet.start_worker("worker-1")
            fleet.start_worker("worker-2")
            yield fleet
        finally:
            left = fleet.end()
        assert not left, f"of the cluster there are still {left}"


def events(fleet: Fleet, run_id: str) -> int:
    """Return how many events a run has."""
    return int(fleet.books.read("SELECT n FROM orchestrator_run WHERE id = ?", run_id)[0][0])
