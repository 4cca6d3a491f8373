"""Finding a server program, and what is said where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from orchestrator.supervisor import valkey
from tests.running import PROJECT

BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))


def find_with(python: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Look for a server in another interpreter, whose packages and PATH are its own."""
    code = "from orchestrator.supervisor import valkey; print(valkey.find())"
    environ = {"PATH": str(path)}
    return subprocess.run([python, "-c", code], cwd=PROJECT, env=environ, capture_output=True, text=True)


def test_the_server_of_the_installed_package_comes_first(tmp_path: Path) -> None:
    pretender = tmp_path / "valkey-server"
    pretender.write_text("#!/bin/sh\n")
    pretender.chmod(0o755)
    found = find_with(sys.executable, tmp_path)
    assert "the bundled Valkey server" in found.stdout


def test_a_server_on_the_path_is_second(tmp_path: Path) -> None:
    other = tmp_path / "redis-server"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert str(other) in find_with(BASE_PYTHON, tmp_path).stdout


def test_where_there_is_no_server_the_remedies_are_named(tmp_path: Path) -> None:
    """U3: the fallback chain ends with words."""
    found = find_with(BASE_PYTHON, tmp_path)
    assert found.returncode != 0
    assert "apt-get install valkey-server" in found.stderr
    assert "REDIS_URL=redis://host:6379" in found.stderr


def test_the_server_listens_on_its_socket_only(redis_url: str) -> None:
    socket = Path(redis_url.removeprefix("unix://").partition("?")[0])
    assert valkey.answers(socket)
    assert socket.stat().st_mode & 0o077 == 0, "no other user may enqueue work"
    assert not valkey.answers(socket.with_name("nobody.sock"))
