"""Agents that are part of Signalbox: one puts results together, one compares them, others follow rules.

They work in the worker, where references are resolved, and need no runtime.
"""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.likeness import SIMILAR
from orchestrator.core.rules.catalogue import RULES

MERGE = AgentSpec(
    name="merge", role="Puts the results of branches or items together.", runtime="merge", version=0, lane=Lane.QUICK
)
COMPARE = AgentSpec(
    name=SIMILAR, role="Compares a result with accepted ones.", runtime="review", version=0, lane=Lane.QUICK
)
BUILTIN = {MERGE.name: MERGE, COMPARE.name: COMPARE, **{name: rule.spec for name, rule in RULES.items()}}
