"""Something to look at and to act on: a note and a review that wait for a person, and a card that waits for nobody."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser import evidence
from tests.browser.desk import Desk
from tests.conftest import poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stands on the board of notes, by its numbers."""

    card: int
    """Waits in Review, for the gate."""
    version: int
    """Of that card."""
    idle: int
    """Lies in Ideas."""
    column: int
    """Ideas itself."""
    run: str
    gate: int
    digest: str


def notes(desk: Desk) -> Scene:
    """Write two cards by the API and start one of them."""
    api = desk.api("operator")
    columns = {one["name"]: one["id"] for one in api.get("/boards/notes")["columns"]}
    waiting = {"title": "A note to be signed", "column": columns["In progress"], "input": {"words": "Dear all"}}
    card = api.insist("POST", "/boards/notes/cards", waiting).body["id"]
    idle = api.insist("POST", "/boards/notes/cards", {"title": "A note for later", "labels": ["later"]}).body["id"]
    poll(lambda: api.get(f"/cards/{card}")["approval"], "the note waits to be signed", 30)
    gate = api.get(f"/approvals/{api.get(f'/cards/{card}')['approval']}")
    return Scene(
        card=card, version=api.get(f"/cards/{card}")["version"], idle=idle, column=columns["Ideas"],
        run=gate["run_id"], gate=gate["id"], digest=gate["digest"],
    )  # fmt: skip


def decide(desk: Desk, note: Scene) -> None:
    """Reject a note by the API."""
    refusal = {"verdict": "reject", "comment": "Not in this tone.", "digest": note.digest}
    assert desk.api("operator").insist("POST", f"/approvals/{note.gate}/decision", refusal).status == 200


def review(desk: Desk, title: str) -> str:
    """Have a small folder reviewed up to its gate and return the run."""
    folder = evidence.folder(desk.data / title)
    wanted = {"workflow": "repo-review", "input": {"path": str(folder)}, "title": title}
    run = str(desk.api("operator").insist("POST", "/runs", wanted).body["id"])
    poll(lambda: gates(desk, run), "the review waits for a person", 60)
    return run


def gates(desk: Desk, run: str) -> list[dict[str, object]]:
    """List the open approvals of a run."""
    return list(desk.api("operator").get(f"/approvals?status=open&run={run}")["items"])
