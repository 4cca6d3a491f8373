"""Facts: what happens on a blackboard. Values are the outputs of the turns that wrote them; here are the versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardWritten:
    """A contribution is on the board, all of its keys at once."""

    type: ClassVar[str] = "board.written"
    path: StepPath
    by: str
    """Whose it is."""
    turn: int
    """Of its turns; the step `by`, or `by#turn` from the second on, holds the values."""
    keys: Mapping[str, int] = field(default_factory=dict)
    """What it wrote, with the version that made; empty when it had nothing new to say."""
    read: Mapping[str, int] = field(default_factory=dict)
    """What it had been given, with the versions of then."""
    same: tuple[str, ...] = ()
    """What it wrote as it stood there already."""
    scratch: bool = False
    """Whether it left notes for its next turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConflict:
    """A contribution lost: others changed meanwhile what it had read or wrote. Nothing of it is on the board."""

    type: ClassVar[str] = "board.conflict"
    path: StepPath
    by: str
    turn: int
    keys: Mapping[str, Json]
    """Each key that moved: `read` and `now` are versions, `by` says who was faster."""
    reason: str
    """In words."""
    is_last: bool = False
    """Whether it has lost too often in a row to be done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRefused:
    """A contribution may not enter: a value does not fit its key. Nothing of it is on the board."""

    type: ClassVar[str] = "board.refused"
    path: StepPath
    by: str
    turn: int
    reason: str
    """Which key and why."""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardClosed:
    """Nobody contributes any more, and why."""

    type: ClassVar[str] = "board.closed"
    path: StepPath
    why: str
    """quiet (nobody has to add), until (its condition was met), stuck (it was not), contributions, limit or minutes."""
    reason: str = ""
    """Evidence, where a limit ended it: who would go on, and what has changed for them."""
    turns: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
