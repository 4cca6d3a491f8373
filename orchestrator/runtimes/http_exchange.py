"""One request and its answer over HTTP/1.1: no redirect, no proxy, at most so many bytes and so much time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from orchestrator.runtimes.http_hosts import Hosts

CONNECT_SECONDS = 5.0
WATCH_SECONDS = 0.05
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes


@dataclass(slots=True, kw_only=True)
class Bounds:
    """What an exchange may take."""

    seconds: float
    size: int
    """Bytes of the answer's body."""
    stop: threading.Event


class Cut(Exception):
    """No whole answer came: the connection was refused, failed or was cut."""


class TooLong(Exception):
    """No whole answer came in time."""


class TooLarge(Exception):
    """The answer is larger than it may be."""


class Stopped(Exception):
    """Nobody wants the answer any more."""


def exchange(request: Request, hosts: Hosts, bounds: Bounds) -> Answer:
    """Send a request and return its answer; raises Cut, TooLong, TooLarge, Stopped, or Forbidden for the address."""
    until = time.monotonic() + bounds.seconds
    try:
        with _connected(urlsplit(request.url), hosts, until) as connection, _watched(connection, until, bounds.stop):
            connection.request(request.method, _target(request.url), request.body or None, {**request.headers})
            answer = _read(connection.getresponse(), bounds.size)
            if bounds.stop.is_set() or time.monotonic() >= until:
                raise http.client.IncompleteRead(b"")  # cut by us: what was read only looks like the end
            return answer
    except (OSError, http.client.HTTPException, ValueError) as error:
        if bounds.stop.is_set():
            raise Stopped from error
        if time.monotonic() >= until or isinstance(error, TimeoutError):
            raise TooLong from error
        raise Cut(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextmanager
def _connected(parts: SplitResult, hosts: Hosts, until: float) -> Iterator[http.client.HTTPConnection]:
    """Connect to an address that was checked: the name is not looked up again, so it can't mean another one by now."""
    host, secure = parts.hostname or "", parts.scheme == "https"
    connection = http.client.HTTPConnection(host, parts.port or (443 if secure else 80))
    sock = _open(host, connection.port, hosts, until)
    connection.sock = _context().wrap_socket(sock, server_hostname=host) if secure else sock
    try:
        yield connection
    finally:
        connection.close()


def _open(host: str, port: int, hosts: Hosts, until: float) -> socket.socket:
    """Try one address after the other."""
    problem: OSError = TimeoutError()
    for family, address in hosts.addresses(host, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(CONNECT_SECONDS, until - time.monotonic()) if until > time.monotonic() else 0.001)
            sock.connect(address)
            sock.settimeout(max(until - time.monotonic(), 0.001))
            return sock
        except TimeoutError:
            sock.close()
            problem = ConnectionError(f"{host} does not answer on port {port}")
        except OSError as error:
            sock.close()
            problem = error
    raise problem


@contextmanager
def _watched(connection: http.client.HTTPConnection, until: float, stop: threading.Event) -> Iterator[None]:
    """Cut the connection when the time is over or nobody wants the answer: a read that trickles never times out."""
    over = threading.Event()
    sock = connection.sock

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            if stop.is_set() or time.monotonic() >= until:
                try:
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # past TLS, which would wait for the other side
                except OSError:
                    return  # it is closed already
                return

    thread = threading.Thread(target=watch, name="http", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _read(response: http.client.HTTPResponse, most: int) -> Answer:
    said = response.length
    if said is not None and said > most:
        raise TooLarge
    body = bytearray()
    while piece := response.read(CHUNK):
        body += piece
        if len(body) > most:
            raise TooLarge
    if said is not None and len(body) < said:
        raise http.client.IncompleteRead(bytes(body[-100:]), said - len(body))
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, headers=headers, body=bytes(body))


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
