"""Agents that are part of Signalbox: they put results together, in the worker, where references are resolved."""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec, Lane

MERGE = AgentSpec(
    name="merge", role="Puts the results of branches or items together.", runtime="merge", version=0, lane=Lane.QUICK
)
BUILTIN = {MERGE.name: MERGE}
