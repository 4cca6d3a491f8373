"""What a pool remembers: of each agent what it has and how it does, and the work that waits for another agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, cast

from orchestrator.core import breach
from orchestrator.core.events import (
    Fact,
    HandoffJudged,
    MapSized,
    SlotsSet,
    StepEnded,
    StepOpened,
    StepReopened,
    StepsOpened,
    WorkMoved,
    WorkTaken,
)
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus
from orchestrator.reliability import slots
from orchestrator.reliability.slots import Worker

_UNSET = -1
"""Slots of an agent about which nothing was decided: the least."""
BLAMELESS = frozenset({Failure.LOST.value, Failure.INVALID_INPUT.value, Failure.EXPRESSION.value})
"""What went wrong without the agent's doing: its worker died, or it was given what it can't take."""


class Waiting(NamedTuple):
    """A piece of work that was begun and waits for another agent."""

    item: int
    tried: tuple[str, ...] = ()
    """Agents that are not asked again."""
    was: str = ""
    """Who had it."""
    why: str = ""


def index(path: StepPath) -> int:
    """Return the number of a piece of work."""
    return segments(path)[-1].indices[-1]


def is_good(verdict: str, failed: Sequence[str]) -> bool | None:
    """Tell what a judgement says about the agent; None when it says nothing."""
    if verdict == "pass":
        return True
    return None if failed and failed[0] in BLAMELESS else False


def workers(state: StepState, agents: Sequence[str], least: int) -> dict[str, Worker]:
    """Return every agent as the pool knows it."""
    known = _agents(state)
    found = {name: known.get(name, Worker(slots=_UNSET)) for name in agents}
    return {name: replace(one, slots=least) if one.slots == _UNSET else one for name, one in found.items()}


def waiting(state: StepState) -> list[Waiting]:
    """Return the work that waits for another agent, in the order in which it came."""
    rows = cast("list[list[Any]]", state.memo.get("waiting", []))
    return [Waiting(item, tuple(tried), was, why) for item, tried, was, why in rows]


def count(state: StepState, key: str) -> int:
    """Return a number it remembers."""
    return cast("int", state.memo.get(key, 0))


def fold(state: StepState, fact: Fact) -> StepState:
    """Return the pool after a fact about it or about one of its items."""
    match fact:
        case MapSized():
            return _remember(state, n=fact.n, made=0, next=0, ok=0, failed=0)
        case StepsOpened():
            return _remember(state, made=fact.first + len(fact.items))
        case HandoffJudged():
            return _judged(state, fact)
        case SlotsSet():
            return _slotted(state, fact)
        case WorkTaken():
            return _queued(_left(state, fact.item), Waiting(fact.item, fact.tried, fact.agent, fact.why))
        case WorkMoved():
            return _given(state, fact.item, fact.to_agent)
        case StepReopened() if fact.path == state.path:
            return _emptied(state)
        case StepOpened() | StepReopened() | StepEnded() if fact.path != state.path:
            return _of_item(state, fact)
        case _:
            return state


def _of_item(state: StepState, fact: StepOpened | StepReopened | StepEnded) -> StepState:
    number = index(fact.path)
    match fact:
        case StepOpened():
            return _remember(_given(state, number, fact.agent), next=count(state, "next") + 1)
        case StepReopened():
            again = _remember(state, failed=count(state, "failed") - (fact.was == StepStatus.FAILED))
            broke = breach.remembered(again)
            is_it = broke is not None and broke.path == fact.path
            return replace(again, memo=breach.forgotten(again.memo)) if is_it else again
        case StepEnded():
            bad = fact.status in (StepStatus.FAILED, StepStatus.CANCELLED)
            key = "failed" if bad else "ok"
            return _remember(_left(state, number), **{key: count(state, key) + 1, **breach.noted(state, fact)})


def _remember(state: StepState, **memo: Json) -> StepState:
    return replace(state, memo={**state.memo, **memo})


def _judged(state: StepState, fact: HandoffJudged) -> StepState:
    """Count a judgement for the agent and for the others; work that is not tried again by it leaves it."""
    if not fact.agent:
        return _queued(_left(state, index(fact.path)), Waiting(index(fact.path)))
    good, agents = is_good(fact.verdict, fact.failed), _agents(state)
    agents.setdefault(fact.agent, Worker(slots=_UNSET))
    for name, one in agents.items():
        is_own = name == fact.agent
        agents[name] = slots.heard(one, good, fact.seconds) if is_own else slots.others_heard(one, good)
    state = _with_agents(state, agents)
    if fact.verdict == "retry":
        return state
    state = _left(state, index(fact.path))
    if fact.verdict != "reroute":
        return state
    return _queued(state, Waiting(index(fact.path), fact.tried, fact.agent, fact.why))


def _given(state: StepState, item: int, agent: str) -> StepState:
    state = _left(state, item)
    if not agent:  # it asks for somebody at once
        return state
    agents = _agents(state)
    one = agents.get(agent, Worker(slots=_UNSET))
    agents[agent] = replace(one, at=(*one.at, item), quiet=one.quiet if one.at else 0)
    return _with_agents(state, agents)


def _left(state: StepState, item: int) -> StepState:
    agents = {name: replace(one, at=tuple(at for at in one.at if at != item)) for name, one in _agents(state).items()}
    state = _with_agents(state, agents)
    rows = cast("list[list[Json]]", state.memo.get("waiting", []))
    left: Json = [row for row in rows if row[0] != item]
    return _remember(state, waiting=left) if rows else state


def _slotted(state: StepState, fact: SlotsSet) -> StepState:
    agents = _agents(state)
    agents[fact.agent] = slots.with_slots(agents.get(fact.agent, Worker(slots=_UNSET)), fact.slots)
    return _with_agents(state, agents)


def _emptied(state: StepState) -> StepState:
    """Note that nobody has anything any more; what was measured stays."""
    agents = {name: replace(one, at=(), quiet=0) for name, one in _agents(state).items()}
    state = replace(state, memo=breach.forgotten(state.memo))
    return _with_agents(_remember(state, waiting=[]), agents)


def _queued(state: StepState, one: Waiting) -> StepState:
    row: Json = [one.item, [*one.tried], one.was, one.why]
    rows: Json = [*cast("list[Json]", state.memo.get("waiting", [])), row]
    return _remember(state, waiting=rows)


def _agents(state: StepState) -> dict[str, Worker]:
    kept = cast("Mapping[str, Mapping[str, Any]]", state.memo.get("agents", {}))
    return {name: _read(one) for name, one in kept.items()}


def _with_agents(state: StepState, agents: Mapping[str, Worker]) -> StepState:
    return _remember(state, agents={name: _written(one) for name, one in agents.items()})


def _read(kept: Mapping[str, Any]) -> Worker:
    return Worker(**{"slots": _UNSET, **kept, "at": tuple(kept.get("at", ()))})


def _written(one: Worker) -> Json:
    """Write an agent as JSON, what is as at first left out."""
    usual = Worker(slots=_UNSET)
    found: dict[str, Json] = {}
    for field in fields(Worker):
        value = getattr(one, field.name)
        if value != getattr(usual, field.name):
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found
