"""Pause and drain by processes: what is at work ends, nothing new begins, restarts change nothing, resuming wakes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.tree import Tree, planted
from tests.conftest import poll
from tests.running import data_folder

AGENT = """
agent: {name}
role: Waits until it may end.
runtime: http
settings: {{url: "{url}/{name}"}}
---
workflow: ask-{name}
role: Asks {name}.
steps: [{{id: say, agent: {name}}}]
"""
FALLS_BACK = """
workflow: falls-back
role: Has somebody who stands in.
steps: [{id: say, agent: worker, fallback: [other], retry: {attempts: 1}}]
"""
WAITING = "SELECT count(*) FROM orchestrator_queue WHERE waits_for = 'paused:worker' AND worker IS NULL"


class Server(ThreadingHTTPServer):
    """Both agents: who was asked, and whether they may answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.go = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        self.server.go.wait(40)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"1")


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


def waiting(tree: Tree) -> int:
    return int(str(tree.books.read(WAITING)[0][0]))


def test_a_paused_agent_is_drained_and_goes_on_within_a_second_of_being_resumed(
    tree: Tree, server: Server, tmp_path: Path
) -> None:
    for name in ("worker", "other"):
        for number, text in enumerate(
            AGENT.format(name=name, url=f"http://127.0.0.1:{server.server_port}").split("---\n")
        ):
            (tmp_path / f"{name}{number}.yaml").write_text(text)
    (tmp_path / "falls-back.yaml").write_text(FALLS_BACK)
    tree.manage("apply", str(tmp_path))
    api = tree.api()

    def begin(workflow: str) -> str:
        return str(api.insist("POST", "/runs", {"workflow": workflow, "input": {}}).body["id"])

    def begun() -> int:
        return server.asked.count("/worker")

    first = begin("ask-worker")
    poll(lambda: begun() == 1, "it is at work", 20)
    said = api.insist("POST", "/agents/worker/pause", {"reason": "its prompt is being mended"}).body
    assert (said["paused"], said["working"], said["reason"]) == (True, 1, "its prompt is being mended")
    time.sleep(1.1)  # a worker knows of it within a second
    later = [begin("ask-worker") for _ in range(12)]
    poll(lambda: waiting(tree) == 12, "all of them wait", 20)
    server.go.set()
    assert api.ended(first)["status"] == "succeeded", "what is at work ends"
    assert api.ended(begin("ask-other"))["status"] == "succeeded", "twelve that wait hold no slot"
    assert api.ended(begin("falls-back"))["status"] == "succeeded", "its step names somebody else"
    assert tree.manage("agent", "worker").rstrip().endswith("drained, 0 at work, 12 waiting")

    tree.kill()
    tree.start()
    late = begin("ask-worker")
    poll(lambda: waiting(tree) == 13, "a restart changes nothing", 20)
    assert begun() == 1
    assert api.insist("POST", f"/runs/{late}/cancel").status == 200
    assert waiting(tree) == 12, "of a cancelled run nothing waits"

    moment = time.monotonic()
    tree.manage("agent", "worker", "resume")
    told = time.monotonic()
    poll(lambda: begun() > 1, "it goes on", 10)
    assert time.monotonic() - told < 1.0, f"resumed after {time.monotonic() - moment:.2f} s"
    assert {api.ended(one)["status"] for one in later} == {"succeeded"}
    assert begun() == 13
