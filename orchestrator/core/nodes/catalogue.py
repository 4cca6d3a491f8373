"""Every node kind by its name: the one place that knows them all."""

from __future__ import annotations

from typing import Any

from orchestrator.core.nodes import (
    agent,
    blackboard,
    branch,
    converse,
    gate,
    handoff,
    loop,
    map,
    parallel,
    review,
    route,
    sequence,
    supervise,
    wait,
    workflow,
)
from orchestrator.core.nodes.contract import Kind

KINDS: dict[str, Kind[Any]] = {
    "agent": agent.AgentKind(),
    "sequence": sequence.SequenceKind(),
    "parallel": parallel.ParallelKind(),
    "map": map.MapKind(),
    "branch": branch.BranchKind(),
    "loop": loop.LoopKind(),
    "gate": gate.GateKind(),
    "handoff": handoff.HandoffKind(),
    "supervise": supervise.SuperviseKind(),
    "review": review.ReviewKind(),
    "route": route.RouteKind(),
    "wait": wait.WaitKind(),
    "workflow": workflow.WorkflowKind(),
    "blackboard": blackboard.BlackboardKind(),
    "converse": converse.ConverseKind(),
}
