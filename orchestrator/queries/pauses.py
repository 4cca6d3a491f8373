"""Which agents are paused, since when, by whom and why. Pauses belong to the whole installation, like agents."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.models import AgentPause
from orchestrator.queries.scope import signed_in


def paused(viewer: object, agents: Sequence[str] | None = None) -> dict[str, AgentPause]:
    """Return the pause of each agent that is paused, or of these only."""
    signed_in(viewer)
    rows = AgentPause.objects.order_by("agent")
    return {row.agent: row for row in (rows if agents is None else rows.filter(agent__in=agents))}
