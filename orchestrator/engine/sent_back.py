"""Which work turned out not to hold: read off the facts that send it back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from orchestrator.core.book import Recorded
from orchestrator.core.events import HandoffJudged, StepOpened
from orchestrator.core.handoffs import work_of
from orchestrator.core.ids import StepPath, child, parent, segments
from orchestrator.core.state import StepState

HANDED = ("handoff", "route")
"""Kinds whose result is made by a step inside."""


def sent_back(events: Iterable[Recorded], step: Callable[[StepPath], StepState | None]) -> list[StepPath]:
    """Return the steps whose work was sent back: by a check of a hand-off, by a review, or by a person at a gate.

    What only depends on such work is done again, too, and yet nothing is said against it.
    """
    return list(dict.fromkeys(_found(events, step)))


def _found(events: Iterable[Recorded], step: Callable[[StepPath], StepState | None]) -> Iterator[StepPath]:
    for fact in (one.fact for one in events):
        match fact:
            case HandoffJudged() if fact.agent and fact.verdict != "pass":
                yield fact.child
            case StepOpened() if fact.feedback and (path := _before(fact.path)) is not None:
                state = step(path)
                yield path if state is None or state.kind not in HANDED else work_of(state)


def _before(path: StepPath) -> StepPath | None:
    """Return the path a step had before it was done over; None for one that is done the first time."""
    last = segments(path)[-1] if path else None
    if last is None or last.generation == 1 or last.indices:
        return None
    return child(parent(path) or StepPath(""), last.name, last.generation - 1)
