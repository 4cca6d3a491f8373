"""A small in-memory world for tests of the engine: one agent that does nothing, in one workflow or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Json
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.requests import StartRequest
from tests.core.workflows import AGENTS, Source, workflow

CHAIN: list[Source] = [{"id": name, "agent": "quick"} for name in "abc"]


def world(*steps: Source, fail: Callable[[str], None] = lambda point: None) -> MemoryWorld:
    """Make a world that knows a workflow of these steps, called `try`."""
    made = MemoryWorld.make(lambda: 0.5, fail)
    made.library.add(workflow(*steps or CHAIN))
    for spec in AGENTS:
        made.library.add_agent(spec)
    return made


def start(made: MemoryWorld, input: Json = None, **more: Any) -> RunId:
    """Start a run of the only workflow."""
    (name, version), *_ = made.library.workflows
    return made.engine.start(StartRequest(workflow=name, version=version, input=input, actor="1", **more)).run_id
