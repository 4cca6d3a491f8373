"""Refuses runs of agents that have not passed their own examples, where a workflow or the installation asks it (A4)."""

from __future__ import annotations

from django.conf import settings

from orchestrator.core.definition import Workflow
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.problems import Problem
from orchestrator.core.trials import Proof
from orchestrator.models import WorkflowVersion
from orchestrator.queries.track import definition
from orchestrator.queries.trials import current_proofs
from orchestrator.wiring import driver

_WORDS = {
    Proof.FAILING: ("fails its saved examples", "see why with `manage.py try {name}`, and mend it"),
    Proof.UNPROVEN: (
        "has not passed saved examples",
        "write some if it has none, and try them: `manage.py try {name}`, or the test bench of its page",
    ),
}


def check_proven(workflow: Workflow) -> None:
    """Raise RejectedConflict naming every agent that is not proven, where only proven ones may work."""
    if not (settings.REQUIRE_PROVEN or workflow.proven):
        return
    names = _agents(workflow)
    found = current_proofs(names)
    wrong = [_problem(name, found.get(name, Proof.UNPROVEN)) for name in names if found.get(name) != Proof.PROVEN]
    if wrong:
        who = "This installation" if settings.REQUIRE_PROVEN else workflow.name
        raise RejectedConflict(f"{who} runs only agents that are proven by their saved examples.", wrong)


def _problem(name: str, proof: Proof) -> Problem:
    message, hint = _WORDS[proof]
    return Problem(path=f"agents.{name}", message=message, hint=hint.format(name=name))


def _agents(workflow: Workflow) -> list[str]:
    """Return the agents of a workflow and of those that its steps run, each once."""
    found: dict[str, None] = {}
    seen, ahead = {workflow.name}, [workflow]
    while ahead:
        one = ahead.pop()
        able = (name for capability in one.capabilities for name in driver().actor.library.capable(capability))
        found |= dict.fromkeys((*one.agents, *able))
        inner = [name for name in one.workflows if name not in seen]
        seen |= set(inner)
        rows = WorkflowVersion.objects.filter(name__in=inner, is_current=True) if inner else ()
        ahead += [definition(row.name, row.version) for row in rows]
    return sorted(found)
