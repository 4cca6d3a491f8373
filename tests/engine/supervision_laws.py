"""What must hold wherever work is supervised: nothing passes that was not let pass, and nobody is asked twice."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core import ids
from orchestrator.core.events import StepEnded, StepOpened, StepReopened
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus


def handoff_end(fact: StepEnded, node: Handoff, state: StepState, children: Sequence[StepState]) -> None:
    """Only what its supervisor or a person let pass is a whole result."""
    if fact.status != StepStatus.SUCCEEDED or fact.degraded:
        return
    asked = [child for child in children if ids.name_of(child.path) == "Person"]
    is_answered = any(child.status == StepStatus.SUCCEEDED for child in asked)
    assert is_answered or state.memo["verdict"] == "pass", f"'{fact.path}' passed by {state.memo}"


def handoff_open(fact: StepOpened, node: Handoff, state: StepState) -> None:
    """An agent that had the work and could not do it is not asked again."""
    if ids.name_of(fact.path) == "Work":
        assert not fact.agent or fact.agent in node.agents
        assert fact.agent not in state.memo.get("tried", []), f"'{fact.path}' goes to {fact.agent} again"


def handoff_children(fact: StepOpened | StepReopened, children: Sequence[StepState]) -> None:
    """One thing is done at a time."""
    working = [child.path for child in children if not child.is_ended]
    assert len(working) <= 1, f"{working} are at work at once"
