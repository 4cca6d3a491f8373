"""`manage.py up`: starts everything in order on one data folder, says where it is, and stops it all again."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator.supervisor import lock, process, ready, valkey
from orchestrator.supervisor.places import PROJECT, Places
from orchestrator.supervisor.process import Child
from orchestrator.supervisor.watch import Alarm, Stopped, Watch

EVERY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to


class Refused(Exception):
    """`up` cannot start as asked; the message says why and what to do."""


def main(arguments: list[str], started: float) -> int:
    """Run until stopped and return the exit code; `started` is when the operator called."""
    options = read(arguments)
    places = Places.of(options.data)
    try:
        places.make()
        with lock.take(places.lock):
            return Up(options, places, started).run()
    except lock.Taken as problem:
        say(f"{problem} runs on {places.data} already. Stop that one, or choose another folder with --data.")
    except (Refused, valkey.NoServer, ready.NotReady, OSError) as problem:
        say(str(problem))
    return 1


def read(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start Signalbox on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 picks a free one")
    parser.add_argument("--data", type=Path, default=os.environ.get("SIGNALBOX_DATA") or PROJECT / "var")
    parser.add_argument("--no-demo", action="store_true", help="do not load the shipped examples")
    return parser.parse_args(arguments)


class Up:
    """One run of `up`."""

    def __init__(self, options: argparse.Namespace, places: Places, started: float) -> None:
        """Take over signals; nothing is started yet."""
        self.options, self.places, self.started = options, places, started
        self.tether = process.Leash()
        self.watch = Watch(Alarm(), places.children, say)
        self.pause: Callable[[float], None] = self.watch.alarm.pause
        self.environ = {"SIGNALBOX_DATA": str(places.data)}

    def run(self) -> int:
        """Start, watch, stop."""
        self.clear_up()
        try:
            listener = listen(self.options.host, self.options.port)
            self.start_server()
            signin = self.prepare(address(listener))
            self.start_roles(listener)
            self.announce(address(listener), signin)
            self.watch.keep()
        except Stopped:
            say("stopping")
        finally:
            self.places.up.unlink(missing_ok=True)
            self.watch.stop()
            self.places.clear()
        say("stopped")
        return 0

    def clear_up(self) -> None:
        """Remove what an earlier `up` that was killed has left."""
        self.places.up.unlink(missing_ok=True)
        left = process.end_recorded(self.places.children)
        shutil.rmtree(self.places.homes, ignore_errors=True)
        if left:
            say(f"ended what an earlier start had left running: {', '.join(left)}")

    def start_server(self) -> None:
        """Start the embedded broker unless another one is given."""
        if os.environ.get("REDIS_URL"):
            say("using the server of REDIS_URL as broker and channel layer")
            return
        program = valkey.find()
        say(f"using {program.origin} as broker and channel layer")
        child = self.watch.add("valkey", lambda: valkey.run(program, self.places, self.tether))
        ready.wait(lambda: valkey.answers(self.places.socket), child, 10, self.pause)

    def prepare(self, url: str) -> str:
        """Bring database, static files and examples up to date; return a one-time sign-in link."""
        log = self.places.logs / "prepare.log"
        log.unlink(missing_ok=True)
        result = self.places.run / "prepare.json"
        demo = ["--no-demo"] if self.options.no_demo else []
        # The folder is locked, so the workers of its own database are all dead; another one may have others.
        alone = [] if os.environ.get("DATABASE_URL") else ["--alone"]
        child = self.manage("prepare", ["--url", url, "--output", str(result), *demo, *alone])
        try:
            ready.wait(lambda: child.ended() == 0, child, 300, self.pause)
        finally:
            child.kill()
        warnings = log.read_text(errors="replace").strip()
        if warnings:
            print(warnings, file=sys.stderr)
        return str(json.loads(result.read_text())["signin"])

    def start_roles(self, listener: socket.socket) -> None:
        """Start web, worker and timers, and wait until pages are served and work is taken."""
        self.environ |= hosts_to_allow(self.options.host)
        beacon = self.places.run / "worker.ready"
        beacon.unlink(missing_ok=True)
        fd = listener.fileno()
        web = self.watch.add("web", lambda: self.manage("web", ["--fd", str(fd)], pass_fds=(fd,)))
        worker = self.watch.add("worker", lambda: self.manage("worker", ["--ready-file", str(beacon)]))
        self.watch.add("timers", lambda: self.manage("timers", []))
        host, port = reachable(listener)
        ready.wait(lambda: ready.responds(host, port, "/healthz"), web, 60, self.pause)
        ready.wait(beacon.exists, worker, 60, self.pause)

    def manage(self, command: str, arguments: list[str], pass_fds: tuple[int, ...] = ()) -> Child:
        """Start one management command as a child."""
        line = [sys.executable, str(PROJECT / "manage.py"), command, *arguments]
        log = self.places.logs / f"{command}.log"
        environ = self.environ | ({"SIGNALBOX_LOG_FILE": str(log)} if command != "prepare" else {})
        return process.start(command, line, self.tether, log, environ, pass_fds)

    def announce(self, url: str, signin: str) -> None:
        """Tell people on the console, and programs in up.json, that everything is ready."""
        seconds = round(time.time() - self.started, 1)
        content = {"url": url, "signin": signin, "pid": os.getpid(), "ready_seconds": seconds}
        process.write_whole(self.places.up, content | {"born": process.birth(os.getpid())})
        print(f"\nSignalbox is ready at {url} after {seconds} s.", flush=True)
        print(f"Sign in with this link, once, within ten minutes:\n\n    {signin}\n", flush=True)
        print(f"Data and logs are in {self.places.data}. Ctrl-C stops everything.\n", flush=True)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket here, so that the port is known at once and stays ours when web restarts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as problem:
        raise Refused(f"cannot listen on {host}, port {port}: {problem}. --port 0 picks a free port.") from problem
    return listener


def reachable(listener: socket.socket) -> tuple[str, int]:
    """Return a host and port under which this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    if host in EVERY_HOST:
        host = "::1" if listener.family == socket.AF_INET6 else "127.0.0.1"
    return host, port


def address(listener: socket.socket) -> str:
    """Write the socket as a web address."""
    host, port = reachable(listener)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hosts_to_allow(host: str) -> dict[str, str]:
    """Name the hosts that pages may be asked for under, when the operator has not: this machine, by its names."""
    if os.environ.get("SIGNALBOX_ALLOWED_HOSTS"):
        return {}
    names = {"localhost", "127.0.0.1", "[::1]"}
    names |= {socket.gethostname(), socket.getfqdn()} if host in EVERY_HOST else {f"[{host}]" if ":" in host else host}
    return {"SIGNALBOX_ALLOWED_HOSTS": ",".join(sorted(names))}


def say(text: str) -> None:
    """Tell the operator what happens."""
    print(f"signalbox: {text}", file=sys.stderr, flush=True)
