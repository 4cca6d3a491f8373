"""The workflow of an agent that works alone in a column: one step, made from the agent's contract, kept like any other.

A person never writes one, and none may be written in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from orchestrator.core.agents import AgentSpec
from orchestrator.core.boards import alone
from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem, listed
from orchestrator.files.yaml_text import read_text
from orchestrator.models import User, WorkflowVersion
from orchestrator.services import workflows
from orchestrator.services.agents import known

STEP = "work"


def make(user: User, agent: str) -> WorkflowVersion:
    """Make the workflow of an agent as it is now the current one, in the caller's transaction; raises RejectedError."""
    there = known()
    if agent not in there:
        problem = Problem(path="agent", message=f"there is no agent '{agent}'", hint="define it first")
        raise RejectedError(f"No column can be worked by {agent}.", [problem])
    text = json.dumps(_source(there[agent]), indent=2, ensure_ascii=False)
    tree = read_text(text)
    workflow, found = workflows.read(tree, there, {})
    if workflow is None:
        raise RejectedError(f"{agent} cannot work alone: {listed(found)}.", found)
    _check_free(workflow.name, agent)
    return workflows.keep(user, workflow, tree, text).version


def renew(user: User, agents: Iterable[str]) -> None:
    """Make those of these agents' workflows anew that somebody uses: contracts may have changed."""
    names = {alone(agent): agent for agent in agents}
    used = WorkflowVersion.objects.filter(name__in=names, is_current=True)
    for row in [row for row in used if is_made(row, names[row.name])]:
        make(user, names[row.name])


def is_made(row: WorkflowVersion, agent: str) -> bool:
    """Tell whether a workflow is the one that was made for an agent."""
    source: Json = row.source
    return isinstance(source, dict) and source.get("steps") == [{"id": STEP, "agent": agent}]


def _source(spec: AgentSpec) -> Json:
    return {
        "workflow": alone(spec.name),
        "role": f"Gives {spec.name} one card at a time: {spec.role}",
        "input": dict(spec.input_schema),
        "steps": [{"id": STEP, "agent": spec.name}],
    }


def _check_free(name: str, agent: str) -> None:
    row = WorkflowVersion.objects.filter(name=name, is_current=True).first()
    if row is not None and not is_made(row, agent):
        problem = Problem(
            path="agent", message=f"a workflow is called '{name}' already", hint="give that one another name"
        )
        raise RejectedError(f"{agent} cannot work alone.", [problem])
