"""What machines that watch over an installation count: taken from the database when asked, of all teams together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from orchestrator.core.agents import Lane
from orchestrator.core.status import AttemptStatus, GateStatus, RunStatus
from orchestrator.models import Attempt, Gate, QueueEntry, Run, Timer, Worker
from orchestrator.queries.savings import Saved, saved_of_all
from orchestrator.queries.spend import BudgetLine, Spent, day_budget, spent

ENDS = (
    AttemptStatus.SUCCEEDED, AttemptStatus.FAILED, AttemptStatus.TIMED_OUT, AttemptStatus.LOST, AttemptStatus.CANCELLED,
    AttemptStatus.SUSPENDED,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits, and for how long the first of it has."""

    count: int
    oldest_seconds: float
    """0 when nothing waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Everything that is counted, at one moment."""

    runs: Mapping[str, int]
    """By status, all there ever were."""
    queue: Mapping[str, Waiting]
    """By lane: attempts that could begin and have no slot."""
    used: Mapping[str, int]
    """By lane: attempts that have a slot."""
    approvals: Waiting
    workers: int
    """That show signs of life."""
    slots: int
    attempts: Mapping[str, int]
    """By the way they ended, all there ever were."""
    timers: Waiting
    """That are due."""
    spent: tuple[Spent, ...] = ()
    """By provider and model, all there ever was."""
    day: tuple[BudgetLine, ...] = ()
    """The budget of today over everything."""
    saved: Mapping[str, Saved] = field(default_factory=dict)
    """By agent: what answers that were given again have saved, all there ever were."""


def metrics() -> Metrics:
    """Count everything, in eight queries however much there is, and one for the budget of the day."""
    now = timezone.now()
    lanes = {row["lane"]: row for row in _lanes(now)}
    workers = Worker.objects.filter(lease_until__gt=now).aggregate(count=Count("id"), slots=Sum("slots"))
    gates = Gate.objects.filter(status=GateStatus.OPEN).aggregate(count=Count("id"), first=Min("opened_at"))
    timers = Timer.objects.filter(due_at__lt=now).aggregate(count=Count("id"), first=Min("due_at"))
    runs = dict(Run.objects.values_list("status").annotate(Count("id")).order_by())
    attempts = dict(Attempt.objects.values_list("status").annotate(Count("id")).order_by())
    return Metrics(
        runs={status.value: runs.get(status, 0) for status in RunStatus},
        queue={lane.value: _waiting(lanes.get(lane, {}), now) for lane in Lane},
        used={lane.value: lanes.get(lane, {}).get("used", 0) for lane in Lane},
        approvals=_waiting(gates, now), workers=workers["count"], slots=workers["slots"] or 0,
        attempts={status.value: attempts.get(status, 0) for status in ENDS}, timers=_waiting(timers, now),
        spent=tuple(spent()), day=day_budget(),
        saved=saved_of_all(),
    )  # fmt: skip


def _lanes(now: datetime) -> list[Any]:
    could = Q(worker__isnull=True, held=False, ready_at__lte=now)
    rows = QueueEntry.objects.values("lane").order_by()
    counts = {"count": Count("id", filter=could), "first": Min("ready_at", filter=could)}
    return list(rows.annotate(**counts, used=Count("id", filter=Q(worker__isnull=False))))


def _waiting(row: Mapping[str, Any], now: datetime) -> Waiting:
    first: datetime | None = row.get("first")
    age = 0.0 if first is None else (now - first).total_seconds()
    return Waiting(count=row.get("count", 0), oldest_seconds=max(age, 0.0))
