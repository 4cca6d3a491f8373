"""The part of a run that one advance works on: what it read, changed and recorded. Lives for one advance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from orchestrator.core import codec
from orchestrator.core.events import Fact, StepEnded
from orchestrator.core.ids import StepPath, parent, segments, under
from orchestrator.core.outcomes import Json
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import StepStatus


class Shelf(Protocol):
    """Where a book reads what it does not hold yet, as it was before the advance."""

    def step(self, path: StepPath) -> StepState | None:
        """Return a step, or None when there is none yet."""

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        """Return the unfinished steps strictly below a path."""

    def fallen(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that had begun and failed or were given up."""

    def halted(self, path: StepPath) -> Iterable[StepState]:
        """Return the steps directly below a path that were given up before they had begun."""

    def is_claimed(self, path: StepPath) -> bool:
        """Tell whether a worker has taken the queued attempt of a step, as it is now."""

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
    swept: int
    recorded: int


@dataclass(slots=True, kw_only=True)
class Book:
    """See the module."""

    run: RunState
    shelf: Shelf
    changed: dict[StepPath, StepState] = field(default_factory=dict)
    swept: list[tuple[StepPath, float | None]] = field(default_factory=list)
    """In order, for steps that were never read: subtrees given up, with the time; without a time, maps whose items
    wait again."""
    recorded: list[Recorded] = field(default_factory=list)
    read: dict[StepPath, StepState | None] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    """Large values that were put together here, as JSON by content hash; to be kept with what was recorded."""

    def step(self, path: StepPath) -> StepState | None:
        """Return a step as it is now."""
        if path in self.changed:
            return self.changed[path]
        if path not in self.read:
            self.read[path] = self.shelf.step(path)
        state = self.read[path]
        return self._after_sweeps(state) if state and self.swept else state

    def put(self, state: StepState) -> None:
        """Keep a changed step."""
        self.changed[state.path] = state

    def artifact(self, ref: str) -> Json:
        """Return a large value by its content hash."""
        return codec.loads(self.artifacts[ref]) if ref in self.artifacts else self.shelf.artifact(ref)

    def put_aside(self, fact: StepEnded) -> StepEnded:
        """Return an end with a reference to its output, where that is large."""
        if fact.output is None or codec.size(text := codec.dumps(fact.output)) <= codec.ARTIFACT_BYTES:
            return fact
        ref = hashlib.sha256(text.encode()).hexdigest()
        self.artifacts[ref] = text
        return replace(fact, output=None, output_ref=ref)

    def open_under(self, path: StepPath) -> list[StepState]:
        """Return the unfinished steps strictly below a path, as they are now."""
        kept = [*self.shelf.open_under(path)]
        kept += [
            state for top in self._restored() if top == path or under(top, path) for state in self.shelf.halted(top)
        ]
        found = {state.path: self._after_sweeps(state) for state in kept}
        found.update({at: state for at, state in self.changed.items() if under(at, path)})
        return [state for state in found.values() if not state.is_ended]

    def fallen(self, path: StepPath) -> list[StepState]:
        """Return the steps directly below a path that had begun and failed or were given up, as they are now."""
        kept = (*self.shelf.fallen(path), *self.shelf.open_under(path)) if self.swept else self.shelf.fallen(path)
        found = {state.path: self._after_sweeps(state) for state in kept if parent(state.path) == path}
        found.update({at: state for at, state in self.changed.items() if at and parent(at) == path})
        return [state for _, state in sorted(found.items(), key=lambda one: segments(one[0])) if has_fallen(state)]

    def cancel_under(self, path: StepPath, at: float) -> None:
        """Mark everything unfinished below a path as cancelled."""
        self._sweep(path, at)

    def restore_items(self, path: StepPath) -> None:
        """Let the given-up items of a map that had not begun wait again."""
        self._sweep(path, None)

    def _restored(self) -> set[StepPath]:
        return {top for top, at in self.swept if at is None}

    def _sweep(self, path: StepPath, at: float | None) -> None:
        self.swept.append((path, at))
        for state in list(self.changed.values()):
            self.changed[state.path] = after_sweep(state, path, at)

    def mark(self) -> Mark:
        """Return where the book stands, to come back to."""
        return Mark(self.run, dict(self.changed), len(self.swept), len(self.recorded))

    def back_to(self, mark: Mark) -> None:
        """Forget everything since a mark."""
        self.run, self.changed = mark.run, mark.changed
        del self.swept[mark.swept :]
        del self.recorded[mark.recorded :]

    def _after_sweeps(self, state: StepState) -> StepState:
        for top, at in self.swept:
            state = after_sweep(state, top, at)
        return state


def after_sweep(state: StepState, top: StepPath, at: float | None) -> StepState:
    """Return a step after everything unfinished below `top` was given up at a time or, without one, waits again."""
    if at is not None:
        is_hit = not state.is_ended and under(state.path, top)
        return replace(state, status=StepStatus.CANCELLED, ended_at=at) if is_hit else state
    if is_halted(state) and parent(state.path) == top:
        return replace(state, status=StepStatus.PENDING, ended_at=None)
    return state


def has_fallen(state: StepState) -> bool:
    """Tell whether a step had begun and failed or was given up."""
    return state.status in (StepStatus.FAILED, StepStatus.CANCELLED) and state.opened_at is not None


def is_halted(state: StepState) -> bool:
    """Tell whether a step was given up before it had begun."""
    return state.status == StepStatus.CANCELLED and state.opened_at is None
