"""What each agent is doing now, what it did last, and how its last 24 hours went. Contracts are in `agents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.models import AgentVersion, Attempt, QueueEntry, Run
from orchestrator.queries.agent_work import latest_of, record_of, work_of

DAY = timedelta(hours=24)
LATEST = 300
"""Attempts looked at for one agent, the latest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDay:
    """One agent as far as the viewer may see its work. None is unknown, which is not zero."""

    agent: AgentVersion
    working: tuple[QueueEntry, ...]
    """Claimed attempts, the longest first; not more than 20."""
    working_count: int
    queued: int
    last_success: Attempt | None
    last_failure: Attempt | None
    tried: int
    """Attempts of the last 24 hours that the figures are made from; those that were called off do not count."""
    success: float | None
    median_seconds: float | None
    p95_seconds: float | None
    cost_usd: Decimal | None
    """Of the metered ones among them."""

    @property
    def status(self) -> str:
        """Return the status it is coloured by: what it does now, and while it is idle whether it failed last."""
        if self.working:
            return "running"
        return "queued" if self.queued else "failed" if self.last and self.last == self.last_failure else "pending"

    @property
    def doing(self) -> str:
        """Say what it does now."""
        parts = [f"{self.working_count} running"] if self.working else []
        parts += [f"{self.queued} queued"] if self.queued else []
        return ", ".join(parts) or "idle"

    @property
    def last(self) -> Attempt | None:
        """Return what it did last, well or badly."""
        both = [one for one in (self.last_success, self.last_failure) if one is not None]
        return max(both, key=lambda one: one.ended_at, default=None)


def agent_days(viewer: object, agents: Sequence[AgentVersion], now: datetime | None = None) -> tuple[AgentDay, ...]:
    """Describe these agents; one short question each, by the index of attempts, and three for all together."""
    since, names = (now or datetime.now(UTC)) - DAY, [agent.name for agent in agents]
    work, latest = work_of(viewer, names), latest_of(viewer, names)
    found = []
    for agent in agents:
        record, has, last = record_of(viewer, agent.name, LATEST, since), work[agent.name], latest[agent.name]
        found.append(AgentDay(
            agent=agent, working=has.claims, working_count=has.working, queued=has.queued, last_success=last.success,
            last_failure=last.failure, tried=record.tried, success=record.success, p95_seconds=record.p95_seconds,
            median_seconds=record.median_seconds, cost_usd=record.cost_usd,
        ))  # fmt: skip
    return tuple(found)


def titles_of(days: Sequence[AgentDay]) -> dict[str, str]:
    """Return what to call the runs these agents work on, or worked on last."""
    ids = {entry.run_id for one in days for entry in one.working[:1]} | {one.last.run_id for one in days if one.last}
    runs = Run.objects.filter(pk__in=ids).only("id", "title", "workflow")
    return {run.id: run.title or run.workflow for run in runs}
