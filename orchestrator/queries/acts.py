"""What can be done to a step now, by the very rules the run itself goes by. Doing it is in `services.runs`."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core import again, assigning, people
from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.book import Book
from orchestrator.core.decide import Advance
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.look import World
from orchestrator.core.messages import AssignStep
from orchestrator.core.replacing import differences
from orchestrator.core.state import RunState
from orchestrator.core.status import RunStatus
from orchestrator.models import AgentVersion, Run
from orchestrator.queries.past import workflow_of
from orchestrator.queries.stops import stoppings
from orchestrator.queries.track import agent_spec
from orchestrator.wiring import store


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Which acts a step would not refuse."""

    retry: bool = False
    skip: bool = False
    take: bool = False
    """Whether a person can take it over from its agent."""
    give: tuple[str, ...] = ()
    """Agents that what a person has can be given to."""


MOST_NAMED = 100
"""Agents that a step is offered to."""


def acts_on(run: Run, path: str) -> Acts:
    """Return what could be done to a step; a moment later it may be refused all the same."""
    step = StepPath(path)
    with store().looking(RunId(run.id)) as shelf:
        book = Book(run=RunState(id=RunId(run.id), status=RunStatus(run.status)), shelf=shelf)
        world = World(agents={}, dice=lambda: 0.0)
        advance = Advance(book=book, workflow=workflow_of(run), world=world, now=0.0)
        if book.step(step) is None:
            return Acts()
        if (state := book.step(step)) is not None and state.is_ended and stoppings(run).count:
            return Acts()  # in a moment: no step is reopened while an attempt of its run may be at work
        take = assigning.refused(advance, AssignStep(path=step)) is None
        has_person = state is not None and assigning.with_person(advance, state)
        retry, skip = again.refused(advance, step) is None, again.why_not_skipped(advance, step) is None
    give = _alike(run, state.agent) if state is not None and has_person else ()
    return Acts(retry=retry, skip=skip, take=take, give=give)


def _alike(run: Run, agent: str) -> tuple[str, ...]:
    """Return the agents that can stand in for one, by name: what they take and return fits; itself, if it is none."""
    own = agent_spec(agent, int((run.agents or {}).get(agent, 0)))
    rows = AgentVersion.objects.filter(is_current=True).order_by("name")[:MOST_NAMED]
    specs = [spec_of(row.spec, row.version) for row in rows]
    return tuple(one.name for one in specs if _may_have(own, one))


def _may_have(own: AgentSpec | None, other: AgentSpec) -> bool:
    if own is None or (other.name == own.name and people.is_person(own)):
        return False
    return not any(differences(own, other))
