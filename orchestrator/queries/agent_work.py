"""What agents have in hand now and what each did last: few questions, however long their queue and their past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef
from django.db.models.functions import Cast

from orchestrator.core.status import AttemptStatus
from orchestrator.core.trials import PREFIX
from orchestrator.models import Attempt, QueueEntry, Run
from orchestrator.queries.queue import Load, claims, loads
from orchestrator.queries.scope import in_team, signed_in
from orchestrator.queries.tally import money
from orchestrator.reliability.cache import GIVEN

NAMED = 20
"""Claims of one agent that are listed; the others are counted."""
LOOKED = 300
"""Latest attempts of an agent among which its last success and failure are looked for."""
PARTS = ("agent", "run_id", "path", "attempt", "status", "failure", "reason", "started_at", "ended_at")

_LATEST = """SELECT * FROM (SELECT agent, id, ended_at, CASE WHEN status = %s THEN 1 ELSE 0 END AS good
FROM orchestrator_attempt a WHERE agent = %s AND status NOT IN (%s, %s) AND EXISTS (SELECT 1 FROM orchestrator_run r
WHERE r.id = a.run_id AND (r.team_id IS NULL OR r.team_id = %s)
AND r.workflow NOT LIKE 'try:%%') ORDER BY ended_at DESC LIMIT {looked}) AS of_{place}"""
_FIRST = """SELECT agent, good, id FROM (SELECT agent, good, id, ROW_NUMBER() OVER (PARTITION BY agent, good
ORDER BY ended_at DESC, id DESC) AS place FROM ({}) AS latest) AS numbered WHERE place = 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one agent has in hand, as far as the viewer may see it."""

    claims: tuple[QueueEntry, ...] = ()
    """Attempts at work, the longest first; not more than 20."""
    working: int = 0
    queued: int = 0
    """Attempts that wait for a slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """An agent's last success and last failure; None where its latest 300 attempts hold none."""

    success: Attempt | None = None
    failure: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How an agent's latest attempts went, without trials and what was called off. None is unknown, which is not 0."""

    tried: int
    success: float | None
    spans: tuple[float, ...]
    """Seconds each of them took, in ascending order."""
    cost_usd: Decimal | None
    """Of those that were metered."""

    @property
    def p95_seconds(self) -> float | None:
        """Return the time that 19 of 20 did not exceed."""
        return self.spans[min(len(self.spans) - 1, int(len(self.spans) * 0.95))] if self.spans else None

    @property
    def median_seconds(self) -> float | None:
        """Return the time that half of them did not exceed."""
        return self.spans[len(self.spans) // 2] if self.spans else None


def work_of(viewer: object, agents: Sequence[str], queue: Mapping[str, Load] | None = None) -> dict[str, Work]:
    """Say for each of these agents what it has in hand; `queue` is what was asked for already."""
    queue = loads(viewer) if queue is None else queue
    held = {name: queue.get(name, Load()) for name in agents}
    at_work: dict[str, list[QueueEntry]] = {}
    if any(one.working for one in held.values()):
        for entry in claims(viewer):
            at_work.setdefault(entry.agent, []).append(entry)
    return {
        name: Work(claims=tuple(at_work.get(name, ())[:NAMED]), working=one.working, queued=one.queued)
        for name, one in held.items()
    }


def latest_of(viewer: object, agents: Sequence[str]) -> dict[str, Latest]:
    """Return the last success and the last failure of each of these agents, in two questions."""
    if not agents:
        return {}
    team = signed_in(viewer).team_id
    parts, values = [], list[str | int | None]()
    for place, name in enumerate(agents):
        parts.append(_LATEST.format(looked=LOOKED, place=place))
        left_out = (AttemptStatus.CANCELLED.value, AttemptStatus.SUSPENDED.value)
        values += [AttemptStatus.SUCCEEDED.value, name, *left_out, team]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(" UNION ALL ".join(parts)), values)
        ids = {(agent, bool(good)): pk for agent, good, pk in cursor.fetchall()}
    found = Attempt.objects.only(*PARTS).in_bulk(list(ids.values()))
    return {
        name: Latest(success=found.get(ids.get((name, True), 0)), failure=found.get(ids.get((name, False), 0)))
        for name in agents
    }  # fmt: skip


def record_of(viewer: object, agent: str, limit: int, since: datetime | None = None, only_good: bool = False) -> Record:
    """Return how the latest attempts of an agent went, one short question by the index of attempts.

    `only_good` leaves the time of those that failed out of the spans.
    """
    mine = Run.objects.filter(in_team(viewer), pk=OuterRef("run_id")).exclude(workflow__startswith=PREFIX)
    rows = Attempt.objects.filter(Exists(mine), agent=agent)
    rows = rows.exclude(status__in=(AttemptStatus.CANCELLED, AttemptStatus.SUSPENDED))
    rows = rows.exclude(note__startswith=GIVEN)  # an answer that was given again is no work of its own
    rows = rows.filter(ended_at__gt=since) if since else rows
    took = Cast(F("ended_at"), BigIntegerField()) - Cast(F("started_at"), BigIntegerField())
    found = list(rows.order_by("-ended_at").annotate(took=took).values_list("status", "took", "cost_usd")[:limit])
    good = sum(status == AttemptStatus.SUCCEEDED for status, _, _ in found)
    costs = [cost for _, _, text in found if (cost := money(text)) is not None]
    wanted = (span for status, span, _ in found if not only_good or status == AttemptStatus.SUCCEEDED)
    return Record(
        tried=len(found), success=good / len(found) if found else None,
        spans=tuple(sorted(span / 1e6 for span in wanted if span is not None)),
        cost_usd=sum(costs, Decimal(0)) if costs else None,
    )  # fmt: skip
