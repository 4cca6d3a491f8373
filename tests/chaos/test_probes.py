"""R3 with processes: an agent that fails is opened, stays so while its example fails or is answered wrongly, and is
closed once it is answered well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.tree import Tree, planted
from tests.conftest import poll
from tests.running import data_folder

AGENT = """
agent: capitals
role: Knows capitals.
runtime: http
settings: {{url: "{url}"}}
input: {{type: object, required: [country], properties: {{country: {{type: string}}}}}}
output: {{type: object, required: [capital], properties: {{capital: {{type: string}}}}}}
examples:
  - {{name: france, input: {{country: France}}, expect: ["output.capital == 'Paris'"]}}
probe: france
---
workflow: ask
role: Asks for a capital.
output: steps.say.output.capital
steps:
  - {{id: say, agent: capitals, with: {{country: "'France'"}}, retry: {{attempts: 1}}}}
"""
CHANGES = "SELECT why FROM orchestrator_breakerchange WHERE key = 'agent:capitals' ORDER BY id"
STATES = "SELECT state FROM orchestrator_breaker"


class Server(ThreadingHTTPServer):
    """The agent: `says` is what it answers, empty while it is down."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says = ""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.server.says else 500)
        self.end_headers()
        self.wfile.write(f'{{"capital": "{self.server.says}"}}'.encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def tree() -> Iterator[Tree]:
    with data_folder() as data, planted(data) as tree:
        yield tree


def whys(tree: Tree) -> str:
    return "\n".join(str(row[0]) for row in tree.books.read(CHANGES))


def hurry(tree: Tree) -> None:
    """Let both of its breakers be probed in a second, however long they would stay open."""
    for of in ("agent", "provider"):
        tree.manage("breaker", "capitals", "trip", "--of", of, "--seconds", "1", "--reason", "the test is in a hurry")


def test_probes_check_what_the_example_is_answered(tree: Tree, server: Server, tmp_path: Path) -> None:
    """R3"""
    for number, text in enumerate(AGENT.format(url=f"http://127.0.0.1:{server.server_port}/").split("---\n")):
        (tmp_path / f"{number}.yaml").write_text(text)
    tree.manage("apply", str(tmp_path))
    api = tree.api()

    def begin() -> str:
        return str(api.insist("POST", "/runs", {"workflow": "ask", "input": {}}).body["id"])

    assert {api.ended(begin())["status"] for _ in range(5)} == {"failed"}
    poll(lambda: "failures in a row" in whys(tree), "five failures open it", 10)
    waiting = begin()
    poll(lambda: "a probe failed: unavailable" in whys(tree), "its probe fails while it is down", 30)

    server.says = "London"
    hurry(tree)
    wrong = "a probe failed: `output.capital == 'Paris'` does not hold: output.capital is \"London\""
    poll(lambda: wrong in whys(tree), "its probe fails while it answers wrongly", 30)
    assert api.run(waiting)["status"] == "running", "work waits for a good answer"

    server.says = "Paris"
    hurry(tree)
    poll(lambda: {row[0] for row in tree.books.read(STATES)} == {"closed"}, "both are closed once it is well", 40)
    assert api.ended(waiting)["output"] == "Paris"
