"""What the workflow says of one step's means: a budget for all its attempts (C1), limits for each of them (C7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.core import ids
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.lookup import UnknownStep, node_at
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.workflow import WorkflowNode
from orchestrator.core.outcomes import Json
from orchestrator.engine import budgets
from orchestrator.engine.ports import Claim


def allowed(claim: Claim, spec: AgentSpec, workflow: Workflow) -> tuple[Claim, AgentSpec]:
    """Return a claim with its step's budget, and its agent with the step's limits where these are the lower ones."""
    node = _at(workflow, claim.path)
    if not isinstance(node, AgentNode):
        return claim, spec
    if node.budget:
        claim = replace(claim, budgets={**claim.budgets, budgets.of_step(claim.run_id, claim.path): node.budget})
    if node.limits:
        spec = replace(spec, limits=_both(spec.limits, node.limits))
    return claim, spec


def budgets_below(run_id: RunId, path: StepPath, workflow: Workflow) -> dict[str, Mapping[str, Json]]:
    """Return what a run that a step asks for counts towards, beside its run: the budget of the step it works for."""
    for at in (path, ids.parent(path)):  # a step that runs a workflow, or an agent's below which it is
        node = None if at is None else _at(workflow, at)
        if at is not None and isinstance(node, AgentNode | WorkflowNode) and node.budget:
            return {budgets.of_step(run_id, at): node.budget}
    return {}


def _at(workflow: Workflow, path: StepPath) -> Node | None:
    try:
        return node_at(workflow, path)
    except UnknownStep:
        return None


def _both(agents: Mapping[str, float], steps: Mapping[str, float]) -> dict[str, float]:
    """Return the lower limit of each; who is let trim by either is let."""
    lower = {name: min(most, agents.get(name, most)) for name, most in steps.items()}
    return {**agents, **lower}
