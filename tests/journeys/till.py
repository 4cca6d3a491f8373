"""What tests of risky tools have before them: runs of one agent, decisions at their gates, acts noted in files."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.api import Api
from tests.chaos.tree import Tree
from tests.conftest import poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What the tests have before them."""

    tree: Tree
    api: Api
    folder: Path

    def out(self, name: str) -> Path:
        return self.folder / name

    def start(self, agent: str, name: str, **given: Any) -> str:
        """Start a run of one agent, whose acts are noted in a file of that name."""
        body = {"workflow": f"with-{agent}", "input": {**given, "out": str(self.out(name))}, "key": name}
        answer = self.api.insist("POST", "/runs", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def decide(self, run_id: str, verdict: str, **more: Any) -> None:
        """Decide at the run's open gate as a person would."""
        gate = self.api.open_gate(run_id)
        answer = self.api.insist("POST", f"/approvals/{gate['id']}/decision",
                                 {"verdict": verdict, "digest": gate["digest"], **more})  # fmt: skip
        assert answer.status == 200, answer

    def acts(self, name: str) -> list[list[str]]:
        """Return the acts that were noted, each with the number of the worker that did it."""
        file = self.out(name)
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.rsplit(" ", 1) for line in lines]


def kill_worker(tree: Tree) -> int:
    """Kill the worker as nobody could expect it, and wait for the next one; return the number of the dead one."""
    dead = tree.child("worker")
    os.kill(dead, signal.SIGKILL)
    poll(lambda: tree.child_or_none("worker") not in (None, dead), "there is another worker", 30)
    return dead
