"""What each agent is doing now, what it did last, and how its last 24 hours went. Contracts are in `agents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef

from orchestrator.core.status import AttemptStatus
from orchestrator.models import AgentVersion, Attempt, QueueEntry, Run
from orchestrator.queries.scope import in_team

DAY = timedelta(hours=24)
LATEST = 300
"""Attempts looked at for one agent, the latest ones."""
PARTS = ("agent", "run_id", "path", "attempt", "status", "failure", "reason", "started_at", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDay:
    """One agent as far as the viewer may see its work. None is unknown, which is not zero."""

    agent: AgentVersion
    working: tuple[QueueEntry, ...]
    """Claimed attempts, the longest first."""
    queued: int
    last_success: Attempt | None
    last_failure: Attempt | None
    tried: int
    """Attempts of the last 24 hours that the figures are made from; those that were called off do not count."""
    success: float | None
    p95_seconds: float | None

    @property
    def status(self) -> str:
        """Return the status it is coloured by: what it does now."""
        return "running" if self.working else "queued" if self.queued else "pending"

    @property
    def doing(self) -> str:
        """Say what it does now."""
        parts = [f"{len(self.working)} running"] if self.working else []
        parts += [f"{self.queued} queued"] if self.queued else []
        return ", ".join(parts) or "idle"

    @property
    def last(self) -> Attempt | None:
        """Return what it did last, well or badly."""
        both = [one for one in (self.last_success, self.last_failure) if one is not None]
        return max(both, key=lambda one: one.ended_at, default=None)


def agent_days(viewer: object, agents: Sequence[AgentVersion], now: datetime | None = None) -> tuple[AgentDay, ...]:
    """Describe these agents; one short question each, by the index of attempts, and one for all that is at work."""
    since = (now or datetime.now(UTC)) - DAY
    seen = Exists(Run.objects.filter(in_team(viewer), pk=OuterRef("run_id")))
    live = list(QueueEntry.objects.filter(seen, agent__in=[one.name for one in agents]).order_by("claimed_at", "id"))
    return tuple(_day(agent, [entry for entry in live if entry.agent == agent.name], since, seen) for agent in agents)


def titles_of(days: Sequence[AgentDay]) -> dict[str, str]:
    """Return what to call the runs these agents work on, or worked on last."""
    ids = {entry.run_id for one in days for entry in one.working[:1]} | {one.last.run_id for one in days if one.last}
    runs = Run.objects.filter(pk__in=ids).only("id", "title", "workflow")
    return {run.id: run.title or run.workflow for run in runs}


def _day(agent: AgentVersion, live: list[QueueEntry], since: datetime, seen: Exists) -> AgentDay:
    rows = Attempt.objects.filter(seen, agent=agent.name).exclude(status=AttemptStatus.CANCELLED)
    tries = list(rows.order_by("-ended_at").only(*PARTS)[:LATEST])
    today = [one for one in tries if one.ended_at > since]
    good = [one for one in today if one.status == AttemptStatus.SUCCEEDED]
    spans = sorted((one.ended_at - one.started_at).total_seconds() for one in today if one.started_at)
    return AgentDay(
        agent=agent,
        working=tuple(entry for entry in live if entry.worker is not None),
        queued=sum(entry.worker is None for entry in live),
        last_success=next((one for one in tries if one.status == AttemptStatus.SUCCEEDED), None),
        last_failure=next((one for one in tries if one.status != AttemptStatus.SUCCEEDED), None),
        tried=len(today),
        success=len(good) / len(today) if today else None,
        p95_seconds=spans[min(len(spans) - 1, int(len(spans) * 0.95))] if spans else None,
    )
