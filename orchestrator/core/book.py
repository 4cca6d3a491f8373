"""The part of a run that one advance works on: what it read, changed and recorded. Lives for one advance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from orchestrator.core.events import Fact
from orchestrator.core.ids import StepPath, under
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import StepStatus


class Shelf(Protocol):
    """Where a book reads what it does not hold yet, as it was before the advance."""

    def step(self, path: StepPath) -> StepState | None:
        """Return a step, or None when there is none yet."""

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        """Return the unfinished steps strictly below a path."""

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact with its number and time (seconds since 1970)."""

    n: int
    at: float
    fact: Fact


class Mark(NamedTuple):
    """A point in a book's life."""

    run: RunState
    changed: dict[StepPath, StepState]
    cancelled: int
    recorded: int


@dataclass(slots=True, kw_only=True)
class Book:
    """See the module."""

    run: RunState
    shelf: Shelf
    changed: dict[StepPath, StepState] = field(default_factory=dict)
    cancelled: list[tuple[StepPath, float]] = field(default_factory=list)
    """Subtrees given up, with the time, for steps that were never read."""
    recorded: list[Recorded] = field(default_factory=list)
    read: dict[StepPath, StepState | None] = field(default_factory=dict)

    def step(self, path: StepPath) -> StepState | None:
        """Return a step as it is now."""
        if path in self.changed:
            return self.changed[path]
        if path not in self.read:
            self.read[path] = self.shelf.step(path)
        state = self.read[path]
        return self._after_cancels(state) if state and self.cancelled else state

    def put(self, state: StepState) -> None:
        """Keep a changed step."""
        self.changed[state.path] = state

    def open_under(self, path: StepPath) -> list[StepState]:
        """Return the unfinished steps strictly below a path, as they are now."""
        found = {state.path: self._after_cancels(state) for state in self.shelf.open_under(path)}
        found.update({at: state for at, state in self.changed.items() if under(at, path)})
        return [state for state in found.values() if not state.is_ended]

    def cancel_under(self, path: StepPath, at: float) -> None:
        """Mark everything unfinished below a path as cancelled."""
        self.cancelled.append((path, at))
        for state in list(self.changed.values()):
            if under(state.path, path) and not state.is_ended:
                self.changed[state.path] = cancelled(state, at)

    def mark(self) -> Mark:
        """Return where the book stands, to come back to."""
        return Mark(self.run, dict(self.changed), len(self.cancelled), len(self.recorded))

    def back_to(self, mark: Mark) -> None:
        """Forget everything since a mark."""
        self.run, self.changed = mark.run, mark.changed
        del self.cancelled[mark.cancelled :]
        del self.recorded[mark.recorded :]

    def _after_cancels(self, state: StepState) -> StepState:
        for top, at in self.cancelled:
            if not state.is_ended and under(state.path, top):
                return cancelled(state, at)
        return state


def cancelled(state: StepState, at: float) -> StepState:
    """Return the step given up at a time."""
    return replace(state, status=StepStatus.CANCELLED, ended_at=at)
