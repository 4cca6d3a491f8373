"""Facts: what happens to a map alone. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsOpened:
    """Items `first` up to `first + len(items)` of a map came into being; they begin when there is room."""

    type: ClassVar[str] = "steps.opened"
    path: StepPath
    first: int
    items: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapResumed:
    """A reopened map goes on: items that had not begun wait again, and failed ones begin again when there is room."""

    type: ClassVar[str] = "map.resumed"
    path: StepPath
    waiting: int = 0
    """How many had not begun."""
    again: tuple[int, ...] = ()
    """Which failed ones begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSized:
    """The list a map goes over was read."""

    type: ClassVar[str] = "map.sized"
    path: StepPath
    n: int
