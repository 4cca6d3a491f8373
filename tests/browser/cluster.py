"""Two web processes on one PostgreSQL and one Valkey server, and the address that leads to one or the other."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.management.bench.browsers import TEXT, masked
from orchestrator.supervisor import valkey
from tests.chaos.api import Api
from tests.chaos.fleet import Fleet, database
from tests.conftest import poll
from tests.running import data_folder


class Forwarder:
    """Hands connections on to one port of this machine, as a load balancer does; which one may change."""

    def __init__(self, target: int) -> None:
        """Begin to listen."""
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        # Only a shutdown wakes the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=carry, args=(client, server), daemon=True).start()


def carry(client: socket.socket, server: socket.socket) -> None:
    """Hand on what comes from either side until one of them ends, then end both."""
    with client, server:
        back = threading.Thread(target=pump, args=(server, client), daemon=True)
        back.start()
        pump(client, server)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on what comes from one side until it ends, then end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for one in (source, sink):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def deaf_socket(url: str, cookie: str, topic: str) -> Iterator[None]:
    """Open a websocket that subscribes to a topic and then reads nothing and acknowledges nothing."""
    host = url.partition("//")[2]
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port))) as deaf:
        head = {"Host": host, "Origin": url, "Upgrade": "websocket", "Connection": "Upgrade", "Cookie": cookie,
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"}  # fmt: skip
        lines = ["GET /ws/live HTTP/1.1", *(f"{key}: {value}" for key, value in head.items()), "", ""]
        deaf.sendall("\r\n".join(lines).encode())
        assert b" 101 " in deaf.recv(4096)
        deaf.sendall(masked(TEXT, json.dumps({"subscribe": {topic: 1}}).encode()))
        yield


class Cluster:
    """A fleet with two web processes; scripts talk to the second one, browsers come through the forwarder."""

    def __init__(self, fleet: Fleet) -> None:
        """Start both, and lead browsers to the first."""
        self.fleet = fleet
        self.spare = socket.create_server(("127.0.0.1", 0))
        fleet.start_services()
        fleet.start("web-2", "web", "--fd", str(self.spare.fileno()), fds=(self.spare.fileno(),))
        self.forwarder = Forwarder(fleet.listener.getsockname()[1])
        fleet.manage("apply", "tests/browser/library")
        token = fleet.manage("token", "script", "--role", "operator").strip().splitlines()[-1]
        self.api = Api(lambda: f"http://127.0.0.1:{self.spare.getsockname()[1]}", token)

    def sign_in_link(self) -> str:
        """Make a link that leads through the forwarder."""
        line = self.fleet.manage("signin", "script").strip().splitlines()[-1]
        return f"{self.forwarder.url}/signin/{line.partition('/signin/')[2]}"

    def kill_first(self) -> None:
        """Kill the web process that browsers come to, and refuse whoever comes after that."""
        self.fleet.running["web"].kill()
        self.fleet.running["web"].wait()
        self.forwarder.target = 9  # nobody listens there
        self.fleet.listener.close()

    def lead_to_second(self) -> None:
        """Lead browsers to the process that is left."""
        self.forwarder.target = self.spare.getsockname()[1]

    def restart_server(self) -> None:
        """Kill the server of broker and hints, with all it held, and start another one in its place."""
        self.fleet.server.kill()
        self.fleet.server.process.wait()
        self.fleet.server = valkey.run(valkey.find(), self.fleet.places, self.fleet.tether)
        poll(lambda: valkey.answers(self.fleet.places.socket), "the Valkey server answers")

    def begin(self) -> str:
        """Start a run that waits for a person, and return it."""
        given = {"workflow": "note", "input": {"words": "Dear all", "copies": 1}}
        return str(self.api.insist("POST", "/runs", given).body["id"])

    def happen(self, run_id: str, number: int) -> None:
        """Make one event: pause and resume in turn."""
        verb = "resume" if number % 2 else "pause"
        assert self.api.insist("POST", f"/runs/{run_id}/{verb}", {}).status == 200


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Have two web processes for a while."""
    with data_folder() as data, database() as url:
        fleet = Fleet(data, url)
        made = None
        try:
            made = Cluster(fleet)
            yield made
        finally:
            if made is not None:
                made.forwarder.close()
                made.spare.close()
            left = fleet.end()
        assert not left, f"of the cluster there are still {left}"
