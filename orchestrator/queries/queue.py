"""The queue in one question: for each agent what is at work and what waits. Every page asks, so it is plain SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Count, Min

from orchestrator.models import QueueEntry
from orchestrator.models.fields import EPOCH, micros
from orchestrator.queries.scope import signed_in

REASONS = 3
"""Reasons for waiting that a run's page names."""
_SEEN = "EXISTS (SELECT 1 FROM orchestrator_run r WHERE r.id = q.run_id AND (r.team_id IS NULL OR r.team_id = %s))"
_LOADS = f"""
SELECT agent, COUNT(CASE WHEN seen THEN worker END), COUNT(CASE WHEN seen AND worker IS NULL THEN 1 END),
COUNT(CASE WHEN NOT far THEN worker END), COUNT(CASE WHEN NOT far THEN due END), MIN(CASE WHEN NOT far THEN due END),
COUNT(CASE WHEN far THEN worker END), COUNT(CASE WHEN far THEN due END), MIN(CASE WHEN far THEN due END)
FROM (SELECT agent, worker, {_SEEN} AS seen, lane = 'remote' OR parked_until IS NOT NULL AND worker IS NOT NULL AS far,
      CASE WHEN worker IS NULL AND NOT held AND ready_at <= %s THEN ready_at END AS due
      FROM orchestrator_queue q) AS looked
GROUP BY agent
"""  # noqa: S608 - parts of our own
_CLAIMS = f"SELECT q.* FROM orchestrator_queue q WHERE worker IS NOT NULL AND {_SEEN} ORDER BY claimed_at, id"  # noqa: S608 - parts of our own

_IN_HAND = """
SELECT run_id, COUNT(*), COUNT(worker), MIN(path), MAX(path)
FROM orchestrator_queue WHERE run_id IN ({}) GROUP BY run_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the queue holds for one agent: of the viewer's team, and of everybody."""

    working: int = 0
    queued: int = 0
    """Attempts that wait for a slot, also those that are not due yet."""
    claimed: int = 0
    """Attempts at work in slots of ours, whosever they are."""
    due: int = 0
    """Attempts that are due and wait for a slot, whosever they are."""
    since: datetime | None = None
    """When the oldest of them became due."""
    away: int = 0
    """Attempts at work elsewhere, in no slot of ours, whosever they are."""
    away_due: int = 0
    """Attempts that wait for somebody elsewhere to lease them."""
    away_since: datetime | None = None
    """When the oldest of those became due."""


def loads(viewer: object, now: datetime | None = None) -> Mapping[str, Load]:
    """Return for each agent that the queue knows what it holds for it."""
    values = [signed_in(viewer).team_id, micros(now or datetime.now(UTC))]
    with connection.cursor() as cursor:
        cursor.execute(_LOADS, values)
        rows = cursor.fetchall()
    return {
        agent: Load(working=working, queued=queued, claimed=claimed, due=due,
                    since=_moment(since), away=away, away_due=away_due, away_since=_moment(away_since))
        for agent, working, queued, claimed, due, since, away, away_due, away_since in rows
    }  # fmt: skip


def _moment(since: int | None) -> datetime | None:
    return None if since is None else EPOCH + timedelta(microseconds=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """What the queue holds of one run."""

    total: int
    working: int
    low: str
    high: str
    """First and last path in order."""


def work_in(run_ids: Sequence[str]) -> Mapping[str, InHand]:
    """Return what the queue holds of these runs; those of which it holds nothing are left out."""
    if not run_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_HAND.format(", ".join(["%s"] * len(run_ids))), list(run_ids))
        rows = cursor.fetchall()
    return {run_id: InHand(total=total, working=working, low=low, high=high)
            for run_id, total, working, low, high in rows}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Why some attempts of a run go on waiting though there are slots: a limit, a breaker, the same work elsewhere."""

    why: str
    count: int
    path: str
    """The first of their steps."""


def waits_in(run_id: str) -> list[Wait]:
    """Return what attempts of a run wait for, by reason; those that wait for a slot only are left out."""
    rows = QueueEntry.objects.filter(run_id=run_id, worker=None, held=False).exclude(waits_why="").order_by()
    found = rows.values_list("waits_why").annotate(number=Count("id"), first=Min("path"))
    return [Wait(why=why, count=count, path=path)
            for why, count, path in found.order_by("-number", "waits_why")[:REASONS]]  # fmt: skip


def waits_of(run_id: str) -> dict[str, str]:
    """Return by step why attempts of a run wait."""
    rows = QueueEntry.objects.filter(run_id=run_id, worker=None).exclude(waits_why="")
    return dict(rows.values_list("path", "waits_why"))


def claims(viewer: object) -> list[QueueEntry]:
    """List the attempts at work that the viewer may see, the longest first: no more than there are slots."""
    return list(QueueEntry.objects.raw(_CLAIMS, [signed_in(viewer).team_id]))
