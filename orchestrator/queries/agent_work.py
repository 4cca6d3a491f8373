"""What agents have in hand now and what each did last: few questions, however long their queue and their past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from orchestrator.core.status import AttemptStatus
from orchestrator.models import Attempt, QueueEntry
from orchestrator.queries.queue import Load, claims, loads
from orchestrator.queries.scope import signed_in

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
