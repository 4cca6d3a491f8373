"""A script's side of the API: one token, plain HTTP, and patience while servers come and go."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

AWAY = (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any


class Api:
    """Calls the API; where it is may change between calls."""

    def __init__(self, where: Callable[[], str], token: str) -> None:
        """Take the token; `where` gives the server's address."""
        self.where, self.token = where, token

    def call(self, method: str, path: str, body: object = None, seconds: float = 10.0) -> Answer:
        """Call once; raises one of AWAY when nobody answers."""
        request = urllib.request.Request(
            f"{self.where()}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, json.loads(refused.read() or b"null"))

    def insist(self, method: str, path: str, body: object = None, seconds: float = 60.0) -> Answer:
        """Call until somebody answers with something else than `later`."""
        until = time.monotonic() + seconds
        while True:
            try:
                answer = self.call(method, path, body)
                if answer.status < 500 or time.monotonic() > until:
                    return answer
            except AWAY:
                if time.monotonic() > until:
                    raise
            time.sleep(0.02)

    def get(self, path: str) -> Any:
        """Return what is at a path, which must be there."""
        answer = self.insist("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def run(self, run_id: str) -> Any:
        """Return a run with its steps."""
        return self.get(f"/runs/{run_id}")

    def ended(self, run_id: str, seconds: float = 60.0) -> Any:
        """Wait for a run's end and return it."""
        until = time.monotonic() + seconds
        while (run := self.run(run_id))["status"] not in ("succeeded", "failed", "cancelled"):
            assert time.monotonic() < until, f"run {run_id} is still {run['status']}, waiting on {run['waiting_on']}"
            time.sleep(0.03)
        return run

    def open_gate(self, run_id: str, seconds: float = 120.0) -> Any:
        """Wait until a run waits for a person, and return the approval."""
        until = time.monotonic() + seconds
        while not (gates := self.get(f"/approvals?status=open&run={run_id}")["items"]):
            assert time.monotonic() < until, f"run {run_id} waits for nobody after {seconds:g} s"
            time.sleep(0.02)
        return gates[0]
