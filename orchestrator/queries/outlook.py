"""What a run of a workflow will probably take, by what its latest runs took; money only where it was metered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.core.status import RunStatus
from orchestrator.models import Gate
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.tally import money

LATEST = 50
"""Runs that are looked at, the latest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is to be expected, from history. None is unknown, which is not zero."""

    ended: int
    """Runs it is made from: those that succeeded or failed."""
    success: float | None
    median_seconds: float | None
    """From start to end of those that succeeded, people's time included."""
    p90_seconds: float | None
    people_seconds: float | None
    """Median of what they spent waiting for people; None where no run waited."""
    cost_usd: Decimal | None
    """Median of those that were metered."""


def outlook(viewer: object, workflow: str, version: str = "") -> Outlook:
    """Look at the latest runs of a workflow that the viewer may see, of one version if it is named."""
    rows = visible_runs(viewer).filter(workflow=workflow)
    rows = rows.filter(version=version) if version else rows
    rows = rows.filter(status__in=(RunStatus.SUCCEEDED, RunStatus.FAILED)).order_by("-id")
    found = list(rows.values_list("id", "status", "created_at", "ended_at", "cost_usd")[:LATEST])
    good = {row[0]: _seconds(row[2], row[3]) for row in found if row[1] == RunStatus.SUCCEEDED and row[3]}
    waited = _waited(list(good))
    return Outlook(
        ended=len(found), success=len(good) / len(found) if found else None,
        median_seconds=_part(list(good.values()), 0.5), p90_seconds=_part(list(good.values()), 0.9),
        people_seconds=_part(list(waited.values()), 0.5),
        cost_usd=_middle([cost for row in found if (cost := money(row[4])) is not None]),
    )  # fmt: skip


def _waited(run_ids: Sequence[str]) -> dict[str, float]:
    """Add up the seconds each run's gates stood open."""
    found: dict[str, float] = {}
    gates = Gate.objects.filter(run_id__in=run_ids).values_list("run_id", "opened_at", "closed_at")
    for run_id, opened, closed in gates:
        if closed is not None:
            found[run_id] = found.get(run_id, 0.0) + _seconds(opened, closed)
    return found


def _seconds(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds()


def _part(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def _middle(values: Sequence[Decimal]) -> Decimal | None:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None
