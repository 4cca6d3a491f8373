"""What must hold wherever work is supervised: nothing passes that was not let pass, and nobody is asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core import ids, pools
from orchestrator.core.events import StepEnded, StepOpened, StepReopened, WorkMoved
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.handoff import Handoff
from orchestrator.core.nodes.supervise import Supervise
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus


def handoff_end(fact: StepEnded, node: Handoff, state: StepState, children: Sequence[StepState]) -> None:
    """Only what its supervisor or a person let pass is a whole result."""
    if fact.status != StepStatus.SUCCEEDED or fact.degraded:
        return
    asked = [child for child in children if ids.name_of(child.path) == "Person"]
    is_answered = any(child.status == StepStatus.SUCCEEDED for child in asked)
    assert is_answered or state.memo["verdict"] == "pass", f"'{fact.path}' passed by {state.memo}"


def review_end(fact: StepEnded, state: StepState, children: Sequence[StepState]) -> None:
    """Only what holds, or what a person let out, goes on; what a person let out as it was is marked."""
    if fact.status == StepStatus.SUCCEEDED and not fact.degraded:
        is_answered = any(child.status == StepStatus.SUCCEEDED for child in children)
        assert is_answered or state.memo["verdict"] == "pass", f"'{fact.path}' went out by {state.memo}"


def handoff_open(fact: StepOpened, node: Handoff, state: StepState) -> None:
    """An agent that had the work and could not do it is not asked again."""
    if ids.name_of(fact.path) == "Work":
        assert not fact.agent or fact.agent in node.agents
        assert fact.agent not in state.memo.get("tried", []), f"'{fact.path}' goes to {fact.agent} again"


def pool_end(fact: StepEnded, node: Supervise, children: Sequence[StepState]) -> None:
    """It ends well only when no more has failed than may, and badly only when more has."""
    failed = sum(child.status in (StepStatus.FAILED, StepStatus.CANCELLED) for child in children)
    if fact.status == StepStatus.SUCCEEDED:
        assert failed <= node.tolerate, f"{failed} failed, {node.tolerate} may"
    elif fact.status == StepStatus.FAILED and fact.reason.endswith("items failed"):
        assert failed > node.tolerate


def pool_books(node: Supervise, state: StepState, children: Mapping[StepPath, StepState]) -> None:
    """Slots stay within bounds, nobody has more than its slots when it is given something, and nothing is lost."""
    known, waits = pools.workers(state, node.agents, node.bounds.least), pools.waiting(state)
    assert set(known) == set(node.agents)
    for name, one in known.items():
        assert one.rests or node.bounds.least <= one.slots <= node.bounds.most, f"{name} has {one.slots} slots"
    held = [number for one in known.values() for number in one.at] + [one.item for one in waits]
    assert len(held) == len(set(held)), f"something is held twice: {held}"
    assert all(not children[ids.item(state.path, number)].is_ended for number in held), f"ended work is held: {held}"


def pool_given(fact: StepOpened | WorkMoved, node: Supervise, state: StepState) -> None:
    """Nobody is given more than there are slots for; one that rests has its probe."""
    agent = fact.to_agent if isinstance(fact, WorkMoved) else fact.agent
    one = pools.workers(state, node.agents, node.bounds.least).get(agent)
    assert one is None or len(one.at) <= max(one.slots, 1), f"{agent} has {one.at}, but {one.slots} slots"


def handoff_children(fact: StepOpened | StepReopened, children: Sequence[StepState]) -> None:
    """One thing is done at a time."""
    working = [child.path for child in children if not child.is_ended]
    assert len(working) <= 1, f"{working} are at work at once"
