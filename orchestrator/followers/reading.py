"""Reads from a run where its card belongs and why it is not moving. Moving the card is in `cards`."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.ids import StepPath, name_of
from orchestrator.core.status import GateStatus, RunStatus
from orchestrator.models import Card, Column, Gate, Policy, QueueEntry, Run, Timer

MOST_NAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a run means for its card."""

    policy: str
    """Kind of column the card belongs in."""
    why: str
    """Why it is not moving, in one sentence; empty when it is done."""
    verb: str
    """What to write into the card's history when it moves."""
    note: str = ""
    """What to write beside it."""


def read_run(run: Run) -> Reading:
    """Return what a run means for its card."""
    match run.status:
        case RunStatus.SUCCEEDED:
            return Reading(policy=Policy.DONE, why="", verb="finished")
        case RunStatus.FAILED | RunStatus.CANCELLED:
            return Reading(policy=Policy.FAILED, why=_said(run.status, run.reason), verb=run.status, note=run.reason)
        case RunStatus.WAITING if (gate := _open_gate(run)) is not None:
            return Reading(policy=Policy.GATE, why=f"waits for approval: {gate.title}"[:300], verb="waits",
                           note=gate.title)  # fmt: skip
        case RunStatus.PAUSED:
            return Reading(policy=Policy.WORKFLOW, why="paused; resume its run to go on", verb="goes on")
        case _:
            return Reading(policy=Policy.WORKFLOW, why=_work(run)[:300], verb="goes on")


def column_for(card: Card, run: Run, reading: Reading) -> Column | None:
    """Return where a card belongs; None means that its board has no such column and it stays."""
    rows = Column.objects.filter(board=card.board_id, policy=reading.policy).order_by("position")
    if reading.policy == Policy.WORKFLOW:
        rows = rows.filter(workflow=run.workflow)
    found = list(rows)
    # Of several it stays in the one it is in.
    return next((column for column in found if column.pk == card.column_id), found[0] if found else None)


def _said(status: str, reason: str) -> str:
    return f"{status}: {reason}"[:300] if reason else status


def _open_gate(run: Run) -> Gate | None:
    return Gate.objects.filter(run_id=run.id, status=GateStatus.OPEN).order_by("opened_at", "id").first()


def _work(run: Run) -> str:
    """Say what a live run is doing, or what it waits for."""
    entries = list(QueueEntry.objects.filter(run_id=run.id).only("path", "worker", "attempt")[:200])
    busy = [entry for entry in entries if entry.worker]
    if busy:
        return f"running: {_named(busy)}"
    again = [entry for entry in entries if entry.attempt > 1]
    if again:
        return f"waits to try again: {_named(again)}"
    if entries:
        return f"waits for a slot: {_named(entries)}"
    return "waits for a time" if Timer.objects.filter(run_id=run.id).exists() else "running"


def _named(entries: list[QueueEntry]) -> str:
    names = list(dict.fromkeys(name_of(StepPath(entry.path)) for entry in entries))
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
