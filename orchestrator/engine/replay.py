"""Rebuilds a run from its events: the same fold, from nothing. What it gives must equal what is kept."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.core.book import Book, Recorded
from orchestrator.core.definition import Workflow
from orchestrator.core.fold import fold
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState, StepState


class EmptyShelf:
    """Nothing was there before the first event."""

    def step(self, path: StepPath) -> StepState | None:
        """Return nothing."""
        return None

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        """Return nothing."""
        return ()

    def fallen(self, path: StepPath) -> Iterable[StepState]:
        """Return nothing."""
        return ()

    def halted(self, path: StepPath) -> Iterable[StepState]:
        """Return nothing."""
        return ()

    def is_claimed(self, path: StepPath) -> bool:
        """Say no: nobody works in a replay."""
        return False

    def artifact(self, ref: str) -> Json:
        """Refuse: a fold never looks at values."""
        raise LookupError(ref)


def rebuild(run_id: RunId, workflow: Workflow, recorded: Iterable[Recorded], upto: int | None = None) -> Book:
    """Return a run with all its steps as it was after event `upto`, or now."""
    book = Book(run=RunState(id=run_id), shelf=EmptyShelf())
    for one in recorded:
        if upto is not None and one.n > upto:
            break
        fold(book, workflow, one)
    return book
