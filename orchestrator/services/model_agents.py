"""Lets a model do what a function of the shipped examples does, where the operator has named one (`SIGNALBOX_MODEL`).

A module of agents says which of them, and what the model is told: `INSTRUCTIONS = {"shorten-write": "Write …"}`. The
contracts stay as the functions have them, so workflows and checks do not know the difference.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from django.conf import settings

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json

TIMEOUT_SECONDS = 120.0


def as_model(spec: AgentSpec) -> AgentSpec:
    """Return an agent as the model that stands in for it; as it is where there is none, or nothing to tell it."""
    told = instructions(spec)
    if not settings.MODEL or not told:
        return spec
    own: dict[str, Json] = {"model": settings.MODEL}
    own |= {"base_url": settings.MODEL_URL} if settings.MODEL_URL else {}
    runtime = wiring.runtimes().get("llm")
    lane = spec.lane if runtime is None else runtime.lane(own)
    return replace(spec, runtime="llm", settings=own, instructions=told, lane=lane, timeout_seconds=TIMEOUT_SECONDS)


def instructions(spec: AgentSpec) -> str:
    """Return what its module tells a model in its place; empty where it says nothing."""
    module = sys.modules.get(str(spec.settings.get("target", "")).partition(":")[0])
    return str(getattr(module, "INSTRUCTIONS", {}).get(spec.name, ""))
