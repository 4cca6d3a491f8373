"""Who does an agent's step from now on (A2): a person takes it over, or gives what they have to an agent like it.

A step that was given to a person because no agent could do it yet gets one later, and the other way round.
"""

from __future__ import annotations

from orchestrator.core import ids, people
from orchestrator.core.decide import Advance
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.messages import AssignStep, Verdict
from orchestrator.core.replacing import differences
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

PLAIN = ("sequence", "parallel", "map", "loop", "branch")
"""Kinds of what may stand around it; others choose who does what themselves, and keep books about it."""


def refused(advance: Advance, message: AssignStep) -> Verdict | None:
    """Say why somebody else can't have a step now; None when they can."""
    state = advance.book.step(message.path)
    if state is None or state.kind != "agent":
        return Verdict(status=404, reason=f"there is no step '{message.path}' that an agent does")
    reason = _of_step(advance, state) or _of_hands(advance, state, message.agent)
    if reason:
        return Verdict(status=409, reason=reason)
    wrong = _of_contract(advance, state, message.agent) if message.agent else ""
    return Verdict(status=422, reason=wrong) if wrong else None


def with_person(advance: Advance, state: StepState) -> bool:
    """Tell whether a form about the step is open."""
    form = advance.book.step(people.form_path(state.path, state.attempt)) if state.attempt else None
    return form is not None and form.status == StepStatus.WAITING


def _of_step(advance: Advance, state: StepState) -> str:
    if state.is_ended:
        return f"'{state.path}' {state.status} already"
    if state.status == StepStatus.PENDING or not state.attempt:
        return f"'{state.path}' has not begun yet"
    above = ids.parent(state.path) or ids.ROOT
    kind = node_at(advance.workflow, StepPath(above)).kind
    if kind not in PLAIN or "." in state.agent:
        return f"who does '{state.path}' is decided by the {kind} around it"
    return ""


def _of_hands(advance: Advance, state: StepState, agent: str) -> str:
    is_with_person = with_person(advance, state)
    if not agent:
        return "a person has it already" if is_with_person else ""
    if not is_with_person:
        return f"{state.agent} is at it; take it over first"
    if agent == state.agent and people.is_person(advance.world.agents.get(agent)):
        return f"{agent} has it already"
    return ""


def _of_contract(advance: Advance, state: StepState, agent: str) -> str:
    old, new = advance.world.agents.get(state.agent), advance.world.agents.get(agent)
    if new is None:
        return f"there is no agent '{agent}'"
    found = list(differences(old, new)) if old is not None else []
    return f"{agent} has another contract than {state.agent}: {'; '.join(found[:3])}" if found else ""
