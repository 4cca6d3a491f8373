"""What a pool does with its work: gives a piece to who is free, and takes away what waits behind who is slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core import pools
from orchestrator.core.events import Fact, StepEnded, StepOpened, StepReopened, SubtreeCancelled, WorkMoved, WorkTaken
from orchestrator.core.handoffs import JUDGE, count, tried_of, work_of
from orchestrator.core.ids import StepPath, child, item
from orchestrator.core.pools import Waiting
from orchestrator.core.state import StepState
from orchestrator.core.status import AttemptStatus, StepStatus
from orchestrator.reliability import slots
from orchestrator.reliability.slots import Bounds

MOST_ASKED = 20
"""Items a person is asked about at once; more work begins when they have answered."""


class Sees(Protocol):
    """What has to be seen for it."""

    def child(self, path: StepPath) -> StepState | None:
        """Return the state of a step inside."""

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken a queued attempt, though it has not said so yet."""


def filled(state: StepState, agents: Sequence[str], bounds: Bounds, facts: list[Fact], sees: Sees) -> list[Fact]:
    """Return facts, and after them what goes to whoever is free then."""
    state = _folded(state, facts)
    while found := _next(state, agents, bounds, sees):
        facts = [*facts, *found]
        state = _folded(state, found)
    return facts


def _folded(state: StepState, facts: Sequence[Fact]) -> StepState:
    """Return the pool after facts about it and its items that are not recorded yet."""
    for fact in facts:
        if fact.path == state.path or (isinstance(fact, StepOpened | StepReopened) and fact.path.endswith("]")):
            state = pools.fold(state, fact)
    return state


def _next(state: StepState, agents: Sequence[str], bounds: Bounds, sees: Sees) -> list[Fact]:
    """Give one piece of work to an agent: what waits for another one first, then what nobody has begun."""
    known, waits = pools.workers(state, agents, bounds.least), pools.waiting(state)
    for one in waits:
        left = [name for name in known if name not in one.tried] or list(known)
        agent = slots.chosen(known, [name for name in left if name != one.was] or left, bounds)
        if agent is not None:
            return _moved(state, one, agent, sees)
    number = pools.count(state, "next")
    if number >= pools.count(state, "made") or len(waits) >= bounds.most * len(agents):
        return []
    with_agents = sum(len(one.at) for one in known.values())
    asked = number - pools.count(state, "ok") - pools.count(state, "failed") - len(waits) - with_agents
    agent = slots.chosen(known, known, bounds) if asked < MOST_ASKED else None
    return [] if agent is None else [StepOpened(path=item(state.path, number), agent=agent)]


def _moved(state: StepState, one: Waiting, agent: str, sees: Sees) -> list[Fact]:
    handoff = sees.child(item(state.path, one.item))
    assert handoff is not None  # what waits has begun
    moved = WorkMoved(path=state.path, item=one.item, from_agent=one.was, to_agent=agent, why=one.why)
    return [moved, _opened(handoff, agent, str(handoff.memo.get("why", "")) if one.was else "")]


def _opened(handoff: StepState, agent: str, feedback: str) -> StepOpened:
    return StepOpened(path=work_of(handoff, 1), agent=agent, feedback=feedback)


def taken(state: StepState, agent: str, at: Sequence[int], most: int, why: str, sees: Sees) -> list[Fact]:
    """Take up to so many pieces of work from an agent, the latest first; what a worker has begun stays."""
    facts: list[Fact] = []
    for number in reversed(at):
        handoff = sees.child(item(state.path, number))
        work = sees.child(work_of(handoff)) if handoff is not None else None
        if most <= 0 or handoff is None or work is None or not _is_untouched(work) or sees.is_claimed(work.path):
            continue
        most -= 1
        facts += [
            SubtreeCancelled(path=work.path, reason=why),
            StepEnded(path=work.path, status=StepStatus.CANCELLED, reason=why),
            WorkTaken(path=state.path, item=number, agent=agent, tried=tried_of(handoff), why=why),
        ]
    return facts


def _is_untouched(work: StepState) -> bool:
    return work.attempt_status == AttemptStatus.QUEUED and work.started_at is None and work.attempt == 1


def mended(state: StepState, agents: Sequence[str], bounds: Bounds, sees: Sees) -> list[Fact]:
    """Let agents begin what they were just about to be given when another run was taken from this one."""
    facts: list[Fact] = []
    for name, one in pools.workers(state, agents, bounds.least).items():
        found = (sees.child(item(state.path, number)) for number in one.at)
        idle = [one for one in found if one is not None and not one.is_ended and not _is_at_work(one, sees)]
        facts += [_opened(handoff, name, str(handoff.memo.get("why", ""))) for handoff in idle]
    return facts


def _is_at_work(handoff: StepState, sees: Sees) -> bool:
    paths = (work_of(handoff), child(handoff.path, JUDGE, max(count(handoff, "gen"), 1)))
    return any((state := sees.child(path)) is not None and not state.is_ended for path in paths)
