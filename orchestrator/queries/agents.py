"""Agents: their contracts, and what each is doing now. Contracts belong to all teams, work to one."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.status import AttemptStatus
from orchestrator.models import AgentVersion, Attempt, QueueEntry, Run
from orchestrator.queries.page import Page, cut, numbers, texts
from orchestrator.queries.scope import in_team, signed_in

LATEST = 200
"""How many of its latest tries an agent's figures are made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNow:
    """One agent with what it does and did, as far as the viewer may see it."""

    agent: AgentVersion
    working: tuple[QueueEntry, ...]
    """Claimed attempts, the longest first."""
    queued: int
    """Attempts that wait for a slot."""
    last_success: Attempt | None
    last_failure: Attempt | None
    tried: int
    """Tries looked at for the figures: the latest 200."""
    success_rate: float | None
    """Share of those that succeeded; None where there were none."""
    median_seconds: float | None


def agents(viewer: object, cursor: str = "", limit: int = 50) -> Page[AgentVersion]:
    """List the current version of each agent by name."""
    signed_in(viewer)
    rows = AgentVersion.objects.filter(is_current=True).order_by("name")
    last = texts(cursor)
    return cut(rows.filter(name__gt=last) if last is not None else rows, limit, lambda row: [row.name])


def agent_detail(viewer: object, name: str) -> AgentVersion:
    """Return the current version of an agent; raises RejectedMissing."""
    signed_in(viewer)
    found = AgentVersion.objects.filter(name=name, is_current=True).first()
    if found is None:
        raise RejectedMissing(f"There is no agent {name[:80]!r}.")
    return found


def agent_versions(viewer: object, name: str, cursor: str = "", limit: int = 50) -> Page[AgentVersion]:
    """List all versions of an agent, latest first."""
    agent_detail(viewer, name)
    rows = AgentVersion.objects.filter(name=name).order_by("-version")
    last = numbers(cursor, 1)
    return cut(rows.filter(version__lt=last[0]) if last else rows, limit, lambda row: [row.version])


def agents_now(viewer: object, agents: tuple[AgentVersion, ...]) -> tuple[AgentNow, ...]:
    """Say for each of these agents what it is doing and what it did last."""
    mine = Run.objects.filter(in_team(viewer)).values("id")
    names = [agent.name for agent in agents]
    live = list(QueueEntry.objects.filter(agent__in=names, run_id__in=mine).order_by("claimed_at", "id"))
    return tuple(_now(viewer, agent, [entry for entry in live if entry.agent == agent.name]) for agent in agents)


def _now(viewer: object, agent: AgentVersion, live: list[QueueEntry]) -> AgentNow:
    mine = Run.objects.filter(in_team(viewer)).values("id")
    tries = list(Attempt.objects.filter(agent=agent.name, run_id__in=mine).order_by("-ended_at")[:LATEST])
    counted = [one for one in tries if one.status != AttemptStatus.CANCELLED]
    good = [one for one in counted if one.status == AttemptStatus.SUCCEEDED]
    spans = sorted((one.ended_at - one.started_at).total_seconds() for one in good if one.started_at)
    return AgentNow(
        agent=agent,
        working=tuple(entry for entry in live if entry.worker is not None),
        queued=sum(entry.worker is None for entry in live),
        last_success=good[0] if good else None,
        last_failure=next((one for one in counted if one.status != AttemptStatus.SUCCEEDED), None),
        tried=len(counted),
        success_rate=len(good) / len(counted) if counted else None,
        median_seconds=spans[len(spans) // 2] if spans else None,
    )
