"""The shipped examples of patterns as a person runs them: which there are, and a hand that answers what they ask."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.files.yaml_text import read_text
from orchestrator.management.answers import edits_for
from orchestrator.models import Gate
from tests.chaos.api import AWAY, Answer, Api
from tests.chaos.books import Books
from tests.running import PROJECT

BOARD, PULLED = "tickets", "Ready"
"""The example of P13 is a board, which is run by writing a card where an agent pulls from."""
ENDED = ("succeeded", "failed", "cancelled")


def shipped() -> list[str]:
    """Name the examples that say which pattern they show, and the board."""
    files = sorted((PROJECT / "examples").glob("*/workflow.yaml"))
    return [name for name, pattern in map(_told, files) if pattern] + [BOARD]


def _told(file: Path) -> tuple[str, str]:
    said: Any = read_text(file.read_text()).plain()
    return str(said["workflow"]), str(said.get("labels", {}).get("pattern", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Starts examples and approves what they ask."""

    api: Api
    books: Books

    def begin(self, name: str, key: str) -> None:
        """Start an example; whether the answer arrives does not matter, as `root` finds what was started."""
        try:
            answer = self._board() if name == BOARD else self._run(name, key)
        except AWAY:
            return
        assert answer.status in (200, 201), answer

    def _run(self, name: str, key: str) -> Answer:
        return self.api.call("POST", "/runs", {"workflow": name, "input": {}, "key": key})

    def _board(self) -> Answer:
        (board,) = (one for one in self.api.get("/boards")["items"] if one["name"] == BOARD)
        (column,) = (one for one in self.api.get(f"/boards/{board['id']}")["columns"] if one["name"] == PULLED)
        wanted = {"title": "Charged twice", "column": column["id"]}
        return self.api.call("POST", f"/boards/{board['id']}/cards", wanted)

    def root(self, name: str, key: str) -> str:
        """Return the run that was started last by this key, or of the card that was written last; empty before."""
        by_card = "SELECT id FROM orchestrator_run WHERE card_id = (SELECT max(id) FROM orchestrator_card)"
        by_key = "SELECT id FROM orchestrator_run WHERE key = ?"
        rows = self.books.read(by_card) if name == BOARD else self.books.read(by_key, key)
        return str(rows[0][0]) if rows else ""

    def family(self, root: str) -> list[str]:
        """Return a run with all below it."""
        found, level = [root], [root]
        while level:
            marks = ", ".join("?" * len(level))
            rows = self.books.read(f"SELECT id FROM orchestrator_run WHERE parent_id IN ({marks})", *level)
            level = [str(row[0]) for row in rows]
            found += level
        return found

    def status(self, root: str) -> str:
        """Return how a run stands."""
        return str(self.books.read("SELECT status FROM orchestrator_run WHERE id = ?", root)[0][0])

    def answer(self, root: str) -> None:
        """Approve what a run or one below it asks now, once; nobody may be there to hear it."""
        try:
            for run_id in self.family(root):
                for gate in self.api.call("GET", f"/approvals?status=open&run={run_id}").body["items"]:
                    self._approve(gate)
        except AWAY:
            return

    def _approve(self, gate: Any) -> None:
        edits = edits_for(Gate(shown=gate["shown"], edit=gate["edit"], edit_schema=gate["edit_schema"]))
        wanted = {"verdict": "approve", "digest": gate["digest"], "edits": edits}
        answer = self.api.call("POST", f"/approvals/{gate['id']}/decision", wanted)
        assert answer.status in (200, 409) or answer.status >= 500, answer

    def see_through(self, root: str, seconds: float = 120.0) -> str:
        """Answer until a run has ended, and return how."""
        until = time.monotonic() + seconds
        while (status := self.status(root)) not in ENDED:
            assert time.monotonic() < until, f"run {root} is still {status} after {seconds:g} s"
            self.answer(root)
            time.sleep(0.05)
        return status
