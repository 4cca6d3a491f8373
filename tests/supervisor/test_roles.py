"""The roles of a cluster, each by its own command, on PostgreSQL and a server given by URL."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestrator.supervisor import ready, testing_postgres
from tests.conftest import poll
from tests.running import PROJECT, environ


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL server: the one of this test run, or one of our own."""
    given = os.environ.get("SIGNALBOX_TEST_POSTGRES")
    if given:
        yield given
        return
    if testing_postgres.find() is None:
        pytest.skip("PostgreSQL: no server programs on this machine")
    cluster = testing_postgres.start()
    yield cluster.url
    cluster.stop()


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """Give the address of an empty database."""
    name = f"roles_{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace(":///postgres?", f":///{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def cluster(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Give the environment that every process of a cluster shares."""
    return environ(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SIGNALBOX_DATA=str(tmp_path / "data"),
        SIGNALBOX_SECRET_KEY=secrets.token_urlsafe(50),
    )


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start one role."""
    return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=PROJECT, env=environment)


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_each_role_starts_by_its_command_and_ends_by_sigterm(cluster: dict[str, str], tmp_path: Path) -> None:
    """U3: what docker-compose.yml runs."""
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare", "--no-demo", "--url", "http://signalbox.example"],
        cwd=PROJECT,
        env=cluster,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["signin"].startswith("http://signalbox.example/signin/")
    port, beacon = free_port(), tmp_path / "worker.ready"
    roles = {
        "web": start(cluster, "web", "--port", str(port)),
        "worker": start(cluster, "worker", "--ready-file", str(beacon)),
        "timers": start(cluster, "timers"),
    }
    try:
        poll(lambda: ready.responds("127.0.0.1", port, "/signin/"), "pages are served", 30)
        poll(beacon.exists, "work is taken", 30)
        assert {name: role.poll() for name, role in roles.items()} == dict.fromkeys(roles)
    finally:
        for role in roles.values():
            role.send_signal(signal.SIGTERM)
        ends = {name: role.wait(15) for name, role in roles.items()}
    assert set(ends.values()) <= {0, -signal.SIGTERM, 143}


def test_a_taken_port_ends_web_with_words(cluster: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "web", "--port", str(taken.getsockname()[1])],
            cwd=PROJECT,
            env=cluster,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert "is it taken?" in done.stderr
