"""What can be done to a step now, by the very rules the run itself goes by. Doing it is in `services.runs`."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core import again
from orchestrator.core.book import Book
from orchestrator.core.decide import Advance
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.look import World
from orchestrator.core.state import RunState
from orchestrator.core.status import RunStatus
from orchestrator.models import Run
from orchestrator.queries.past import workflow_of
from orchestrator.queries.stops import stoppings
from orchestrator.wiring import store


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Which acts a step would not refuse."""

    retry: bool = False
    skip: bool = False


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
        return Acts(retry=again.refused(advance, step) is None, skip=again.why_not_skipped(advance, step) is None)
