"""Agents of every runtime that answer amiss, each in one way, with the servers and the worker elsewhere behind them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from orchestrator.client import Worker
from tests.llm.answers import Answer
from tests.llm.server import ModelServer

FAULTS = ("rubbish", "wrong-schema", "nothing", "too-much", "never")
RUNTIMES = ("callable", "command", "http", "llm", "remote")
MUCH = 100_000_000
"""Bytes: far more than any may return."""
SCORE = "{type: object, required: [score], properties: {score: {type: integer}}}"
PYTHON = dict(zip(FAULTS, ("talks-rubbish", "breaks-its-word", "says-nothing", "talks-for-ever", "hangs"), strict=True))
"""Agents of `misbehaving.py`."""
SHELL = {
    "rubbish": "echo nothing of the sort", "wrong-schema": "printf '{\\\"score\\\": \\\"high\\\"}'", "nothing": "true",
    "too-much": f"head -c {MUCH} /dev/zero", "never": "sleep 1000",
}  # fmt: skip
BODY = {"rubbish": b'{"score": ', "wrong-schema": b'{"score": "high"}', "nothing": b"null", "too-much": b""}
MODEL = {
    "rubbish": Answer(raw='{"score": '), "wrong-schema": Answer(value={"score": "high"}), "nothing": Answer(text=""),
    "too-much": Answer(raw=f'{{"score": 1, "more": "{"x" * MUCH}"}}', piece=1 << 20), "never": Answer(before=30.0),
}  # fmt: skip
FUNCTION: dict[str, Callable[[Any, Any], Any]] = {
    "rubbish": lambda given, ctx: {1, 2, 3}, "wrong-schema": lambda given, ctx: {"score": "high"},
    "nothing": lambda given, ctx: None, "too-much": lambda given, ctx: {"score": 1, "more": "x" * MUCH},
    "never": lambda given, ctx: ctx.stop.wait(30),
}  # fmt: skip
HEAD = "agent: {name}\nrole: Answers amiss.\ntimeout: {seconds}s\n"
WORKFLOW = """\
workflow: amiss-{runtime}-{fault}
role: Has somebody who stands in.
steps:
  - {{id: score, agent: {agent}, retry: {{attempts: 2, backoff: 100ms}}, fallback: [stands-in]}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What answers for agents that are elsewhere: an address for each fault, so that no breaker is shared."""

    http: dict[str, str]
    models: dict[str, str]


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.path.strip("/")
        if fault == "never":
            time.sleep(30)
        body = BODY.get(fault, b"")
        self.send_response(200)
        self.send_header("Content-Length", str(MUCH if fault == "too-much" else len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for _ in range(MUCH // 1_000_000 if fault == "too-much" else 0):
                self.wfile.write(b" " * 1_000_000)
            self.wfile.write(body)


@contextmanager
def behind() -> Iterator[Behind]:
    """Have a server for each fault, of both sorts."""
    with ExitStack() as stack:
        http, models = {}, {}
        for fault in FAULTS:
            listener = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
            listener.daemon_threads = True
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(listener.server_close)
            stack.callback(listener.shutdown)
            http[fault] = f"http://127.0.0.1:{listener.server_port}/{fault}"
            model = stack.enter_context(ModelServer())
            model.script(MODEL[fault])
            models[fault] = model.url
        yield Behind(http=http, models=models)


@contextmanager
def elsewhere(url: str, token: str) -> Iterator[None]:
    """Have workers elsewhere that lease their work, one for each fault."""
    workers = [Worker(url, token, name=f"amiss-{fault}", lease_seconds=5.0) for fault in FAULTS]
    threads = [
        threading.Thread(target=one.serve, args=({f"remote-{fault}": FUNCTION[fault]},), kwargs={"grace_seconds": 0.5})
        for one, fault in zip(workers, FAULTS, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in workers:
            one.stop()
        for thread in threads:
            thread.join(20)


def agent(runtime: str, fault: str) -> str:
    """Return the name of who answers so."""
    return PYTHON[fault] if runtime == "callable" else f"{runtime}-{fault}"


def written(folder: Path, at: Behind) -> None:
    """Write the files of all agents and workflows."""
    for runtime in RUNTIMES:
        for fault in FAULTS:
            name = agent(runtime, fault)
            text = WORKFLOW.format(runtime=runtime, fault=fault, agent=name)
            (folder / f"workflow-{runtime}-{fault}.yaml").write_text(text)
            if runtime != "callable":
                (folder / f"agent-{name}.yaml").write_text(
                    HEAD.format(name=name, seconds=2 if fault == "never" else 60) + _how(runtime, fault, at)
                )


def _how(runtime: str, fault: str, at: Behind) -> str:
    match runtime:
        case "command":
            output = f"{{type: object, properties: {{result: {SCORE}}}}}"
            return f'command: [git, -c, "alias.x=!{SHELL[fault]}", x]\nsettings: {{output: json}}\noutput: {output}\n'
        case "http":
            return f"runtime: http\nsettings: {{url: '{at.http[fault]}'}}\noutput: {SCORE}\n"
        case "llm":
            return f"model: openai:tiny\nsettings: {{base_url: '{at.models[fault]}'}}\noutput: {SCORE}\n"
        case _:
            return f"runtime: remote\noutput: {SCORE}\n"
