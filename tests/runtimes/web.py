"""A server that agents may stand behind: it answers as it is told and writes down what it was asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """An answer; `raw` is sent as it is and the connection closed."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    raw: bytes | None = None


def said(value: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {name.replace("_", "-"): text for name, text in headers.items()})


class Web:
    """One server. `reply` is asked for every answer."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.reply: Callable[[Asked], Reply] = lambda asked: said({"sum": 3})
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(size))
                web.log.append(asked)
                self._answer(web.reply(asked))

            def _answer(self, reply: Reply) -> None:
                time.sleep(reply.seconds)
                if reply.raw is not None:
                    self.wfile.write(reply.raw)
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = _any  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:
                pass

            def log_error(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # whoever asked has hung up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/agent"

    @property
    def acts(self) -> set[str]:
        """Return the idempotency keys of all that was asked to be done."""
        return {asked.headers["idempotency-key"] for asked in self.log if asked.method != "GET"}


@contextmanager
def web() -> Iterator[Web]:
    made = Web()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


def standing(replies: Mapping[str, Reply]) -> str:
    """Start a server that ends with the tests, and answers by its path; return its address."""
    made = Web()
    made.reply = lambda asked: replies[asked.path]
    threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return made.url.removesuffix("/agent")
