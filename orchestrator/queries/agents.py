"""Agents: their contracts, and what each is doing now. Contracts belong to all teams, work to one."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.words import suggestion
from orchestrator.models import AgentVersion, Attempt, QueueEntry
from orchestrator.queries.agent_work import Latest, Work, latest_of, record_of, work_of
from orchestrator.queries.page import Page, cut, numbers, texts
from orchestrator.queries.scope import signed_in

MOST_KNOWN = 1_000
"""Names that are looked through for the one somebody may have meant."""
LATEST = 200
"""How many of its latest tries an agent's figures are made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNow:
    """One agent with what it does and did, as far as the viewer may see it."""

    agent: AgentVersion
    working: tuple[QueueEntry, ...]
    """Claimed attempts, the longest first; not more than 20."""
    working_count: int
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
        known = (
            AgentVersion.objects.filter(is_current=True).order_by("name").values_list("name", flat=True)[:MOST_KNOWN]
        )
        raise RejectedMissing(f"There is no agent {name[:80]!r}; {suggestion(name, known) or 'none is loaded yet'}.")
    return found


def agent_version(viewer: object, name: str, version: int | None = None) -> AgentVersion:
    """Return one version of an agent, the current one unless another is named; raises RejectedMissing."""
    current = agent_detail(viewer, name)
    if version in (None, current.version):
        return current
    found = AgentVersion.objects.filter(name=name, version=version).first() if 0 < (version or 0) < 1 << 31 else None
    if found is None:
        raise RejectedMissing(f"There is no version {version} of {name}.")
    return found


def agent_versions(viewer: object, name: str, cursor: str = "", limit: int = 50) -> Page[AgentVersion]:
    """List all versions of an agent, latest first."""
    agent_detail(viewer, name)
    rows = AgentVersion.objects.filter(name=name).order_by("-version")
    last = numbers(cursor, 1)
    return cut(rows.filter(version__lt=last[0]) if last else rows, limit, lambda row: [row.version])


def agents_now(viewer: object, agents: tuple[AgentVersion, ...]) -> tuple[AgentNow, ...]:
    """Say for each of these agents what it is doing and what it did last."""
    names = [agent.name for agent in agents]
    work, latest = work_of(viewer, names), latest_of(viewer, names)
    return tuple(_now(viewer, agent, work[agent.name], latest[agent.name]) for agent in agents)


def _now(viewer: object, agent: AgentVersion, work: Work, latest: Latest) -> AgentNow:
    record = record_of(viewer, agent.name, LATEST, only_good=True)
    return AgentNow(
        agent=agent, working=work.claims, working_count=work.working, queued=work.queued,
        last_success=latest.success, last_failure=latest.failure, tried=record.tried, success_rate=record.success,
        median_seconds=record.median_seconds,
    )  # fmt: skip
