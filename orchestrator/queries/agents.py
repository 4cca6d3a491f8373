"""Agents: their contracts, which belong to all teams. What each is doing now is in `agents_now`."""

from __future__ import annotations

from orchestrator.core.errors import RejectedMissing
from orchestrator.core.words import suggestion
from orchestrator.models import AgentVersion
from orchestrator.queries.page import Page, cut, numbers, texts
from orchestrator.queries.scope import signed_in

MOST_KNOWN = 1_000
"""Names that are looked through for the one somebody may have meant."""


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
